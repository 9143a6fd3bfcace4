using System.Diagnostics.CodeAnalysis;
using System.Numerics;
using System.Reflection;
using System.Reflection.Emit;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Braid.Mpi.Abi;

namespace Braid.Mpi;

/// <summary>The MPI datatype of a .NET type, made on first use and kept for the life of the process.</summary>
internal static class TypeOf<T> where T : unmanaged
{
    internal static readonly nint Handle = StructLayoutReader.HandleOf(typeof(T), Unsafe.SizeOf<T>());

    /// <summary>Bytes of data in one element: its size less its padding.</summary>
    internal static readonly long DataBytes = StructLayoutReader.DataBytes(Handle);
}

/// <summary>
/// Maps primitives to predefined datatypes and structs to MPI_Type_create_struct over their fields, so that a C program which declares the
/// same struct understands the message, and padding is neither sent nor overwritten.
/// </summary>
internal static unsafe class StructLayoutReader
{
    /// <summary>The types made here, for their end; guarded by itself.</summary>
    private static readonly List<nint> Created = [];

    /// <summary>Frees the types of structs before MPI is finalised: some MPIs complain of what is left.</summary>
    public static void FreeAll()
    {
        lock (Created)
        {
            foreach (var handle in Created)
            {
                var type = handle;
                Runtime.Check(Runtime.Backend.TypeFree(&type), "MPI_Type_free");
            }
            Created.Clear();
        }
    }

    public static long DataBytes(nint handle)
    {
        Runtime.Check(Runtime.Backend.TypeSize(handle, out var bytes), "MPI_Type_size");
        return Math.Max(1, bytes);
    }

    public static nint HandleOf(Type type, int size)
    {
        if (Predefined(type) is { } basic)
        {
            return Runtime.Backend.Type(basic);
        }
        var fields = new List<(long Offset, BasicType Type)>();
        if (!TryFlatten(type, 0, fields) || Overlap(fields))
        {
            // A union, or memory that only its owner can read: it travels byte by byte.
            fields.Clear();
        }
        return Build(fields, size);
    }

    public static BasicType? Predefined(Type type)
    {
        if (type.IsEnum)
        {
            type = Enum.GetUnderlyingType(type);
        }
        if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Located<>))
        {
            var value = type.GetGenericArguments()[0];
            return value == typeof(float) ? BasicType.FloatInt : value == typeof(double) ? BasicType.DoubleInt
                : value == typeof(long) ? BasicType.LongInt : value == typeof(int) ? BasicType.IntInt
                : value == typeof(short) ? BasicType.ShortInt : null;
        }
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Byte => BasicType.UInt8,
            TypeCode.SByte => BasicType.Int8,
            TypeCode.Int16 => BasicType.Int16,
            TypeCode.UInt16 or TypeCode.Char => BasicType.UInt16,
            TypeCode.Int32 => BasicType.Int32,
            TypeCode.UInt32 => BasicType.UInt32,
            TypeCode.Int64 => BasicType.Int64,
            TypeCode.UInt64 => BasicType.UInt64,
            TypeCode.Single => BasicType.Float,
            TypeCode.Double => BasicType.Double,
            TypeCode.Boolean => BasicType.Bool,
            _ => type == typeof(Complex) ? BasicType.DoubleComplex
                : type == typeof(nint) ? BasicType.Int64
                : type == typeof(nuint) ? BasicType.UInt64 : null,
        };
    }

    private static bool TryFlatten(Type type, long offset, List<(long, BasicType)> fields)
    {
        if (Predefined(type) is { } basic)
        {
            fields.Add((offset, basic));
            return true;
        }
        if (type.IsPointer || type.IsFunctionPointer)
        {
            fields.Add((offset, BasicType.Int64));
            return true;
        }
        var own = type.GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic);
        var inline = type.GetCustomAttribute<InlineArrayAttribute>();
        if (inline is null && own.Any(static f => f.GetCustomAttribute<FixedBufferAttribute>() is not null))
        {
            return FlattenWithBuffers(type, own, offset, fields);
        }
        var repeat = inline?.Length ?? 1;
        var stride = inline is null ? 0 : SizeOf(own[0].FieldType);
        for (var i = 0; i < repeat; i++)
        {
            foreach (var field in own)
            {
                if (!TryFlatten(field.FieldType, offset + OffsetOf(type, field) + (i * stride), fields))
                {
                    return false;
                }
            }
        }
        return own.Length > 0;
    }

    private static bool FlattenWithBuffers(Type type, FieldInfo[] own, long offset, List<(long, BasicType)> fields)
    {
        foreach (var field in own)
        {
            var at = offset + OffsetOf(type, field);
            if (field.GetCustomAttribute<FixedBufferAttribute>() is { } buffer)
            {
                var size = SizeOf(buffer.ElementType);
                for (var i = 0; i < buffer.Length; i++)
                {
                    fields.Add((at + (i * size), Predefined(buffer.ElementType)!.Value));
                }
            }
            else if (!TryFlatten(field.FieldType, at, fields))
            {
                return false;
            }
        }
        return true;
    }

    private static bool Overlap(List<(long Offset, BasicType Type)> fields)
    {
        fields.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        for (var i = 1; i < fields.Count; i++)
        {
            if (fields[i].Offset < fields[i - 1].Offset + Bytes(fields[i - 1].Type))
            {
                return true;
            }
        }
        return false;
    }

    private static long Bytes(BasicType type) => DataBytes(Runtime.Backend.Type(type));

    private static nint Build(List<(long Offset, BasicType Type)> fields, int size)
    {
        // Neighbours of one type become one block; an empty list is all bytes.
        var lengths = new List<int>();
        var offsets = new List<nint>();
        var types = new List<nint>();
        foreach (var (offset, type) in fields)
        {
            var handle = Runtime.Backend.Type(type);
            if (types.Count > 0 && types[^1] == handle && offset == offsets[^1] + (lengths[^1] * Bytes(type)))
            {
                lengths[^1]++;
                continue;
            }
            lengths.Add(1);
            offsets.Add((nint)offset);
            types.Add(handle);
        }
        if (lengths.Count == 0)
        {
            (lengths, offsets, types) = ([size], [0], [Runtime.Backend.Type(BasicType.Byte)]);
        }
        Runtime.Check(
            Runtime.Backend.TypeStruct(
                CollectionsMarshal.AsSpan(lengths), CollectionsMarshal.AsSpan(offsets), CollectionsMarshal.AsSpan(types), out var packed),
            "MPI_Type_create_struct");
        Runtime.Check(Runtime.Backend.TypeResized(packed, 0, size, out var created), "MPI_Type_create_resized");
        Runtime.Check(Runtime.Backend.TypeFree(&packed), "MPI_Type_free");
        Runtime.Check(Runtime.Backend.TypeCommit(&created), "MPI_Type_commit");
        lock (Created)
        {
            Created.Add(created);
        }
        return created;
    }

    private static int SizeOf(Type type) =>
        (int)typeof(Unsafe).GetMethod(nameof(Unsafe.SizeOf))!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>The managed offset of a field: Marshal.OffsetOf gives the marshalled one, which differs for bool and char.</summary>
    [SuppressMessage("Reliability", "CA2020", Justification = "An address within a struct is small.")]
    private static long OffsetOf(Type type, FieldInfo field)
    {
        var method = new DynamicMethod(
            "OffsetOf", typeof(long), [type.MakeByRefType()], typeof(StructLayoutReader).Module, skipVisibility: true);
        var il = method.GetILGenerator();
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldflda, field);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Conv_U8);
        il.Emit(OpCodes.Sub);
        il.Emit(OpCodes.Ret);
        var box = RuntimeHelpers.GetUninitializedObject(type);
        return (long)method.Invoke(null, [box])!;
    }
}
