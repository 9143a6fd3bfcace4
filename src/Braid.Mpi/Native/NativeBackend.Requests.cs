using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Requests. Arrays of handles and statuses have the ABI's strides in MPI's hands and ours outside.</content>
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
        fixed (nint* handles = requests)
        fixed (StatusBlock* blocks = statuses)
        {
            Narrow(handles, requests.Length);
            // MPI leaves the error field alone unless the call as a whole failed.
            statuses.Clear();
            var code = Libmpi.MPI_Waitall(requests.Length, handles, blocks);
            Widen(handles, requests.Length);
            Widen(blocks, statuses.Length);
            return code;
        }
    }

    public override int WaitAny(Span<nint> requests, out int index, StatusBlock* status)
    {
        fixed (nint* handles = requests)
        {
            Narrow(handles, requests.Length);
            int found;
            var code = Libmpi.MPI_Waitany(requests.Length, handles, &found, Out(status));
            Widen(handles, requests.Length);
            index = found == _abi.Undefined ? -1 : found;
            return code;
        }
    }

    public override int TestSome(Span<nint> requests, Span<int> indices, Span<StatusBlock> statuses, out int count)
    {
        fixed (nint* handles = requests)
        fixed (int* which = indices)
        fixed (StatusBlock* blocks = statuses)
        {
            Narrow(handles, requests.Length);
            statuses.Clear();
            int done;
            var code = Libmpi.MPI_Testsome(requests.Length, handles, &done, which, blocks);
            Widen(handles, requests.Length);
            count = done == _abi.Undefined ? 0 : done;
            Widen(blocks, count);
            return code;
        }
    }

    public override int Cancel(nint* request) => Libmpi.MPI_Cancel(request);

    public override int FreeRequest(nint* request) => Libmpi.MPI_Request_free(request);

    /// <summary>Brings an array of handles to the ABI's stride where it lies, so that a call over many costs no second array.</summary>
    private void Narrow(nint* handles, int count)
    {
        if (_abi.HandleSize == sizeof(int))
        {
            // Forwards: what is written lies before what is still to be read.
            for (var i = 0; i < count; i++)
            {
                ((int*)handles)[i] = (int)handles[i];
            }
        }
    }

    /// <summary>Brings it back.</summary>
    private void Widen(nint* handles, int count)
    {
        if (_abi.HandleSize == sizeof(int))
        {
            for (var i = count - 1; i >= 0; i--)
            {
                handles[i] = (nint)(uint)((int*)handles)[i];
            }
        }
    }

    /// <summary>Brings statuses that MPI wrote with the ABI's stride to ours, where they lie.</summary>
    private void Widen(StatusBlock* blocks, int count)
    {
        var size = _abi.StatusSize;
        for (var i = count - 1; size < StatusBlock.MaxSize && i >= 0; i--)
        {
            StatusBlock block = default;
            Unsafe.CopyBlockUnaligned(&block, (byte*)blocks + ((long)i * size), (uint)size);
            blocks[i] = block;
        }
    }

    /// <summary>A copy of handles that MPI only reads, with the ABI's stride.</summary>
    internal readonly ref struct HandleArray
    {
        private readonly byte[] _rented;
        private readonly GCHandle _pin;

        public HandleArray(NativeBackend backend, ReadOnlySpan<nint> handles)
        {
            var size = backend._abi.HandleSize;
            _rented = ArrayPool<byte>.Shared.Rent(Math.Max(1, size * handles.Length));
            _pin = GCHandle.Alloc(_rented, GCHandleType.Pinned);
            var bytes = (byte*)_pin.AddrOfPinnedObject();
            for (var i = 0; i < handles.Length; i++)
            {
                if (size == sizeof(int))
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

        public void Dispose()
        {
            _pin.Free();
            ArrayPool<byte>.Shared.Return(_rented);
        }
    }
}
