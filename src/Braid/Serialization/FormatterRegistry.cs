using System.Collections.Concurrent;
using Braid.Serialization.Formatters;
using Braid.Serialization.Types;

namespace Braid.Serialization;

/// <summary>Chooses, once for each type of the process, the formatter that writes and reads it.</summary>
internal static class FormatterRegistry
{
    private static readonly ConcurrentDictionary<Type, Formatter> Registered = new();
    private static readonly ConcurrentDictionary<Type, Type> OpenGenerics = new();
    private static readonly ConcurrentDictionary<Type, Formatter> Chosen = new();

    /// <summary>The formatter for values of exactly this type; for an abstract type or one that cannot travel, one that says so when asked.</summary>
    public static Formatter For(Type type)
    {
        if (Chosen.TryGetValue(type, out var formatter))
            return formatter;
        return Chosen.GetOrAdd(type, Choose(type));
    }

    public static bool IsRegistered(Type type) => Registered.ContainsKey(type);

    public static void Register<T>(Formatter<T> formatter)
    {
        if (Chosen.ContainsKey(typeof(T)) || !Registered.TryAdd(typeof(T), formatter))
            throw new InvalidOperationException($"{TypeNames.Of(typeof(T))} has been serialized already, or has a formatter. Register formatters at start-up, before the first use.");
    }

    /// <summary>Uses <paramref name="formatter"/>, an open generic type with the same parameters, for every construction of <paramref name="type"/>.</summary>
    public static void RegisterOpenGeneric(Type type, Type formatter)
    {
        if (!OpenGenerics.TryAdd(type, formatter))
            throw new InvalidOperationException($"{TypeNames.Of(type)} has a formatter already.");
    }

    /// <summary>Makes <paramref name="formatter"/>, open over the given arguments, which has a constructor without parameters.</summary>
    internal static Formatter Construct(Type formatter, params Type[] arguments) =>
        (Formatter)Activator.CreateInstance(formatter.MakeGenericType(arguments), nonPublic: true)!;

    private static Formatter Choose(Type type)
    {
        if (Registered.TryGetValue(type, out var registered))
            return registered;
        if (type.ContainsGenericParameters || type == typeof(void))
            throw new SerializationException($"{TypeNames.Of(type)} is not a type that values can have.");
        if (type.IsEnum)
            return Construct(typeof(EnumFormatter<>), type);
        return BuiltIn.Simple(type)
            ?? Generic(type)
            ?? (Travel.IsFramework(type) ? BuiltIn.Framework(type) : null)
            ?? Family(type)
            ?? ByField(type);
    }

    // Whatever formatter a type gets, it is for exactly this type: what it reads can be stored without a further check.
    private static Formatter? Family(Type type)
    {
        var family = Families.Create(type);
        if (family is null || family.Type == type)
            return family;
        return (Formatter)Activator.CreateInstance(typeof(MemberFormatter<>).MakeGenericType(type), family)!;
    }

    private static Formatter? Generic(Type type)
    {
        if (type.IsArray && Travel.IsPointer(type.GetElementType()!))
            return Construct(typeof(RefusedFormatter<>), type);
        if (type.IsSZArray)
            return Construct(typeof(ArrayFormatter<>), type.GetElementType()!);
        if (type.IsArray)
            return Construct(typeof(MultiDimensionalArrayFormatter<,>), type, type.GetElementType()!);
        if (!type.IsGenericType)
            return null;
        var definition = type.GetGenericTypeDefinition();
        var formatter = OpenGenerics.TryGetValue(definition, out var registered) ? registered : Collections.FormatterOf(definition);
        return formatter is null ? null : Construct(formatter, type.GetGenericArguments());
    }

    private static Formatter ByField(Type type)
    {
        if (type.IsByRefLike || type.IsByRef || Travel.IsPointer(type))
            return new UntypedRefusal(type);
        if (type.IsAbstract || type.IsInterface)
            return Construct(typeof(AbstractFormatter<>), type);
        if (Travel.IsEnumeratorOfLibrary(type))
            return Construct(typeof(EnumeratorFormatter<>), type);
        if (Travel.WhyNot(type) is not null)
            return Construct(typeof(RefusedFormatter<>), type);
        if (!type.IsValueType)
            return Construct(typeof(FieldsFormatter<>), type);
        if (type.IsDefined(typeof(System.Runtime.CompilerServices.InlineArrayAttribute), inherit: false))
            return Construct(typeof(InlineArrayFormatter<,>), type, type.GetFields(System.Reflection.BindingFlags.Instance | System.Reflection.BindingFlags.Public | System.Reflection.BindingFlags.NonPublic)[0].FieldType);
        return Construct(typeof(StructFormatter<>), type);
    }
}
