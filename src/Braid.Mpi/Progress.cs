using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>Something awaited that <see cref="Progress"/> asks for, in the order in which it was handed over.</summary>
internal interface IAwaited
{
    /// <summary>Whether it is done; never throws.</summary>
    bool Poll();

    /// <summary>MPI is being finalised under it.</summary>
    void Abandon();
}

/// <summary>
/// Completes awaited operations: one background thread asks for all of them, at once while things happen, then sleeping. The embedded runtime wakes
/// it. An MPI has nothing to wait on, so it naps an eighth of the time that has passed in vain, 20 µs to 1 ms, which is what a late message can
/// be late by. With nothing awaited it blocks and costs nothing.
/// </summary>
internal static partial class Progress
{
    /// <summary>How long after the last completion the thread asks without sleeping.</summary>
    private static readonly long BusyTicks = Stopwatch.Frequency / 5_000;

    private const long NapMicrosecondsMin = 20;
    private const long NapMicrosecondsMax = 1_000;

    private static readonly Lock Gate = new();

    /// <summary>Operations handed over and not yet seen by the thread; guarded by <see cref="Gate"/>.</summary>
    private static readonly List<IAwaited> Incoming = [];

    /// <summary>Set when there is a first one; unlike a semaphore it is waited for without spinning.</summary>
    private static readonly AutoResetEvent Work = new(false);

    private static Thread? _thread;
    private static volatile bool _stopping;

    /// <summary>From now on only the thread touches the operation.</summary>
    public static void Watch(IAwaited operation)
    {
        lock (Gate)
        {
            ObjectDisposedException.ThrowIf(_stopping, typeof(Mpi));
            Incoming.Add(operation);
            if (_thread is null)
            {
                _thread = new(Run) { IsBackground = true, Name = "Braid.Mpi progress" };
                _thread.Start();
            }
            if (Incoming.Count > 1)
            {
                return;
            }
            Work.Set();
        }
        Runtime.Backend.Rouse();
    }

    public static void Stop()
    {
        Thread? thread;
        lock (Gate)
        {
            _stopping = true;
            thread = _thread;
            Work.Set();
        }
        if (thread is not null && thread != Thread.CurrentThread)
        {
            Runtime.Backend.Rouse();
            thread.Join();
        }
    }

    private static void Run()
    {
        var pending = new List<IAwaited>();
        var lastDone = Stopwatch.GetTimestamp();
        while (!_stopping)
        {
            if (TakeIncoming(pending) | pending.RemoveAll(static r => r.Poll()) > 0)
            {
                lastDone = Stopwatch.GetTimestamp();
                continue;
            }
            var idle = Stopwatch.GetTimestamp() - lastDone;
            if (idle < BusyTicks)
            {
                Thread.Yield();
            }
            else if (pending.Count == 0)
            {
                Work.WaitOne();
                lastDone = Stopwatch.GetTimestamp();
            }
            else if (!Runtime.Backend.TrySleep())
            {
                Nap(idle);
            }
        }
        foreach (var operation in pending)
        {
            operation.Abandon();
        }
    }

    private static bool TakeIncoming(List<IAwaited> pending)
    {
        lock (Gate)
        {
            if (Incoming.Count == 0)
            {
                return false;
            }
            pending.AddRange(Incoming);
            Incoming.Clear();
            return true;
        }
    }

    /// <summary>The longest naps end when there is something new to ask for.</summary>
    private static void Nap(long idleTicks)
    {
        var microseconds = Math.Max(NapMicrosecondsMin, idleTicks * 1_000_000 / Stopwatch.Frequency / 8);
        if (microseconds >= NapMicrosecondsMax)
        {
            _ = Work.WaitOne(millisecondsTimeout: 1);
        }
        else
        {
            _ = Sleep((uint)microseconds);
        }
    }

    /// <summary>Thread.Sleep has a step of a millisecond.</summary>
    [LibraryImport("libc", EntryPoint = "usleep")]
    private static partial int Sleep(uint microseconds);
}
