namespace Braid.Scheduling;

/// <summary>An amount of one named logical resource, in units of 1/<see cref="ResourceNeed.Unit"/>.</summary>
internal readonly record struct ResourceAmount(string Name, long Amount);

/// <summary>
/// What a task occupies while it runs, when that is not simply one slot. Amounts are integers of 1/10,000 so that fractions add up exactly.
/// Immutable; equal needs form one scheduling class.
/// </summary>
internal sealed class ResourceNeed : IEquatable<ResourceNeed>
{
    /// <summary>One whole core, or one whole piece of any other resource.</summary>
    public const long Unit = 10_000;

    private readonly int _hash;

    /// <param name="cores">In units; 0 for a task that only waits, say on a network.</param>
    /// <param name="others">Resources other than cores: no duplicate names, amounts above 0.</param>
    public ResourceNeed(long cores, params ReadOnlySpan<ResourceAmount> others)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(cores);
        Cores = cores;
        Others = others.ToArray();
        Array.Sort(Others, static (a, b) => string.CompareOrdinal(a.Name, b.Name));
        var hash = new HashCode();
        hash.Add(cores);
        foreach (var other in Others)
            hash.Add(other);
        _hash = hash.ToHashCode();
    }

    public long Cores { get; }

    /// <summary>Sorted by name.</summary>
    public ResourceAmount[] Others { get; }

    public bool Equals(ResourceNeed? other) =>
        other is not null && (ReferenceEquals(this, other) || (Cores == other.Cores && Others.AsSpan().SequenceEqual(other.Others)));

    public override bool Equals(object? obj) => Equals(obj as ResourceNeed);

    public override int GetHashCode() => _hash;
}
