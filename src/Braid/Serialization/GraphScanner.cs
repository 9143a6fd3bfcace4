using Braid.Serialization.Compiling;
using Braid.Serialization.Graphs;

namespace Braid.Serialization;

/// <summary>Looks through live values without serializing them, for an engine that passes them by reference.</summary>
internal static class GraphScanner
{
    /// <summary>Every <typeparamref name="TSought"/> that a writer would meet from <paramref name="value"/> on, each once.</summary>
    /// <exception cref="SerializationException">Something in the graph cannot travel: the same as from the writer.</exception>
    public static IReadOnlyList<TSought> Find<TSought>(object? value) where TSought : class
    {
        if (value is null or string)
            return [];
        var visitor = new GraphVisitor(typeof(TSought));
        visitor.VisitReference(value);
        return Finish<TSought>(visitor, value, "value");
    }

    /// <summary>The same from the chosen fields of a closure.</summary>
    public static IReadOnlyList<TSought> Find<TSought>(object? target, FieldSubset subset) where TSought : class
    {
        var visitor = new GraphVisitor(typeof(TSought));
        visitor.VisitFields(target, subset);
        return Finish<TSought>(visitor, target, "closure", subset);
    }

    private static TSought[] Finish<TSought>(GraphVisitor visitor, object? root, string rootName, FieldSubset? chosen = null) where TSought : class
    {
        try
        {
            visitor.Run();
        }
        catch (SerializationException e) when (e.WantsPath)
        {
            throw PathFinder.Locate(e, root, rootName, chosen);
        }

        return visitor.Found.Count == 0 ? [] : [.. visitor.Found.Cast<TSought>()];
    }
}
