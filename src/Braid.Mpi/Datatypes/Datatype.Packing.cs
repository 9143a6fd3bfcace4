using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <content>Packing: the data of many elements, or of several types, in one run of bytes.</content>
public sealed unsafe partial class Datatype
{
    /// <summary>The type of packed bytes in a message.</summary>
    public static Datatype Packed
    {
        get
        {
            _ = Mpi.World.Handle;
            return PackedBytes.Type;
        }
    }

    /// <summary>Bytes that so many elements need when packed for a communicator; an upper bound.</summary>
    public int PackSize(int count, Communicator? communicator = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        Runtime.Check(Runtime.Backend.PackSize(count, Handle, HandleOf(communicator), out var size), "MPI_Pack_size");
        return size;
    }

    /// <summary>Packs elements; they are sent as bytes through <see cref="Packed"/> and unpacked in the same order.</summary>
    /// <param name="source">What to pack, see <see cref="From{T}(ReadOnlySpan{T})"/>.</param>
    /// <param name="destination">Where the bytes go.</param>
    /// <param name="position">Where in there; moved behind what was written.</param>
    /// <param name="communicator">Over which it will be sent; the world unless given.</param>
    /// <exception cref="MpiException">There is no room (class <see cref="MpiErrorClass.Truncate"/>).</exception>
    public static void Pack(ReadOnlyTypedSpan source, Span<byte> destination, ref int position, Communicator? communicator = null)
    {
        CheckRoom(source.Count * source.Type.Size, position, destination.Length, "MPI_Pack");
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            var code = Runtime.Backend.Pack(
                from, source.Count, source.Type.Handle, to, destination.Length, ref position, HandleOf(communicator));
            Runtime.Check(code, "MPI_Pack");
        }
        GC.KeepAlive(source.Type);
    }

    /// <summary>The elements, packed.</summary>
    public static byte[] Pack(ReadOnlyTypedSpan source, Communicator? communicator = null)
    {
        var packed = new byte[source.Type.PackSize(source.Count, communicator)];
        var position = 0;
        Pack(source, packed, ref position, communicator);
        return packed[..position];
    }

    /// <summary>Unpacks elements.</summary>
    /// <param name="source">The packed bytes.</param>
    /// <param name="position">Where in them; moved behind what was read.</param>
    /// <param name="destination">Where the elements go, see <see cref="Into{T}(Span{T})"/>.</param>
    /// <param name="communicator">The one that they were packed for.</param>
    /// <exception cref="MpiException">There are too few bytes (class <see cref="MpiErrorClass.Truncate"/>).</exception>
    public static void Unpack(ReadOnlySpan<byte> source, ref int position, TypedSpan destination, Communicator? communicator = null)
    {
        CheckRoom(destination.Count * destination.Type.Size, position, source.Length, "MPI_Unpack");
        fixed (byte* from = source)
        fixed (byte* to = destination)
        {
            var code = Runtime.Backend.Unpack(
                from, source.Length, ref position, to, destination.Count, destination.Type.Handle, HandleOf(communicator));
            Runtime.Check(code, "MPI_Unpack");
        }
        GC.KeepAlive(destination.Type);
    }

    /// <summary>
    /// The elements in the representation that is the same on every machine (external32: the highest byte first), for files and for other
    /// programs. The embedded runtime does it for datatypes made of one predefined type.
    /// </summary>
    public static byte[] PackExternal(ReadOnlyTypedSpan source)
    {
        Runtime.Check(Runtime.Backend.PackExternalSize(source.Count, source.Type.Handle, out var size), "MPI_Pack_external_size");
        var packed = new byte[size];
        long position = 0;
        fixed (byte* from = source, to = packed)
        {
            Runtime.Check(
                Runtime.Backend.PackExternal(from, source.Count, source.Type.Handle, to, size, ref position), "MPI_Pack_external");
        }
        GC.KeepAlive(source.Type);
        return packed[..(int)position];
    }

    /// <summary>Takes elements out of what <see cref="PackExternal"/> made.</summary>
    /// <exception cref="MpiException">There are too few bytes (class <see cref="MpiErrorClass.Truncate"/>).</exception>
    public static void UnpackExternal(ReadOnlySpan<byte> source, TypedSpan destination)
    {
        CheckRoom(destination.Count * destination.Type.Size, 0, source.Length, "MPI_Unpack_external");
        long position = 0;
        fixed (byte* from = source, to = destination)
        {
            Runtime.Check(
                Runtime.Backend.UnpackExternal(
                    from, source.Length, ref position, to, destination.Count, destination.Type.Handle),
                "MPI_Unpack_external");
        }
        GC.KeepAlive(destination.Type);
    }

    private static class PackedBytes
    {
        internal static readonly Datatype Type = new(Runtime.Backend.Type(BasicType.Packed), owned: false);
    }

    private static nint HandleOf(Communicator? communicator) => (communicator ?? Mpi.World).Handle;

    /// <summary>MPICH packs beyond the end without a word.</summary>
    private static void CheckRoom(long bytes, int position, int length, string function)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(position);
        if (bytes > (long)length - position)
        {
            throw new MpiException(MpiErrorClass.Truncate, (int)MpiErrorClass.Truncate, function,
                $"{bytes} bytes of data do not fit between {position} and the end of the buffer at {length}.");
        }
    }
}
