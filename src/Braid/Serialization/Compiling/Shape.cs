using System.Reflection;
using Braid.Serialization.Types;

namespace Braid.Serialization.Compiling;

/// <summary>The fields of a type that travel, base classes first, each class in the order of its declaration.</summary>
internal sealed class Shape
{
    private static int _lastId = -1;

    private Shape(Type type, FieldInfo[] fields)
    {
        Type = type;
        Fields = fields;
        Fingerprint = FingerprintOf(fields);
        Id = Interlocked.Increment(ref _lastId);
    }

    public Type Type { get; }

    public FieldInfo[] Fields { get; }

    /// <summary>Changes with the names and types of the fields: the other end compares it, so that another build is an error and not a mix-up.</summary>
    public uint Fingerprint { get; }

    /// <summary>A small number of this process, for bit sets; not on the wire.</summary>
    public int Id { get; }

    /// <param name="type">The type to send.</param>
    /// <param name="above">The base class whose fields, and those of its own bases, are not included.</param>
    public static Shape Of(Type type, Type? above = null)
    {
        var levels = new Stack<Type>();
        for (var level = type; level is not null && level != above; level = level.BaseType)
            levels.Push(level);

        var fields = new List<FieldInfo>();
        foreach (var level in levels)
        {
            var declared = level.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly);
            Array.Sort(declared, static (a, b) => a.MetadataToken.CompareTo(b.MetadataToken));
            foreach (var field in declared)
            {
                if (!Travel.IsLeftOut(field))
                    fields.Add(field);
            }
        }

        return new Shape(type, [.. fields]);
    }

    // FNV-1a, 32 bits. Type names without their assemblies: a type forwarded elsewhere is the same field.
    private static uint FingerprintOf(FieldInfo[] fields)
    {
        var hash = 2166136261u;
        foreach (var field in fields)
        {
            Add(ref hash, field.Name);
            Add(ref hash, field.FieldType.ToString());
        }

        return hash;
    }

    private static void Add(ref uint hash, string text)
    {
        foreach (var c in text)
            hash = (hash ^ c) * 16777619;
        hash = (hash ^ '\0') * 16777619;
    }
}
