using System.Runtime.CompilerServices;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>Writes, reads and scans a run of elements of one static type.</summary>
internal static class Elements<T>
{
    /// <summary>Whether elements may be hashed and compared the moment they are read: they are whole then, whatever else is still being read.</summary>
    public static readonly bool AreWhole =
        typeof(T) == typeof(string) || ((typeof(T).IsValueType || typeof(T).IsSealed) && FormatterOf<T>.Instance is { IsLeaf: true, CreatesFirst: false });

    public static void Write(ObjectWriter writer, ReadOnlySpan<T> elements)
    {
        var formatter = FormatterOf<T>.Instance;
        if (typeof(T).IsValueType)
        {
            var start = writer.Position;
            foreach (var element in elements)
                formatter.Write(writer, element);
            if (writer.Position - start < elements.Length)
                throw new SerializationException($"The formatter {formatter.GetType()} writes nothing for some values. Let it write a byte, so that reading can tell a count from an invention.");
        }
        else
        {
            foreach (var element in elements)
                writer.WriteReference(element, formatter);
        }
    }

    public static void Read(ObjectReader reader, Span<T> elements)
    {
        var formatter = FormatterOf<T>.Instance;
        if (typeof(T).IsValueType)
        {
            for (var i = 0; i < elements.Length; i++)
                elements[i] = formatter.Read(reader);
        }
        else
        {
            for (var i = 0; i < elements.Length; i++)
            {
                var element = reader.ReadReference(formatter);
                elements[i] = Unsafe.As<object?, T>(ref element);
            }
        }
    }

    public static T[] Read(ObjectReader reader, int count)
    {
        var elements = new T[count];
        Read(reader, elements);
        return elements;
    }

    public static void Scan(GraphVisitor visitor, ReadOnlySpan<T> elements)
    {
        if (!GraphVisitor.CanHold(typeof(T)))
            return;
        foreach (var element in elements)
            visitor.Visit(element);
    }
}
