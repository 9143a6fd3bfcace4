using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Braid.Serialization.Compiling;
using Braid.Serialization.Types;

namespace Braid.Serialization.Formatters;

/// <summary>
/// Whether values of a type may travel as their bytes in memory: no references, no pointers, and every pattern of bits is a value, so that
/// hostile bytes cannot make what a constructor would refuse. <c>bool</c>, <c>decimal</c> and dates are thus not raw.
/// </summary>
internal static class Raw<T>
{
    /// <summary>Arrays of it are one copy, padding included.</summary>
    public static readonly bool IsRaw = BitConverter.IsLittleEndian && !RuntimeHelpers.IsReferenceOrContainsReferences<T>() && RawTypes.AllBitsAreValues(typeof(T));

    /// <summary>A single value is a copy too: a struct without padding, or one that its fields do not describe (unions, fixed buffers, vectors).</summary>
    public static readonly bool IsExact = IsRaw && (RawTypes.FieldBytes(typeof(T)) == Unsafe.SizeOf<T>() || RawTypes.IsMoreThanItsFields(typeof(T)));

    /// <summary>The fields of a struct, whose fingerprint goes before the first copy; null for the runtime's own types.</summary>
    public static readonly Shape? Shape = IsRaw && !typeof(T).IsPrimitive && !typeof(T).IsEnum && !Travel.IsFramework(typeof(T)) ? Compiling.Shape.Of(typeof(T)) : null;

    public static void Write(ObjectWriter writer, T value) =>
        writer.WriteRaw(MemoryMarshal.CreateReadOnlySpan(ref Unsafe.As<T, byte>(ref value), Unsafe.SizeOf<T>()));

    public static T Read(ObjectReader reader) =>
        Unsafe.ReadUnaligned<T>(ref MemoryMarshal.GetReference(reader.ReadRaw(Unsafe.SizeOf<T>())));
}

/// <summary>The questions behind <see cref="Raw{T}"/>, which know no type argument.</summary>
internal static class RawTypes
{
    private const BindingFlags InstanceFields = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private static readonly HashSet<Type> Free =
    [
        typeof(sbyte), typeof(byte), typeof(short), typeof(ushort), typeof(char), typeof(int), typeof(uint), typeof(long), typeof(ulong),
        typeof(float), typeof(double), typeof(Half), typeof(Int128), typeof(UInt128), typeof(Guid), typeof(TimeSpan),
    ];

    public static bool AllBitsAreValues(Type type)
    {
        if (FormatterRegistry.IsRegistered(type))
            return false;
        if (type.IsEnum || Free.Contains(type))
            return true;
        if (type.IsPrimitive || !type.IsValueType || (Travel.IsFramework(type) && !Travel.IsOfVectors(type) && !type.FullName!.StartsWith("System.ValueTuple`", StringComparison.Ordinal)))
            return false;
        foreach (var field in type.GetFields(InstanceFields))
        {
            if (Travel.IsLeftOut(field) || !AllBitsAreValues(field.FieldType))
                return false;
        }

        return type.GetFields(InstanceFields).Length > 0;
    }

    public static int FieldBytes(Type type)
    {
        if (type.IsEnum || Free.Contains(type))
            return SizeOf(type);
        if (IsMoreThanItsFields(type))
            return SizeOf(type);
        var bytes = 0;
        foreach (var field in type.GetFields(InstanceFields))
            bytes += FieldBytes(field.FieldType);
        return bytes;
    }

    public static bool IsMoreThanItsFields(Type type) =>
        type.IsExplicitLayout || type.StructLayoutAttribute?.Size > 0
        || (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(System.Numerics.Vector<>))      // as wide as the processor has it
        || type.IsDefined(typeof(InlineArrayAttribute), inherit: false)
        || Array.Exists(type.GetFields(InstanceFields), static field => field.FieldType.IsValueType && !field.FieldType.IsPrimitive && field.FieldType != field.DeclaringType && !Free.Contains(field.FieldType) && IsMoreThanItsFields(field.FieldType));

    private static int SizeOf(Type type) => type.IsEnum ? SizeOf(Enum.GetUnderlyingType(type)) : RuntimeHelpers.SizeOf(type.TypeHandle);
}
