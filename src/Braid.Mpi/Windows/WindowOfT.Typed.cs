using System.Buffers;

namespace Braid.Mpi;

/// <content>Operations on data laid out by datatypes, and those that are completed by a request.</content>
public sealed unsafe partial class Window<T>
{
    /// <summary>Writes data laid out by a datatype into a rank's part.</summary>
    /// <param name="data">What is written, see <see cref="Datatype.From{T}(ReadOnlyMemory{T})"/>.</param>
    /// <param name="target">The rank.</param>
    /// <param name="at">Where in its part, in elements of the window.</param>
    /// <param name="layout">Where the data lies there; as here unless given.</param>
    /// <param name="count">Elements of <paramref name="layout"/> there; as many as here unless given.</param>
    public void Put<TData>(ReadOnlyTypedMemory<TData> data, int target, long at = 0, Datatype? layout = null, int? count = null)
        where TData : unmanaged
    {
        var pin = data.Memory.Pin();
        var transfer = Laid(ref pin, data.Count, data.Type, target, at, layout, count);
        Keep(Runtime.Backend.Put(transfer, Handle, null), "MPI_Put", target, new(pin));
        GC.KeepAlive(layout);
        GC.KeepAlive(data.Type);
    }

    /// <summary>Reads data laid out by a datatype from a rank's part.</summary>
    public void Get<TData>(TypedMemory<TData> data, int target, long at = 0, Datatype? layout = null, int? count = null)
        where TData : unmanaged
    {
        var pin = data.Memory.Pin();
        var transfer = Laid(ref pin, data.Count, data.Type, target, at, layout, count);
        Keep(Runtime.Backend.Get(transfer, Handle, null), "MPI_Get", target, new(pin));
        GC.KeepAlive(layout);
        GC.KeepAlive(data.Type);
    }

    /// <summary>Combines data laid out by a datatype, all of one predefined type, into a rank's part.</summary>
    public void Accumulate<TData>(
        ReadOnlyTypedMemory<TData> data, Op op, int target, long at = 0, Datatype? layout = null, int? count = null)
        where TData : unmanaged
    {
        var by = op.PredefinedHandle();
        var pin = data.Memory.Pin();
        var transfer = Laid(ref pin, data.Count, data.Type, target, at, layout, count);
        Keep(Runtime.Backend.Accumulate(transfer, by, Handle, null), "MPI_Accumulate", target, new(pin));
        GC.KeepAlive(layout);
        GC.KeepAlive(data.Type);
    }

    /// <summary>Under a lock: starts a put; the request is done when the buffer can be used again.</summary>
    public Request StartPut(ReadOnlyMemory<T> data, int target, long at = 0)
    {
        var pin = data.Pin();
        nint request = 0;
        var code = Runtime.Backend.Put(Plain(ref pin, data.Length, target, at), Handle, &request);
        return Communicator.Started(code, request, new(pin), "MPI_Rput");
    }

    /// <summary>Under a lock: starts a get; the data is there when the request is done.</summary>
    public Request StartGet(Memory<T> data, int target, long at = 0)
    {
        var pin = data.Pin();
        nint request = 0;
        var code = Runtime.Backend.Get(Plain(ref pin, data.Length, target, at), Handle, &request);
        return Communicator.Started(code, request, new(pin), "MPI_Rget");
    }

    /// <summary>Under a lock: starts an accumulate; the request is done when the buffer can be used again.</summary>
    public Request StartAccumulate(ReadOnlyMemory<T> data, Op op, int target, long at = 0)
    {
        var by = op.PredefinedHandle();
        var pin = data.Pin();
        nint request = 0;
        var code = Runtime.Backend.Accumulate(Plain(ref pin, data.Length, target, at), by, Handle, &request);
        return Communicator.Started(code, request, new(pin), "MPI_Raccumulate");
    }

    /// <summary>Under a lock: starts a get-accumulate; what was there before is here when the request is done.</summary>
    public Request StartGetAccumulate(ReadOnlyMemory<T> data, Memory<T> before, Op op, int target, long at = 0)
    {
        CheckSame(data.Length, before.Length);
        var by = op.PredefinedHandle();
        var (pin, result) = (data.Pin(), before.Pin());
        nint request = 0;
        var code = Runtime.Backend.GetAccumulate(
            Plain(ref pin, data.Length, target, at, result), result.Pointer, before.Length, TypeOf<T>.Handle, by, Handle, &request);
        return Communicator.Started(code, request, new(pin, result), "MPI_Rget_accumulate");
    }

    private OriginAndTarget Laid(
        ref MemoryHandle pin, int originCount, Datatype originType, int target, long at, Datatype? layout, int? count)
    {
        var (type, number) = (layout ?? originType, count ?? originCount);
        var (first, end) = type.Reach(number);
        try
        {
            ArgumentOutOfRangeException.ThrowIfNegative(number, nameof(count));
            if (first < -at * sizeof(T))
            {
                throw new ArgumentOutOfRangeException(nameof(at), at, $"The data would begin {-first} bytes before that place.");
            }
            CheckRange(target, at, (end + sizeof(T) - 1) / sizeof(T));
            return new(pin.Pointer, originCount, originType.Handle, target, PlaceOf(target, at), number, type.Handle);
        }
        catch (Exception e) when (e is ArgumentException or ObjectDisposedException)
        {
            pin.Dispose();
            throw;
        }
    }
}
