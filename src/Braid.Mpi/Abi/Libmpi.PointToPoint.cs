using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Point to point.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Send(void* buf, int count, nint datatype, int dest, int tag, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Ssend(void* buf, int count, nint datatype, int dest, int tag, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Rsend(void* buf, int count, nint datatype, int dest, int tag, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Recv(void* buf, int count, nint datatype, int source, int tag, nint comm, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Sendrecv(
        void* sendbuf, int sendcount, nint sendtype, int dest, int sendtag, void* recvbuf, int recvcount, nint recvtype, int source,
        int recvtag, nint comm, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Sendrecv_replace(
        void* buf, int count, nint datatype, int dest, int sendtag, int source, int recvtag, nint comm, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Isend(void* buf, int count, nint datatype, int dest, int tag, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Issend(void* buf, int count, nint datatype, int dest, int tag, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Irsend(void* buf, int count, nint datatype, int dest, int tag, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Irecv(void* buf, int count, nint datatype, int source, int tag, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Send_init(void* buf, int count, nint datatype, int dest, int tag, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Ssend_init(void* buf, int count, nint datatype, int dest, int tag, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Rsend_init(void* buf, int count, nint datatype, int dest, int tag, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Recv_init(void* buf, int count, nint datatype, int source, int tag, nint comm, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Start(nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Probe(int source, int tag, nint comm, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Iprobe(int source, int tag, nint comm, int* flag, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Mprobe(int source, int tag, nint comm, nint* message, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Improbe(int source, int tag, nint comm, int* flag, nint* message, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Mrecv(void* buf, int count, nint datatype, nint* message, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Imrecv(void* buf, int count, nint datatype, nint* message, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Get_elements_x(void* status, nint datatype, long* count);

    [LibraryImport(Name)]
    internal static partial int MPI_Test_cancelled(void* status, int* flag);
}
