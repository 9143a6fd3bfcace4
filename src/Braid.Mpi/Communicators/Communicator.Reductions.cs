namespace Braid.Mpi;

/// <content>Collectives that combine what the ranks hold, element by element.</content>
public unsafe partial class Communicator
{
    /// <summary>The root receives the combination of all ranks' buffers; at the others <paramref name="receive"/> is ignored.</summary>
    public void Reduce<T>(ReadOnlySpan<T> send, Span<T> receive, Op op, int root = 0) where T : unmanaged
    {
        if (IsRoot(root) && !IsInter)
        {
            CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        }
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            var count = IsInter && root == Mpi.Root ? receive.Length : send.Length;
            Runtime.Check(
                Runtime.Backend.Reduce(from, to, count, TypeOf<T>.Handle, op.HandleFor<T>(), root, Handle, null), "MPI_Reduce");
        }
        op.ThrowIfFailed();
    }

    /// <summary>The combination of all ranks' values, at the root; this rank's own elsewhere.</summary>
    public T Reduce<T>(T value, Op op, int root = 0) where T : unmanaged
    {
        var result = value;
        Reduce(new ReadOnlySpan<T>(in value), new Span<T>(ref result), op, root);
        return result;
    }

    /// <summary>As <see cref="Reduce{T}(ReadOnlySpan{T}, Span{T}, Op, int)"/>; the root's buffer is both its own part and the
    /// result.</summary>
    public void ReduceInPlace<T>(Span<T> buffer, Op op, int root = 0) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            var (from, to) = root == Rank ? ((nint)Runtime.Backend.InPlace, (nint)start) : ((nint)start, 0);
            Runtime.Check(
                Runtime.Backend.Reduce(
                    (void*)from, (void*)to, buffer.Length, TypeOf<T>.Handle, op.HandleFor<T>(), root, InPlaceHandle, null),
                "MPI_Reduce");
        }
        op.ThrowIfFailed();
    }

    /// <summary>All ranks receive the combination of all ranks' buffers.</summary>
    public void AllReduce<T>(ReadOnlySpan<T> send, Span<T> receive, Op op) where T : unmanaged
    {
        CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.AllReduce(from, to, send.Length, TypeOf<T>.Handle, op.HandleFor<T>(), Handle, null), "MPI_Allreduce");
        }
        op.ThrowIfFailed();
    }

    /// <summary>The combination of all ranks' values.</summary>
    public T AllReduce<T>(T value, Op op) where T : unmanaged
    {
        T result = default;
        AllReduce(new ReadOnlySpan<T>(in value), new Span<T>(ref result), op);
        return result;
    }

    /// <summary>As <see cref="AllReduce{T}(ReadOnlySpan{T}, Span{T}, Op)"/>; the buffer is both this rank's part and the result.</summary>
    public void AllReduceInPlace<T>(Span<T> buffer, Op op) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.AllReduce(
                    Runtime.Backend.InPlace, start, buffer.Length, TypeOf<T>.Handle, op.HandleFor<T>(), InPlaceHandle, null),
                "MPI_Allreduce");
        }
        op.ThrowIfFailed();
    }

    /// <summary>Combines all ranks' buffers and gives each rank its block of the result, all of one length.</summary>
    public void ReduceScatterBlock<T>(ReadOnlySpan<T> send, Span<T> receive, Op op) where T : unmanaged
    {
        var block = send.Length / Size;
        CheckLength(send.Length, (long)block * Size, nameof(send), "one block of equal length for each rank");
        CheckLength(receive.Length, block, nameof(receive), "one block");
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.ReduceScatterBlock(from, to, block, TypeOf<T>.Handle, op.HandleFor<T>(), Handle, null),
                "MPI_Reduce_scatter_block");
        }
        op.ThrowIfFailed();
    }

    /// <summary>Combines all ranks' buffers and gives each rank its block of the result.</summary>
    /// <param name="send">As long as all blocks together.</param>
    /// <param name="receive">Room for this rank's block.</param>
    /// <param name="counts">The length of each rank's block, the same at all ranks.</param>
    /// <param name="op">How two values become one.</param>
    public void ReduceScatter<T>(ReadOnlySpan<T> send, Span<T> receive, ReadOnlySpan<int> counts, Op op) where T : unmanaged
    {
        var layout = new BlockLayout(counts, default, Size, send.Length, nameof(send));
        CheckLength(receive.Length, counts[Rank], nameof(receive), "this rank's block");
        fixed (T* from = send)
        fixed (T* to = receive)
        fixed (int* lengths = layout.Counts)
        {
            Runtime.Check(
                Runtime.Backend.ReduceScatter(from, to, lengths, TypeOf<T>.Handle, op.HandleFor<T>(), Handle, null), "MPI_Reduce_scatter");
        }
        op.ThrowIfFailed();
    }

    /// <summary>Each rank receives the combination of the ranks up to and with itself.</summary>
    public void Scan<T>(ReadOnlySpan<T> send, Span<T> receive, Op op) where T : unmanaged
    {
        CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.Scan(from, to, send.Length, TypeOf<T>.Handle, op.HandleFor<T>(), OneGroup("MPI_Scan"), null), "MPI_Scan");
        }
        op.ThrowIfFailed();
    }

    /// <summary>The combination of the values of the ranks up to and with this one.</summary>
    public T Scan<T>(T value, Op op) where T : unmanaged
    {
        T result = default;
        Scan(new ReadOnlySpan<T>(in value), new Span<T>(ref result), op);
        return result;
    }

    /// <summary>As <see cref="Scan{T}(ReadOnlySpan{T}, Span{T}, Op)"/>; the buffer is both this rank's part and the result.</summary>
    public void ScanInPlace<T>(Span<T> buffer, Op op) where T : unmanaged
    {
        fixed (T* start = buffer)
        {
            Runtime.Check(
                Runtime.Backend.Scan(
                    Runtime.Backend.InPlace, start, buffer.Length, TypeOf<T>.Handle, op.HandleFor<T>(), InPlaceHandle, null),
                "MPI_Scan");
        }
        op.ThrowIfFailed();
    }

    /// <summary>Each rank receives the combination of the ranks before it; at rank 0 <paramref name="receive"/> stays as it was.</summary>
    public void ExclusiveScan<T>(ReadOnlySpan<T> send, Span<T> receive, Op op) where T : unmanaged
    {
        CheckLength(receive.Length, send.Length, nameof(receive), "as much as is sent");
        // What an MPI leaves in rank 0's buffer is undefined; ours is kept.
        T[] kept = Rank == 0 ? receive[..send.Length].ToArray() : [];
        fixed (T* from = send)
        fixed (T* to = receive)
        {
            Runtime.Check(
                Runtime.Backend.ExclusiveScan(
                    from, to, send.Length, TypeOf<T>.Handle, op.HandleFor<T>(), OneGroup("MPI_Exscan"), null),
                "MPI_Exscan");
        }
        kept.CopyTo(receive);
        op.ThrowIfFailed();
    }

    /// <summary>The combination of the values of the ranks before this one; <paramref name="initial"/> at rank 0.</summary>
    public T ExclusiveScan<T>(T value, Op op, T initial = default) where T : unmanaged
    {
        var result = initial;
        ExclusiveScan(new ReadOnlySpan<T>(in value), new Span<T>(ref result), op);
        return result;
    }
}
