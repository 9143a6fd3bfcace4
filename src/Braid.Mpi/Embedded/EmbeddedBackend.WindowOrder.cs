using LockKind = Braid.Mpi.Embedded.EmbeddedWindow.LockKind;

namespace Braid.Mpi.Embedded;

/// <content>Keeping order on windows: words in shared memory, on which a rank waits while it moves what others wait for.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int WindowFence(WindowAssertions assertions, nint window)
    {
        var of = _windows[window];
        Interlocked.MemoryBarrier();
        Barrier(of.Of);
        of.IsFenced = (assertions & WindowAssertions.NoSucceed) == 0;
        return 0;
    }

    public override int WindowLock(bool exclusive, int rank, WindowAssertions assertions, nint window)
    {
        var of = _windows[window];
        CheckTarget(of, rank, "MPI_Win_lock");
        if (rank == Mpi.ProcNull)
        {
            return 0;
        }
        if (of.Held[rank] != LockKind.None)
        {
            throw Failure(MpiErrorClass.RmaSync, "MPI_Win_lock", $"rank {rank} is locked by this rank already.");
        }
        (of.Held[rank], of.IsFenced) = (Lock(of, rank, exclusive, assertions), false);
        return 0;
    }

    public override int WindowUnlock(int rank, nint window)
    {
        var of = _windows[window];
        CheckTarget(of, rank, "MPI_Win_unlock");
        if (rank != Mpi.ProcNull)
        {
            CheckHeld(of, rank, "MPI_Win_unlock");
            Unlock(of, rank);
        }
        return 0;
    }

    public override int WindowLockAll(WindowAssertions assertions, nint window)
    {
        var of = _windows[window];
        for (var rank = 0; rank < of.Of.Size; rank++)
        {
            WindowLock(exclusive: false, rank, assertions, window);
        }
        return 0;
    }

    public override int WindowUnlockAll(nint window)
    {
        var of = _windows[window];
        for (var rank = 0; rank < of.Of.Size; rank++)
        {
            WindowUnlock(rank, window);
        }
        return 0;
    }

    public override int WindowFlush(int rank, bool local, nint window)
    {
        var of = _windows[window];
        CheckTarget(of, rank, "MPI_Win_flush");
        if (rank != Mpi.ProcNull)
        {
            CheckHeld(of, rank, "MPI_Win_flush");
        }
        Interlocked.MemoryBarrier();
        return 0;
    }

    public override int WindowFlushAll(bool local, nint window) => WindowSync(window);

    public override int WindowSync(nint window)
    {
        _ = _windows[window];
        Interlocked.MemoryBarrier();
        return 0;
    }

    public override int WindowPost(nint group, WindowAssertions assertions, nint window)
    {
        var of = _windows[window];
        if (of.Exposure is not null)
        {
            throw Failure(MpiErrorClass.RmaSync, "MPI_Win_post", "the window is posted already; wait first.");
        }
        of.Exposure = RanksOf(of, group, "MPI_Win_post");
        of.IsFenced = false;
        foreach (var origin in of.Exposure)
        {
            Interlocked.Increment(ref *of.Posted(of.Of.Rank, origin));
        }
        return 0;
    }

    public override int WindowStart(nint group, WindowAssertions assertions, nint window)
    {
        var of = _windows[window];
        if (of.Access is not null)
        {
            throw Failure(MpiErrorClass.RmaSync, "MPI_Win_start", "operations were started already; complete them first.");
        }
        var targets = RanksOf(of, group, "MPI_Win_start");
        foreach (var target in targets)
        {
            var word = of.Posted(target, of.Of.Rank);
            var patience = default(Engine.Patience);
            while (Volatile.Read(ref *word) - of.Started[target] <= 0)
            {
                _engine.PauseBriefly(ref patience);
            }
            of.Started[target]++;
        }
        (of.Access, of.IsFenced) = (targets, false);
        return 0;
    }

    public override int WindowComplete(nint window)
    {
        var of = _windows[window];
        foreach (var target in of.Access ?? throw Failure(MpiErrorClass.RmaSync, "MPI_Win_complete", "no operations were started."))
        {
            Interlocked.Increment(ref *of.Completed(target, of.Of.Rank));
        }
        of.Access = null;
        return 0;
    }

    public override int WindowWait(nint window)
    {
        var patience = default(Engine.Patience);
        while (true)
        {
            WindowTest(window, out var done);
            if (done)
            {
                return 0;
            }
            _engine.PauseBriefly(ref patience);
        }
    }

    public override int WindowTest(nint window, out bool done)
    {
        var of = _windows[window];
        var origins = of.Exposure ?? throw Failure(MpiErrorClass.RmaSync, "MPI_Win_wait", "the window is not posted.");
        done = true;
        foreach (var origin in origins)
        {
            done &= Volatile.Read(ref *of.Completed(of.Of.Rank, origin)) - of.Waited[origin] > 0;
        }
        if (done)
        {
            foreach (var origin in origins)
            {
                of.Waited[origin]++;
            }
            of.Exposure = null;
        }
        return 0;
    }

    private LockKind Lock(EmbeddedWindow of, int rank, bool exclusive, WindowAssertions assertions)
    {
        if ((assertions & WindowAssertions.NoCheck) != 0)
        {
            return LockKind.Unchecked;
        }
        var (state, waiters) = ((nint)of.LockState(rank), (nint)of.LockWaiters(rank));
        var patience = default(Engine.Patience);
        if (exclusive)
        {
            Interlocked.Increment(ref *(int*)waiters);
            while (Interlocked.CompareExchange(ref *(int*)state, -1, 0) != 0)
            {
                _engine.PauseBriefly(ref patience);
            }
            Interlocked.Decrement(ref *(int*)waiters);
            return LockKind.Exclusive;
        }
        while (true)
        {
            var sharing = Volatile.Read(ref *(int*)state);
            if (sharing >= 0 && Volatile.Read(ref *(int*)waiters) == 0
                && Interlocked.CompareExchange(ref *(int*)state, sharing + 1, sharing) == sharing)
            {
                return LockKind.Shared;
            }
            _engine.PauseBriefly(ref patience);
        }
    }

    private static void Unlock(EmbeddedWindow of, int rank)
    {
        Interlocked.MemoryBarrier();
        switch (of.Held[rank])
        {
            case LockKind.Exclusive:
                Volatile.Write(ref *of.LockState(rank), 0);
                break;
            case LockKind.Shared:
                Interlocked.Decrement(ref *of.LockState(rank));
                break;
            default:
                break;
        }
        of.Held[rank] = LockKind.None;
    }

    /// <summary>Accumulates on a rank's part go one after the other.</summary>
    private void EnterPart(EmbeddedWindow of, int rank)
    {
        var patience = default(Engine.Patience);
        while (Interlocked.CompareExchange(ref *of.Mutex(rank), 1, 0) != 0)
        {
            _engine.PauseBriefly(ref patience);
        }
    }

    private static void LeavePart(EmbeddedWindow of, int rank) => Volatile.Write(ref *of.Mutex(rank), 0);

    /// <summary>Whether there is anything to do: false for nobody; refused where no synchronisation has opened the rank.</summary>
    private static bool Reaches(EmbeddedWindow of, int rank, string function)
    {
        CheckTarget(of, rank, function);
        if (rank == Mpi.ProcNull)
        {
            return false;
        }
        return of.IsFenced || of.Held[rank] != LockKind.None || (of.Access is { } targets && targets.Contains(rank)) ? true
            : throw Failure(MpiErrorClass.RmaSync, function, $"no fence, lock or start has opened rank {rank} to this rank.");
    }

    private static void CheckTarget(EmbeddedWindow of, int rank, string function)
    {
        if ((uint)rank >= (uint)of.Of.Size && rank != Mpi.ProcNull)
        {
            throw Failure(MpiErrorClass.Rank, function, $"invalid rank {rank}; the window has {of.Of.Size}.");
        }
    }

    private static void CheckHeld(EmbeddedWindow of, int rank, string function)
    {
        if (of.Held[rank] == LockKind.None)
        {
            throw Failure(MpiErrorClass.RmaSync, function, $"rank {rank} is not locked by this rank.");
        }
    }

    private int[] RanksOf(EmbeddedWindow of, nint group, string function)
    {
        var members = _groups[group];
        var ranks = new int[members.Length];
        for (var i = 0; i < ranks.Length; i++)
        {
            ranks[i] = Array.IndexOf(of.Of.Members, members[i]);
            if (ranks[i] < 0)
            {
                throw Failure(MpiErrorClass.Group, function, $"process {members[i]} of the group has no part in the window.");
            }
        }
        return ranks;
    }
}
