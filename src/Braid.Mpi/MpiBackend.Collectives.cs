namespace Braid.Mpi;

/// <content>The collectives; a null <c>request</c> means blocking, else the operation is started and the request written.</content>
internal abstract unsafe partial class MpiBackend
{
    public abstract int Barrier(nint comm, nint* request);
    public abstract int Broadcast(void* buffer, int count, nint type, int root, nint comm, nint* request);
    public abstract int Gather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request);
    public abstract int GatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, int root, nint comm,
        nint* request);
    public abstract int Scatter(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm, nint* request);
    public abstract int ScatterV(
        void* send, int* counts, int* displacements, nint sendType, void* receive, int receiveCount, nint receiveType, int root, nint comm,
        nint* request);
    public abstract int AllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request);
    public abstract int AllGatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm,
        nint* request);
    public abstract int AllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request);
    public abstract int AllToAllV(
        void* send, int* sendCounts, int* sendDisplacements, nint sendType,
        void* receive, int* receiveCounts, int* receiveDisplacements, nint receiveType, nint comm, nint* request);
    public abstract int AllToAllW(
        void* send, int[] sendCounts, int[] sendDisplacementsBytes, nint[] sendTypes,
        void* receive, int[] receiveCounts, int[] receiveDisplacementsBytes, nint[] receiveTypes, nint comm);
    public abstract int Reduce(void* send, void* receive, int count, nint type, nint op, int root, nint comm, nint* request);
    public abstract int AllReduce(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request);
    public abstract int ReduceScatterBlock(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request);
    public abstract int ReduceScatter(void* send, void* receive, int* counts, nint type, nint op, nint comm, nint* request);
    public abstract int Scan(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request);
    public abstract int ExclusiveScan(void* send, void* receive, int count, nint type, nint op, nint comm, nint* request);
    public abstract int NeighborAllGather(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request);
    public abstract int NeighborAllToAll(
        void* send, int sendCount, nint sendType, void* receive, int receiveCount, nint receiveType, nint comm, nint* request);
    public abstract int NeighborAllGatherV(
        void* send, int sendCount, nint sendType, void* receive, int* counts, int* displacements, nint receiveType, nint comm,
        nint* request);
    public abstract int NeighborAllToAllV(
        void* send, int* sendCounts, int* sendDisplacements, nint sendType,
        void* receive, int* receiveCounts, int* receiveDisplacements, nint receiveType, nint comm, nint* request);
}
