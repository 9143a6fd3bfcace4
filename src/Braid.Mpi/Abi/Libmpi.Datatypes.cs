using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Datatypes.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Type_commit(nint* datatype);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_free(nint* datatype);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_contiguous(int count, nint oldtype, nint* newtype);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_create_hvector(int count, int blocklength, nint stride, nint oldtype, nint* newtype);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_create_hindexed(
        int count, int* arrayOfBlocklengths, nint* arrayOfDisplacements, nint oldtype, nint* newtype);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_create_struct(
        int count, int* arrayOfBlocklengths, nint* arrayOfDisplacements, nint* arrayOfTypes, nint* newtype);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_create_resized(nint oldtype, nint lb, nint extent, nint* newtype);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_create_subarray(
        int ndims, int* arrayOfSizes, int* arrayOfSubsizes, int* arrayOfStarts, int order, nint oldtype, nint* newtype);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_size_x(nint datatype, long* size);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_get_extent(nint datatype, nint* lb, nint* extent);

    [LibraryImport(Name)]
    internal static partial int MPI_Type_get_true_extent(nint datatype, nint* lb, nint* extent);

    [LibraryImport(Name)]
    internal static partial int MPI_Pack(void* inbuf, int incount, nint datatype, void* outbuf, int outsize, int* position, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Unpack(void* inbuf, int insize, int* position, void* outbuf, int outcount, nint datatype, nint comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Pack_external(
        byte* datarep, void* inbuf, int incount, nint datatype, void* outbuf, nint outsize, nint* position);

    [LibraryImport(Name)]
    internal static partial int MPI_Unpack_external(
        byte* datarep, void* inbuf, nint insize, nint* position, void* outbuf, int outcount, nint datatype);

    [LibraryImport(Name)]
    internal static partial int MPI_Pack_external_size(byte* datarep, int incount, nint datatype, nint* size);

    [LibraryImport(Name)]
    internal static partial int MPI_Pack_size(int incount, nint datatype, nint comm, int* size);
}
