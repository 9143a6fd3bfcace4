using System.Collections;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>
/// An enumerator of a collection of the libraries, as queries and iterators have them for later. One that has not begun or has nothing left is as good as any
/// other such; one that stands within its collection is bound to that very object.
/// </summary>
internal sealed class EnumeratorFormatter<T> : Formatter<T> where T : struct, IEnumerator
{
    private const byte NotBegun = 0;
    private const byte Ended = 1;

    // Of these a copy can be moved on without a trace: they are an index. Others share a stack of nodes with their copies.
    private static readonly bool IsIndex =
        typeof(T).DeclaringType is { } collection
        && (collection == typeof(List<>) || collection == typeof(Dictionary<,>) || collection == typeof(HashSet<>) || collection == typeof(Queue<>) || collection == typeof(Stack<>));

    internal override bool Tracked => false;

    internal override bool NeedsParts => false;

    public override void Write(ObjectWriter writer, T value) => writer.WriteByte(StateOf(value));

    public override T Read(ObjectReader reader) => reader.ReadByte() switch
    {
        NotBegun => default,
        Ended when IsIndex => OfNothing(),
        var other => throw reader.Malformed($"an enumerator is in the unknown state {other}"),
    };

    internal override void Scan(GraphVisitor visitor, T value) => StateOf(value);

    private static byte StateOf(T value)
    {
        if (EqualityComparer<T>.Default.Equals(value, default))
            return NotBegun;
        return IsIndex && HasEnded(value)
            ? Ended
            : throw new SerializationException(value, typeof(T), "it stands within a collection of this process. Send the collection, or a query that has not begun.");
    }

    private static bool HasEnded(T copy)
    {
        try
        {
            return !copy.MoveNext();
        }
        catch (InvalidOperationException)
        {
            return false; // the collection was changed meanwhile
        }
    }

    private static T OfNothing()
    {
        var collection = typeof(T).DeclaringType!.MakeGenericType(typeof(T).GetGenericArguments());
        return (T)collection.GetMethod("GetEnumerator", Type.EmptyTypes)!.Invoke(Activator.CreateInstance(collection), null)!;
    }
}
