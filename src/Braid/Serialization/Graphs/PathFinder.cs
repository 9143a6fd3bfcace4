using System.Collections;
using System.Globalization;
using System.Reflection;
using Braid.Serialization.Compiling;

namespace Braid.Serialization.Graphs;

/// <summary>
/// Finds the way to a value that could not travel. Writing keeps no path, since that would cost every payload; so after a failure the graph is
/// walked once more, breadth first, for the shortest path.
/// </summary>
internal static class PathFinder
{
    // An error message is not worth walking further.
    private const int MaxVisited = 1_000_000;

    public static SerializationException Locate(SerializationException found, object? root, string rootName) =>
        found.At(PathTo(found, root, rootName) ?? rootName);

    /// <summary>A field's name as its author knows it: the variable of a closure, the property of a backing field.</summary>
    public static string FriendlyName(string field)
    {
        if (field.Length == 0 || field[0] != '<')
            return field;
        if (field.Contains("__this", StringComparison.Ordinal))
            return "this";
        var end = field.IndexOf('>');
        return end > 1 ? field[1..end] : field;
    }

    private static string? PathTo(SerializationException found, object? root, string rootName)
    {
        if (root is null)
            return null;
        var open = new Queue<Step>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        open.Enqueue(new Step(root, rootName, null));
        while (open.TryDequeue(out var step) && seen.Count < MaxVisited)
        {
            if (ReferenceEquals(step.Value, found.Offender) || (step.Value.GetType() == found.OffendingType && (found.Offender is null || found.OffendingType.IsValueType)))
                return step.ToString();
            foreach (var (name, child) in Children(step.Value))
            {
                if (child is not null && (child.GetType().IsValueType || seen.Add(child)))
                    open.Enqueue(new Step(child, name, step));
            }
        }

        return null;
    }

    private static IEnumerable<(string Name, object? Value)> Children(object value)
    {
        var type = value.GetType();
        if (type.IsPrimitive || value is string or Type)
            return [];
        if (value is Delegate d)
            return d.GetInvocationList().Select(static (part, i) => (i == 0 ? "" : $"[{i}]", part.Target));
        if (value is Exception e)
            return [("InnerException", e.InnerException), ("Data", e.Data), .. Fields(value, typeof(Exception))];
        // Collections only: a query would run, and might never end.
        if (value is Array || (value is IEnumerable && type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true))
            return Elements((IEnumerable)value);
        return Fields(value, above: null);
    }

    private static IEnumerable<(string Name, object? Value)> Elements(IEnumerable collection)
    {
        if (collection is IDictionary dictionary)
        {
            foreach (DictionaryEntry entry in dictionary)
            {
                yield return ($"[{Show(entry.Key)}]", entry.Value);
                yield return (".Keys", entry.Key);
            }

            yield break;
        }

        var i = 0;
        foreach (var element in collection)
            yield return ($"[{i++}]", element);
    }

    private static IEnumerable<(string Name, object? Value)> Fields(object value, Type? above)
    {
        foreach (var field in Shape.Of(value.GetType(), above).Fields)
        {
            var type = field.FieldType;
            if ((type.IsPrimitive && type != typeof(nint) && type != typeof(nuint)) || type.IsPointer || type.IsFunctionPointer)
                continue;
            yield return ("." + FriendlyName(field.Name), field.GetValue(value));
        }
    }

    private static string Show(object key)
    {
        var text = key as string ?? (key.GetType().IsPrimitive || key.GetType().IsEnum ? Convert.ToString(key, CultureInfo.InvariantCulture) : key.GetType().Name);
        return text is { Length: > 40 } ? text[..40] + "…" : text ?? "";
    }

    private sealed record Step(object Value, string Name, Step? From)
    {
        public override string ToString() => From is null ? Name : From + Name;
    }
}
