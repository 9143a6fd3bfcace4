using System.Diagnostics;

namespace Braid.Mpi.Embedded;

/// <content>Waiting: how threads spin, yield and sleep, who wakes them, and what goes on by itself when its operation is done.</content>
internal sealed unsafe partial class Engine
{
    /// <summary>Few: where another program has the peer's core, the peer waits for ours.</summary>
    private const int SpinsBeforeYield = 1_000;
    private const int SleepMillisecondsMax = 100;

    /// <summary>The same while records wait for room in a ring, which nobody wakes us for.</summary>
    private const int FullRingMilliseconds = 1;

    /// <summary>How long a waiter yields before it sleeps: longer than the copy of a few megabytes, since waking adds to that.</summary>
    private static readonly long YieldTicks = Stopwatch.Frequency / 500;

    /// <summary>The same where there are more ranks than cores.</summary>
    private static readonly long CrowdedYieldTicks = Stopwatch.Frequency / 10_000;

    /// <summary>What goes on now that its operation is done; guarded by the lock, run outside of it.</summary>
    private readonly Queue<Action> _ready = [];

    /// <summary>Whether there is any; who made it so looks.</summary>
    private bool _isAnyReady;

    /// <summary>Changes whenever a thread waits here; exact it need not be.</summary>
    private int _waits;
    private int _waitsAtLastSleep;

    /// <summary>Of the thread that asks for what is awaited.</summary>
    private Patience _sleeper;

    /// <summary>Counts what threads of this process may wait for beside an operation of their own; written under the lock.</summary>
    private int _changes;

    /// <summary>What a waiter has done already: it spins, then yields, then sleeps until a record comes.</summary>
    public struct Patience
    {
        public int Spins;
        public int ChangesSeen;
        public long YieldsSince;
    }

    public void Pause(ref Patience patience, Operation? operation)
    {
        if (TryPauseAwake(ref patience))
        {
            return;
        }
        _waits++;
        Sleep(ref patience, operation);
        if (HasIncoming())
        {
            patience.YieldsSince = 0;
        }
    }

    /// <summary>
    /// For the thread that asks for what is awaited: sleeps until something comes or <see cref="Rouse"/> is called; false when other threads have
    /// waited here since the last time. They see what comes, and to be woken beside them for each of their messages would cost them more than a nap
    /// costs us.
    /// </summary>
    public bool TrySleep()
    {
        if (_waitsAtLastSleep != _waits)
        {
            _waitsAtLastSleep = _waits;
            return false;
        }
        Sleep(ref _sleeper, null);
        return true;
    }

    /// <summary>Ends the sleep of <see cref="TrySleep"/>: there is more to ask for.</summary>
    public void Rouse()
    {
        Enter();
        Changed();
        Exit();
    }

    /// <summary>Sleeps until a record comes or the operation is done; without one, unless something changed since the last call.</summary>
    private void Sleep(ref Patience patience, Operation? operation)
    {
        var changes = Volatile.Read(ref _changes);
        if (operation is null && patience.ChangesSeen != changes)
        {
            // What was looked at before may have changed meanwhile.
            patience.ChangesSeen = changes;
            return;
        }
        var word = _segment.Sleeping(Rank);
        Interlocked.Increment(ref _sleepers);
        Volatile.Write(ref *word, 1);
        // Who writes publishes, then looks whether we sleep; we say that we sleep, then look for what was published. The threads of this process
        // look without a fence, which each of their messages would pay for: it is made for them here.
        Interlocked.MemoryBarrierProcessWide();
        var waits = operation is null ? Volatile.Read(ref _changes) == changes : !operation.Done;
        // The word stays set where something was found: another thread of this process may sleep on it.
        if (waits && !HasIncoming())
        {
            SystemCalls.WaitWhile(word, 1, _waitingCount > 0 ? FullRingMilliseconds : SleepMillisecondsMax);
            DieWithParent();
        }
        Interlocked.Decrement(ref _sleepers);
    }

    /// <summary>
    /// A pause while waiting for a word in shared memory, which nobody wakes us for: what others wait for is moved, and the sleep is short.
    /// </summary>
    public void PauseBriefly(ref Patience patience)
    {
        const uint SleepMicrosecondsMax = 200;
        IsFlushed();
        if (!TryPauseAwake(ref patience))
        {
            _ = SystemCalls.SleepMicroseconds(SleepMicrosecondsMax);
            DieWithParent();
        }
    }

    /// <summary>Spins or yields; false when it is time to sleep.</summary>
    private bool TryPauseAwake(ref Patience patience)
    {
        if (patience.Spins < _spins)
        {
            // Without a pause of the processor, which would come on top of a short message's way.
            patience.Spins++;
            return true;
        }
        var now = Stopwatch.GetTimestamp();
        if (patience.YieldsSince == 0)
        {
            patience.YieldsSince = now;
        }
        else if (now - patience.YieldsSince > _yieldTicks)
        {
            return false;
        }
        Thread.Yield();
        return true;
    }

    /// <summary>Calls this when the operation is done, at once or by the thread that sees it.</summary>
    public void ContinueWhenDone(Operation operation, Action continuation)
    {
        Enter();
        var done = operation.Done;
        if (!done)
        {
            operation.Continuation = continuation;
        }
        Exit();
        if (done)
        {
            continuation();
        }
    }

    private void RunReady()
    {
        while (_isAnyReady)
        {
            Enter();
            _ready.TryDequeue(out var continuation);
            _isAnyReady = _ready.Count > 0;
            Exit();
            continuation?.Invoke();
        }
    }

    private void DieWithParent()
    {
        if (_parent != 0 && SystemCalls.ParentProcess() != _parent)
        {
            Console.Error.WriteLine($"Rank {Rank}: the launcher is gone; ending.");
            SystemCalls.ExitNow(1);
        }
    }

    private bool HasIncoming()
    {
        foreach (var ring in _incoming)
        {
            if (!ring.IsEmpty)
            {
                return true;
            }
        }
        return false;
    }

    private void WakePeer(int process)
    {
        Interlocked.MemoryBarrier();
        var word = _segment.Sleeping(process);
        if (Volatile.Read(ref *word) != 0)
        {
            Volatile.Write(ref *word, 0);
            SystemCalls.Wake(word);
        }
    }

    /// <summary>Under the lock: wakes the threads of this process that sleep, if any.</summary>
    private void Changed()
    {
        Volatile.Write(ref _changes, _changes + 1);
        if (Volatile.Read(ref _sleepers) > 0)
        {
            var word = _segment.Sleeping(Rank);
            Volatile.Write(ref *word, 0);
            SystemCalls.Wake(word);
        }
    }
}
