using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Braid.Serialization;

namespace Braid.Mpi.Objects;

/// <summary>
/// Turns objects into messages and back. A thread keeps one with its buffers; one that an exception passed through is not used again.
/// </summary>
/// <remarks>
/// <code>
/// message = (buffer padding)* content name tail kind
/// content = 0xB1 value                       as the kernel's serializer writes it
/// name    = the static type of the value
/// tail    = u16 length of name                                                     of kinds Plain and Failure
///         | (u64 length of buffer)* u32 buffers u64 start of content u16 length of name     of kind WithBuffers
/// </code>
/// What describes the message stands at its end: the large buffers are copied to their place as the serializer meets them, and nothing is moved after.
/// </remarks>
internal sealed unsafe class ObjectCodec
{
    /// <summary>A message of up to this length is received into memory that the thread keeps.</summary>
    public const int KeptBytes = 64 << 10;

    /// <summary>A writer that has grown beyond this is let go.</summary>
    private const int KeptWriterBytes = 1 << 20;

    private const int NameBytesMax = 32 << 10;

    private enum Kind : byte
    {
        Plain = 1,
        WithBuffers = 2,

        /// <summary>The value is the exception for which there is no value.</summary>
        Failure = 3,
    }

    [ThreadStatic]
    private static ObjectCodec? _idle;

    private readonly LargeBuffersWriter _taken = new();
    private readonly LargeBuffersReader _given = new();
    private readonly ObjectWriter _writer;
    private readonly ObjectReader _reader;

    private ObjectCodec()
    {
        _writer = new() { Buffers = _taken };
        _reader = new() { Buffers = _given };
    }

    /// <summary>Pinned for good: MPI may receive into it.</summary>
    public byte[] Kept { get; } = GC.AllocateUninitializedArray<byte>(KeptBytes, pinned: true);

    public static ObjectCodec Take()
    {
        var codec = _idle ?? new();
        _idle = null;
        return codec;
    }

    /// <summary>Called when all went well: the next call of this thread takes it again.</summary>
    public void Return()
    {
        _taken.Detach()?.Dispose();
        if (_writer.Capacity <= KeptWriterBytes)
        {
            _writer.Reset();
            _idle = this;
        }
    }

    /// <summary>Writes a value as a message, which stays here: see <see cref="Written"/> and <see cref="WrittenBlock"/>.</summary>
    /// <exception cref="SerializationException">Something in it cannot travel.</exception>
    public void Write<T>(T value) => Write(value, Kind.Plain);

    /// <summary>The message, unless it is in <see cref="WrittenBlock"/>.</summary>
    public ReadOnlySpan<byte> Written => _writer.WrittenSpan;

    /// <summary>The message where it has large buffers; else null.</summary>
    public ByteBlock? WrittenBlock => _taken.Block;

    /// <summary>A value as a message of its own.</summary>
    /// <exception cref="SerializationException">Something in it cannot travel.</exception>
    public static ByteBlock Encode<T>(T value) => Encode(value, Kind.Plain);

    /// <summary>A value as a message, or why there is none: the others of a collective must hear of it, or they would wait for ever.</summary>
    public static ByteBlock EncodeOrFail<T>(T value, out ExceptionDispatchInfo? failure)
    {
        try
        {
            failure = null;
            return Encode(value);
        }
        catch (SerializationException e)
        {
            failure = ExceptionDispatchInfo.Capture(e);
            return EncodeFailure(e);
        }
    }

    /// <summary>An exception as a message, which is thrown where it is read: itself where it can travel, or its description.</summary>
    public static ByteBlock EncodeFailure(Exception exception)
    {
        try
        {
            return Encode(exception, Kind.Failure);
        }
        catch (Exception why)
        {
            // Its own type cannot travel, or its members throw: its description always does.
            var described = new RemoteException(
                exception.GetType().FullName ?? exception.GetType().Name, exception.Message, exception.StackTrace ?? "", why.Message);
            return Encode<Exception>(described, Kind.Failure);
        }
    }

    /// <summary>The value of a message.</summary>
    /// <exception cref="SerializationException">The bytes are no message, damaged, or hold a value that is no <typeparamref name="T"/>.</exception>
    public static T? Decode<T>(ByteBlock block) => Decode<T>(block, 0, block.Length);

    /// <inheritdoc cref="Decode{T}(ByteBlock)"/>
    public static T? Decode<T>(ByteBlock block, long offset, long length)
    {
        var codec = Take();
        using var pin = block.Pin(offset);
        var value = codec.Read<T>((byte*)pin.Pointer, length, block.Array is { } array ? array.AsMemory((int)offset, (int)length) : default);
        codec.Return();
        return value;
    }

    /// <summary>The value of a message.</summary>
    /// <param name="start">The message, pinned.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="array">The same memory where it is an array; else empty.</param>
    public T? Read<T>(byte* start, long length, ReadOnlyMemory<byte> array)
    {
        var parts = Split(start, length);
        _reader.Reset(array.IsEmpty
            ? new ReadOnlySpan<byte>(start + parts.Content, parts.ContentLength).ToArray()
            : array.Slice((int)parts.Content, parts.ContentLength));
        _given.Begin(start);
        var name = new ReadOnlySpan<byte>(start + parts.Content + parts.ContentLength, parts.NameLength);
        var value = parts.Kind == Kind.Failure ? throw Failure(name) : ReadValue<T>(name);
        _given.End();
        _reader.Reset(default);
        return value;
    }

    private static ByteBlock Encode<T>(T value, Kind kind)
    {
        var codec = Take();
        codec.Write(value, kind);
        var block = codec._taken.Detach() ?? ByteBlock.CopyOf(codec.Written);
        codec.Return();
        return block;
    }

    private void Write<T>(T value, Kind kind)
    {
        var name = TypeNameOf<T>.Bytes;
        _writer.WriteByte(BraidSerializer.FormatVersion);
        _writer.Write(value);
        _writer.WriteRaw(name);
        if (_taken.Block is not { } block)
        {
            _writer.WriteUInt16((ushort)name.Length);
            _writer.WriteByte((byte)kind);
            return;
        }
        if (kind == Kind.Failure)
        {
            throw new SerializationException("an exception with a large buffer is described instead.");
        }
        block.Align(LargeBuffersWriter.AlignmentBytes);
        var content = block.Length;
        block.Append(_writer.WrittenSpan);
        _writer.Reset();
        foreach (var buffer in _taken.Lengths)
        {
            _writer.WriteInt64(buffer);
        }
        _writer.WriteInt32(_taken.Lengths.Length);
        _writer.WriteInt64(content);
        _writer.WriteUInt16((ushort)name.Length);
        _writer.WriteByte((byte)Kind.WithBuffers);
        block.Append(_writer.WrittenSpan);
        _writer.Reset();
    }

    private T? ReadValue<T>(ReadOnlySpan<byte> name)
    {
        var version = _reader.ReadByte();
        if (version != BraidSerializer.FormatVersion)
        {
            throw new SerializationException($"The message's content begins with 0x{version:X2} and not with 0x{BraidSerializer.FormatVersion:X2}: "
                + "it was damaged, not sent as an object, or sent by another version of Braid.");
        }
        T? value;
        if (name.SequenceEqual(TypeNameOf<T>.Bytes))
        {
            value = _reader.Read<T>();
        }
        else
        {
            var typed = TypedReader.Of(name);
            value = typed.Read(_reader) switch
            {
                T fits => fits,
                null when default(T) is null => default,
                var other => throw new SerializationException(
                    $"The message holds a {other?.GetType() ?? typed.Type}, and a {typeof(T)} was to be received."),
            };
        }
        return _reader.Remaining == 0
            ? value
            : throw new SerializationException($"{_reader.Remaining} bytes follow the end of a value of type {typeof(T)}: the message was damaged.");
    }

    private Exception Failure(ReadOnlySpan<byte> name)
    {
        var exception = ReadValue<Exception>(name) ?? throw new SerializationException("A message says that there is an exception, and holds none.");
        if (string.IsNullOrEmpty(exception.StackTrace) && exception is RemoteException { RemoteStackTrace.Length: > 0 } remote)
        {
            ExceptionDispatchInfo.SetRemoteStackTrace(exception, remote.RemoteStackTrace);
        }
        return exception;
    }

    private readonly record struct Parts(Kind Kind, long Content, int ContentLength, int NameLength);

    /// <summary>Finds the parts from the end on. Every length comes from the message, which may be anything.</summary>
    private Parts Split(byte* start, long length)
    {
        const int TailBytes = sizeof(ushort) + 1;
        if (length < TailBytes)
        {
            throw Strange(length);
        }
        var kind = (Kind)start[length - 1];
        int nameLength = Unsafe.ReadUnaligned<ushort>(start + length - TailBytes);
        var end = length - TailBytes;
        long content = 0;
        _given.End();
        if (kind == Kind.WithBuffers)
        {
            (content, end) = SplitBuffers(start, end);
        }
        else if (kind is not (Kind.Plain or Kind.Failure))
        {
            throw Strange(length);
        }
        var contentLength = end - content - nameLength;
        return nameLength is > 0 and <= NameBytesMax && contentLength is > 0 and <= int.MaxValue
            ? new(kind, content, (int)contentLength, nameLength)
            : throw Strange(length);
    }

    private (long Content, long End) SplitBuffers(byte* start, long end)
    {
        const int HeadBytes = sizeof(int) + sizeof(long);
        if (end < HeadBytes)
        {
            throw Strange(end);
        }
        var count = Unsafe.ReadUnaligned<int>(start + end - HeadBytes);
        var content = Unsafe.ReadUnaligned<long>(start + end - sizeof(long));
        end -= HeadBytes;
        if (count <= 0 || count > end / sizeof(long) || content < 0 || content > end - ((long)count * sizeof(long)))
        {
            throw Strange(end);
        }
        end -= (long)count * sizeof(long);
        long offset = 0;
        for (var i = 0; i < count; i++)
        {
            offset = (offset + LargeBuffersWriter.AlignmentBytes - 1) & -LargeBuffersWriter.AlignmentBytes;
            var bytes = Unsafe.ReadUnaligned<long>(start + end + ((long)i * sizeof(long)));
            if (bytes < 0 || offset > content || bytes > content - offset)
            {
                throw Strange(end);
            }
            _given.Add(offset, bytes);
            offset += bytes;
        }
        return (content, end);
    }

    private static SerializationException Strange(long length) =>
        new($"A message of {length:N0} bytes is not one that SendObject or a collective of objects has sent: it was sent from a buffer, by another "
            + "library, or was damaged. Receive buffers with Receive, and keep objects on a tag or communicator of their own.");
}
