using System.Buffers;

namespace Braid.Mpi;

/// <summary>
/// A window that begins empty. A rank attaches memory and tells the others its address, by a message; they give that address as the place.
/// MPI does not check it: an address that is not attached there is undefined behaviour, and may end the target.
/// </summary>
public sealed unsafe class DynamicWindow : Window
{
    private readonly Dictionary<nint, MemoryHandle> _attached = [];

    internal DynamicWindow(nint handle, Communicator communicator) : base(handle, communicator)
    {
    }

    /// <summary>Adds memory, pinned until it is detached or the window disposed; the others reach it at the address returned.</summary>
    public long Attach<T>(Memory<T> memory) where T : unmanaged
    {
        var pin = memory.Pin();
        var code = Runtime.Backend.WindowAttach(Handle, pin.Pointer, (nint)memory.Length * sizeof(T));
        if (code != 0)
        {
            pin.Dispose();
            Runtime.Throw(code, "MPI_Win_attach");
        }
        _attached.Add((nint)pin.Pointer, pin);
        return (nint)pin.Pointer;
    }

    /// <summary>Takes memory out again.</summary>
    /// <exception cref="ArgumentException">No memory is attached at that address.</exception>
    public void Detach(long address)
    {
        if (!_attached.Remove((nint)address, out var pin))
        {
            throw new ArgumentException($"No memory is attached at {address}; give what Attach returned.", nameof(address));
        }
        var code = Runtime.Backend.WindowDetach(Handle, (void*)address);
        pin.Dispose();
        Runtime.Check(code, "MPI_Win_detach");
    }

    /// <summary>Writes to memory that a rank attached.</summary>
    public void Put<T>(ReadOnlyMemory<T> data, int target, long address) where T : unmanaged
    {
        var pin = data.Pin();
        var transfer = new OriginAndTarget(
            pin.Pointer, data.Length, TypeOf<T>.Handle, target, (nint)address, data.Length, TypeOf<T>.Handle);
        Keep(Runtime.Backend.Put(transfer, Handle, null), "MPI_Put", target, new(pin));
    }

    /// <summary>Reads from memory that a rank attached; the data is there after a synchronisation.</summary>
    public void Get<T>(Memory<T> data, int target, long address) where T : unmanaged
    {
        var pin = data.Pin();
        var transfer = new OriginAndTarget(
            pin.Pointer, data.Length, TypeOf<T>.Handle, target, (nint)address, data.Length, TypeOf<T>.Handle);
        Keep(Runtime.Backend.Get(transfer, Handle, null), "MPI_Get", target, new(pin));
    }

    /// <summary>Combines data into memory that a rank attached, by one of MPI's own operations.</summary>
    public void Accumulate<T>(ReadOnlyMemory<T> data, Op op, int target, long address) where T : unmanaged
    {
        var by = op.PredefinedHandle();
        var pin = data.Pin();
        var transfer = new OriginAndTarget(
            pin.Pointer, data.Length, TypeOf<T>.Handle, target, (nint)address, data.Length, TypeOf<T>.Handle);
        Keep(Runtime.Backend.Accumulate(transfer, by, Handle, null), "MPI_Accumulate", target, new(pin));
    }

    private protected override void Release()
    {
        foreach (var pin in _attached.Values)
        {
            pin.Dispose();
        }
        _attached.Clear();
    }
}
