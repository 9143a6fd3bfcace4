using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>Arrays with several dimensions, or with one that does not start at 0: lengths and lower bounds, then the elements, the last index running fastest.</summary>
internal sealed class MultiDimensionalArrayFormatter<TArray, T> : InstanceFormatter<TArray> where TArray : class
{
    internal override bool IsLeaf => !GraphVisitor.CanHold(typeof(T));

    protected override void WriteHead(ObjectWriter writer, TArray value)
    {
        var array = (Array)(object)value;
        for (var i = 0; i < array.Rank; i++)
        {
            writer.WriteVarUInt64((ulong)array.GetLength(i));
            writer.WriteVarInt32(array.GetLowerBound(i));
        }

        if (Raw<T>.IsRaw)
            RawRun<T>.Write(writer, Span(array));
    }

    protected override void WriteBody(ObjectWriter writer, TArray value)
    {
        if (!Raw<T>.IsRaw)
            Elements<T>.Write(writer, Span((Array)(object)value));
    }

    protected override TArray CreateInstance(ObjectReader reader)
    {
        var rank = typeof(TArray).GetArrayRank();
        var lengths = new int[rank];
        var bounds = new int[rank];
        UInt128 count = 1;
        for (var i = 0; i < rank; i++)
        {
            var length = reader.ReadVarUInt64();
            bounds[i] = reader.ReadVarInt32();
            if (length > (ulong)Array.MaxLength)
                throw reader.TooLong(length);
            lengths[i] = (int)length;
            count *= length;
            // Whatever the other lengths are, the product so far must not leave the range.
            if (count > (UInt128)Array.MaxLength)
                throw reader.Malformed("an array has more elements than an array can have");
        }

        if (Raw<T>.IsRaw)
            return (TArray)(object)RawRun<T>.ReadArray(reader, (int)count, () => Array.CreateInstance(typeof(T), lengths, bounds));
        reader.Announce((ulong)count, leastBytes: 1);
        return (TArray)(object)Array.CreateInstance(typeof(T), lengths, bounds);
    }

    protected override void Fill(ObjectReader reader, TArray instance)
    {
        if (!Raw<T>.IsRaw)
            Elements<T>.Read(reader, Span((Array)(object)instance));
    }

    internal override void Scan(GraphVisitor visitor, TArray value) => Elements<T>.Scan(visitor, Span((Array)(object)value));

    internal static Span<T> Span(Array array) =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<byte, T>(ref MemoryMarshal.GetArrayDataReference(array)), array.Length);
}
