using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Braid.Serialization.Graphs;

namespace Braid.Serialization;

/// <summary>What the serializer knows of a formatter without its type. Derive from <see cref="Formatter{T}"/>.</summary>
public abstract class Formatter
{
    // The answers of the virtual properties, asked for each reference: so they are kept in fields.
    internal readonly Type ExactType;
    internal readonly bool IsTracked;
    internal readonly bool IsCreatedFirst;
    internal readonly int WholesAdded;

    private protected Formatter()
    {
        // None of the overrides depends on more than its type and what a primary constructor has captured already.
        ExactType = Type;
        IsTracked = Tracked;
        IsCreatedFirst = CreatesFirst;
        WholesAdded = NeedsParts ? 1 : 0;
    }

    /// <summary>The type whose values it writes, exactly.</summary>
    internal abstract Type Type { get; }

    /// <summary>The type that a payload names for these values: the public base for families such as <see cref="System.Type"/>.</summary>
    internal virtual Type WireType => Type;

    /// <summary>Whether one instance, met twice, is written once and shared again on reading.</summary>
    internal virtual bool Tracked => !Type.IsValueType;

    /// <summary>Whether an instance can exist before its body is read, so that cycles and deep chains work.</summary>
    internal virtual bool CreatesFirst => false;

    /// <summary>Whether reading uses the parts of the value (hashes them, say), so that they must be complete.</summary>
    internal virtual bool NeedsParts => true;

    /// <summary>Whether values hold no reference to anything but themselves: nothing to find, nothing that could refuse to travel.</summary>
    internal virtual bool IsLeaf => false;

    /// <summary>Writes what <see cref="Create"/> needs.</summary>
    internal virtual void WriteHead(ObjectWriter writer, object value)
    {
    }

    /// <summary>Writes what <see cref="Fill"/> reads; the whole content of a type that does not create first.</summary>
    internal abstract void WriteBody(ObjectWriter writer, object value);

    internal virtual object Create(ObjectReader reader) => throw new InvalidOperationException();

    internal virtual void Fill(ObjectReader reader, object instance) => throw new InvalidOperationException();

    /// <summary>Reads a value of a type that does not create first.</summary>
    internal abstract object ReadWhole(ObjectReader reader);

    /// <summary>Shows the parts of a value to a visitor.</summary>
    internal abstract void ScanObject(GraphVisitor visitor, object value);
}

/// <summary>
/// Writes and reads the content of values whose type is exactly <typeparamref name="T"/>. References, null, sharing and polymorphism
/// are the serializer's part: <see cref="Write"/> gets a value that is not null and met for the first time.
/// </summary>
/// <remarks>
/// <see cref="Read"/> must read exactly what <see cref="Write"/> wrote. Both may be called on many threads at once. A value of such a type
/// cannot be part of a cycle that leads back to itself, since it exists only when <see cref="Read"/> returns.
/// </remarks>
public abstract class Formatter<T> : Formatter
{
    internal sealed override Type Type => typeof(T);

    /// <summary>Writes the content of <paramref name="value"/>: one byte at least where <typeparamref name="T"/> is a struct.</summary>
    public abstract void Write(ObjectWriter writer, T value);

    /// <summary>Reads what <see cref="Write"/> wrote. Bytes may be hostile: check what you read before you rely on it.</summary>
    public abstract T Read(ObjectReader reader);

    /// <summary>Shows the parts of <paramref name="value"/> to a visitor; a formatter from outside is opaque.</summary>
    internal virtual void Scan(GraphVisitor visitor, T value)
    {
    }

    internal override void WriteBody(ObjectWriter writer, object value) => Write(writer, Unwrap(value));

    internal override object ReadWhole(ObjectReader reader) =>
        Read(reader) ?? throw new SerializationException($"The formatter {GetType()} returned null for a {typeof(T)}.");

    internal sealed override void ScanObject(GraphVisitor visitor, object value) => Scan(visitor, Unwrap(value));

    /// <summary>The caller has compared the exact type already.</summary>
    [SuppressMessage("Performance", "CA1822", Justification = "Depends on T.")]
    private protected static T Unwrap(object value) => typeof(T).IsValueType ? (T)value : Unsafe.As<object, T>(ref value);
}

/// <summary>A formatter of a class whose instance exists before its parts are read.</summary>
internal abstract class InstanceFormatter<T> : Formatter<T> where T : class
{
    internal sealed override bool CreatesFirst => true;

    internal sealed override bool NeedsParts => false;

    protected abstract void WriteHead(ObjectWriter writer, T value);

    protected abstract void WriteBody(ObjectWriter writer, T value);

    protected abstract T CreateInstance(ObjectReader reader);

    protected abstract void Fill(ObjectReader reader, T instance);

    internal sealed override void WriteHead(ObjectWriter writer, object value) => WriteHead(writer, Unsafe.As<T>(value));

    internal sealed override void WriteBody(ObjectWriter writer, object value) => WriteBody(writer, Unsafe.As<T>(value));

    internal sealed override object Create(ObjectReader reader) => CreateInstance(reader);

    internal sealed override void Fill(ObjectReader reader, object instance) => Fill(reader, Unsafe.As<T>(instance));

    public sealed override void Write(ObjectWriter writer, T value)
    {
        WriteHead(writer, value);
        WriteBody(writer, value);
    }

    public sealed override T Read(ObjectReader reader)
    {
        var instance = CreateInstance(reader);
        Fill(reader, instance);
        return instance;
    }
}
