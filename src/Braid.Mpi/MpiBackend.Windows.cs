namespace Braid.Mpi;

/// <content>One-sided communication. A null <c>request</c> means that the next synchronisation completes the operation.</content>
internal abstract unsafe partial class MpiBackend
{
    public abstract int WindowCreate(void* memory, nint bytes, int unit, nint comm, out nint window);
    public abstract int WindowAllocate(nint bytes, int unit, bool shared, nint comm, out nint memory, out nint window);
    public abstract int WindowCreateDynamic(nint comm, out nint window);
    public abstract int WindowAttach(nint window, void* memory, nint bytes);
    public abstract int WindowDetach(nint window, void* memory);
    public abstract int WindowSharedQuery(nint window, int rank, out nint bytes, out nint memory);
    public abstract int WindowFree(nint* window);
    public abstract int WindowSetName(nint window, string name);
    public abstract int WindowGetName(nint window, out string name);
    public abstract int WindowGroup(nint window, out nint group);

    public abstract int WindowFence(WindowAssertions assertions, nint window);
    public abstract int WindowLock(bool exclusive, int rank, WindowAssertions assertions, nint window);
    public abstract int WindowUnlock(int rank, nint window);
    public abstract int WindowLockAll(WindowAssertions assertions, nint window);
    public abstract int WindowUnlockAll(nint window);
    public abstract int WindowFlush(int rank, bool local, nint window);
    public abstract int WindowFlushAll(bool local, nint window);
    public abstract int WindowSync(nint window);
    public abstract int WindowPost(nint group, WindowAssertions assertions, nint window);
    public abstract int WindowStart(nint group, WindowAssertions assertions, nint window);
    public abstract int WindowComplete(nint window);
    public abstract int WindowWait(nint window);
    public abstract int WindowTest(nint window, out bool done);

    public abstract int Put(in OriginAndTarget transfer, nint window, nint* request);
    public abstract int Get(in OriginAndTarget transfer, nint window, nint* request);
    public abstract int Accumulate(in OriginAndTarget transfer, nint op, nint window, nint* request);
    public abstract int GetAccumulate(
        in OriginAndTarget transfer, void* result, int resultCount, nint resultType, nint op, nint window, nint* request);
    public abstract int FetchAndOp(void* origin, void* result, nint type, int target, nint displacement, nint op, nint window);
    public abstract int CompareAndSwap(
        void* origin, void* compare, void* result, nint type, int target, nint displacement, nint window);
}

/// <summary>What a one-sided operation moves: from where here, to where there; or the other way.</summary>
internal readonly unsafe struct OriginAndTarget(
    void* origin, int originCount, nint originType, int target, nint displacement, int targetCount, nint targetType)
{
    public void* Origin => origin;
    public int OriginCount => originCount;
    public nint OriginType => originType;
    public int Target => target;

    /// <summary>In units of the target's window.</summary>
    public nint Displacement => displacement;
    public int TargetCount => targetCount;
    public nint TargetType => targetType;
}
