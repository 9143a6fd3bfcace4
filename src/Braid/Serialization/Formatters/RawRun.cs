using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Braid.Serialization.Formatters;

/// <summary>
/// A run of raw elements: the header is count &lt;&lt; 1 | beside. In band the bytes follow; beside, the index of a buffer.
/// Counts and lengths are 64 bits wide: an array of 3 GB goes beside in one piece.
/// </summary>
internal static class RawRun<T>
{
    public static unsafe void Write(ObjectWriter writer, ReadOnlySpan<T> elements)
    {
        if (Raw<T>.Shape is { } shape)
            writer.BeginShape(shape);
        var count = (ulong)elements.Length << 1;
        var bytes = (long)elements.Length * Unsafe.SizeOf<T>();
        ref var start = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements));
        if (writer.Buffers is { } buffers && bytes >= buffers.ThresholdBytes)
        {
            writer.WriteVarUInt64(count | 1);
            fixed (byte* pinned = &start)
                writer.WriteVarUInt64((ulong)buffers.Export(ref *pinned, bytes));
        }
        else
        {
            writer.WriteVarUInt64(count);
            writer.WriteRaw(bytes <= Array.MaxLength
                ? MemoryMarshal.CreateReadOnlySpan(ref start, (int)bytes)
                : throw new SerializationException($"An array of {bytes} bytes does not fit a payload in one piece; only between Braid's own processes it goes beside it."));
        }
    }

    public static T[] ReadArray(ObjectReader reader)
    {
        var run = ReadHeader(reader);
        if (run.Count == 0)
            return [];
        var elements = GC.AllocateUninitializedArray<T>(run.Count);
        run.CopyTo(elements);
        return elements;
    }

    public static void ReadList(ObjectReader reader, List<T> list)
    {
        var run = ReadHeader(reader);
        CollectionsMarshal.SetCount(list, run.Count);
        run.CopyTo(CollectionsMarshal.AsSpan(list));
    }

    public static ReadOnlyMemory<T> ReadMemory(ObjectReader reader)
    {
        var run = ReadHeader(reader);
        if (run.Count == 0)
            return default;
        if (run.Buffer >= 0)
            return new MappedMemory<T>(reader.Buffers!.Map(run.Buffer), run.Count).Memory;
        var elements = GC.AllocateUninitializedArray<T>(run.Count);
        run.CopyTo(elements);
        return elements;
    }

    /// <summary>Reads a run into an array of another make, which is allocated when the count has proved to be true.</summary>
    public static Array ReadArray(ObjectReader reader, int count, Func<Array> allocate)
    {
        var run = ReadHeader(reader);
        if (run.Count != count)
            throw reader.Malformed($"{run.Count} elements stand where {count} were expected");
        var array = allocate();
        run.CopyTo(MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), count));
        return array;
    }

    private static Header ReadHeader(ObjectReader reader)
    {
        if (Raw<T>.Shape is { } shape)
            reader.BeginShape(shape);
        var header = reader.ReadVarUInt64();
        var count = header >> 1;
        var size = (ulong)Unsafe.SizeOf<T>();
        if ((header & 1) == 0)
        {
            if (count > (ulong)reader.Remaining / size)
                throw reader.TooLong(count);
            return new Header(reader, (int)count, Buffer: -1);
        }

        var index = reader.ReadVarUInt64();
        if (reader.Buffers is null || index > int.MaxValue)
            throw reader.Malformed($"buffer {index} beside the payload is referred to, but there is none");
        var length = (ulong)reader.Buffers.Length((int)index);
        if (count > (ulong)Array.MaxLength || length != count * size)
            throw reader.Malformed($"buffer {index} beside the payload has {length} bytes where {count} elements of {size} bytes were expected");
        return new Header(reader, (int)count, (int)index);
    }

    private readonly record struct Header(ObjectReader Reader, int Count, int Buffer)
    {
        public void CopyTo(Span<T> elements)
        {
            if (elements.IsEmpty)
                return;
            ref var start = ref Unsafe.As<T, byte>(ref MemoryMarshal.GetReference(elements));
            var bytes = (long)elements.Length * Unsafe.SizeOf<T>();
            if (Buffer >= 0)
                Reader.Buffers!.CopyTo(Buffer, ref start, bytes);
            else
                Reader.ReadRaw((int)bytes).CopyTo(MemoryMarshal.CreateSpan(ref start, (int)bytes));
        }
    }
}
