using System.Buffers.Binary;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Types;

/// <summary>Which types are sent field by field, and for the others why not and what to do instead.</summary>
internal static class Travel
{
    // TypeAttributes.Serializable and FieldAttributes.NotSerialized, which are obsolete in name only: the runtime's own marks for
    // "may be copied field by field" and "not this one".
    private const TypeAttributes SerializableMark = (TypeAttributes)0x2000;
    private const FieldAttributes NotSerializedMark = (FieldAttributes)0x80;

    private const BindingFlags DeclaredFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // The public key tokens that the libraries of .NET are signed with.
    private const ulong CoreLibraryKey = 0x7cec85d7bea7798e;
    private const ulong LibraryKey = 0xb03f5f7f11d50a3a;
    private const ulong EcmaKey = 0xb77a5c561934e089;
    private const ulong OpenKey = 0xcc7b13ffcd2ddd51;

    private const string PointerReason = "a pointer or a reference into memory means nothing in another process.";

    /// <summary>Null when values of this type are sent by their fields.</summary>
    public static string? WhyNot(Type type)
    {
        if (IsPointer(type) || type.IsByRef || type.IsByRefLike || (type.IsArray && IsPointer(type.GetElementType()!)))
            return PointerReason;
        if (type.Assembly.IsDynamic || type.Assembly.IsCollectible)
            return "its code was generated or can be unloaded at run time, so another process cannot have it.";
        if (type.IsCOMObject)
            return "a COM object belongs to its apartment.";
        if (typeof(IServiceProvider).IsAssignableFrom(type))
            return "it owns the services of this process. Send what the lambda needs of it.";
        if (IsLogger(type))
            return "a logger writes to the sinks of this process. Log what the task returns, or make a logger where it is used, for example in a static field.";
        if (OverlapUnsafely(type))
            return "its fields overlap, and not every value of one is a value of the other. Send one of them and what it is, or register a formatter.";
        if (FrameworkPart(type) is { } part && BoundTypes.ReasonFor(part) is { } bound)
            return bound;
        if (HasFinalizer(type))
            return "it has a finalizer, so it owns something outside managed memory. Send the data that it was made from, or register a formatter.";
        if (IsFramework(type) && !FrameworkCopies(type))
            return "it belongs to the .NET libraries, and its fields are their private matter. Send the data that it holds, or register a formatter.";
        for (var b = type.BaseType; b is not null; b = b.BaseType)
        {
            if (IsFramework(b) && !FrameworkCopies(b) && b.GetFields(DeclaredFields).Length > 0)
                return $"its base class {TypeNames.Of(b)} belongs to the .NET libraries, and its fields are their private matter. Keep such an object in a field instead of deriving from it, or register a formatter.";
        }

        return WhyNotFields(type);
    }

    /// <summary>The same of the fields that the type itself and its bases declare.</summary>
    public static string? WhyNotFields(Type type)
    {
        for (var b = type; b is not null; b = b.BaseType)
        {
            if (Array.Find(b.GetFields(DeclaredFields), static field => IsPointer(field.FieldType) && !IsLeftOut(field)) is { } field)
                return $"{PointerReason} Its field {PathFinder.FriendlyName(field.Name)} is one. Send what it points to, or leave the field out with [NonSerialized].";
        }

        return null;
    }

    public static bool IsEnumeratorOfLibrary(Type type) =>
        type.IsValueType && typeof(System.Collections.IEnumerator).IsAssignableFrom(type)
        && type.Namespace?.StartsWith("System.Collections", StringComparison.Ordinal) == true && IsFramework(type);

    public static bool IsPointer(Type type) => type.IsPointer || type.IsFunctionPointer;

    public static bool IsFramework(Type type)
    {
        var key = type.Assembly.GetName().GetPublicKeyToken();
        return key is { Length: 8 } && BinaryPrimitives.ReadUInt64BigEndian(key) is CoreLibraryKey or LibraryKey or EcmaKey or OpenKey;
    }

    /// <summary>Whether it is a vector, a matrix or the like, where it is a struct of the libraries.</summary>
    public static bool IsOfVectors(Type type) => type.Namespace is "System.Numerics" or "System.Runtime.Intrinsics";

    public static bool IsLeftOut(FieldInfo field) => (field.Attributes & NotSerializedMark) != 0;

    // By name, for the kernel knows no package. Others may implement the interface in ways that travel.
    private static bool IsLogger(Type type) =>
        type.FullName == "Microsoft.Extensions.Logging.Logger"
        || (type.IsGenericType && type.GetGenericTypeDefinition().FullName == "Microsoft.Extensions.Logging.Logger`1");

    // A union of numbers travels as its bytes. Written by field, one with a bool, say, would come back with the bits that a bool may have.
    private static bool OverlapUnsafely(Type type)
    {
        if (type.IsValueType)
            return type.IsExplicitLayout && !Formatters.RawTypes.AllBitsAreValues(type) && FieldsOverlap(type);
        for (var b = type; b is not null; b = b.BaseType)
        {
            // Numbers of a class are written one by one, and overlapping ones write the same bits.
            if (b.IsExplicitLayout && FieldsOverlap(b) && !Array.TrueForAll(b.GetFields(DeclaredFields), static field => Formatters.RawTypes.AllBitsAreValues(field.FieldType)))
                return true;
        }

        return false;
    }

    private static bool FieldsOverlap(Type type)
    {
        var ends = 0;
        foreach (var field in type.GetFields(DeclaredFields).OrderBy(OffsetOf))
        {
            if (OffsetOf(field) < ends)
                return true;
            ends = OffsetOf(field) + (field.FieldType.IsValueType ? RuntimeHelpers.SizeOf(field.FieldType.TypeHandle) : IntPtr.Size);
        }

        return false;

        static int OffsetOf(FieldInfo field) => field.GetCustomAttribute<FieldOffsetAttribute>()?.Value ?? 0;
    }

    // The nearest class of the framework among the type and its bases that says more than "an object".
    private static Type? FrameworkPart(Type type)
    {
        for (var b = type; b is not null && b != typeof(object) && b != typeof(ValueType); b = b.BaseType)
        {
            if (IsFramework(b))
                return b;
        }

        return null;
    }

    private static bool HasFinalizer(Type type)
    {
        if (type.IsValueType)
            return false;
        var finalizer = type.GetMethod("Finalize", BindingFlags.Instance | BindingFlags.NonPublic, null, Type.EmptyTypes, null);
        return finalizer is not null && finalizer.DeclaringType != typeof(object);
    }

    // Fields of framework types may hold invariants that memory safety stands on, so only those are copied that were made for it
    // (the mark of the former binary formatter, without code of their own), and a few plain ones.
    private static bool FrameworkCopies(Type type)
    {
        if (type == typeof(object))
            return true;
        if (type.Namespace == "System.Collections.Concurrent")
            return false;
        if ((type.Attributes & SerializableMark) != 0)
            return !typeof(System.Runtime.Serialization.ISerializable).IsAssignableFrom(type);
        var outermost = type;
        while (outermost.DeclaringType is { } declaring)
            outermost = declaring;
        // Vectors, matrices and the like are plain numbers side by side.
        if (type.IsValueType && IsOfVectors(type))
            return true;
        return outermost.FullName is "System.Random" or "System.Linq.Enumerable" or "System.Collections.StructuralComparer" or "System.Collections.StructuralEqualityComparer"
            || (type.Namespace == "System.Linq" && type.Name is "Grouping`2" or "SingleLinkedNode`1")
            || (type.Namespace == "System.Runtime.CompilerServices" && type.Name is "StrongBox`1");
    }
}
