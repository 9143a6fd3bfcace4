using System.Buffers;

namespace Braid.Serialization;

/// <summary>
/// Turns object graphs into bytes and back: by field, without constructors or setters, with shared and cyclic references kept.
/// It is what carries values between Braid's processes, and it can be used on its own.
/// </summary>
/// <remarks>
/// Both ends must run the same build of the types (a changed field is found and reported), so this is a format for links,
/// not for storage. The grammar and the trust model are in docs/design/serializer.md.
/// </remarks>
public static class BraidSerializer
{
    /// <summary>The first byte of every payload: the version of the format.</summary>
    internal const byte FormatVersion = 0xB1;

    // A writer whose buffer has grown past this is not kept for the next call.
    private const int KeptBufferBytes = 1 << 20;

    [ThreadStatic]
    private static ObjectWriter? _idleWriter;

    [ThreadStatic]
    private static ObjectReader? _idleReader;

    /// <summary>Serializes <paramref name="value"/> into a new array.</summary>
    /// <exception cref="SerializationException">Something in the graph cannot travel (it names the path and the type), or the payload
    /// would exceed the longest array (2 GiB).</exception>
    public static byte[] Serialize<T>(T value)
    {
        var writer = RentWriter();
        writer.WriteByte(FormatVersion);
        writer.Write(value);
        var bytes = writer.WrittenSpan.ToArray();
        Return(writer);
        return bytes;
    }

    /// <summary>Serializes <paramref name="value"/> and appends the payload to <paramref name="destination"/>.</summary>
    /// <exception cref="SerializationException">As for <see cref="Serialize{T}(T)"/>; nothing has been appended then.</exception>
    public static void Serialize<T>(IBufferWriter<byte> destination, T value)
    {
        ArgumentNullException.ThrowIfNull(destination);
        var writer = RentWriter();
        writer.WriteByte(FormatVersion);
        writer.Write(value);
        destination.Write(writer.WrittenSpan);
        Return(writer);
    }

    /// <summary>Reads back what <see cref="Serialize{T}(T)"/> wrote; <typeparamref name="T"/> must be the same type argument.</summary>
    /// <exception cref="SerializationException">The bytes are not a whole payload of this type: truncated, damaged, or of another
    /// build. It says what was found and expected, and at which offset.</exception>
    public static T Deserialize<T>(ReadOnlyMemory<byte> source)
    {
        var reader = RentReader();
        reader.Reset(source);
        var version = reader.ReadByte();
        if (version != FormatVersion)
            throw new SerializationException(
                $"The payload starts with 0x{version:X2} and not with the format version 0x{FormatVersion:X2}: it was not written by this version of Braid.");
        var value = reader.Read<T>();
        if (reader.Remaining != 0)
            throw new SerializationException($"{reader.Remaining} bytes follow the end of the value at offset {reader.Offset}: the payload was written as another type than {typeof(T)}.");
        Return(reader);
        return value;
    }

    /// <summary>Uses <paramref name="formatter"/> for values whose type is exactly <typeparamref name="T"/>.</summary>
    /// <remarks>Register at start-up, in every process that reads or writes such values, before the first use of the type.</remarks>
    /// <exception cref="InvalidOperationException">The type has been used already, or has a formatter.</exception>
    public static void Register<T>(Formatter<T> formatter)
    {
        ArgumentNullException.ThrowIfNull(formatter);
        FormatterRegistry.Register(formatter);
    }

    // A writer or reader that threw is simply not returned, so the idle ones are always clean.
    private static ObjectWriter RentWriter()
    {
        var writer = _idleWriter ?? new ObjectWriter();
        _idleWriter = null;
        return writer;
    }

    private static ObjectReader RentReader()
    {
        var reader = _idleReader ?? new ObjectReader();
        _idleReader = null;
        return reader;
    }

    private static void Return(ObjectWriter writer)
    {
        if (writer.Capacity > KeptBufferBytes)
            return;
        writer.Reset();
        _idleWriter = writer;
    }

    private static void Return(ObjectReader reader)
    {
        reader.Reset(default);
        _idleReader = reader;
    }
}
