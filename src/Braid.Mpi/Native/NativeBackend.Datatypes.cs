using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Datatypes and reductions.</content>
internal sealed unsafe partial class NativeBackend
{
    /// <summary>The delegates behind live operations, so that the collector leaves their code alone.</summary>
    private readonly ConcurrentDictionary<nint, UserFunction> _operations = [];

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate void UserFunction(void* input, void* inout, int* count, void* type);

    public override int TypeContiguous(int count, nint type, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Type_contiguous(count, type, &value);
        created = value;
        return code;
    }

    public override int TypeVector(int count, int blockLength, long strideBytes, nint type, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Type_create_hvector(count, blockLength, (nint)strideBytes, type, &value);
        created = value;
        return code;
    }

    public override int TypeIndexed(ReadOnlySpan<int> lengths, ReadOnlySpan<nint> displacementsBytes, nint type, out nint created)
    {
        nint value = 0;
        fixed (int* blocks = lengths)
        fixed (nint* offsets = displacementsBytes)
        {
            var code = Libmpi.MPI_Type_create_hindexed(lengths.Length, blocks, offsets, type, &value);
            created = value;
            return code;
        }
    }

    public override int TypeStruct(
        ReadOnlySpan<int> lengths, ReadOnlySpan<nint> displacementsBytes, ReadOnlySpan<nint> types, out nint created)
    {
        nint value = 0;
        using var handles = new HandleArray(this, types);
        fixed (int* blocks = lengths)
        fixed (nint* offsets = displacementsBytes)
        {
            var code = Libmpi.MPI_Type_create_struct(lengths.Length, blocks, offsets, handles.Pointer, &value);
            created = value;
            return code;
        }
    }

    public override int TypeResized(nint type, long lowerBound, long extent, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Type_create_resized(type, (nint)lowerBound, (nint)extent, &value);
        created = value;
        return code;
    }

    public override int TypeSubarray(
        ReadOnlySpan<int> sizes, ReadOnlySpan<int> subsizes, ReadOnlySpan<int> starts, bool columnMajor, nint type, out nint created)
    {
        nint value = 0;
        fixed (int* whole = sizes)
        fixed (int* part = subsizes)
        fixed (int* from = starts)
        {
            var code = Libmpi.MPI_Type_create_subarray(
                sizes.Length, whole, part, from, columnMajor ? _abi.OrderFortran : _abi.OrderC, type, &value);
            created = value;
            return code;
        }
    }

    public override int TypeCommit(nint* type) => Libmpi.MPI_Type_commit(type);

    public override int TypeFree(nint* type) => Libmpi.MPI_Type_free(type);

    public override int TypeSize(nint type, out long bytes)
    {
        long value;
        var code = Libmpi.MPI_Type_size_x(type, &value);
        bytes = value;
        return code;
    }

    public override int TypeExtent(nint type, out long lowerBound, out long extent)
    {
        nint lower, size;
        var code = Libmpi.MPI_Type_get_extent(type, &lower, &size);
        (lowerBound, extent) = (lower, size);
        return code;
    }

    public override int TypeTrueExtent(nint type, out long lowerBound, out long extent)
    {
        nint lower, size;
        var code = Libmpi.MPI_Type_get_true_extent(type, &lower, &size);
        (lowerBound, extent) = (lower, size);
        return code;
    }

    public override int Pack(void* source, int count, nint type, void* destination, int size, ref int position, nint comm)
    {
        fixed (int* at = &position)
        {
            return Libmpi.MPI_Pack(source, count, type, destination, size, at, comm);
        }
    }

    public override int Unpack(void* source, int size, ref int position, void* destination, int count, nint type, nint comm)
    {
        fixed (int* at = &position)
        {
            return Libmpi.MPI_Unpack(source, size, at, destination, count, type, comm);
        }
    }

    public override int PackSize(int count, nint type, nint comm, out int size)
    {
        int value;
        var code = Libmpi.MPI_Pack_size(count, type, comm, &value);
        size = value;
        return code;
    }

    /// <summary>MPI hands its user functions no state, so each delegate gets machine code of its own: any number of them may live at
    /// once.</summary>
    public override int CreateOp(UserReduction reduction, bool commutative, out nint op)
    {
        UserFunction function = (input, inout, count, _) => reduction(input, inout, *count);
        nint value = 0;
        var code = Libmpi.MPI_Op_create((void*)Marshal.GetFunctionPointerForDelegate(function), commutative ? 1 : 0, &value);
        op = value;
        _operations[value] = function;
        return code;
    }

    public override int FreeOp(nint* op)
    {
        var handle = *op;
        var code = Libmpi.MPI_Op_free(op);
        _operations.TryRemove(handle, out _);
        return code;
    }

    public override int ReduceLocal(void* input, void* inout, int count, nint type, nint op) =>
        Libmpi.MPI_Reduce_local(input, inout, count, type, op);
}
