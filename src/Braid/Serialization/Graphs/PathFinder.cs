using System.Collections;
using System.Globalization;
using System.Reflection;
using Braid.Lambdas;
using Braid.Serialization.Compiling;
using Braid.Serialization.Types;

namespace Braid.Serialization.Graphs;

/// <summary>
/// Finds the way to a value that could not travel. Writing keeps no path, since that would cost every payload; so after a failure the graph is
/// walked once more, breadth first, for the shortest path.
/// </summary>
internal static class PathFinder
{
    // An error message is not worth walking further.
    private const int MaxVisited = 1_000_000;

    // What the collections of the libraries call them.
    private static readonly string[] ComparerNames = ["Comparer", "KeyComparer", "ValueComparer"];

    /// <param name="found">What could not travel.</param>
    /// <param name="root">What was to be written.</param>
    /// <param name="rootName">What the path calls it.</param>
    /// <param name="chosen">Of a closure the fields that its lambda reads: the way leads through no other.</param>
    public static SerializationException Locate(SerializationException found, object? root, string rootName, FieldSubset? chosen = null) =>
        found.At(PathTo(found, root, rootName, chosen) ?? rootName);

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

    private static string? PathTo(SerializationException found, object? root, string rootName, FieldSubset? chosen)
    {
        if (root is null)
            return null;
        var open = new Queue<Step>();
        var seen = new HashSet<object>(ReferenceEqualityComparer.Instance);
        // Another lambda leads on from the same closure to other variables.
        var seenInPart = new HashSet<(object Closure, FieldSubset Chosen)>();
        open.Enqueue(new Step(root, chosen, rootName, null));
        while (open.TryDequeue(out var step) && seen.Count < MaxVisited)
        {
            if (ReferenceEquals(step.Value, found.Offender) || (step.Value.GetType() == found.OffendingType && (found.Offender is null || found.OffendingType.IsValueType)))
                return step.ToString();
            foreach (var (name, child, part) in Children(step))
            {
                if (child is not null && (child.GetType().IsValueType || (part is null ? seen.Add(child) : seenInPart.Add((child, part)))))
                    open.Enqueue(new Step(child, part, name, step));
            }
        }

        return null;
    }

    private static IEnumerable<Child> Children(Step step)
    {
        var value = step.Value;
        var type = value.GetType();
        if (step.Chosen is { } chosen)
            return chosen.Entries.ToArray().Select(entry => new Child("." + FriendlyName(entry.Field.Name), entry.Field.GetValue(value), entry.Nested));
        if (type.IsPrimitive || value is string or Type || (type.IsArray && Travel.IsPointer(type.GetElementType()!)))
            return [];
        if (value is Delegate d)
            return Targets(d);
        if (value is Exception e)
            return [new Child("InnerException", e.InnerException), new Child("Data", e.Data), .. Fields(value, typeof(Exception))];
        // Collections only: a query would run, and might never end.
        if (value is Array || (value is IEnumerable && type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true))
            return Elements((IEnumerable)value).Concat(Comparers(value));
        return Fields(value, above: null);
    }

    private static Child[] Targets(Delegate d)
    {
        if (!d.HasSingleTarget)
            return [.. d.GetInvocationList().Select(static (part, i) => new Child(i == 0 ? "" : $"[{i}]", part))];
        try
        {
            return [new Child("", d.Target, Lambda.Of(d).Chosen)];
        }
        catch (CaptureException)
        {
            return []; // its code cannot travel, whatever it captures
        }
    }

    private static IEnumerable<Child> Comparers(object collection) =>
        ComparerNames.Select(name => new Child("." + name, collection.GetType().GetProperty(name)?.GetValue(collection)));

    private static IEnumerable<Child> Elements(IEnumerable collection)
    {
        if (collection is IDictionary dictionary)
        {
            foreach (DictionaryEntry entry in dictionary)
            {
                yield return new Child($"[{Show(entry.Key)}]", entry.Value);
                yield return new Child(".Keys", entry.Key);
            }

            yield break;
        }

        var i = 0;
        foreach (var element in collection)
            yield return new Child($"[{i++}]", element);
    }

    private static IEnumerable<Child> Fields(object value, Type? above)
    {
        foreach (var field in Shape.Of(value.GetType(), above).Fields)
        {
            var type = field.FieldType;
            if ((type.IsPrimitive && type != typeof(nint) && type != typeof(nuint)) || Travel.IsPointer(type))
                continue;
            // The closure that an iterator holds is a scope, and its fields are variables.
            var held = ClosureFields.OfHeld(field);
            yield return new Child(held is null ? "." + FriendlyName(field.Name) : "", field.GetValue(value), held);
        }
    }

    private static string Show(object key)
    {
        var text = key as string ?? (key.GetType().IsPrimitive || key.GetType().IsEnum ? Convert.ToString(key, CultureInfo.InvariantCulture) : key.GetType().Name);
        return text is { Length: > 40 } ? text[..40] + "…" : text ?? "";
    }

    private readonly record struct Child(string Name, object? Value, FieldSubset? Chosen = null);

    private sealed record Step(object Value, FieldSubset? Chosen, string Name, Step? From)
    {
        public override string ToString() => From is null ? Name : From + Name;
    }
}
