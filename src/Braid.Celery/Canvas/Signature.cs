using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>
/// A call of a task that can be passed around: the task's name, arguments and options. Arguments that arrive from a previous task stand
/// before its own; an immutable signature takes none. The methods that change it return the changed one and leave this one as it is.
/// </summary>
public class Signature
{
    private protected readonly Dictionary<string, object?> _options;

    internal Signature(string task, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> kwargs,
        Dictionary<string, object?>? options = null, bool immutable = false, CeleryApp? app = null)
    {
        Task = task;
        Args = args;
        Kwargs = kwargs;
        Immutable = immutable;
        App = app;
        _options = options ?? new(StringComparer.Ordinal);
    }

    /// <summary>The task's name.</summary>
    public string Task { get; }

    /// <summary>The positional arguments so far.</summary>
    public IReadOnlyList<object?> Args { get; }

    /// <summary>The keyword arguments so far.</summary>
    public IReadOnlyDictionary<string, object?> Kwargs { get; }

    /// <summary>Whether results of previous tasks are not added to the arguments.</summary>
    public bool Immutable { get; }

    /// <summary>What the wire calls <c>subtask_type</c>: null for a plain task, else "chain", "group", "chord", "xmap", "xstarmap" or "chunks".</summary>
    public virtual string? SubtaskType { get; internal init; }

    /// <summary>The app that sends it; null when it was read from a message and not yet bound.</summary>
    internal CeleryApp? App { get; set; }

    /// <summary>The options by their names on the wire. Owned by this signature; never changed after it was handed out.</summary>
    internal Dictionary<string, object?> Options => _options;

    internal string? TaskId => _options.Text("task_id");

    /// <summary>A copy with these options set over the present ones.</summary>
    public Signature Set(SendOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var copy = Clone();
        options.CopyTo(copy._options);
        return copy;
    }

    /// <summary>A copy that also calls <paramref name="callback"/> with its result when it succeeds.</summary>
    public virtual Signature Link(Signature callback) => WithAppended("link", callback);

    /// <summary>A copy that also calls <paramref name="errback"/> when it fails.</summary>
    public virtual Signature LinkError(Signature errback) => WithAppended("link_error", errback);

    /// <summary>
    /// A copy with stamps: headers of a name and a value (or values) that workers see and by which tasks can be revoked.
    /// </summary>
    public virtual Signature Stamp(IReadOnlyDictionary<string, object?> stamps)
    {
        ArgumentNullException.ThrowIfNull(stamps);
        var copy = Clone();
        ApplyStamps(copy._options, stamps);
        return copy;
    }

    private protected static void ApplyStamps(Dictionary<string, object?> options, IReadOnlyDictionary<string, object?> stamps)
    {
        var names = options.List("stamped_headers") is { } present ? new List<object?>(present) : [];
        foreach (var (name, value) in stamps)
        {
            options[name] = value;
            if (!names.Contains(name)) names.Add(name);
        }
        options["stamped_headers"] = names;
        foreach (var key in (ReadOnlySpan<string>)["link", "link_error"])
        {
            if (options.GetValueOrDefault(key) is not List<object?> linked) continue;
            options[key] = linked.ConvertAll(object? (item) => item is Dictionary<string, object?> map ? FromWire(map).Stamp(stamps).ToWire() : item);
        }
    }

    /// <summary>This step, then <paramref name="next"/> with its result.</summary>
    public static Signature operator |(Signature first, Signature next) => Canvas.Chain(first, next);

    private protected Signature WithAppended(string key, Signature callback)
    {
        ArgumentNullException.ThrowIfNull(callback);
        var copy = Clone();
        Append(copy._options, key, callback.ToWire());
        return copy;
    }

    internal static void Append(Dictionary<string, object?> options, string key, object? value)
    {
        var list = options.GetValueOrDefault(key) switch
        {
            List<object?> present => new List<object?>(present),
            null => [],
            var one => [one],
        };
        list.Add(value);
        options[key] = list;
    }

    /// <summary>A deep enough copy: its options can be changed.</summary>
    internal virtual Signature Clone() => new(Task, Args, Kwargs, PlainValue.CloneMap(_options), Immutable, App) { SubtaskType = SubtaskType };

    /// <summary>A copy with arguments put before its own and keyword arguments over its own.</summary>
    internal virtual Signature Partial(IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?>? kwargs = null)
    {
        if (Immutable || args.Count == 0 && kwargs is not { Count: > 0 }) return Clone();
        return new(Task, [.. args, .. Args], Merge(Kwargs, kwargs), PlainValue.CloneMap(_options), Immutable, App) { SubtaskType = SubtaskType };
    }

    private protected static IReadOnlyDictionary<string, object?> Merge(IReadOnlyDictionary<string, object?> own, IReadOnlyDictionary<string, object?>? more)
    {
        if (more is not { Count: > 0 }) return own;
        var merged = new Dictionary<string, object?>(own, StringComparer.Ordinal);
        foreach (var (key, value) in more) merged[key] = value;
        return merged;
    }

    /// <summary>Sends it. Inside a task the new task becomes a child of the running one.</summary>
    public Task<AsyncResult> ApplyAsync(params object?[] args) => SendAsync(args, null, default);

    /// <summary>Sends it with options set over its own.</summary>
    public Task<AsyncResult> ApplyAsync(SendOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        var map = new Dictionary<string, object?>(StringComparer.Ordinal);
        options.CopyTo(map);
        return SendAsync([], map, cancellationToken);
    }

    internal Task<AsyncResult> SendAsync(IReadOnlyList<object?> args, Dictionary<string, object?>? options, CancellationToken cancellationToken)
    {
        var app = FindApp() ?? throw new InvalidOperationException(
            $"The signature of '{Task}' belongs to no app: make it by a task's S(…) or by CeleryApp.Signature(…).");
        return CanvasSender.SendAsync(app, this, args, options, cancellationToken);
    }

    internal virtual CeleryApp? FindApp() => App;

    /// <summary>The number of results that it contributes to a chord of which it is a header element.</summary>
    internal virtual int PartCount => 1;

    internal virtual Dictionary<string, object?> ToWire() => new(StringComparer.Ordinal)
    {
        ["task"] = Task,
        ["args"] = Args as List<object?> ?? [.. Args],
        ["kwargs"] = Kwargs as Dictionary<string, object?> ?? new Dictionary<string, object?>(Kwargs, StringComparer.Ordinal),
        ["options"] = _options,
        ["subtask_type"] = SubtaskType,
        ["immutable"] = Immutable,
    };

    internal static Signature FromWire(Dictionary<string, object?> map, CeleryApp? app = null)
    {
        var task = map.Text("task") ?? throw new PoisonMessageException("A signature has no 'task'.");
        var args = map.List("args") ?? [];
        var kwargs = map.Map("kwargs") ?? new(StringComparer.Ordinal);
        var options = map.Map("options") ?? new(StringComparer.Ordinal);
        var immutable = map.Flag("immutable");
        return map.Text("subtask_type") switch
        {
            "chain" => new ChainSignature(Many(kwargs.GetValueOrDefault("tasks")), options, immutable, app),
            "group" => new GroupSignature(Many(kwargs.GetValueOrDefault("tasks")), options, immutable, app),
            "chord" => new ChordSignature(Header(kwargs), One(kwargs.GetValueOrDefault("body"), "body"), options, immutable, app),
            var type => new Signature(task, args, kwargs, options, immutable, app) { SubtaskType = type },
        };

        List<Signature> Many(object? value) => value is List<object?> list
            ? list.ConvertAll(item => One(item, "tasks"))
            : value is Dictionary<string, object?> one && FromWire(one, app) is GroupSignature group ? [.. group.Tasks] : throw new PoisonMessageException("A canvas has no list of tasks.");

        Signature One(object? value, string name) => value is Dictionary<string, object?> one
            ? FromWire(one, app)
            : throw new PoisonMessageException($"The '{name}' of a canvas is not a signature.");

        GroupSignature Header(Dictionary<string, object?> members) => members.GetValueOrDefault("header") switch
        {
            Dictionary<string, object?> one when FromWire(one, app) is var header => header as GroupSignature ?? new GroupSignature([header], [], false, app),
            List<object?> list => new GroupSignature(Many(list), [], false, app),
            _ => throw new PoisonMessageException("A chord has no header."),
        };
    }

    /// <inheritdoc/>
    public override string ToString() => $"{Task}({string.Join(", ", Args.Select(PythonRepr.Of).Concat(Kwargs.Select(k => $"{k.Key}={PythonRepr.Of(k.Value)}")))})";
}
