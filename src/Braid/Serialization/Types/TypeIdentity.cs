using System.Collections.Concurrent;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Types;

/// <summary>
/// Types on the wire. A reference is a varint whose two low bits say what the rest counts: 0 types of this payload (0: a definition follows and is
/// numbered next), 1 well-known types. A definition is a byte for its kind, then its parts.
/// </summary>
internal static class TypeIdentity
{
    private const int LocalSpace = 0;
    private const int KnownSpace = 1;

    private const byte Named = 0;
    private const byte Constructed = 1;
    private const byte Vector = 2;
    private const byte MultiDimensional = 3;

    // How many names one type may be composed of. Types live as long as the process, so hostile input must not breed them.
    private const int MaxSize = 64;
    private const int MaxRank = 32;

    private static readonly ConcurrentDictionary<(string Assembly, string Name), Type> Resolved = new();

    public static void Write(ObjectWriter writer, Type type, ref IdentityTable local)
    {
        if (WellKnownTypes.NumberOf(type) is var known and >= 0)
        {
            writer.WriteVarUInt64(((ulong)known << 2) | KnownSpace);
            return;
        }

        var number = local.Find(type);
        if (number >= 0)
        {
            writer.WriteVarUInt64((ulong)(number + 1) << 2);
            return;
        }

        writer.WriteByte(LocalSpace);
        WriteDefinition(writer, type, ref local);
        local.GetOrAdd(type, out _);
    }

    public static Type Read(ObjectReader reader, ref TypeList local) => ReadSized(reader, ref local, depth: 0).Type;

    private static void WriteDefinition(ObjectWriter writer, Type type, ref IdentityTable local)
    {
        if (type.IsSZArray)
        {
            writer.WriteByte(Vector);
            Write(writer, type.GetElementType()!, ref local);
        }
        else if (type.IsArray)
        {
            writer.WriteByte(MultiDimensional);
            writer.WriteByte((byte)type.GetArrayRank());
            Write(writer, type.GetElementType()!, ref local);
        }
        else if (type.IsConstructedGenericType)
        {
            writer.WriteByte(Constructed);
            Write(writer, type.GetGenericTypeDefinition(), ref local);
            foreach (var argument in type.GetGenericArguments())
                Write(writer, argument, ref local);
        }
        else
        {
            if (type.FullName is not { } name || type.HasElementType || type.IsFunctionPointer || type.Assembly.IsDynamic || type.Assembly.IsCollectible)
                throw new SerializationException(null, type, Travel.WhyNot(type) ?? "it has no name by which another process could find it.");
            writer.WriteByte(Named);
            writer.WriteString(type.Assembly.GetName().Name);
            writer.WriteString(name);
        }
    }

    private static (Type Type, int Size) ReadSized(ObjectReader reader, ref TypeList local, int depth)
    {
        if (depth > MaxSize)
            throw reader.Malformed("a type is nested too deep");
        var reference = reader.ReadVarUInt64();
        var number = reference >> 2;
        switch (reference & 3)
        {
            case LocalSpace when number == 0:
                var defined = ReadDefinition(reader, ref local, depth);
                local.Add(defined.Type, defined.Size);
                return defined;
            case LocalSpace when number <= (ulong)local.Count:
                return local[(int)number - 1];
            case KnownSpace when WellKnownTypes.OfNumber(number) is { } known:
                return (known, 1);
            default:
                throw reader.Malformed($"type reference {reference} is unknown");
        }
    }

    private static (Type Type, int Size) ReadDefinition(ObjectReader reader, ref TypeList local, int depth)
    {
        var kind = reader.ReadByte();
        switch (kind)
        {
            case Named:
                return (Resolve(reader, reader.ReadString(), reader.ReadString()), 1);
            case Vector:
                var element = ReadElement(reader, ref local, depth);
                return (element.Type.MakeArrayType(), Sum(reader, element.Size, 1));
            case MultiDimensional:
                var rank = reader.ReadByte();
                if (rank is 0 or > MaxRank)
                    throw reader.Malformed($"an array of {rank} dimensions");
                var cell = ReadElement(reader, ref local, depth);
                return (cell.Type.MakeArrayType(rank), Sum(reader, cell.Size, 1));
            case Constructed:
                return ReadConstructed(reader, ref local, depth);
            default:
                throw reader.Malformed($"a type definition of kind {kind}");
        }
    }

    private static (Type Type, int Size) ReadElement(ObjectReader reader, ref TypeList local, int depth)
    {
        var element = ReadSized(reader, ref local, depth + 1);
        if (element.Type == typeof(void) || element.Type.IsByRefLike || element.Type.IsGenericTypeDefinition)
            throw reader.Malformed($"an array of {TypeNames.Of(element.Type)}");
        return element;
    }

    private static (Type Type, int Size) ReadConstructed(ObjectReader reader, ref TypeList local, int depth)
    {
        var (definition, size) = ReadSized(reader, ref local, depth + 1);
        if (!definition.IsGenericTypeDefinition)
            throw reader.Malformed($"{TypeNames.Of(definition)} is given type arguments, but it is not generic");
        var arguments = new Type[definition.GetGenericArguments().Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            (arguments[i], var part) = ReadSized(reader, ref local, depth + 1);
            if (arguments[i] == typeof(void) || arguments[i].IsByRefLike || arguments[i].IsGenericTypeDefinition)
                throw reader.Malformed($"the type argument {TypeNames.Of(arguments[i])}");
            size = Sum(reader, size, part);
        }

        try
        {
            return (definition.MakeGenericType(arguments), size);
        }
        catch (ArgumentException e)
        {
            throw new SerializationException($"At offset {reader.Offset}: type arguments violate a constraint of {TypeNames.Of(definition)}.", e);
        }
    }

    private static int Sum(ObjectReader reader, int size, int part)
    {
        size += part;
        return size <= MaxSize ? size : throw reader.Malformed($"a type is composed of more than {MaxSize} names");
    }

    private static Type Resolve(ObjectReader reader, string? assemblyName, string? name)
    {
        if (assemblyName is null || name is null)
            throw reader.Malformed("a type without a name");
        if (Resolved.TryGetValue((assemblyName, name), out var type))
            return type;

        var assembly = AssemblyClosure.Find(assemblyName)
            ?? throw reader.Malformed($"the type {Shown(name)} is of the assembly {Shown(assemblyName)}, which this application does not reference");
        // The name's own grammar could ask for other assemblies and for constructed types; only a plain name is looked up.
        type = TypeName(name) ? assembly.GetType(name, throwOnError: false, ignoreCase: false) : null;
        if (type is null || type.FullName != name)
            throw reader.Malformed($"the assembly {assemblyName} has no type {Shown(name)}");
        Resolved.TryAdd((assemblyName, name), type);
        return type;
    }

    private static bool TypeName(string name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            if (name[i] == '\\')
                i++;
            else if (name[i] is '[' or ']' or ',' or '*' or '&')
                return false;
        }

        return name.Length is > 0 and <= 1024;
    }

    private static string Shown(string text) => text.Length <= 200 ? text : text[..200] + "…";
}
