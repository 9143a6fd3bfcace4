using System.Diagnostics;
using Braid.Actors;
using Braid.Driver;
using Braid.Execution;
using Braid.Scheduling;

namespace Braid.Engines.InProcess;

// The threads that run the bodies, one after the other for as long as there are any.
internal sealed partial class InProcessLink
{
    private void Execute()
    {
        var turn = new Turn();
        do
        {
            _turn = turn;
            while (TryTake(turn) is { } task)
            {
                // Only what the machine knows of is posted: the answer may be another attempt.
                if (turn.IsAwaited || turn.Outcomes.Count >= UnpostedOutcomesMax)
                    Post(turn);
                var execution = new InProcessExecution(this, task);
                turn.Running = task;
                task.Execution = execution;
                // Either this thread sees that a cancellation came meanwhile, or whoever cancels sees the execution.
                Interlocked.MemoryBarrier();
                if (task.CancelRequested)
                    execution.RequestCancel();
                ActorHost.Run(execution);
                // A wait inside the body has made this thread one that answers for itself.
                _turn = turn;
            }

            Wakeups.Collect();
            Post(turn);
            var lone = Wakeups.TakeLone(Volatile.Read(ref _runnableCount) == 0);
            _turn = null;
            if (lone is not null)
                Wakeups.Run(lone);
        }
        while (LookOut());
    }

    /// <summary>Tells the machine of the body that has just ended, and takes the next.</summary>
    private InProcessTask? TryTake(Turn turn)
    {
        var after = new Aftermath();
        InProcessTask? next;
        lock (_gate)
        {
            if (turn.Ended is { } ended)
                End(ended, turn.HasValue, ref after);
            if (_runnable.TryDequeue(out next))
                Volatile.Write(ref _runnableCount, _runnable.Count);
        }

        turn.Ended = null;
        if (after.Reports is not null)
            turn.Outcomes.AddRange(after.Reports);
        Finish(in after, next is null ? after.Runnable : after.Runnable - 1);
        return next;
    }

    /// <summary>Waits a moment for the next body, which costs less than to be woken for it.</summary>
    private bool LookOut()
    {
        Interlocked.Increment(ref _lookingOut);
        var until = Stopwatch.GetTimestamp() + SpinTicks;
        // Yielding, because whoever is about to bring the next body may have been woken on this very core.
        while (Volatile.Read(ref _runnableCount) == 0 && Stopwatch.GetTimestamp() < until)
            Thread.Yield();
        Interlocked.Decrement(ref _lookingOut);
        // Whoever saw this thread look out has left its body to it.
        return Volatile.Read(ref _runnableCount) > 0;
    }

    private void Post(Turn turn)
    {
        if (turn.Outcomes.Count == 0)
            return;
        Driver.Post(turn.Outcomes);
        turn.Outcomes.Clear();
        turn.IsAwaited = false;
    }

    /// <summary>What waits for the gate to be open: an execution's own lock comes before it.</summary>
    private void Finish(in Aftermath after, int threadsWanted)
    {
        foreach (var execution in after.Continued ?? [])
            execution.Resumed();
        if (threadsWanted <= 0)
            return;
        // Either this thread sees the one that looks out, or that one sees the body.
        Interlocked.MemoryBarrier();
        for (threadsWanted = Math.Min(threadsWanted, Volatile.Read(ref _runnableCount) - Volatile.Read(ref _lookingOut)); threadsWanted > 0; threadsWanted--)
            _threads.Run(_execute);
    }

    /// <summary>What a thread that runs bodies one after the other has not yet told.</summary>
    private sealed class Turn
    {
        /// <summary>Not yet posted to the driver.</summary>
        public StructList<DriverEvent> Outcomes { get; } = [];

        /// <summary>Whose body this thread runs, or ran last. Another one that ends on this thread meanwhile is not of this turn.</summary>
        public InProcessTask? Running { get; set; }

        /// <summary>Whose slot the machine still counts as taken; its outcome is among <see cref="Outcomes"/>.</summary>
        public InProcessTask? Ended { get; set; }

        /// <summary>How it ended.</summary>
        public bool HasValue { get; set; }

        /// <summary>Somebody waits for one of <see cref="Outcomes"/>.</summary>
        public bool IsAwaited { get; set; }
    }
}
