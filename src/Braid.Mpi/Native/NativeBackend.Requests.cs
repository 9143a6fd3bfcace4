using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Requests. Arrays of handles and statuses have the ABI's strides, so they are repacked from ours and back.</content>
internal sealed unsafe partial class NativeBackend
{
    public override int Test(nint* request, out bool done, StatusBlock* status)
    {
        int flag;
        var code = Libmpi.MPI_Test(request, &flag, Out(status));
        done = flag != 0;
        return code;
    }

    public override int Wait(nint* request, StatusBlock* status) => Libmpi.MPI_Wait(request, Out(status));

    public override int WaitAll(Span<nint> requests, Span<StatusBlock> statuses)
    {
        using var handles = new HandleArray(this, requests);
        using var blocks = new StatusArray(this, requests.Length);
        var code = Libmpi.MPI_Waitall(requests.Length, handles.Pointer, blocks.Pointer);
        handles.CopyTo(requests);
        blocks.CopyTo(statuses);
        return code;
    }

    public override int WaitAny(Span<nint> requests, out int index, StatusBlock* status)
    {
        using var handles = new HandleArray(this, requests);
        int found;
        var code = Libmpi.MPI_Waitany(requests.Length, handles.Pointer, &found, Out(status));
        handles.CopyTo(requests);
        index = found == _abi.Undefined ? -1 : found;
        return code;
    }

    public override int TestSome(Span<nint> requests, Span<int> indices, Span<StatusBlock> statuses, out int count)
    {
        using var handles = new HandleArray(this, requests);
        using var blocks = new StatusArray(this, requests.Length);
        int done;
        int code;
        fixed (int* which = indices)
        {
            code = Libmpi.MPI_Testsome(requests.Length, handles.Pointer, &done, which, blocks.Pointer);
        }
        handles.CopyTo(requests);
        count = done == _abi.Undefined ? 0 : done;
        blocks.CopyTo(statuses[..count]);
        return code;
    }

    public override int Cancel(nint* request) => Libmpi.MPI_Cancel(request);

    public override int FreeRequest(nint* request) => Libmpi.MPI_Request_free(request);

    /// <summary>Our handles in an array with the ABI's stride.</summary>
    internal readonly ref struct HandleArray
    {
        private readonly byte[] _rented;
        private readonly GCHandle _pin;
        private readonly int _size;
        private readonly int _count;

        public HandleArray(NativeBackend backend, ReadOnlySpan<nint> handles)
        {
            (_size, _count) = (backend._abi.HandleSize, handles.Length);
            _rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, _size * _count));
            _pin = GCHandle.Alloc(_rented, GCHandleType.Pinned);
            var bytes = (byte*)_pin.AddrOfPinnedObject();
            for (var i = 0; i < _count; i++)
            {
                if (_size == sizeof(int))
                {
                    ((int*)bytes)[i] = (int)handles[i];
                }
                else
                {
                    ((nint*)bytes)[i] = handles[i];
                }
            }
            Pointer = (nint*)bytes;
        }

        public nint* Pointer { get; }

        public void CopyTo(Span<nint> handles)
        {
            for (var i = 0; i < _count; i++)
            {
                handles[i] = _size == sizeof(int) ? (nint)(uint)((int*)Pointer)[i] : Pointer[i];
            }
        }

        public void Dispose()
        {
            _pin.Free();
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }

    /// <summary>Room for statuses with the ABI's stride.</summary>
    private readonly ref struct StatusArray
    {
        private readonly byte[] _rented;
        private readonly GCHandle _pin;
        private readonly int _size;

        public StatusArray(NativeBackend backend, int count)
        {
            _size = backend._abi.StatusSize;
            _rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, _size * count));
            // MPI leaves the error field alone unless the call as a whole failed.
            Array.Clear(_rented);
            _pin = GCHandle.Alloc(_rented, GCHandleType.Pinned);
            Pointer = (void*)_pin.AddrOfPinnedObject();
        }

        public void* Pointer { get; }

        public void CopyTo(Span<StatusBlock> statuses)
        {
            for (var i = 0; i < statuses.Length; i++)
            {
                statuses[i] = default;
                Unsafe.CopyBlockUnaligned(ref Unsafe.As<StatusBlock, byte>(ref statuses[i]), ref ((byte*)Pointer)[i * _size], (uint)_size);
            }
        }

        public void Dispose()
        {
            _pin.Free();
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
