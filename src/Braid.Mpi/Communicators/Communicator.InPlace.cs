namespace Braid.Mpi;

/// <content>Collectives on one buffer, in which this rank's own part lies where it belongs already.</content>
public unsafe partial class Communicator
{
    /// <summary>At the root the buffer holds all blocks, its own in place; at the others it is what they send.</summary>
    public void GatherInPlace<T>(Span<T> buffer, int root = 0) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            var code = root == Rank
                ? Runtime.Backend.Gather(
                    Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, start, Block(buffer.Length), TypeOf<T>.Handle, root, InPlaceHandle, null)
                : Runtime.Backend.Gather(start, buffer.Length, TypeOf<T>.Handle, null, 0, TypeOf<T>.Handle, root, InPlaceHandle, null);
            Runtime.Check(code, "MPI_Gather");
        }
    }

    /// <summary>At the root the buffer holds all blocks and keeps its own; at the others it receives theirs.</summary>
    public void ScatterInPlace<T>(Span<T> buffer, int root = 0) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            var code = root == Rank
                ? Runtime.Backend.Scatter(
                    start, Block(buffer.Length), TypeOf<T>.Handle, Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, root, InPlaceHandle, null)
                : Runtime.Backend.Scatter(null, 0, TypeOf<T>.Handle, start, buffer.Length, TypeOf<T>.Handle, root, InPlaceHandle, null);
            Runtime.Check(code, "MPI_Scatter");
        }
    }

    /// <summary>The buffer holds all blocks, this rank's in its place; the others' are received.</summary>
    public void AllGatherInPlace<T>(Span<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.AllGather(
                    Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, start, Block(buffer.Length), TypeOf<T>.Handle, InPlaceHandle, null),
                "MPI_Allgather");
        }
    }

    /// <summary>Each block is sent to its rank and replaced by the one that comes from there.</summary>
    public void AllToAllInPlace<T>(Span<T> buffer) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            var block = Block(buffer.Length);
            Runtime.Check(
                Runtime.Backend.AllToAll(
                    Runtime.Backend.InPlace, block, TypeOf<T>.Handle, start, block, TypeOf<T>.Handle, InPlaceHandle, null),
                "MPI_Alltoall");
        }
    }

    /// <summary>As <see cref="GatherInPlace{T}"/>, with blocks of different lengths.</summary>
    public void GatherVInPlace<T>(
        Span<T> buffer, ReadOnlySpan<int> counts, int root = 0, ReadOnlySpan<int> displacements = default) where T : unmanaged
    {
        var layout = root == Rank ? new BlockLayout(counts, displacements, Size, buffer.Length, nameof(buffer)) : default;
        fixed (T* start = buffer)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            var code = root == Rank
                ? Runtime.Backend.GatherV(
                    Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, start, lengths, offsets, TypeOf<T>.Handle, root, InPlaceHandle, null)
                : Runtime.Backend.GatherV(
                    start, buffer.Length, TypeOf<T>.Handle, null, null, null, TypeOf<T>.Handle, root, InPlaceHandle, null);
            Runtime.Check(code, "MPI_Gatherv");
        }
    }

    /// <summary>As <see cref="ScatterInPlace{T}"/>, with blocks of different lengths.</summary>
    public void ScatterVInPlace<T>(
        Span<T> buffer, ReadOnlySpan<int> counts, int root = 0, ReadOnlySpan<int> displacements = default) where T : unmanaged
    {
        var layout = root == Rank ? new BlockLayout(counts, displacements, Size, buffer.Length, nameof(buffer)) : default;
        fixed (T* start = buffer)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            var code = root == Rank
                ? Runtime.Backend.ScatterV(
                    start, lengths, offsets, TypeOf<T>.Handle, Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, root, InPlaceHandle, null)
                : Runtime.Backend.ScatterV(
                    null, null, null, TypeOf<T>.Handle, start, buffer.Length, TypeOf<T>.Handle, root, InPlaceHandle, null);
            Runtime.Check(code, "MPI_Scatterv");
        }
    }

    /// <summary>As <see cref="AllGatherInPlace{T}"/>, with blocks of different lengths.</summary>
    public void AllGatherVInPlace<T>(Span<T> buffer, ReadOnlySpan<int> counts, ReadOnlySpan<int> displacements = default)
        where T : unmanaged
    {
        var layout = new BlockLayout(counts, displacements, Size, buffer.Length, nameof(buffer));
        fixed (T* start = buffer)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            Runtime.Check(
                Runtime.Backend.AllGatherV(
                    Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, start, lengths, offsets, TypeOf<T>.Handle, InPlaceHandle, null),
                "MPI_Allgatherv");
        }
    }

    /// <summary>As <see cref="AllToAllInPlace{T}"/>, with blocks of different lengths: as much goes to a rank as comes from it.</summary>
    public void AllToAllVInPlace<T>(Span<T> buffer, ReadOnlySpan<int> counts, ReadOnlySpan<int> displacements = default)
        where T : unmanaged
    {
        var layout = new BlockLayout(counts, displacements, Size, buffer.Length, nameof(buffer));
        fixed (T* start = buffer)
        fixed (int* lengths = layout.Counts, offsets = layout.Displacements)
        {
            // Some MPIs look at the counts and the type of the sending side all the same.
            Runtime.Check(
                Runtime.Backend.AllToAllV(
                    Runtime.Backend.InPlace, lengths, offsets, TypeOf<T>.Handle, start, lengths, offsets, TypeOf<T>.Handle, InPlaceHandle,
                    null),
                "MPI_Alltoallv");
        }
    }

    /// <summary>The buffer holds one block for each rank to be combined; this rank's block of the result replaces its
    /// beginning.</summary>
    public void ReduceScatterBlockInPlace<T>(Span<T> buffer, Op op) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.ReduceScatterBlock(
                    Runtime.Backend.InPlace, start, Block(buffer.Length), TypeOf<T>.Handle, op.HandleFor<T>(), InPlaceHandle, null),
                "MPI_Reduce_scatter_block");
        }
        op.ThrowIfFailed();
    }

    /// <summary>As <see cref="ReduceScatterBlockInPlace{T}"/>, with blocks of different lengths.</summary>
    public void ReduceScatterInPlace<T>(Span<T> buffer, ReadOnlySpan<int> counts, Op op) where T : unmanaged
    {
        var layout = new BlockLayout(counts, default, Size, buffer.Length, nameof(buffer));
        fixed (T* start = buffer)
        fixed (int* lengths = layout.Counts)
        {
            Runtime.Check(
                Runtime.Backend.ReduceScatter(
                    Runtime.Backend.InPlace, start, lengths, TypeOf<T>.Handle, op.HandleFor<T>(), InPlaceHandle, null),
                "MPI_Reduce_scatter");
        }
        op.ThrowIfFailed();
    }

    /// <summary>As <see cref="ExclusiveScan{T}(ReadOnlySpan{T}, Span{T}, Op)"/>; the buffer is both this rank's part and the result. At
    /// rank 0 it stays as it was.</summary>
    public void ExclusiveScanInPlace<T>(Span<T> buffer, Op op) where T : unmanaged
    {
        T[] kept = Rank == 0 ? buffer.ToArray() : [];
        fixed (T* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.ExclusiveScan(
                    Runtime.Backend.InPlace, start, buffer.Length, TypeOf<T>.Handle, op.HandleFor<T>(), InPlaceHandle, null),
                "MPI_Exscan");
        }
        kept.CopyTo(buffer);
        op.ThrowIfFailed();
    }

    private nint InPlaceHandle => OneGroup("MPI_IN_PLACE");

    private int Block(int length) => length % Size == 0
        ? length / Size
        : throw new ArgumentException($"A buffer of {length} elements cannot hold one block of equal length for each of {Size} ranks.");
}
