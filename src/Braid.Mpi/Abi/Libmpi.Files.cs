using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Files.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_File_open(nint comm, byte* filename, int amode, nint info, nint* fh);

    [LibraryImport(Name)]
    internal static partial int MPI_File_close(nint* fh);

    [LibraryImport(Name)]
    internal static partial int MPI_File_delete(byte* filename, nint info);

    [LibraryImport(Name)]
    internal static partial int MPI_File_set_size(nint fh, long size);

    [LibraryImport(Name)]
    internal static partial int MPI_File_get_size(nint fh, long* size);

    [LibraryImport(Name)]
    internal static partial int MPI_File_preallocate(nint fh, long size);

    [LibraryImport(Name)]
    internal static partial int MPI_File_set_view(nint fh, long disp, nint etype, nint filetype, byte* datarep, nint info);

    [LibraryImport(Name)]
    internal static partial int MPI_File_seek(nint fh, long offset, int whence);

    [LibraryImport(Name)]
    internal static partial int MPI_File_get_position(nint fh, long* offset);

    [LibraryImport(Name)]
    internal static partial int MPI_File_read(nint fh, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_write(nint fh, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_read_all(nint fh, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_write_all(nint fh, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_read_at(nint fh, long offset, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_write_at(nint fh, long offset, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_read_at_all(nint fh, long offset, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_write_at_all(nint fh, long offset, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iread(nint fh, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iwrite(nint fh, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iread_at(nint fh, long offset, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iwrite_at(nint fh, long offset, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iread_at_all(nint fh, long offset, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iwrite_at_all(nint fh, long offset, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iread_all(nint fh, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iwrite_all(nint fh, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_read_shared(nint fh, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_write_shared(nint fh, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_read_ordered(nint fh, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_write_ordered(nint fh, void* buf, int count, nint datatype, void* status);

    [LibraryImport(Name)]
    internal static partial int MPI_File_seek_shared(nint fh, long offset, int whence);

    [LibraryImport(Name)]
    internal static partial int MPI_File_sync(nint fh);

    [LibraryImport(Name)]
    internal static partial int MPI_File_set_atomicity(nint fh, int flag);

    [LibraryImport(Name)]
    internal static partial int MPI_File_get_atomicity(nint fh, int* flag);

    [LibraryImport(Name)]
    internal static partial int MPI_File_get_position_shared(nint fh, long* offset);

    [LibraryImport(Name)]
    internal static partial int MPI_File_get_byte_offset(nint fh, long offset, long* disp);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iread_shared(nint fh, void* buf, int count, nint datatype, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_File_iwrite_shared(nint fh, void* buf, int count, nint datatype, nint* request);
}
