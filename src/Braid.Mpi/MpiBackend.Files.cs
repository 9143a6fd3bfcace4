using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>Which of MPI's transfers between memory and a file: where, and whether all ranks take part.</summary>
[Flags]
internal enum FileTransfer
{
    /// <summary>From the file, at this rank's own position.</summary>
    Read = 0,
    Write = 1,
    /// <summary>Of all ranks together; at the shared position that means in their order.</summary>
    Collective = 2,
    /// <summary>At a place that the call names.</summary>
    At = 4,
    /// <summary>At the position that all share.</summary>
    Shared = 8,
}

/// <content>Files.</content>
internal abstract unsafe partial class MpiBackend
{
    public abstract int FileOpen(nint comm, string path, MpiFileMode mode, IReadOnlyDictionary<string, string>? hints, out nint file);
    public abstract int FileClose(nint* file);
    public abstract int FileDelete(string path);
    public abstract int FileSetSize(nint file, long bytes);
    public abstract int FileSize(nint file, out long bytes);
    public abstract int FilePreallocate(nint file, long bytes);
    public abstract int FileSetView(nint file, long displacementBytes, nint element, nint layout, string representation);
    public abstract int FileSeek(nint file, long offset, SeekOrigin origin, bool shared);
    public abstract int FilePosition(nint file, bool shared, out long offset);
    public abstract int FileByteOffset(nint file, long offset, out long bytes);
    public abstract int FileSync(nint file);
    public abstract int FileSetAtomic(nint file, bool atomic);
    public abstract int FileIsAtomic(nint file, out bool atomic);

    /// <summary>A null <c>request</c> means blocking; there is no non-blocking form in the order of the ranks.</summary>
    public abstract int Transfer(
        FileTransfer transfer, nint file, long offset, void* buffer, int count, nint type, nint* request, StatusBlock* status);
}
