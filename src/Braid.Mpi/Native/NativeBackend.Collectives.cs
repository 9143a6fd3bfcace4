using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Collectives, each in its blocking and its non-blocking form.</content>
internal sealed unsafe partial class NativeBackend
{
    public override int Barrier(nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Barrier(comm)
            : Libmpi.MPI_Ibarrier(comm, Cleared(request));

    public override int Broadcast(void* buffer, int count, nint type, int root, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Bcast(buffer, count, type, Peer(root), comm)
            : Libmpi.MPI_Ibcast(buffer, count, type, Peer(root), comm, Cleared(request));

    public override int Gather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Gather(send, sendCount, sendType, receive, receiveCount, receiveType, Peer(root), comm)
            : Libmpi.MPI_Igather(send, sendCount, sendType, receive, receiveCount, receiveType, Peer(root), comm, Cleared(request));

    public override int GatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, int root, nint comm,
        nint* request) =>
        request == null
            ? Libmpi.MPI_Gatherv(send, sendCount, sendType, receive, counts, displacements, receiveType, Peer(root), comm)
            : Libmpi.MPI_Igatherv(
                send, sendCount, sendType, receive, counts, displacements, receiveType, Peer(root), comm, Cleared(request));

    public override int Scatter(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Scatter(send, sendCount, sendType, receive, receiveCount, receiveType, Peer(root), comm)
            : Libmpi.MPI_Iscatter(send, sendCount, sendType, receive, receiveCount, receiveType, Peer(root), comm, Cleared(request));

    public override int ScatterV(
        void* send, int* counts, int* displacements, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm,
        nint* request) =>
        request == null
            ? Libmpi.MPI_Scatterv(send, counts, displacements, sendType, receive, receiveCount, receiveType, Peer(root), comm)
            : Libmpi.MPI_Iscatterv(
                send, counts, displacements, sendType, receive, receiveCount, receiveType, Peer(root), comm, Cleared(request));

    public override int AllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Allgather(send, sendCount, sendType, receive, receiveCount, receiveType, comm)
            : Libmpi.MPI_Iallgather(send, sendCount, sendType, receive, receiveCount, receiveType, comm, Cleared(request));

    public override int AllGatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm,
        nint* request) =>
        request == null
            ? Libmpi.MPI_Allgatherv(send, sendCount, sendType, receive, counts, displacements, receiveType, comm)
            : Libmpi.MPI_Iallgatherv(send, sendCount, sendType, receive, counts, displacements, receiveType, comm, Cleared(request));

    public override int AllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Alltoall(send, sendCount, sendType, receive, receiveCount, receiveType, comm)
            : Libmpi.MPI_Ialltoall(send, sendCount, sendType, receive, receiveCount, receiveType, comm, Cleared(request));

    public override int AllToAllV(
        void* send, int* sendCounts, int* sendDisplacements, nint sendType, void* receive, int* receiveCounts, int* receiveDisplacements,
        nint receiveType, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Alltoallv(
                send, sendCounts, sendDisplacements, sendType, receive, receiveCounts, receiveDisplacements, receiveType, comm)
            : Libmpi.MPI_Ialltoallv(
                send, sendCounts, sendDisplacements, sendType, receive, receiveCounts, receiveDisplacements, receiveType, comm,
                Cleared(request));

    public override int AllToAllW(
        void* send, int[] sendCounts, int[] sendDisplacementsBytes, nint[] sendTypes, void* receive, int[] receiveCounts,
        int[] receiveDisplacementsBytes, nint[] receiveTypes, nint comm)
    {
        using var outgoing = new HandleArray(this, sendTypes);
        using var incoming = new HandleArray(this, receiveTypes);
        fixed (int* outCounts = sendCounts, outOffsets = sendDisplacementsBytes)
        fixed (int* inCounts = receiveCounts, inOffsets = receiveDisplacementsBytes)
        {
            return Libmpi.MPI_Alltoallw(
                send, outCounts, outOffsets, outgoing.Pointer, receive, inCounts, inOffsets, incoming.Pointer, comm);
        }
    }

    public override int Reduce(void* send, void* receive, int count, nint type, nint op, int root, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Reduce(send, receive, count, type, op, Peer(root), comm)
            : Libmpi.MPI_Ireduce(send, receive, count, type, op, Peer(root), comm, Cleared(request));

    public override int AllReduce(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Allreduce(send, receive, count, type, op, comm)
            : Libmpi.MPI_Iallreduce(send, receive, count, type, op, comm, Cleared(request));

    public override int ReduceScatterBlock(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Reduce_scatter_block(send, receive, count, type, op, comm)
            : Libmpi.MPI_Ireduce_scatter_block(send, receive, count, type, op, comm, Cleared(request));

    public override int ReduceScatter(void* send, void* receive, int* counts, nint type, nint op, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Reduce_scatter(send, receive, counts, type, op, comm)
            : Libmpi.MPI_Ireduce_scatter(send, receive, counts, type, op, comm, Cleared(request));

    public override int Scan(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Scan(send, receive, count, type, op, comm)
            : Libmpi.MPI_Iscan(send, receive, count, type, op, comm, Cleared(request));

    public override int ExclusiveScan(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Exscan(send, receive, count, type, op, comm)
            : Libmpi.MPI_Iexscan(send, receive, count, type, op, comm, Cleared(request));

    public override int NeighborAllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Neighbor_allgather(send, sendCount, sendType, receive, receiveCount, receiveType, comm)
            : Libmpi.MPI_Ineighbor_allgather(send, sendCount, sendType, receive, receiveCount, receiveType, comm, Cleared(request));

    public override int NeighborAllGatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm,
        nint* request) =>
        request == null
            ? Libmpi.MPI_Neighbor_allgatherv(send, sendCount, sendType, receive, counts, displacements, receiveType, comm)
            : Libmpi.MPI_Ineighbor_allgatherv(
                send, sendCount, sendType, receive, counts, displacements, receiveType, comm, Cleared(request));

    public override int NeighborAllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Neighbor_alltoall(send, sendCount, sendType, receive, receiveCount, receiveType, comm)
            : Libmpi.MPI_Ineighbor_alltoall(send, sendCount, sendType, receive, receiveCount, receiveType, comm, Cleared(request));

    public override int NeighborAllToAllV(
        void* send, int* sendCounts, int* sendDisplacements, nint sendType, void* receive, int* receiveCounts, int* receiveDisplacements,
        nint receiveType, nint comm, nint* request) =>
        request == null
            ? Libmpi.MPI_Neighbor_alltoallv(
                send, sendCounts, sendDisplacements, sendType, receive, receiveCounts, receiveDisplacements, receiveType, comm)
            : Libmpi.MPI_Ineighbor_alltoallv(
                send, sendCounts, sendDisplacements, sendType, receive, receiveCounts, receiveDisplacements, receiveType, comm,
                Cleared(request));

    private static nint* Cleared(nint* request)
    {
        *request = 0;
        return request;
    }
}
