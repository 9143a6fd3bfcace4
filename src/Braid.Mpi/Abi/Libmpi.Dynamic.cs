using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Dynamic processes and info.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Comm_spawn(
        byte* command, byte** argv, int maxprocs, nint info, int root, nint comm, nint* intercomm, int* arrayOfErrcodes);

    [LibraryImport(Name)]
    internal static partial int MPI_Open_port(nint info, byte* portName);

    [LibraryImport(Name)]
    internal static partial int MPI_Close_port(byte* portName);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_accept(byte* portName, nint info, int root, nint comm, nint* newcomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_connect(byte* portName, nint info, int root, nint comm, nint* newcomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Publish_name(byte* serviceName, nint info, byte* portName);

    [LibraryImport(Name)]
    internal static partial int MPI_Unpublish_name(byte* serviceName, nint info, byte* portName);

    [LibraryImport(Name)]
    internal static partial int MPI_Lookup_name(byte* serviceName, nint info, byte* portName);

    [LibraryImport(Name)]
    internal static partial int MPI_Info_create(nint* info);

    [LibraryImport(Name)]
    internal static partial int MPI_Info_set(nint info, byte* key, byte* value);

    [LibraryImport(Name)]
    internal static partial int MPI_Info_free(nint* info);

    [LibraryImport(Name)]
    internal static partial int MPI_Info_get(nint info, byte* key, int valuelen, byte* value, int* flag);

    [LibraryImport(Name)]
    internal static partial int MPI_Info_get_nkeys(nint info, int* nkeys);

    [LibraryImport(Name)]
    internal static partial int MPI_Info_get_nthkey(nint info, int n, byte* key);

    [LibraryImport(Name)]
    internal static partial int MPI_Info_get_valuelen(nint info, byte* key, int* valuelen, int* flag);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_set_info(nint comm, nint info);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_get_info(nint comm, nint* info);
}
