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
                    Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, start, Block(buffer.Length), TypeOf<T>.Handle, root, Handle, null)
                : Runtime.Backend.Gather(start, buffer.Length, TypeOf<T>.Handle, null, 0, TypeOf<T>.Handle, root, Handle, null);
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
                    start, Block(buffer.Length), TypeOf<T>.Handle, Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, root, Handle, null)
                : Runtime.Backend.Scatter(null, 0, TypeOf<T>.Handle, start, buffer.Length, TypeOf<T>.Handle, root, Handle, null);
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
                    Runtime.Backend.InPlace, 0, TypeOf<T>.Handle, start, Block(buffer.Length), TypeOf<T>.Handle, Handle, null),
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
                    Runtime.Backend.InPlace, block, TypeOf<T>.Handle, start, block, TypeOf<T>.Handle, Handle, null),
                "MPI_Alltoall");
        }
    }

    private int Block(int length) => length % Size == 0
        ? length / Size
        : throw new ArgumentException($"A buffer of {length} elements cannot hold one block of equal length for each of {Size} ranks.");
}
