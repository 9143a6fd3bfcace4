namespace Braid.Celery.Wire;

/// <summary>
/// The third part of a task's body: what runs after the task. The signatures stay plain values until they are needed.
/// </summary>
internal sealed class EmbeddedSignatures
{
    internal static readonly EmbeddedSignatures None = new();

    public List<object?>? Callbacks { get; init; }
    public List<object?>? Errbacks { get; init; }

    /// <summary>The rest of the chain, reversed: the next step is the last.</summary>
    public List<object?>? Chain { get; init; }
    public Dictionary<string, object?>? Chord { get; init; }

    internal static EmbeddedSignatures Read(Dictionary<string, object?> map) => new()
    {
        Callbacks = Signatures(map, "callbacks"),
        Errbacks = Signatures(map, "errbacks"),
        Chain = Signatures(map, "chain"),
        Chord = map.GetValueOrDefault("chord") switch
        {
            null => null,
            Dictionary<string, object?> chord => chord,
            var other => throw new PoisonMessageException($"'chord' is not a signature: {PythonRepr.Of(other)}."),
        },
    };

    private static List<object?>? Signatures(Dictionary<string, object?> map, string key) => map.GetValueOrDefault(key) switch
    {
        null => null,
        List<object?> list when list.TrueForAll(i => i is Dictionary<string, object?>) => list.Count == 0 ? null : list,
        Dictionary<string, object?> one => [one],
        var other => throw new PoisonMessageException($"'{key}' is not a list of signatures: {PythonRepr.Of(other)}."),
    };
}
