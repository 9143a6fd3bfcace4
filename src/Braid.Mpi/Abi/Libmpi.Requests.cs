using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Requests.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Test(nint* request, int* flag, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Wait(nint* request, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Waitall(int count, nint* arrayOfRequests, void* arrayOfStatuses);

    [LibraryImport(Name)]
    internal static partial int MPI_Waitany(int count, nint* arrayOfRequests, int* indx, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_Testsome(
        int incount, nint* arrayOfRequests, int* outcount, int* arrayOfIndices, void* arrayOfStatuses);

    [LibraryImport(Name)]
    internal static partial int MPI_Cancel(nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Request_free(nint* request);
}
