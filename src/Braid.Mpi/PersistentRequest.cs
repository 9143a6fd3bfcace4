using System.Buffers;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>A send or receive with everything decided beforehand, started as often as needed. Complete one start before the next.</summary>
public sealed unsafe class PersistentRequest : IDisposable
{
    private nint _handle;
    private MemoryHandle _pin;
    private bool _active;

    internal PersistentRequest(nint handle, MemoryHandle pin) => (_handle, _pin) = (handle, pin);

    /// <summary>Starts the operation.</summary>
    public void Start()
    {
        Runtime.ThrowIfFinished();
        fixed (nint* handle = &_handle)
        {
            Runtime.Check(Runtime.Backend.StartPrepared(handle), "MPI_Start");
        }
        _active = true;
    }

    /// <summary>Asks whether the last start is done.</summary>
    public bool Test(out Status status)
    {
        Runtime.ThrowIfFinished();
        StatusBlock block = default;
        bool done;
        fixed (nint* handle = &_handle)
        {
            Runtime.Check(Runtime.Backend.Test(handle, out done, &block), "MPI_Test");
        }
        status = new(in block);
        _active &= !done;
        return done;
    }

    /// <summary>Waits until the last start is done.</summary>
    public Status Wait()
    {
        Runtime.ThrowIfFinished();
        StatusBlock block = default;
        fixed (nint* handle = &_handle)
        {
            Runtime.Check(Runtime.Backend.Wait(handle, &block), "MPI_Wait");
        }
        _active = false;
        return new(in block);
    }

    /// <summary>Waits for the last start and gives the buffer back.</summary>
    public void Dispose()
    {
        if (_handle != Runtime.Backend.RequestNull && Runtime.IsActive)
        {
            if (_active)
            {
                Wait();
            }
            fixed (nint* handle = &_handle)
            {
                Runtime.Check(Runtime.Backend.FreeRequest(handle), "MPI_Request_free");
            }
            _handle = Runtime.Backend.RequestNull;
            _pin.Dispose();
        }
    }
}
