using Braid.Lambdas;
using Braid.Serialization.Compiling;

namespace Braid.Serialization.Graphs;

/// <summary>
/// One walk through a live graph, along the very fields that the writer would send, without sending. It collects the instances of one
/// class and throws as the writer would when something cannot travel. It keeps a list instead of recursing, so depth does not matter.
/// </summary>
internal sealed class GraphVisitor(Type sought)
{
    private readonly Queue<DeferredBody> _open = new();
    private IdentityTable _seen = new();
    private PartialObjects _partials;
    private Type? _lastType;
    private Formatter? _lastFormatter;

    /// <summary>The instances found, each once, in the order of meeting.</summary>
    public List<object> Found { get; } = [];

    /// <summary>False when no value of that static type can lead to another object or refuse to travel: such fields are not even loaded.</summary>
    public static bool CanHold(Type type) => (!type.IsValueType && !type.IsSealed) || !FormatterRegistry.For(type).IsLeaf;

    /// <summary>Visits a value of a static type.</summary>
    public void Visit<T>(T value)
    {
        if (!typeof(T).IsValueType)
            VisitReference(value);
        else if (!FormatterOf<T>.Instance.IsLeaf)
            FormatterOf<T>.Instance.Scan(this, value);
    }

    public void VisitReference(object? value)
    {
        if (value is null or string)
            return;
        var formatter = FormatterFor(value.GetType());
        var isSought = sought.IsInstanceOfType(value);
        if (formatter.IsLeaf && !isSought)
            return;
        if (!formatter.Tracked)
        {
            if (isSought)
                Found.Add(value);
            _open.Enqueue(new DeferredBody(value, formatter, null, 0));
            return;
        }

        var index = _seen.GetOrAdd(value, out var seen);
        if (seen)
        {
            if (_partials.Any && GeneratedNames.IsClosure(value.GetType()))
                VisitMissing(value, FieldSubset.Whole(value.GetType()), index, isNew: false);
            return;
        }

        if (isSought)
            Found.Add(value);
        _open.Enqueue(new DeferredBody(value, formatter, null, 0));
    }

    /// <summary>Visits the chosen fields of a closure.</summary>
    public void VisitFields(object? target, FieldSubset subset)
    {
        if (target is null)
            return;
        var index = _seen.GetOrAdd(target, out var seen);
        VisitMissing(target, subset, index, isNew: !seen);
    }

    /// <summary>Follows everything that was visited, to the end.</summary>
    /// <exception cref="SerializationException">Something cannot travel; it has no path yet.</exception>
    public void Run()
    {
        while (_open.TryDequeue(out var body))
        {
            if (body.Formatter is { } formatter)
                formatter.ScanObject(this, body.Instance);
            else
                body.Subset!.ScanFields(this, body.Instance, body.Fields);
        }
    }

    private void VisitMissing(object target, FieldSubset subset, int index, bool isNew)
    {
        var missing = _partials.Claim(index, subset, isNew);
        if (missing != 0)
            _open.Enqueue(new DeferredBody(target, null, subset, missing));
    }

    private Formatter FormatterFor(Type type)
    {
        if (ReferenceEquals(type, _lastType))
            return _lastFormatter!;
        _lastType = type;
        return _lastFormatter = FormatterRegistry.For(type);
    }
}
