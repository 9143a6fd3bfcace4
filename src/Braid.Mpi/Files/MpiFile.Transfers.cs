using System.Buffers;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <content>What all transfers have in common.</content>
public sealed unsafe partial class MpiFile
{
    private Status Transfer(FileTransfer transfer, long offset, void* start, int count, nint type)
    {
        CheckPlace(offset);
        StatusBlock status = default;
        var code = Runtime.Backend.Transfer(transfer, Handle, offset, start, count, type, null, &status);
        if (code != 0)
        {
            Runtime.Throw(code, NameOf(transfer, ""));
        }
        return new(in status);
    }

    private Request Start(FileTransfer transfer, long offset, MemoryHandle pin, int count, nint type)
    {
        if (offset < 0)
        {
            pin.Dispose();
        }
        CheckPlace(offset);
        nint request = 0;
        var code = Runtime.Backend.Transfer(transfer, Handle, offset, pin.Pointer, count, type, &request, null);
        return Communicator.Started(code, request, new(pin), code == 0 ? "" : NameOf(transfer, "i"));
    }

    /// <summary>Open MPI 4.1 takes a negative place for a success.</summary>
    private static void CheckPlace(long offset) => ArgumentOutOfRangeException.ThrowIfNegative(offset);

    /// <summary>The function's name in C.</summary>
    private static string NameOf(FileTransfer transfer, string prefix)
    {
        var verb = transfer.HasFlag(FileTransfer.Write) ? "write" : "read";
        var all = transfer.HasFlag(FileTransfer.Collective);
        var where = transfer.HasFlag(FileTransfer.At) ? "_at" : !transfer.HasFlag(FileTransfer.Shared) ? "" : all ? "_ordered" : "_shared";
        return $"MPI_File_{prefix}{verb}{where}{(all && !transfer.HasFlag(FileTransfer.Shared) ? "_all" : "")}";
    }
}
