using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Starting, ending and asking.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Init_thread(int* argc, byte*** argv, int required, int* provided);

    [LibraryImport(Name)]
    internal static partial int MPI_Initialized(int* flag);

    [LibraryImport(Name)]
    internal static partial int MPI_Finalize();

    [LibraryImport(Name)]
    internal static partial int MPI_Finalized(int* flag);

    [LibraryImport(Name)]
    internal static partial int MPI_Query_thread(int* provided);

    [LibraryImport(Name)]
    internal static partial int MPI_Abort(nint comm, int errorcode);

    [LibraryImport(Name)]
    internal static partial int MPI_Get_version(int* version, int* subversion);

    [LibraryImport(Name)]
    internal static partial int MPI_Get_library_version(byte* version, int* resultlen);

    [LibraryImport(Name)]
    internal static partial int MPI_Get_processor_name(byte* name, int* resultlen);

    [LibraryImport(Name)]
    internal static partial int MPI_Error_class(int errorcode, int* errorclass);

    [LibraryImport(Name)]
    internal static partial int MPI_Error_string(int errorcode, byte* @string, int* resultlen);

    [LibraryImport(Name)]
    internal static partial double MPI_Wtime();
}
