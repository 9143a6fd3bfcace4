using System.Collections.Concurrent;
using System.Text;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>One-sided communication.</content>
internal sealed unsafe partial class NativeBackend
{
    /// <summary>The windows whose memory all ranks map.</summary>
    private readonly ConcurrentDictionary<nint, bool> _sharedWindows = [];

    public override int WindowCreate(void* memory, nint bytes, int unit, nint comm, out nint window)
    {
        nint value = 0;
        var code = Libmpi.MPI_Win_create(memory, bytes, unit, _abi.InfoNull, comm, &value);
        return Opened(code, value, out window);
    }

    public override int WindowAllocate(nint bytes, int unit, bool shared, nint comm, out nint memory, out nint window)
    {
        nint value = 0, start = 0;
        // Open MPI 4.1 is at home in shared memory only; its other way ends the process when a rank compares and swaps on itself.
        if (Implementation == MpiImplementation.OpenMpi && !shared)
        {
            if (IsOneMachine(comm, out shared) is not 0 and var failure)
            {
                (memory, window) = (0, 0);
                return failure;
            }
        }
        var code = shared
            ? Libmpi.MPI_Win_allocate_shared(bytes, unit, _abi.InfoNull, comm, &start, &value)
            : Libmpi.MPI_Win_allocate(bytes, unit, _abi.InfoNull, comm, &start, &value);
        memory = start;
        if (code == 0 && shared)
        {
            _sharedWindows[value] = true;
        }
        return Opened(code, value, out window);
    }

    public override int WindowCreateDynamic(nint comm, out nint window)
    {
        nint value = 0;
        var code = Libmpi.MPI_Win_create_dynamic(_abi.InfoNull, comm, &value);
        return Opened(code, value, out window);
    }

    public override int WindowAttach(nint window, void* memory, nint bytes) => Libmpi.MPI_Win_attach(window, memory, bytes);

    public override int WindowDetach(nint window, void* memory) => Libmpi.MPI_Win_detach(window, memory);

    public override int WindowSharedQuery(nint window, int rank, out nint bytes, out nint memory)
    {
        nint size = 0, start = 0;
        int unit;
        var code = Libmpi.MPI_Win_shared_query(window, rank, &size, &unit, &start);
        (bytes, memory) = (size, start);
        return code;
    }

    public override int WindowFree(nint* window)
    {
        _sharedWindows.TryRemove(*window, out _);
        return Libmpi.MPI_Win_free(window);
    }

    public override int WindowSetName(nint window, string name)
    {
        var text = stackalloc byte[64];
        return Libmpi.MPI_Win_set_name(window, Utf8(name, text, 64));
    }

    public override int WindowGetName(nint window, out string name)
    {
        var text = stackalloc byte[129];
        int length;
        var code = Libmpi.MPI_Win_get_name(window, text, &length);
        name = code == 0 ? Encoding.UTF8.GetString(text, length) : "";
        return code;
    }

    public override int WindowGroup(nint window, out nint group)
    {
        nint value = 0;
        var code = Libmpi.MPI_Win_get_group(window, &value);
        group = value;
        return code;
    }

    public override int WindowFence(WindowAssertions assertions, nint window) => Libmpi.MPI_Win_fence(Bits(assertions), window);

    public override int WindowLock(bool exclusive, int rank, WindowAssertions assertions, nint window) =>
        Libmpi.MPI_Win_lock(exclusive ? _abi.LockExclusive : _abi.LockShared, Peer(rank), Bits(assertions), window);

    public override int WindowUnlock(int rank, nint window) => Libmpi.MPI_Win_unlock(Peer(rank), window);

    public override int WindowLockAll(WindowAssertions assertions, nint window) => Libmpi.MPI_Win_lock_all(Bits(assertions), window);

    public override int WindowUnlockAll(nint window) => Libmpi.MPI_Win_unlock_all(window);

    public override int WindowFlush(int rank, bool local, nint window) =>
        local ? Libmpi.MPI_Win_flush_local(Peer(rank), window) : Libmpi.MPI_Win_flush(Peer(rank), window);

    public override int WindowFlushAll(bool local, nint window) =>
        local ? Libmpi.MPI_Win_flush_local_all(window) : Libmpi.MPI_Win_flush_all(window);

    public override int WindowSync(nint window) => Libmpi.MPI_Win_sync(window);

    public override int WindowPost(nint group, WindowAssertions assertions, nint window) =>
        Libmpi.MPI_Win_post(group, Bits(assertions), window);

    public override int WindowStart(nint group, WindowAssertions assertions, nint window) =>
        Libmpi.MPI_Win_start(group, Bits(assertions), window);

    public override int WindowComplete(nint window) => Libmpi.MPI_Win_complete(window);

    public override int WindowWait(nint window) => Libmpi.MPI_Win_wait(window);

    public override int WindowTest(nint window, out bool done)
    {
        int flag;
        var code = Libmpi.MPI_Win_test(window, &flag);
        done = flag != 0;
        return code;
    }

    public override int Put(in OriginAndTarget t, nint window, nint* request) => request == null
        ? Libmpi.MPI_Put(
            t.Origin, t.OriginCount, t.OriginType, Peer(t.Target), t.Displacement, t.TargetCount, t.TargetType, window)
        : Libmpi.MPI_Rput(
            t.Origin, t.OriginCount, t.OriginType, Peer(t.Target), t.Displacement, t.TargetCount, t.TargetType, window, Cleared(request));

    public override int Get(in OriginAndTarget t, nint window, nint* request) => request == null
        ? Libmpi.MPI_Get(
            t.Origin, t.OriginCount, t.OriginType, Peer(t.Target), t.Displacement, t.TargetCount, t.TargetType, window)
        : Libmpi.MPI_Rget(
            t.Origin, t.OriginCount, t.OriginType, Peer(t.Target), t.Displacement, t.TargetCount, t.TargetType, window, Cleared(request));

    public override int Accumulate(in OriginAndTarget t, nint op, nint window, nint* request) => request == null
        ? Libmpi.MPI_Accumulate(
            t.Origin, t.OriginCount, t.OriginType, Peer(t.Target), t.Displacement, t.TargetCount, t.TargetType, op, window)
        : Libmpi.MPI_Raccumulate(
            t.Origin, t.OriginCount, t.OriginType, Peer(t.Target), t.Displacement, t.TargetCount, t.TargetType, op, window,
            Cleared(request));

    public override int GetAccumulate(
        in OriginAndTarget t, void* result, int resultCount, nint resultType, nint op, nint window, nint* request) => request == null
        ? Libmpi.MPI_Get_accumulate(
            t.Origin, t.OriginCount, t.OriginType, result, resultCount, resultType, Peer(t.Target), t.Displacement, t.TargetCount,
            t.TargetType, op, window)
        : Libmpi.MPI_Rget_accumulate(
            t.Origin, t.OriginCount, t.OriginType, result, resultCount, resultType, Peer(t.Target), t.Displacement, t.TargetCount,
            t.TargetType, op, window, Cleared(request));

    public override int FetchAndOp(void* origin, void* result, nint type, int target, nint displacement, nint op, nint window) =>
        Libmpi.MPI_Fetch_and_op(origin, result, type, Peer(target), displacement, op, window);

    public override int CompareAndSwap(
        void* origin, void* compare, void* result, nint type, int target, nint displacement, nint window)
    {
        if (Implementation == MpiImplementation.OpenMpi && !_sharedWindows.ContainsKey(window) && target == RankIn(window))
        {
            throw new NotSupportedException(
                "Open MPI 4.1 ends the process when a rank compares and swaps on its own part of such a window, from C too. Make the " +
                "window with Window.Allocate or Window.AllocateShared over the ranks of one machine, or put the value on another rank.");
        }
        return Libmpi.MPI_Compare_and_swap(origin, compare, result, type, Peer(target), displacement, window);
    }

    private static int RankIn(nint window)
    {
        nint group = 0;
        int rank;
        Check(Libmpi.MPI_Win_get_group(window, &group), "MPI_Win_get_group");
        Check(Libmpi.MPI_Group_rank(group, &rank), "MPI_Group_rank");
        Check(Libmpi.MPI_Group_free(&group), "MPI_Group_free");
        return rank;
    }

    private int IsOneMachine(nint comm, out bool one)
    {
        one = false;
        var code = SplitShared(comm, 0, out var machine);
        if (code == 0 && (code = Size(comm, out var all)) == 0 && (code = Size(machine, out var here)) == 0)
        {
            one = here == all;
            code = Libmpi.MPI_Comm_free(&machine);
        }
        return code;
    }

    /// <summary>An error on a window ends the job unless the window is told otherwise.</summary>
    private int Opened(int code, nint value, out nint window)
    {
        window = value;
        return code != 0 ? code : Libmpi.MPI_Win_set_errhandler(value, _abi.ErrorsReturn);
    }

    private int Bits(WindowAssertions assertions)
    {
        var bits = 0;
        for (var i = 0; i < _abi.WindowAssertions.Length; i++)
        {
            if (((int)assertions & (1 << i)) != 0)
            {
                bits |= _abi.WindowAssertions[i];
            }
        }
        return bits;
    }
}
