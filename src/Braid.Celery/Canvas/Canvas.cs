namespace Braid.Celery;

/// <summary>Puts tasks together: chains, groups, chords, maps and chunks, nested to any depth.</summary>
public static class Canvas
{
    /// <summary>One after the other; each takes the result of the one before. A group that is followed by a task becomes a chord.</summary>
    public static Signature Chain(params IReadOnlyList<Signature> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return new ChainSignature(ChainSteps.Flatten(tasks));
    }

    /// <summary>Side by side.</summary>
    public static GroupSignature Group(params IReadOnlyList<Signature> tasks)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        return new GroupSignature(tasks.SelectMany(t => t is GroupSignature inner ? inner.Tasks : [t]).ToList());
    }

    /// <summary>Side by side, and then <paramref name="body"/> with the list of their results. Needs a backend that counts: Redis or PostgreSQL.</summary>
    public static ChordSignature Chord(IReadOnlyList<Signature> header, Signature body)
    {
        ArgumentNullException.ThrowIfNull(header);
        ArgumentNullException.ThrowIfNull(body);
        return new ChordSignature(Group(header), body);
    }

    /// <summary>One task that calls <paramref name="task"/> with each item, one after the other, and returns the list of results.</summary>
    public static Signature Map(Signature task, IEnumerable<object?> items) => Each("celery.map", "xmap", task, [.. items]);

    /// <summary>As <see cref="Map"/>, with each item spread over the arguments.</summary>
    public static Signature StarMap(Signature task, IEnumerable<IReadOnlyList<object?>> items) =>
        Each("celery.starmap", "xstarmap", task, [.. items.Select(object? (i) => i.ToList())]);

    /// <summary>Splits the items into star-maps of <paramref name="size"/> items each, side by side.</summary>
    public static GroupSignature Chunks(Signature task, IEnumerable<IReadOnlyList<object?>> items, int size)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        return new GroupSignature(items.Chunk(size).Select(chunk => StarMap(task, chunk)).ToList(), app: task?.App);
    }

    private static Signature Each(string name, string type, Signature task, List<object?> items)
    {
        ArgumentNullException.ThrowIfNull(task);
        var kwargs = new Dictionary<string, object?>(StringComparer.Ordinal) { ["task"] = task.ToWire(), ["it"] = items };
        return new Signature(name, [], kwargs, immutable: false, app: task.App) { SubtaskType = type };
    }
}
