using Braid.Celery.Backends;
using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>What a chord's body gets.</summary>
internal static class ChordResults
{
    /// <summary>
    /// The parts' results in their order. Where a header element is itself a group (a chain that ends with one), who sent the header has
    /// saved its shape as a group result: its lists are nested as that is, and parts that were added since come behind.
    /// </summary>
    internal static List<object?> Nest(List<object?>? saved, List<ChordPart> parts)
    {
        if (saved is not [_, List<object?> members] || !members.Exists(m => Members(m) is not null))
            return parts.ConvertAll(object? (p) => PlainValue.Parse(p.Result));

        var left = parts.ToDictionary(p => p.TaskId, p => PlainValue.Parse(p.Result), StringComparer.Ordinal);
        // An element that is not among the parts was sent under another id: its place is not known.
        if (!members.TrueForAll(Known)) return [.. left.Values];
        return [.. members.ConvertAll(Value), .. left.Values];

        bool Known(object? member) => Members(member) is { } inner ? inner.TrueForAll(Known) : Id(member) is { } id && left.ContainsKey(id);

        object? Value(object? member)
        {
            if (Members(member) is { } inner) return inner.ConvertAll(Value);
            left.Remove(Id(member)!, out var value);
            return value;
        }
    }

    /// <summary>A group's members in Python's tuple form, <c>[[id, parent], members]</c>; null for a single task's.</summary>
    private static List<object?>? Members(object? tuple) => tuple is List<object?> and [_, List<object?> members] ? members : null;

    private static string? Id(object? tuple) => tuple is List<object?> and [List<object?> and [string id, ..], ..] ? id : null;
}
