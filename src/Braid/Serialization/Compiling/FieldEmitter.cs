using System.Reflection;
using System.Reflection.Emit;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Compiling;

/// <summary>Emits one field at a time. Argument 0 is the array of constants, 1 the writer, reader or visitor, 2 the object or a reference to the struct.</summary>
internal sealed class FieldEmitter(ILGenerator il, Action loadTarget)
{
    private const BindingFlags Any = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly List<object> _constants = [];

    /// <summary>What the emitted code finds in its first argument.</summary>
    public object[] Constants => [.. _constants];

    /// <param name="verb">Write, Read or Scan.</param>
    /// <param name="entry">The field.</param>
    public void Emit(string verb, FieldSubset.Entry entry)
    {
        switch (verb, entry.Nested)
        {
            case ("Write", null): EmitWrite(entry.Field); break;
            case ("Read", null): EmitRead(entry.Field); break;
            case ("Scan", null): EmitScan(entry.Field); break;
            case ("Write", _): EmitSubset(entry.Field, entry.Nested, typeof(ObjectWriter), nameof(ObjectWriter.WriteFields)); break;
            case ("Read", _): EmitReadSubset(entry.Field, entry.Nested); break;
            default: EmitSubset(entry.Field, entry.Nested!, typeof(GraphVisitor), nameof(GraphVisitor.VisitFields)); break;
        }
    }

    private void EmitWrite(FieldInfo field)
    {
        var type = field.FieldType;
        if (PrimitiveName(type) is { } primitive)
        {
            il.Emit(OpCodes.Ldarg_1);
            LoadField(field);
            il.Emit(OpCodes.Call, typeof(ObjectWriter).GetMethod("Write" + primitive, Any)!);
        }
        else if (type.IsValueType)
        {
            LoadConstant(FormatterRegistry.For(type));
            il.Emit(OpCodes.Ldarg_1);
            LoadField(field);
            il.Emit(OpCodes.Callvirt, typeof(Formatter<>).MakeGenericType(type).GetMethod("Write", Any)!);
        }
        else
        {
            il.Emit(OpCodes.Ldarg_1);
            LoadField(field);
            LoadConstant(FormatterRegistry.For(type));
            il.Emit(OpCodes.Call, typeof(ObjectWriter).GetMethod(nameof(ObjectWriter.WriteReference), Any)!);
        }
    }

    private void EmitRead(FieldInfo field)
    {
        var type = field.FieldType;
        loadTarget();
        if (PrimitiveName(type) is { } primitive)
        {
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Call, typeof(ObjectReader).GetMethod("Read" + primitive, Any)!);
        }
        else if (type.IsValueType)
        {
            LoadConstant(FormatterRegistry.For(type));
            il.Emit(OpCodes.Ldarg_1);
            il.Emit(OpCodes.Callvirt, typeof(Formatter<>).MakeGenericType(type).GetMethod("Read", Any)!);
        }
        else
        {
            il.Emit(OpCodes.Ldarg_1);
            LoadConstant(FormatterRegistry.For(type));
            il.Emit(OpCodes.Call, typeof(ObjectReader).GetMethod(nameof(ObjectReader.ReadReference), Any)!);
        }

        il.Emit(OpCodes.Stfld, field);
    }

    private void EmitScan(FieldInfo field)
    {
        var type = field.FieldType;
        if (!GraphVisitor.CanHold(type))
            return;
        if (type.IsValueType)
        {
            LoadConstant(FormatterRegistry.For(type));
            il.Emit(OpCodes.Ldarg_1);
            LoadField(field);
            il.Emit(OpCodes.Callvirt, typeof(Formatter<>).MakeGenericType(type).GetMethod("Scan", Any)!);
        }
        else
        {
            il.Emit(OpCodes.Ldarg_1);
            LoadField(field);
            il.Emit(OpCodes.Call, typeof(GraphVisitor).GetMethod(nameof(GraphVisitor.VisitReference), Any)!);
        }
    }

    private void EmitReadSubset(FieldInfo field, FieldSubset nested)
    {
        loadTarget();
        il.Emit(OpCodes.Ldarg_1);
        LoadConstant(nested);
        il.Emit(OpCodes.Call, typeof(ObjectReader).GetMethod(nameof(ObjectReader.ReadFields), Any)!);
        il.Emit(OpCodes.Stfld, field);
    }

    private void EmitSubset(FieldInfo field, FieldSubset nested, Type context, string method)
    {
        il.Emit(OpCodes.Ldarg_1);
        LoadField(field);
        LoadConstant(nested);
        il.Emit(OpCodes.Call, context.GetMethod(method, Any)!);
    }

    private void LoadField(FieldInfo field)
    {
        loadTarget();
        il.Emit(OpCodes.Ldfld, field);
    }

    private void LoadConstant(object constant)
    {
        il.Emit(OpCodes.Ldarg_0);
        il.Emit(OpCodes.Ldc_I4, _constants.Count);
        il.Emit(OpCodes.Ldelem_Ref);
        _constants.Add(constant);
    }

    /// <summary>The pair of methods that writes and reads a type without a formatter; enums travel as their numbers.</summary>
    private static string? PrimitiveName(Type type)
    {
        if (FormatterRegistry.IsRegistered(type))
            return null;
        return Type.GetTypeCode(type) switch
        {
            TypeCode.Boolean => "Boolean",
            TypeCode.Char => "Char",
            TypeCode.SByte => "SByte",
            TypeCode.Byte => "Byte",
            TypeCode.Int16 => "Int16",
            TypeCode.UInt16 => "UInt16",
            TypeCode.Int32 => "VarInt32",
            TypeCode.UInt32 => "VarUInt32",
            TypeCode.Int64 => "VarInt64",
            TypeCode.UInt64 => "VarUInt64",
            TypeCode.Single => "Single",
            TypeCode.Double => "Double",
            TypeCode.String => "String",
            _ => null,
        };
    }
}
