using System.Text;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Files.</content>
internal sealed unsafe partial class NativeBackend
{
    public override int FileOpen(nint comm, string path, MpiFileMode mode, IReadOnlyDictionary<string, string>? hints, out nint file)
    {
        var bits = 0;
        for (var i = 0; i < _abi.FileModes.Length; i++)
        {
            if (((int)mode & (1 << i)) != 0)
            {
                bits |= _abi.FileModes[i];
            }
        }
        nint value = 0;
        using var info = new NativeInfo(_abi, hints);
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            var code = Libmpi.MPI_File_open(comm, name, bits, info.Handle, &value);
            file = value;
            return code;
        }
    }

    public override int FileClose(nint* file) => Libmpi.MPI_File_close(file);

    public override int FileDelete(string path)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(path + '\0'))
        {
            return Libmpi.MPI_File_delete(name, _abi.InfoNull);
        }
    }

    public override int FileSetSize(nint file, long bytes) => Libmpi.MPI_File_set_size(file, bytes);

    public override int FileSize(nint file, out long bytes)
    {
        long value;
        var code = Libmpi.MPI_File_get_size(file, &value);
        bytes = value;
        return code;
    }

    public override int FilePreallocate(nint file, long bytes) => Libmpi.MPI_File_preallocate(file, bytes);

    public override int FileSetView(nint file, long displacementBytes, nint element, nint layout, string representation)
    {
        fixed (byte* name = Encoding.UTF8.GetBytes(representation + '\0'))
        {
            return Libmpi.MPI_File_set_view(file, displacementBytes, element, layout, name, _abi.InfoNull);
        }
    }

    public override int FileSeek(nint file, long offset, SeekOrigin origin, bool shared) => shared
        ? Libmpi.MPI_File_seek_shared(file, offset, _abi.Seeks[(int)origin])
        : Libmpi.MPI_File_seek(file, offset, _abi.Seeks[(int)origin]);

    public override int FilePosition(nint file, bool shared, out long offset)
    {
        long value;
        var code = shared ? Libmpi.MPI_File_get_position_shared(file, &value) : Libmpi.MPI_File_get_position(file, &value);
        offset = value;
        return code;
    }

    public override int FileByteOffset(nint file, long offset, out long bytes)
    {
        long value;
        var code = Libmpi.MPI_File_get_byte_offset(file, offset, &value);
        bytes = value;
        return code;
    }

    public override int FileSync(nint file) => Libmpi.MPI_File_sync(file);

    public override int FileSetAtomic(nint file, bool atomic) => Libmpi.MPI_File_set_atomicity(file, atomic ? 1 : 0);

    public override int FileIsAtomic(nint file, out bool atomic)
    {
        int flag;
        var code = Libmpi.MPI_File_get_atomicity(file, &flag);
        atomic = flag != 0;
        return code;
    }

    public override int Transfer(
        FileTransfer transfer, nint file, long offset, void* buffer, int count, nint type, nint* request, StatusBlock* status) =>
        request == null
            ? Blocking(transfer, file, offset, buffer, count, type, Out(status))
            : Started(transfer, file, offset, buffer, count, type, Cleared(request));

    private static int Blocking(FileTransfer transfer, nint file, long offset, void* buffer, int count, nint type, void* status) =>
        transfer switch
        {
            FileTransfer.Read => Libmpi.MPI_File_read(file, buffer, count, type, status),
            FileTransfer.Write => Libmpi.MPI_File_write(file, buffer, count, type, status),
            FileTransfer.Read | FileTransfer.Collective => Libmpi.MPI_File_read_all(file, buffer, count, type, status),
            FileTransfer.Write | FileTransfer.Collective => Libmpi.MPI_File_write_all(file, buffer, count, type, status),
            FileTransfer.Read | FileTransfer.At => Libmpi.MPI_File_read_at(file, offset, buffer, count, type, status),
            FileTransfer.Write | FileTransfer.At => Libmpi.MPI_File_write_at(file, offset, buffer, count, type, status),
            FileTransfer.Read | FileTransfer.At | FileTransfer.Collective =>
                Libmpi.MPI_File_read_at_all(file, offset, buffer, count, type, status),
            FileTransfer.Write | FileTransfer.At | FileTransfer.Collective =>
                Libmpi.MPI_File_write_at_all(file, offset, buffer, count, type, status),
            FileTransfer.Read | FileTransfer.Shared => Libmpi.MPI_File_read_shared(file, buffer, count, type, status),
            FileTransfer.Write | FileTransfer.Shared => Libmpi.MPI_File_write_shared(file, buffer, count, type, status),
            FileTransfer.Read | FileTransfer.Shared | FileTransfer.Collective =>
                Libmpi.MPI_File_read_ordered(file, buffer, count, type, status),
            _ => Libmpi.MPI_File_write_ordered(file, buffer, count, type, status),
        };

    private static int Started(FileTransfer transfer, nint file, long offset, void* buffer, int count, nint type, nint* request) =>
        transfer switch
        {
            FileTransfer.Read => Libmpi.MPI_File_iread(file, buffer, count, type, request),
            FileTransfer.Write => Libmpi.MPI_File_iwrite(file, buffer, count, type, request),
            FileTransfer.Read | FileTransfer.Collective => Libmpi.MPI_File_iread_all(file, buffer, count, type, request),
            FileTransfer.Write | FileTransfer.Collective => Libmpi.MPI_File_iwrite_all(file, buffer, count, type, request),
            FileTransfer.Read | FileTransfer.At => Libmpi.MPI_File_iread_at(file, offset, buffer, count, type, request),
            FileTransfer.Write | FileTransfer.At => Libmpi.MPI_File_iwrite_at(file, offset, buffer, count, type, request),
            FileTransfer.Read | FileTransfer.At | FileTransfer.Collective =>
                Libmpi.MPI_File_iread_at_all(file, offset, buffer, count, type, request),
            FileTransfer.Write | FileTransfer.At | FileTransfer.Collective =>
                Libmpi.MPI_File_iwrite_at_all(file, offset, buffer, count, type, request),
            FileTransfer.Read | FileTransfer.Shared => Libmpi.MPI_File_iread_shared(file, buffer, count, type, request),
            _ => Libmpi.MPI_File_iwrite_shared(file, buffer, count, type, request),
        };
}
