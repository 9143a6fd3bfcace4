using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Collectives.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Barrier(nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Bcast(void* buffer, int count, nint datatype, int root, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Gather(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, int root, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Gatherv(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int* recvcounts, int* displs, nint recvtype, int root, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Scatter(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, int root, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Scatterv(
        void* sendbuf, int* sendcounts, int* displs, nint sendtype, void* recvbuf, int recvcount, nint recvtype, int root, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Allgather(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Allgatherv(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int* recvcounts, int* displs, nint recvtype, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Alltoall(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Alltoallv(
        void* sendbuf, int* sendcounts, int* sdispls, nint sendtype, void* recvbuf, int* recvcounts, int* rdispls, nint recvtype,
        nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Alltoallw(
        void* sendbuf, int* sendcounts, int* sdispls, nint* sendtypes, void* recvbuf, int* recvcounts, int* rdispls, nint* recvtypes,
        nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Reduce(void* sendbuf, void* recvbuf, int count, nint datatype, nint op, int root, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Allreduce(void* sendbuf, void* recvbuf, int count, nint datatype, nint op, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Reduce_scatter_block(void* sendbuf, void* recvbuf, int recvcount, nint datatype, nint op, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Reduce_scatter(void* sendbuf, void* recvbuf, int* recvcounts, nint datatype, nint op, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Scan(void* sendbuf, void* recvbuf, int count, nint datatype, nint op, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Exscan(void* sendbuf, void* recvbuf, int count, nint datatype, nint op, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Reduce_local(void* inbuf, void* inoutbuf, int count, nint datatype, nint op);

    [LibraryImport(Name)]
    internal static partial int MPI_Op_create(void* userFn, int commute, nint* op);

    [LibraryImport(Name)]
    internal static partial int MPI_Op_free(nint* op);

    [LibraryImport(Name)]
    internal static partial int MPI_Neighbor_allgather(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Neighbor_allgatherv(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int* recvcounts, int* displs, nint recvtype, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Neighbor_alltoall(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Neighbor_alltoallv(
        void* sendbuf, int* sendcounts, int* sdispls, nint sendtype, void* recvbuf, int* recvcounts, int* rdispls, nint recvtype,
        nint comm);
}
