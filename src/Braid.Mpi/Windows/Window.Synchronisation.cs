namespace Braid.Mpi;

/// <content>When operations begin and when they are complete.</content>
public abstract unsafe partial class Window
{
    /// <summary>Ends the operations of all ranks and begins the next; collective. After it, all that was put is there.</summary>
    public void Fence(WindowAssertions assertions = WindowAssertions.None)
    {
        var started = Started();
        Runtime.Check(Runtime.Backend.WindowFence(assertions, Handle), "MPI_Win_fence");
        Release(started);
    }

    /// <summary>Begins operations on one rank, which takes no part in it.</summary>
    public void Lock(int rank, WindowLock kind = WindowLock.Exclusive, WindowAssertions assertions = WindowAssertions.None) =>
        Runtime.Check(Runtime.Backend.WindowLock(kind == WindowLock.Exclusive, rank, assertions, Handle), "MPI_Win_lock");

    /// <summary>Ends the operations on a rank: they are complete here and there.</summary>
    public void Unlock(int rank)
    {
        var started = Started();
        Runtime.Check(Runtime.Backend.WindowUnlock(rank, Handle), "MPI_Win_unlock");
        Release(started, rank);
    }

    /// <summary>Begins operations on all ranks, as if each were locked shared; not collective.</summary>
    public void LockAll(WindowAssertions assertions = WindowAssertions.None) =>
        Runtime.Check(Runtime.Backend.WindowLockAll(assertions, Handle), "MPI_Win_lock_all");

    /// <summary>Ends what <see cref="LockAll"/> began.</summary>
    public void UnlockAll()
    {
        var started = Started();
        Runtime.Check(Runtime.Backend.WindowUnlockAll(Handle), "MPI_Win_unlock_all");
        Release(started);
    }

    /// <summary>Waits, under a lock, until the operations so far on a rank are complete here and there.</summary>
    public void Flush(int rank)
    {
        var started = Started();
        Runtime.Check(Runtime.Backend.WindowFlush(rank, local: false, Handle), "MPI_Win_flush");
        Release(started, rank);
    }

    /// <summary>As <see cref="Flush"/>, on all ranks.</summary>
    public void FlushAll()
    {
        var started = Started();
        Runtime.Check(Runtime.Backend.WindowFlushAll(local: false, Handle), "MPI_Win_flush_all");
        Release(started);
    }

    /// <summary>Waits, under a lock, until the buffers of the operations so far on a rank can be used again.</summary>
    public void FlushLocal(int rank)
    {
        var started = Started();
        Runtime.Check(Runtime.Backend.WindowFlush(rank, local: true, Handle), "MPI_Win_flush_local");
        Release(started, rank);
    }

    /// <summary>As <see cref="FlushLocal"/>, on all ranks.</summary>
    public void FlushLocalAll()
    {
        var started = Started();
        Runtime.Check(Runtime.Backend.WindowFlushAll(local: true, Handle), "MPI_Win_flush_local_all");
        Release(started);
    }

    /// <summary>Under a lock: makes stores to memory of the window and operations of others see each other.</summary>
    public void Sync() => Runtime.Check(Runtime.Backend.WindowSync(Handle), "MPI_Win_sync");

    /// <summary>Opens this rank's window to the operations of a group; <see cref="Wait"/> closes it.</summary>
    public void Post(Group group, WindowAssertions assertions = WindowAssertions.None) =>
        Runtime.Check(Runtime.Backend.WindowPost(group.Handle, assertions, Handle), "MPI_Win_post");

    /// <summary>Begins operations on the ranks of a group, which post theirs; may wait for that.</summary>
    public void Start(Group group, WindowAssertions assertions = WindowAssertions.None) =>
        Runtime.Check(Runtime.Backend.WindowStart(group.Handle, assertions, Handle), "MPI_Win_start");

    /// <summary>Ends what <see cref="Start"/> began.</summary>
    public void Complete()
    {
        var started = Started();
        Runtime.Check(Runtime.Backend.WindowComplete(Handle), "MPI_Win_complete");
        Release(started);
    }

    /// <summary>Waits until all that <see cref="Post"/> let in are complete.</summary>
    public void Wait() => Runtime.Check(Runtime.Backend.WindowWait(Handle), "MPI_Win_wait");

    /// <summary>Whether all that <see cref="Post"/> let in are complete; true closes the window as <see cref="Wait"/> does.</summary>
    public bool Test()
    {
        Runtime.Check(Runtime.Backend.WindowTest(Handle, out var done), "MPI_Win_test");
        return done;
    }
}
