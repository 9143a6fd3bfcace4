using System.Runtime.CompilerServices;
using Braid.Lambdas;
using Braid.Serialization.Compiling;
using Braid.Serialization.Formatters;
using Braid.Serialization.Graphs;
using Braid.Serialization.Types;

namespace Braid.Serialization;

/// <summary>The mirror of the writer's references: it counts the same objects, types, shapes and depths, so that little needs to be said.</summary>
public sealed partial class ObjectReader
{
    /// <summary>Null until something is nested that deep.</summary>
    private Queue<DeferredBody>? _deferred;
    private readonly List<Action> _completions = [];
    private object?[] _objects = new object?[8];
    private int _objectCount;
    private TypeList _types;
    private BitSet _shapes = new();
    private PartialObjects _partials;
    private int _depth;
    private int _wholes;

    // Every element and field takes a byte of its own at least, so all that is ever announced cannot exceed the payload's length. Checked
    // before memory is allocated for it, this bounds what nested or deferred announcements can ask for together.
    private long _announced;
    private Type? _lastType;
    private Formatter? _lastFormatter;

    /// <summary>Reads what <see cref="ObjectWriter.Write{T}"/> wrote with the same type argument.</summary>
    /// <exception cref="SerializationException">The bytes are truncated, damaged, or of another type or build.</exception>
    public T Read<T>() => _depth == 0 ? ReadRoot<T>() : ReadValue<T>();

    /// <summary>Reads what <see cref="ObjectWriter.WriteFields"/> wrote.</summary>
    internal object? ReadFields(FieldSubset subset)
    {
        if (_depth != 0)
            return ReadSubset(subset);
        try
        {
            _depth = 1;
            var target = ReadSubset(subset);
            Finish();
            return target;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Refused(e);
        }
        finally
        {
            _depth = 0;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal T ReadValue<T>()
    {
        if (typeof(T).IsValueType)
            return FormatterOf<T>.Instance.Read(this);
        var value = ReadReference(FormatterOf<T>.Instance);
        return Unsafe.As<object?, T>(ref value);
    }

    /// <summary>Reads a reference; what it returns is null or of the declared type.</summary>
    internal object? ReadReference(Formatter declared)
    {
        if (ReferenceEquals(declared, StringFormatter.Instance))
            return ReadString();
        var tag = ReadVarUInt64();
        switch (tag)
        {
            case ReferenceTags.Null:
                return null;
            case ReferenceTags.SameType:
                return ReadNew(declared);
            case ReferenceTags.OtherType:
                var type = ReadType();
                // A family is named by its base class, which may be above the declared one; then the instance decides.
                if (!declared.ExactType.IsAssignableFrom(type) && !type.IsAssignableFrom(declared.Type))
                    throw Malformed($"a {TypeNames.Of(type)} stands where a {TypeNames.Of(declared.ExactType)} was expected");
                return Checked(ReadNew(FormatterFor(type)), declared);
            default:
                var seen = Checked(ReadSeen(tag - ReferenceTags.FirstSeen), declared);
                if (_partials.Any && GeneratedNames.IsClosure(seen.GetType()))
                    ReadMissing(seen, FieldSubset.Whole(seen.GetType()), (int)(tag - ReferenceTags.FirstSeen), isNew: false);
                return seen;
        }
    }

    internal Type ReadType() => TypeIdentity.Read(this, ref _types);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    internal void BeginShape(Shape shape)
    {
        if (_shapes.Add(shape.Id))
            CheckShape(shape);
    }

    /// <summary>
    /// Runs when everything has been read: a collection that hashes or compares its keys must wait until these are whole.
    /// Inside a value that needs its parts at once, so does this.
    /// </summary>
    internal void WhenComplete(Action action)
    {
        if (_wholes != 0)
            action();
        else
            _completions.Add(action);
    }

    /// <summary>Counts elements or fields, of at least so many bytes each, before anything is allocated for them.</summary>
    internal void Announce(ulong count, int leastBytes)
    {
        if (count > (ulong)(Remaining / leastBytes))
            throw TooLong(count);
        _announced += (long)count * leastBytes;
        if (_announced > _end - _start)
            throw TooLong((ulong)_announced);
    }

    internal void AddObject(object? instance)
    {
        if (_objectCount == _objects.Length)
            Array.Resize(ref _objects, 2 * _objectCount);
        _objects[_objectCount++] = instance;
    }

    private T ReadRoot<T>()
    {
        try
        {
            _depth = 1;
            var value = ReadValue<T>();
            Finish();
            return value;
        }
        catch (Exception e) when (IsRefusal(e))
        {
            throw Refused(e);
        }
        finally
        {
            _depth = 0;
        }
    }

    private object Checked(object value, Formatter declared) =>
        declared.ExactType.IsInstanceOfType(value)
            ? value
            : throw Malformed($"a {TypeNames.Of(value.GetType())} stands where a {TypeNames.Of(declared.ExactType)} was expected");

    private object ReadNew(Formatter formatter)
    {
        if (formatter.IsCreatedFirst)
            return ReadInstance(formatter);

        var index = _objectCount;
        var tracked = formatter.IsTracked;
        if (tracked)
            AddObject(null);
        _wholes += formatter.WholesAdded;
        _depth = Depth.Enter(_depth);
        var value = formatter.ReadWhole(this);
        _depth--;
        _wholes -= formatter.WholesAdded;
        if (tracked)
            _objects[index] = value;
        return value;
    }

    private object ReadInstance(Formatter formatter)
    {
        var index = _objectCount;
        AddObject(null);
        var instance = formatter.Create(this);
        _objects[index] = instance;
        if (_depth >= Depth.DeferFrom && _wholes == 0)
        {
            (_deferred ??= new()).Enqueue(new DeferredBody(instance, formatter, null, 0));
            return instance;
        }

        _depth = Depth.Enter(_depth);
        formatter.Fill(this, instance);
        _depth--;
        return instance;
    }

    private object? ReadSubset(FieldSubset subset)
    {
        var tag = ReadVarUInt64();
        if (tag == ReferenceTags.Null)
            return null;

        object target;
        int index;
        if (tag == ReferenceTags.SameType)
        {
            target = subset.CreateInstance();
            index = _objectCount;
            AddObject(target);
        }
        else if (tag >= ReferenceTags.FirstSeen)
        {
            target = ReadSeen(tag - ReferenceTags.FirstSeen);
            index = (int)(tag - ReferenceTags.FirstSeen);
            if (target.GetType() != subset.Type)
                throw Malformed($"a reference to a {TypeNames.Of(target.GetType())} stands where the closure {TypeNames.Of(subset.Type)} was expected");
        }
        else
        {
            throw Malformed("a closure has an unknown header");
        }

        ReadMissing(target, subset, index, isNew: tag == ReferenceTags.SameType);
        return target;
    }

    private void ReadMissing(object target, FieldSubset subset, int index, bool isNew)
    {
        var missing = _partials.Claim(index, subset, isNew);
        if (_depth >= Depth.DeferFrom && _wholes == 0)
        {
            (_deferred ??= new()).Enqueue(new DeferredBody(target, null, subset, missing));
            return;
        }

        _depth = Depth.Enter(_depth);
        subset.ReadFields(this, target, missing);
        _depth--;
    }

    private void Finish()
    {
        while (_deferred is not null && _deferred.TryDequeue(out var body))
        {
            if (body.Formatter is { } formatter)
                formatter.Fill(this, body.Instance);
            else
                body.Subset!.ReadFields(this, body.Instance, body.Fields);
        }

        for (var i = 0; i < _completions.Count; i++)
            _completions[i]();
        _completions.Clear();
    }

    private object ReadSeen(ulong index)
    {
        if (index >= (ulong)_objectCount)
            throw Malformed($"object {index} is referred to, but only {_objectCount} have been read");
        return _objects[index] ?? throw Malformed($"object {index} is referred to from within itself");
    }

    private void CheckShape(Shape shape)
    {
        var fingerprint = ReadUInt32();
        if (fingerprint != shape.Fingerprint)
            throw Malformed($"{TypeNames.Of(shape.Type)} was written with other fields (fingerprint {fingerprint:x8}) than it has here ({shape.Fingerprint:x8})");
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

    // That a file cannot be opened (descriptors run out, say) is no fault of the bytes. An end of a stream that comes too early is.
    private static bool IsRefusal(Exception e) =>
        e is not BraidException and not OutOfMemoryException and (not IOException or EndOfStreamException);

    // Constructors of framework types, comparers and hash codes check what they get in their own ways.
    private SerializationException Refused(Exception e) =>
        new($"At offset {Offset}: a value was refused while it was built ({e.GetType().Name}: {e.Message}). The payload is damaged, or was written by another build.", e);

    private void ResetReferences()
    {
        Array.Clear(_objects, 0, _objectCount);
        if (_objects.Length > 64 * 1024)
            _objects = new object?[8];
        _objectCount = 0;
        _types.Clear();
        _shapes.Clear();
        _partials.Clear();
        _deferred?.Clear();
        _completions.Clear();
        _announced = 0;
        _depth = 0;
        _wholes = 0;
    }
}
