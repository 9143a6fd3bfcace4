using System.Buffers;

namespace Braid.Mpi;

/// <summary>
/// Memory of each rank that the others read and write without its help. Operations happen between two synchronisations: a pair of fences, a
/// lock and its unlock, or start and complete on one side with post and wait on the other. Until the one that ends them (or a flush)
/// neither their buffers nor what they bring may be touched; the buffers stay pinned so long.
/// </summary>
public abstract unsafe partial class Window : IDisposable
{
    private const uint BaseAlignment = 16;

    private nint _handle;
    private readonly Lock _gate = new();

    /// <summary>What operations in flight use, the rank they are on, and their number; guarded by <see cref="_gate"/>.</summary>
    private readonly List<(int Target, long Number, Pins Pins)> _inFlight = [];

    /// <summary>Counts the operations; guarded by <see cref="_gate"/>.</summary>
    private long _started;

    private protected Window(nint handle, Communicator communicator)
    {
        (_handle, Rank, Size) = (handle, communicator.Rank, communicator.Size);
    }

    /// <summary>This process's rank in the communicator that the window was made over.</summary>
    public int Rank { get; }

    /// <summary>How many ranks have a part in it.</summary>
    public int Size { get; }

    /// <summary>A name for debuggers; MPI may cut it to 63 bytes.</summary>
    public string Name
    {
        get
        {
            Runtime.Check(Runtime.Backend.WindowGetName(Handle, out var name), "MPI_Win_get_name");
            return name;
        }
        set => Runtime.Check(Runtime.Backend.WindowSetName(Handle, value), "MPI_Win_set_name");
    }

    /// <summary>The processes that have a part in it.</summary>
    public Group Group
    {
        get
        {
            Runtime.Check(Runtime.Backend.WindowGroup(Handle, out var group), "MPI_Win_get_group");
            return new(group);
        }
    }

    /// <summary>The handle, refused once freed or once MPI is finalised.</summary>
    internal nint Handle
    {
        get
        {
            Runtime.ThrowIfFinished();
            ObjectDisposedException.ThrowIf(_handle == 0, this);
            return _handle;
        }
    }

    /// <summary>A window over memory of yours, which stays pinned until the window is disposed. Collective.</summary>
    /// <param name="communicator">The ranks that have a part in it.</param>
    /// <param name="memory">This rank's part; may be empty, and of another length at each rank.</param>
    public static Window<T> Create<T>(Communicator communicator, Memory<T> memory) where T : unmanaged
    {
        var pin = memory.Pin();
        // MPICH 4.0 takes the base for a multiple of 16, whatever it is, from C too: the window begins there, and places count from the
        // first element.
        var before = (int)((nuint)pin.Pointer % BaseAlignment);
        var start = (byte*)pin.Pointer - before;
        var code = Runtime.Backend.WindowCreate(
            start, before + ((nint)memory.Length * sizeof(T)), 1, communicator.Handle, out var window);
        if (code != 0)
        {
            pin.Dispose();
            Runtime.Throw(code, "MPI_Win_create");
        }
        return new(window, communicator, (T*)pin.Pointer, memory.Length, pin, before);
    }

    /// <summary>A window over memory that MPI chooses, which may make it faster than <see cref="Create"/>. Zeroed. Collective.</summary>
    /// <param name="communicator">The ranks that have a part in it.</param>
    /// <param name="length">Elements of this rank's part.</param>
    public static Window<T> Allocate<T>(Communicator communicator, int length) where T : unmanaged =>
        Allocate<T>(communicator, length, shared: false);

    /// <summary>
    /// A window whose memory all ranks can also touch directly, see <see cref="Window{T}.Shared"/>. Zeroed. Collective.
    /// </summary>
    /// <param name="communicator">Ranks of one machine, see <see cref="Communicator.SplitByMachine"/>.</param>
    /// <param name="length">Elements of this rank's part.</param>
    public static Window<T> AllocateShared<T>(Communicator communicator, int length) where T : unmanaged =>
        Allocate<T>(communicator, length, shared: true);

    /// <summary>A window to which each rank adds and removes memory as it goes. Collective.</summary>
    public static DynamicWindow CreateDynamic(Communicator communicator)
    {
        Runtime.Check(Runtime.Backend.WindowCreateDynamic(communicator.Handle, out var window), "MPI_Win_create_dynamic");
        return new(window, communicator);
    }

    /// <summary>Frees the window and gives its memory back. Collective: waits until all ranks are here.</summary>
    public void Dispose()
    {
        if (_handle != 0 && Runtime.IsActive)
        {
            var handle = _handle;
            _handle = 0;
            var code = Runtime.Backend.WindowFree(&handle);
            Release(long.MaxValue);
            Release();
            Runtime.Check(code, "MPI_Win_free");
        }
        GC.SuppressFinalize(this);
    }

    /// <summary>Gives the window's own memory back.</summary>
    private protected virtual void Release()
    {
    }

    /// <summary>Keeps what an operation uses until it is complete; frees it at once where it could not be started.</summary>
    private protected void Keep(int code, string function, int target, Pins pins)
    {
        if (code != 0)
        {
            pins.Dispose();
            Runtime.Throw(code, function);
        }
        lock (_gate)
        {
            _inFlight.Add((target, ++_started, pins));
        }
    }

    /// <summary>Where a synchronisation begins: what another thread starts from here on it may not complete.</summary>
    private long Started()
    {
        lock (_gate)
        {
            return _started;
        }
    }

    /// <summary>Gives back what the operations of one rank, or of all, used up to a number.</summary>
    private void Release(long upTo, int? rank = null)
    {
        lock (_gate)
        {
            for (var i = _inFlight.Count - 1; i >= 0; i--)
            {
                if (_inFlight[i].Number <= upTo && (rank is null || _inFlight[i].Target == rank || _inFlight[i].Target < 0))
                {
                    var pins = _inFlight[i].Pins;
                    pins.Dispose();
                    _inFlight.RemoveAt(i);
                }
            }
        }
    }

    private static Window<T> Allocate<T>(Communicator communicator, int length, bool shared) where T : unmanaged
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        // MPICH 4.0 mistakes where the parts begin unless each is a multiple of 16, from C too; and no two are to share a cache line.
        var bytes = (((nint)length * sizeof(T)) + 63) & ~(nint)63;
        var code = Runtime.Backend.WindowAllocate(bytes, 1, shared, communicator.Handle, out var memory, out var window);
        Runtime.Check(code, shared ? "MPI_Win_allocate_shared" : "MPI_Win_allocate");
        new Span<T>((void*)memory, length).Clear();
        return new(window, communicator, (T*)memory, length, default, 0) { IsShared = shared };
    }
}
