using System.Runtime.CompilerServices;
using Braid.Lambdas;
using Braid.Serialization.Compiling;
using Braid.Serialization.Formatters;
using Braid.Serialization.Graphs;
using Braid.Serialization.Types;

namespace Braid.Serialization;

/// <summary>The part that keeps identity: which objects, types and shapes this payload has named already, and bodies that wait for their turn.</summary>
public sealed partial class ObjectWriter
{
    /// <summary>Null until something is nested that deep.</summary>
    private Queue<DeferredBody>? _deferred;
    private readonly List<int> _open = [];
    private IdentityTable _objects = new();
    private IdentityTable _types = new();
    private BitSet _shapes = new();
    private PartialObjects _partials;
    private int _depth;
    private int _wholes;

    // The last formatter looked up: elements of a collection are mostly of one type.
    private Type? _lastType;
    private Formatter? _lastFormatter;

    /// <summary>Writes a value as the type <typeparamref name="T"/>: null, sharing, cycles and derived types are taken care of.</summary>
    /// <exception cref="SerializationException">Something in it cannot travel.</exception>
    public void Write<T>(T value)
    {
        if (_depth == 0)
            WriteRoot(value);
        else
            WriteValue(value);
    }

    /// <summary>Writes the chosen fields of a closure. One that was met before gets only the fields that it still lacks.</summary>
    internal void WriteFields(object? target, FieldSubset subset)
    {
        if (_depth != 0)
        {
            WriteSubset(target, subset);
            return;
        }

        try
        {
            _depth = 1;
            WriteSubset(target, subset);
            WriteDeferred();
        }
        catch (SerializationException e) when (e.WantsPath)
        {
            throw PathFinder.Locate(e, target, "closure", subset);
        }
        finally
        {
            _depth = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void WriteValue<T>(T value)
    {
        if (typeof(T).IsValueType)
            FormatterOf<T>.Instance.Write(this, value);
        else
            WriteReference(value, FormatterOf<T>.Instance);
    }

    /// <summary>Writes a reference whose static type is the one of <paramref name="declared"/>.</summary>
    internal void WriteReference(object? value, Formatter declared)
    {
        if (value is null)
        {
            WriteByte(ReferenceTags.Null);
            return;
        }

        if (ReferenceEquals(declared, StringFormatter.Instance))
        {
            WriteString(Unsafe.As<string>(value));
            return;
        }

        var type = value.GetType();
        var exact = type == declared.ExactType;
        var formatter = exact ? declared : FormatterFor(type);
        var tracked = formatter.IsTracked;
        if (tracked && WriteIfSeen(value))
            return;

        if (exact)
        {
            WriteByte(ReferenceTags.SameType);
        }
        else
        {
            WriteByte(ReferenceTags.OtherType);
            WriteType(formatter.WireType);
        }

        if (formatter.IsCreatedFirst)
            WriteInstance(value, formatter);
        else
            WriteWhole(value, formatter, tracked);
    }

    internal void WriteType(Type type) => TypeIdentity.Write(this, type, ref _types);

    /// <summary>On the first use of a shape in this payload, its fingerprint goes before the fields, so that another build is noticed.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void BeginShape(Shape shape)
    {
        if (_shapes.Add(shape.Id))
            WriteUInt32(shape.Fingerprint);
    }

    private void WriteRoot<T>(T value)
    {
        try
        {
            _depth = 1;
            WriteValue(value);
            WriteDeferred();
        }
        catch (SerializationException e) when (e.WantsPath)
        {
            throw PathFinder.Locate(e, value, "value");
        }
        finally
        {
            _depth = 0;
        }
    }

    private void WriteInstance(object value, Formatter formatter)
    {
        formatter.WriteHead(this, value);
        if (_depth >= Depth.DeferFrom && _wholes == 0)
        {
            (_deferred ??= new()).Enqueue(new DeferredBody(value, formatter, null, 0));
            return;
        }

        _depth = Depth.Enter(_depth);
        formatter.WriteBody(this, value);
        _depth--;
    }

    private void WriteWhole(object value, Formatter formatter, bool tracked)
    {
        if (tracked)
            _open.Add(_objects.Count - 1);
        _wholes += formatter.WholesAdded;
        _depth = Depth.Enter(_depth);
        formatter.WriteBody(this, value);
        _depth--;
        _wholes -= formatter.WholesAdded;
        if (tracked)
            _open.RemoveAt(_open.Count - 1);
    }

    private void WriteSubset(object? target, FieldSubset subset)
    {
        if (target is null)
        {
            WriteByte(ReferenceTags.Null);
            return;
        }

        if (target.GetType() != subset.Type)
            throw new SerializationException($"A closure is a {TypeNames.Of(target.GetType())} where {TypeNames.Of(subset.Type)} was expected.");
        var index = _objects.GetOrAdd(target, out var seen);
        WriteVarUInt64(seen ? ReferenceTags.Seen(index) : ReferenceTags.SameType);
        WriteMissing(target, subset, index, isNew: !seen);
    }

    private void WriteMissing(object target, FieldSubset subset, int index, bool isNew)
    {
        var missing = _partials.Claim(index, subset, isNew);
        if (_depth >= Depth.DeferFrom && _wholes == 0)
        {
            (_deferred ??= new()).Enqueue(new DeferredBody(target, null, subset, missing));
            return;
        }

        _depth = Depth.Enter(_depth);
        subset.WriteFields(this, target, missing);
        _depth--;
    }

    private void WriteDeferred()
    {
        while (_deferred is not null && _deferred.TryDequeue(out var body))
        {
            if (body.Formatter is { } formatter)
                formatter.WriteBody(this, body.Instance);
            else
                body.Subset!.WriteFields(this, body.Instance, body.Fields);
        }
    }

    private bool WriteIfSeen(object value)
    {
        var index = _objects.GetOrAdd(value, out var seen);
        if (!seen)
            return false;
        if (_open.Count != 0 && _open.Contains(index))
            throw new SerializationException(value, value.GetType(), "it contains itself, and it can only be built when all its parts are there. Break the cycle with a class or a List<T>.");
        WriteVarUInt64(ReferenceTags.Seen(index));
        // A lambda may have sent a part of it only.
        if (_partials.Any && GeneratedNames.IsClosure(value.GetType()))
            WriteMissing(value, FieldSubset.Whole(value.GetType()), index, isNew: false);
        return true;
    }

    private bool WriteIfSeen(string value, byte tag)
    {
        var index = _objects.GetOrAdd(value, out var seen);
        if (!seen)
            return false;
        WriteByte(tag);
        WriteVarUInt64((ulong)index);
        return true;
    }

    private Formatter FormatterFor(Type type)
    {
        if (ReferenceEquals(type, _lastType))
            return _lastFormatter!;
        var formatter = FormatterRegistry.For(type);
        _lastType = type;
        _lastFormatter = formatter;
        return formatter;
    }

    private void ResetReferences()
    {
        _objects.Clear();
        _types.Clear();
        _shapes.Clear();
        _partials.Clear();
        _deferred?.Clear();
        _open.Clear();
        _depth = 0;
        _wholes = 0;
    }
}
