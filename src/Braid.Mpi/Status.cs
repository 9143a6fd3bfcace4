using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>
/// What is known of a message that was received or probed: from whom, with which tag, and how long. Of a transfer of a file it tells the bytes only; rank and tag
/// mean nothing there, nor for a send.
/// </summary>
public readonly struct Status
{
    private readonly StatusBlock _block;

    internal Status(in StatusBlock block) => _block = block;

    /// <summary>The rank that sent it; <see cref="Mpi.ProcNull"/> when it was received from there.</summary>
    public int Source => Runtime.Backend.Source(in _block);

    /// <summary>The tag that it was sent with.</summary>
    public int Tag => Runtime.Backend.Tag(in _block);

    /// <summary>Bytes of data that it carries, without the padding of structs.</summary>
    public long ByteCount => Runtime.Backend.Bytes(in _block);

    /// <summary>Whether the operation was cancelled before it happened.</summary>
    public bool IsCancelled => Runtime.Backend.Cancelled(in _block);

    /// <summary>How many elements of <typeparamref name="T"/> the message holds.</summary>
    /// <exception cref="MpiException">The message is not a whole number of them (class <see cref="MpiErrorClass.Type"/>).</exception>
    public long GetCount<T>() where T : unmanaged
    {
        var bytes = ByteCount;
        var size = TypeOf<T>.DataBytes;
        return bytes % size == 0
            ? bytes / size
            : throw new MpiException(MpiErrorClass.Type, (int)MpiErrorClass.Type, "MPI_Get_count",
                $"the message of {bytes} bytes is not a whole number of {typeof(T).Name} ({size} bytes each).");
    }

    /// <summary>How many elements of a datatype the message holds.</summary>
    /// <exception cref="MpiException">The message is not a whole number of them (class <see cref="MpiErrorClass.Type"/>).</exception>
    public long GetCount(Datatype type)
    {
        var (bytes, size) = (ByteCount, Math.Max(1, type.Size));
        return bytes % size == 0
            ? bytes / size
            : throw new MpiException(MpiErrorClass.Type, (int)MpiErrorClass.Type, "MPI_Get_count",
                $"the message of {bytes} bytes is not a whole number of elements of {size} bytes.");
    }

    internal StatusBlock Block => _block;

    internal MpiErrorClass ErrorClass => Runtime.Backend.ErrorClassOf(Runtime.Backend.Error(in _block));

    internal int ErrorCode => Runtime.Backend.Error(in _block);

    /// <inheritdoc/>
    public override string ToString() => $"{ByteCount} bytes from rank {Source}, tag {Tag}{(IsCancelled ? ", cancelled" : "")}";
}
