using System.Buffers;
using System.Runtime.InteropServices;

namespace Braid.Mpi;

/// <summary>A window over values of one type; places in it are counted in these. See <see cref="Window"/> for when operations
/// happen.</summary>
public sealed unsafe partial class Window<T> : Window where T : unmanaged
{
    private readonly T* _memory;
    private readonly int _length;

    /// <summary>Elements of each rank's part, so that no operation reaches beyond one.</summary>
    private readonly long[] _lengths;

    /// <summary>Bytes between the start of each rank's part as MPI knows it and its first element.</summary>
    private readonly long[] _before;

    private MemoryHandle _pin;

    internal Window(nint handle, Communicator communicator, T* memory, int length, MemoryHandle pin, int before)
        : base(handle, communicator)
    {
        _memory = memory;
        (_length, _pin) = (length, pin);
        (_lengths, _before) = (communicator.AllGather((long)length), communicator.AllGather((long)before));
    }

    internal bool IsShared { get; init; }

    /// <summary>This rank's part. What others put there is to be read after a synchronisation only.</summary>
    public Span<T> Local
    {
        get
        {
            _ = Handle;
            return new(_memory, _length);
        }
    }

    /// <summary>The part of a rank, as memory; of windows made by <see cref="Window.AllocateShared{T}"/>.</summary>
    /// <exception cref="InvalidOperationException">The window's memory is not shared.</exception>
    public Span<T> Shared(int rank)
    {
        if (!IsShared)
        {
            throw new InvalidOperationException("The window's memory is not shared; make it with Window.AllocateShared.");
        }
        Runtime.Check(Runtime.Backend.WindowSharedQuery(Handle, rank, out _, out var memory), "MPI_Win_shared_query");
        return new((void*)memory, checked((int)_lengths[rank]));
    }

    /// <summary>How many elements a rank's part has.</summary>
    public long LengthOf(int rank) => _lengths[rank];

    /// <summary>Writes into a rank's part.</summary>
    /// <param name="data">Pinned, and not to be changed, until a synchronisation completes the operation.</param>
    /// <param name="target">The rank, or <see cref="Mpi.ProcNull"/>.</param>
    /// <param name="at">Where in its part, in elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">It would reach beyond the part.</exception>
    public void Put(ReadOnlyMemory<T> data, int target, long at = 0)
    {
        var pin = data.Pin();
        Keep(Runtime.Backend.Put(Plain(ref pin, data.Length, target, at), Handle, null), "MPI_Put", target, new(pin));
    }

    /// <summary>Reads from a rank's part; the data is there after a synchronisation.</summary>
    public void Get(Memory<T> data, int target, long at = 0)
    {
        var pin = data.Pin();
        Keep(Runtime.Backend.Get(Plain(ref pin, data.Length, target, at), Handle, null), "MPI_Get", target, new(pin));
    }

    /// <summary>Combines data into a rank's part, element by element; each element changes at once for other accumulates.</summary>
    /// <param name="data">Pinned, and not to be changed, until a synchronisation completes the operation.</param>
    /// <param name="op">One of MPI's own operations; <see cref="Op.Replace"/> is a put that is atomic.</param>
    /// <param name="target">The rank, or <see cref="Mpi.ProcNull"/>.</param>
    /// <param name="at">Where in its part, in elements.</param>
    public void Accumulate(ReadOnlyMemory<T> data, Op op, int target, long at = 0)
    {
        var by = op.PredefinedHandle();
        var pin = data.Pin();
        Keep(Runtime.Backend.Accumulate(Plain(ref pin, data.Length, target, at), by, Handle, null), "MPI_Accumulate", target, new(pin));
    }

    /// <summary>As <see cref="Accumulate(ReadOnlyMemory{T}, Op, int, long)"/>, and brings what was there before.</summary>
    public void GetAccumulate(ReadOnlyMemory<T> data, Memory<T> before, Op op, int target, long at = 0)
    {
        CheckSame(data.Length, before.Length);
        var by = op.PredefinedHandle();
        var (pin, result) = (data.Pin(), before.Pin());
        var code = Runtime.Backend.GetAccumulate(
            Plain(ref pin, data.Length, target, at, result), result.Pointer, before.Length, TypeOf<T>.Handle, by, Handle, null);
        Keep(code, "MPI_Get_accumulate", target, new(pin, result));
    }

    /// <summary>Combines one value into a rank's part and brings what was there before, after a synchronisation.</summary>
    /// <param name="value">Copied at once.</param>
    /// <param name="before">Room for one; the first element is written.</param>
    /// <param name="op">One of MPI's own operations; <see cref="Op.None"/> only reads.</param>
    /// <param name="target">The rank.</param>
    /// <param name="at">Where in its part.</param>
    public void FetchAndOp(T value, Memory<T> before, Op op, int target, long at = 0)
    {
        var type = SingleType();
        var by = op.PredefinedHandle();
        CheckRange(target, at, 1);
        CheckSame(1, Math.Min(1, before.Length));
        var result = before.Pin();
        var cell = new Cell<T>(value);
        var code = Runtime.Backend.FetchAndOp(cell.Value, result.Pointer, type, target, PlaceOf(target, at), by, Handle);
        Keep(code, "MPI_Fetch_and_op", target, new(result, other: cell));
    }

    /// <summary>Under a lock: combines one value into a rank's part, flushes, and returns what was there before.</summary>
    public T FetchAndOp(T value, Op op, int target, long at = 0)
    {
        var before = new T[1];
        FetchAndOp(value, before, op, target, at);
        Flush(target);
        return before[0];
    }

    /// <summary>
    /// Replaces a value in a rank's part if it is <paramref name="compare"/>, bit by bit; brings what was there before, after a
    /// synchronisation.
    /// </summary>
    /// <exception cref="NotSupportedException"><typeparamref name="T"/> does not have 1, 2, 4 or 8 bytes.</exception>
    public void CompareAndSwap(T value, T compare, Memory<T> before, int target, long at = 0)
    {
        var type = BitsType();
        CheckRange(target, at, 1);
        CheckSame(1, Math.Min(1, before.Length));
        var result = before.Pin();
        var cell = new Cell<T>(value, compare);
        var code = Runtime.Backend.CompareAndSwap(
            cell.Value, cell.Other, result.Pointer, type, target, PlaceOf(target, at), Handle);
        Keep(code, "MPI_Compare_and_swap", target, new(result, other: cell));
    }

    /// <summary>Under a lock: compares and swaps, flushes, and returns what was there before.</summary>
    public T CompareAndSwap(T value, T compare, int target, long at = 0)
    {
        var before = new T[1];
        CompareAndSwap(value, compare, before, target, at);
        Flush(target);
        return before[0];
    }

    private protected override void Release() => _pin.Dispose();

    /// <summary>As many elements here as there, one after the other; what is refused gives its pins back.</summary>
    private OriginAndTarget Plain(ref MemoryHandle pin, int count, int target, long at, MemoryHandle other = default)
    {
        try
        {
            CheckRange(target, at, count);
        }
        catch (ArgumentOutOfRangeException)
        {
            pin.Dispose();
            other.Dispose();
            throw;
        }
        return new(pin.Pointer, count, TypeOf<T>.Handle, target, PlaceOf(target, at), count, TypeOf<T>.Handle);
    }

    /// <summary>MPI writes wherever it is told: what lies beyond the target's part is refused here. A wrong rank is MPI's to
    /// refuse.</summary>
    private void CheckRange(int target, long at, long count)
    {
        if ((uint)target < (uint)_lengths.Length && (at < 0 || at + count > _lengths[target]))
        {
            throw new ArgumentOutOfRangeException(
                nameof(at), at, $"{count} elements from {at} are not within the {_lengths[target]} of rank {target}'s part.");
        }
    }

    /// <summary>The displacement in bytes; a wrong rank is MPI's to refuse.</summary>
    private nint PlaceOf(int target, long at) =>
        (nint)((at * sizeof(T)) + ((uint)target < (uint)_before.Length ? _before[target] : 0));

    private static void CheckSame(int sent, int before)
    {
        if (before != sent)
        {
            throw new ArgumentException($"What was there before needs room for {sent} elements, not {before}.", nameof(before));
        }
    }

    private static nint SingleType() => StructLayoutReader.Predefined(typeof(T)) is { } basic
        ? Runtime.Backend.Type(basic)
        : throw new NotSupportedException($"{typeof(T)} is no predefined datatype of MPI; use GetAccumulate, or a number.");

    private static nint BitsType() => sizeof(T) switch
    {
        1 => Runtime.Backend.Type(Abi.BasicType.Int8),
        2 => Runtime.Backend.Type(Abi.BasicType.Int16),
        4 => Runtime.Backend.Type(Abi.BasicType.Int32),
        8 => Runtime.Backend.Type(Abi.BasicType.Int64),
        _ => throw new NotSupportedException($"{typeof(T)} has {sizeof(T)} bytes; MPI compares and swaps 1, 2, 4 or 8."),
    };
}
