namespace Braid.Serialization.Types;

/// <summary>The types that a payload has named so far, with the size of each: how many names it is composed of.</summary>
internal struct TypeList
{
    private List<(Type Type, int Size)>? _types;

    public readonly int Count => _types?.Count ?? 0;

    public readonly (Type Type, int Size) this[int index] => _types![index];

    public void Add(Type type, int size) => (_types ??= []).Add((type, size));

    public readonly void Clear() => _types?.Clear();
}
