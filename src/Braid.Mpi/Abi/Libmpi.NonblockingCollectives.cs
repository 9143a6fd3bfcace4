using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Non-blocking collectives.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Ibarrier(nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ibcast(void* buffer, int count, nint datatype, int root, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Igather(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, int root, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Igatherv(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int* recvcounts, int* displs, nint recvtype, int root, nint comm,
        nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Iscatter(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, int root, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Iscatterv(
        void* sendbuf, int* sendcounts, int* displs, nint sendtype, void* recvbuf, int recvcount, nint recvtype, int root, nint comm,
        nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Iallgather(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Iallgatherv(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int* recvcounts, int* displs, nint recvtype, nint comm,
        nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ialltoall(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ialltoallv(
        void* sendbuf, int* sendcounts, int* sdispls, nint sendtype, void* recvbuf, int* recvcounts, int* rdispls, nint recvtype,
        nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ireduce(
        void* sendbuf, void* recvbuf, int count, nint datatype, nint op, int root, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Iallreduce(void* sendbuf, void* recvbuf, int count, nint datatype, nint op, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ireduce_scatter_block(
        void* sendbuf, void* recvbuf, int recvcount, nint datatype, nint op, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ireduce_scatter(
        void* sendbuf, void* recvbuf, int* recvcounts, nint datatype, nint op, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Iscan(void* sendbuf, void* recvbuf, int count, nint datatype, nint op, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Iexscan(void* sendbuf, void* recvbuf, int count, nint datatype, nint op, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ineighbor_allgather(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ineighbor_allgatherv(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int* recvcounts, int* displs, nint recvtype, nint comm,
        nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ineighbor_alltoall(
        void* sendbuf, int sendcount, nint sendtype, void* recvbuf, int recvcount, nint recvtype, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ineighbor_alltoallv(
        void* sendbuf, int* sendcounts, int* sdispls, nint sendtype, void* recvbuf, int* recvcounts, int* rdispls, nint recvtype,
        nint comm, nint* request);
}
