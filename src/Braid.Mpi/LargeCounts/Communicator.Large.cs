using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <content>Messages and collectives of more elements than 32 bits can count.</content>
public unsafe partial class Communicator
{
    /// <summary>As <see cref="Send{T}(ReadOnlySpan{T}, int, int)"/>, of any number of elements.</summary>
    public void Send<T>(LargeSpan<T> buffer, int destination, int tag = 0) where T : unmanaged
    {
        using var count = LargeCount.Of<T>(buffer.Length);
        Runtime.Check(
            Runtime.Backend.Send(SendMode.Standard, buffer.Start, count.Count, count.Type, destination, tag, Handle), "MPI_Send");
    }

    /// <summary>As <see cref="Receive{T}(Span{T}, int, int)"/>, of any number of elements.</summary>
    public Status Receive<T>(LargeSpan<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag) where T : unmanaged
    {
        using var count = LargeCount.Of<T>(buffer.Length);
        StatusBlock status = default;
        Runtime.Check(Runtime.Backend.Receive(buffer.Start, count.Count, count.Type, source, tag, Handle, &status), "MPI_Recv");
        return new(in status);
    }

    /// <summary>Starts to send any number of elements.</summary>
    public Request StartSend<T>(LargeSpan<T> buffer, int destination, int tag = 0) where T : unmanaged
    {
        using var count = LargeCount.Of<T>(buffer.Length);
        nint request;
        var code = Runtime.Backend.StartSend(
            SendMode.Standard, buffer.Start, count.Count, count.Type, destination, tag, Handle, &request);
        return Started(code, request, default, "MPI_Isend");
    }

    /// <summary>Starts to receive any number of elements.</summary>
    public Request StartReceive<T>(LargeSpan<T> buffer, int source = Mpi.AnySource, int tag = Mpi.AnyTag) where T : unmanaged
    {
        using var count = LargeCount.Of<T>(buffer.Length);
        nint request;
        var code = Runtime.Backend.StartReceive(buffer.Start, count.Count, count.Type, source, tag, Handle, &request);
        return Started(code, request, default, "MPI_Irecv", cancellable: true);
    }

    /// <summary>As <see cref="Broadcast{T}(Span{T}, int)"/>, of any number of elements.</summary>
    public void Broadcast<T>(LargeSpan<T> buffer, int root = 0) where T : unmanaged
    {
        using var count = LargeCount.Of<T>(buffer.Length);
        Runtime.Check(Runtime.Backend.Broadcast(buffer.Start, count.Count, count.Type, root, Handle, null), "MPI_Bcast");
    }

    /// <summary>As <see cref="Gather{T}(ReadOnlySpan{T}, Span{T}, int)"/>, of any number of elements.</summary>
    public void Gather<T>(LargeSpan<T> send, LargeSpan<T> receive, int root = 0) where T : unmanaged
    {
        CheckBlocks(IsRoot(root) ? receive.Length : (long)send.Length * Size, send.Length, nameof(receive));
        using var count = LargeCount.Of<T>(send.Length);
        Runtime.Check(
            Runtime.Backend.Gather(
                send.Start, count.Count, count.Type, receive.Start, count.Count, count.Type, root, Handle, null),
            "MPI_Gather");
    }

    /// <summary>As <see cref="Scatter{T}(ReadOnlySpan{T}, Span{T}, int)"/>, of any number of elements.</summary>
    public void Scatter<T>(LargeSpan<T> send, LargeSpan<T> receive, int root = 0) where T : unmanaged
    {
        CheckBlocks(IsRoot(root) ? send.Length : (long)receive.Length * Size, receive.Length, nameof(send));
        using var count = LargeCount.Of<T>(receive.Length);
        Runtime.Check(
            Runtime.Backend.Scatter(
                send.Start, count.Count, count.Type, receive.Start, count.Count, count.Type, root, Handle, null),
            "MPI_Scatter");
    }

    /// <summary>As <see cref="AllGather{T}(ReadOnlySpan{T}, Span{T})"/>, of any number of elements.</summary>
    public void AllGather<T>(LargeSpan<T> send, LargeSpan<T> receive) where T : unmanaged
    {
        CheckBlocks(receive.Length, send.Length, nameof(receive));
        using var count = LargeCount.Of<T>(send.Length);
        Runtime.Check(
            Runtime.Backend.AllGather(send.Start, count.Count, count.Type, receive.Start, count.Count, count.Type, Handle, null),
            "MPI_Allgather");
    }

    /// <summary>As <see cref="AllToAll{T}(ReadOnlySpan{T}, Span{T})"/>, of any number of elements.</summary>
    public void AllToAll<T>(LargeSpan<T> send, LargeSpan<T> receive) where T : unmanaged
    {
        var block = send.Length / Size;
        CheckBlocks(send.Length, block, nameof(send));
        CheckBlocks(receive.Length, block, nameof(receive));
        using var count = LargeCount.Of<T>(block);
        Runtime.Check(
            Runtime.Backend.AllToAll(send.Start, count.Count, count.Type, receive.Start, count.Count, count.Type, Handle, null),
            "MPI_Alltoall");
    }

    /// <summary>As <see cref="Reduce{T}(ReadOnlySpan{T}, Span{T}, Op, int)"/>, of any number of elements, in as many steps as it
    /// takes.</summary>
    public void Reduce<T>(LargeSpan<T> send, LargeSpan<T> receive, Op op, int root = 0) where T : unmanaged
    {
        for (long done = 0; done < send.Length;)
        {
            var step = (int)Math.Min(send.Length - done, LargeCount.CountMax);
            Reduce(send.AsSpan(done, step), IsRoot(root) ? receive.AsSpan(done, step) : [], op, root);
            done += step;
        }
    }

    /// <summary>As <see cref="AllReduce{T}(ReadOnlySpan{T}, Span{T}, Op)"/>, of any number of elements, in as many steps as it
    /// takes.</summary>
    public void AllReduce<T>(LargeSpan<T> send, LargeSpan<T> receive, Op op) where T : unmanaged
    {
        for (long done = 0; done < send.Length;)
        {
            var step = (int)Math.Min(send.Length - done, LargeCount.CountMax);
            AllReduce(send.AsSpan(done, step), receive.AsSpan(done, step), op);
            done += step;
        }
    }

    private void CheckBlocks(long length, long block, string buffer)
    {
        if (IsInter)
        {
            throw new NotSupportedException("Collectives of large counts work within one group; merge the inter-communicator first.");
        }
        if (length != block * Size)
        {
            throw new ArgumentException($"{length} elements are not one block of {block} for each of {Size} ranks.", buffer);
        }
    }
}
