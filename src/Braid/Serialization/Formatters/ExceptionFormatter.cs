using System.Collections;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using Braid.Serialization.Compiling;
using Braid.Serialization.Graphs;

namespace Braid.Serialization.Formatters;

/// <summary>
/// An exception as itself: message, inner exception, data, help link, source, HResult, the stack trace as text, and the fields that its classes
/// add to <see cref="Exception"/>. Its constructors do not run.
/// </summary>
internal sealed class ExceptionFormatter<T> : InstanceFormatter<T> where T : Exception
{
    private Shape? _shape;
    private FieldWriter<T>? _write;
    private FieldReader<T>? _read;
    private FieldScanner<T>? _scan;

    private Shape Shape => _shape ??= Interlocked.CompareExchange(ref _shape, Shape.Of(typeof(T), above: typeof(Exception)), null) ?? _shape;

    protected override void WriteHead(ObjectWriter writer, T value)
    {
    }

    protected override void WriteBody(ObjectWriter writer, T value)
    {
        writer.WriteString(ExceptionFields.Message(value));
        writer.WriteString(value.StackTrace);
        writer.WriteString(ExceptionFields.HelpLink(value));
        writer.WriteString(value.Source);
        writer.WriteInt32(value.HResult);
        writer.WriteReference(value.InnerException, FormatterOf<Exception>.Instance);
        WriteData(writer, value);
        writer.BeginShape(Shape);
        (_write ??= FieldCompiler.Writer<T>(Shape.Fields))(writer, ref value);
    }

    protected override T CreateInstance(ObjectReader reader)
    {
        reader.Announce((ulong)Shape.Fields.Length + 8, leastBytes: 1);
        return Unsafe.As<T>(RuntimeHelpers.GetUninitializedObject(typeof(T)));
    }

    protected override void Fill(ObjectReader reader, T instance)
    {
        ExceptionFields.Message(instance) = reader.ReadString();
        var stackTrace = reader.ReadString();
        ExceptionFields.HelpLink(instance) = reader.ReadString();
        ExceptionFields.Source(instance) = reader.ReadString();
        instance.HResult = reader.ReadInt32();
        ExceptionFields.InnerException(instance) = (Exception?)reader.ReadReference(FormatterOf<Exception>.Instance);
        ReadData(reader, instance);
        reader.BeginShape(Shape);
        (_read ??= FieldCompiler.Reader<T>(Shape.Fields))(reader, ref instance);
        if (stackTrace is not null)
            ExceptionDispatchInfo.SetRemoteStackTrace(instance, stackTrace);
    }

    internal override void Scan(GraphVisitor visitor, T value)
    {
        visitor.VisitReference(value.InnerException);
        if (ExceptionFields.Data(value) is { } data)
        {
            foreach (DictionaryEntry entry in data)
            {
                visitor.VisitReference(entry.Key);
                visitor.VisitReference(entry.Value);
            }
        }

        (_scan ??= FieldCompiler.Scanner<T>(Shape.Fields))(visitor, ref value);
    }

    private static void WriteData(ObjectWriter writer, T value)
    {
        if (ExceptionFields.Data(value) is not { } data)
        {
            writer.WriteVarUInt64(0);
            return;
        }

        writer.WriteVarUInt64((ulong)data.Count);
        foreach (DictionaryEntry entry in data)
        {
            writer.WriteReference(entry.Key, FormatterOf<object>.Instance);
            writer.WriteReference(entry.Value, FormatterOf<object>.Instance);
        }
    }

    private static void ReadData(ObjectReader reader, T instance)
    {
        var count = reader.ReadCount(2);
        if (count == 0)
            return;
        var data = ExceptionFields.Data(instance) = new BraidException().Data;
        for (var i = 0; i < count; i++)
        {
            var key = reader.ReadReference(FormatterOf<object>.Instance) ?? throw reader.Malformed("exception data without a key");
            data[key] = reader.ReadReference(FormatterOf<object>.Instance);
        }
    }
}

/// <summary>
/// The parts of an exception as they are stored: a class may override the properties, whose code is not for the serializer to run and may
/// want fields that have not been read yet.
/// </summary>
internal static class ExceptionFields
{
    /// <summary>Null while nothing was put there.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_data")]
    public static extern ref IDictionary? Data(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_helpURL")]
    public static extern ref string? HelpLink(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_source")]
    public static extern ref string? Source(Exception exception);

    /// <summary>Null where the type's own default message applies.</summary>
    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_message")]
    public static extern ref string? Message(Exception exception);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_innerException")]
    public static extern ref Exception? InnerException(Exception exception);
}
