using System.Text.Json;
using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery;

/// <summary>
/// The running task's context: what its message says, and what the task can do beside returning. A task gets it as a parameter of this
/// type, or as <see cref="Current"/>.
/// </summary>
public sealed class TaskRequest
{
    private static readonly AsyncLocal<TaskRequest?> Ambient = new();

    private readonly TaskHeaders _headers;
    private readonly Lock _lock = new();

    // Guarded by _lock.
    private List<object?>? _children;

    internal TaskRequest(CeleryApp app, TaskHeaders headers, TaskBody body, Delivery delivery, CancellationToken cancellationToken)
    {
        App = app;
        _headers = headers;
        Body = body;
        Delivery = delivery;
        CancellationToken = cancellationToken;
    }

    /// <summary>The request of the task in which this code runs; null outside of tasks.</summary>
    public static TaskRequest? Current
    {
        get => Ambient.Value;
        internal set => Ambient.Value = value;
    }

    /// <summary>The app that runs the task.</summary>
    public CeleryApp App { get; }

    internal TaskBody Body { get; }
    internal Delivery Delivery { get; }
    internal TaskHeaders Message => _headers;
    internal string? NodeName { get; init; }

    /// <summary>The task's name.</summary>
    public string Name => _headers.Task;

    /// <summary>The task's id; the same in all its retries.</summary>
    public string Id => _headers.Id;

    /// <summary>How often it has been retried: 0 in the first run.</summary>
    public int Retries => _headers.Retries;

    /// <summary>The group or chord that it belongs to.</summary>
    public string? Group => _headers.Group;

    /// <summary>The first task of the whole canvas.</summary>
    public string RootId => _headers.RootId ?? _headers.Id;

    /// <summary>The task that sent this one.</summary>
    public string? ParentId => _headers.ParentId;

    /// <summary>Where it was sent from.</summary>
    public string? Origin => _headers.Origin;

    /// <summary>The time before which it was not to run.</summary>
    public DateTimeOffset? Eta => _headers.Eta;

    /// <summary>The time after which it was not to start.</summary>
    public DateTimeOffset? Expires => _headers.Expires;

    /// <summary>Your own headers.</summary>
    public IReadOnlyDictionary<string, object?> Headers => _headers.Custom ?? Empty;

    /// <summary>The stamps that it carries.</summary>
    public IReadOnlyDictionary<string, object?> Stamps => _headers.Stamps ?? Empty;

    /// <summary>The queue that it came from.</summary>
    public string Queue => Delivery.Queue;

    /// <summary>The exchange that it was sent to; "" is the default exchange.</summary>
    public string Exchange => Delivery.Exchange;

    /// <summary>The routing key that it was sent with.</summary>
    public string RoutingKey => Delivery.RoutingKey;

    /// <summary>Whether another worker had it before.</summary>
    public bool Redelivered => Delivery.Redelivered;

    /// <summary>The priority that it was sent with; null when it was sent without.</summary>
    public byte? Priority => Delivery.Properties.Priority;

    /// <summary>The hard time limit: the message's, else the task's, else the app's; null for none.</summary>
    public TimeSpan? TimeLimit => Span(_headers.HardLimit) ?? App.Find(Name)?.Options.TimeLimit ?? App.Settings.TimeLimit;

    /// <summary>The soft time limit: the message's, else the task's, else the app's; null for none.</summary>
    public TimeSpan? SoftTimeLimit => Span(_headers.SoftLimit) ?? App.Find(Name)?.Options.SoftTimeLimit ?? App.Settings.SoftTimeLimit;

    private static TimeSpan? Span(double? seconds) => seconds is { } s ? TimeSpan.FromSeconds(s) : null;

    /// <summary>
    /// The message's properties by AMQP's names: content_type, content_encoding, delivery_mode, correlation_id, reply_to, priority, expiration
    /// and app_id, each when it was sent.
    /// </summary>
    public IReadOnlyDictionary<string, object?> Properties => Delivery.Properties.ToTable();

    /// <summary>Cancelled by the soft time limit, by termination and by a cold shutdown.</summary>
    public CancellationToken CancellationToken { get; internal set; }

    private static readonly Dictionary<string, object?> Empty = [];

    internal void AddChild(AsyncResult child)
    {
        lock (_lock) (_children ??= []).Add(child.ToTuple());
    }

    /// <summary>Tasks that were sent by this one in another process.</summary>
    internal void AddChildren(List<object?> tuples)
    {
        lock (_lock) (_children ??= []).AddRange(tuples);
    }

    internal List<object?>? Children
    {
        get { lock (_lock) return _children is null ? null : [.. _children]; }
    }

    /// <summary>Stores a state of the task's own, such as "PROGRESS", with anything that JSON can hold.</summary>
    public Task UpdateStateAsync(string state, object? meta = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(state);
        return App.Backend.StoreAsync(new ResultMeta
        {
            TaskId = Id,
            Status = state,
            Result = PlainValue.ToJson(meta, App.Json),
            ParentId = ParentId,
            GroupId = Group,
            Children = Children,
        }, Delivery.Properties.ReplyTo, CancellationToken);
    }

    /// <summary>Stores the state PROGRESS with <c>{"current", "total"}</c>.</summary>
    public Task ReportProgressAsync(long current, long total) =>
        UpdateStateAsync("PROGRESS", new Dictionary<string, object?> { ["current"] = current, ["total"] = total });

    /// <summary>
    /// Sends the task again, to run after a pause, and ends this run by throwing; write <c>throw await request.RetryAsync(…)</c>.
    /// </summary>
    /// <param name="cause">Why. It is the task's failure when no retries are left.</param>
    /// <param name="countdown">The pause. Default: the task's <see cref="CeleryTaskOptions.DefaultRetryDelay"/>.</param>
    /// <param name="maxRetries">Default: the task's.</param>
    /// <param name="send">What the next run is sent with in place of what this one came with: an expiry, a queue, a priority. A time or a countdown in it
    /// is the pause, where <paramref name="countdown"/> is not given. Default: as this one.</param>
    /// <exception cref="TaskException">No retries are left and no cause was given: MaxRetriesExceededError.</exception>
    public async Task<Exception> RetryAsync(Exception? cause = null, TimeSpan? countdown = null, int? maxRetries = null, SendOptions? send = null)
    {
        var options = App.Find(Name)?.Options ?? new();
        if ((maxRetries ?? options.MaxRetries) is { } limit && Retries >= limit)
        {
            if (cause is not null) System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(cause);
            throw new TaskException("MaxRetriesExceededError", "celery.exceptions",
                $"Can't retry {Name}[{Id}] args:{_headers.ArgsRepr ?? "()"} kwargs:{_headers.KwargsRepr ?? "{}"}");
        }
        var delay = countdown ?? send?.Countdown ?? (send?.Eta - App.Time.GetUtcNow()) ?? options.DefaultRetryDelay;
        // Before the message: the next run may be over before a later write of this state would arrive, and must not be overwritten.
        if (!_headers.IgnoreResult && options.IgnoreResult is not true) await StoreRetryAsync(cause);
        await SendAgainAsync(delay, send);
        throw new RetryException(cause, delay);
    }

    private Task StoreRetryAsync(Exception? cause) => App.Backend.StoreAsync(new ResultMeta
    {
        TaskId = Id,
        Status = TaskStates.Retry,
        Result = ExceptionWire.Write(cause ?? new TaskException("Retry", "celery.exceptions", "Task can be retried")),
        Traceback = cause?.StackTrace is null ? null : Workers.TaskExecutor.Traceback(cause),
        ParentId = ParentId,
        GroupId = Group,
        Children = Children,
    }, Delivery.Properties.ReplyTo, CancellationToken.None);

    /// <summary>The same message with one more retry. Its arguments are the bytes that came.</summary>
    private async Task SendAgainAsync(TimeSpan delay, SendOptions? send)
    {
        var again = ExecutionOptions();
        again["retries"] = (long)Retries + 1;
        again["add_to_parent"] = false;
        again["argsrepr"] = _headers.ArgsRepr;
        again["kwargsrepr"] = _headers.KwargsRepr;
        again["expires"] = _headers.Expires is { } expires ? PythonTime.Format(expires) : null;
        again["raw_body"] = Body.ToJson(App.Json);
        // One of a queue and an exchange: the other is where this message came by.
        if (send?.Queue is not null)
        {
            again.Remove("exchange");
            again.Remove("routing_key");
        }
        else if (send?.Exchange is not null)
        {
            again.Remove("queue");
        }
        send?.CopyTo(again);
        again.Remove("eta");
        again["countdown"] = delay.TotalSeconds;
        await App.SendAsync(Name, [], Empty, again, CancellationToken.None);
    }

    /// <summary>The options that send this very task again.</summary>
    private Dictionary<string, object?> ExecutionOptions()
    {
        var options = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["task_id"] = Id,
            ["root_id"] = RootId,
            ["parent_id"] = Id,
            ["group_id"] = Group,
            ["group_index"] = _headers.GroupIndex,
            ["shadow"] = _headers.Shadow,
            ["time_limit"] = _headers.HardLimit,
            ["soft_time_limit"] = _headers.SoftLimit,
            ["reply_to"] = Delivery.Properties.ReplyTo,
            ["ignore_result"] = _headers.IgnoreResult,
            ["headers"] = _headers.Custom,
            ["priority"] = (long?)Delivery.Properties.Priority,
            ["replaced_task_nesting"] = (long)_headers.ReplacedTaskNesting,
        };
        if (Delivery.Exchange.Length == 0) options["queue"] = Delivery.Queue;
        else
        {
            options["exchange"] = Delivery.Exchange;
            options["routing_key"] = Delivery.RoutingKey;
        }
        if (_headers.StampedHeaders is { } stamped)
        {
            options["stamped_headers"] = stamped;
            foreach (var (name, value) in _headers.Stamps ?? Empty) options[name] = value;
        }
        return options;
    }

    /// <summary>
    /// Runs something else in this task's place: its result becomes this task's result, and what was to follow this task follows it.
    /// Write <c>throw await request.ReplaceAsync(…)</c>.
    /// </summary>
    public async Task<Exception> ReplaceAsync(Signature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        if (signature is ChainSignature { Tasks.Count: 0 })
            throw new TaskException("ImproperlyConfigured", "celery.exceptions", "Cannot replace with an empty chain");
        var replacement = signature.Clone();
        replacement.App ??= App;
        if (replacement.Options.ContainsKey("chord"))
            throw new TaskException("ImproperlyConfigured", "celery.exceptions", "A signature replacing a task must not be part of a chord");
        if (replacement is GroupSignature group)
        {
            var accumulate = new Signature("celery.accumulate", [], new Dictionary<string, object?> { ["index"] = 0L }, app: App);
            replacement = new ChordSignature(group, accumulate, app: App);
        }
        foreach (var callback in Body.Embedded.Callbacks ?? []) replacement = LinkEnd(replacement, "link", callback);
        foreach (var errback in Body.Embedded.Errbacks ?? []) replacement = LinkEnd(replacement, "link_error", errback);
        var options = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["root_id"] = RootId,
            ["group_id"] = Group,
            ["group_index"] = _headers.GroupIndex,
            ["chord"] = Body.Embedded.Chord,
            ["reply_to"] = Delivery.Properties.ReplyTo,
            ["replaced_task_nesting"] = (long)_headers.ReplacedTaskNesting + 1,
            ["add_to_parent"] = false,
        };
        foreach (var key in options.Keys.ToList()) if (options[key] is null) options.Remove(key);
        // What follows takes this task's id only when nothing follows: then the replacement's end stands for this task.
        // Each step of it, and each that follows, tells how deep it stands for others.
        var nesting = options["replaced_task_nesting"];
        if (replacement is ChainSignature steps) foreach (var step in steps.Tasks) step.Options["replaced_task_nesting"] = nesting;
        if (Body.Embedded.Chain is { Count: > 0 } chain)
        {
            var following = chain.ConvertAll(step => step is Dictionary<string, object?> map ? Signature.FromWire(map).Clone() : null);
            foreach (var step in following) step?.Options["replaced_task_nesting"] = nesting;
            options["chain"] = following.ConvertAll(object? (step) => step?.ToWire());
        }
        options["task_id"] = Id;
        await CanvasSender.SendReplacementAsync(App, replacement, options);
        throw new IgnoreException();
    }

    private static Signature LinkEnd(Signature signature, string key, object? link)
    {
        if (link is not Dictionary<string, object?> map) return signature;
        return key == "link" ? signature.Link(Signature.FromWire(map)) : signature.LinkError(Signature.FromWire(map));
    }

    /// <summary>Adds a task to the header of the chord that this task is part of.</summary>
    /// <exception cref="InvalidOperationException">This task is not part of a chord.</exception>
    public async Task<AsyncResult> AddToChordAsync(Signature signature)
    {
        ArgumentNullException.ThrowIfNull(signature);
        if (Body.Embedded.Chord is not { } chord || Group is not { } group)
            throw new InvalidOperationException("Current task is not member of any chord");
        await App.Backend.ExtendChordAsync(group, signature.PartCount, CancellationToken);
        signature.App ??= App;
        return await signature.SendAsync([], new(StringComparer.Ordinal)
        {
            ["group_id"] = group,
            ["group_index"] = _headers.GroupIndex ?? 0L,
            ["chord"] = chord,
            ["root_id"] = RootId,
        }, CancellationToken);
    }

    /// <summary>Throw it to give the message back: <paramref name="requeue"/> puts it to the queue again, else it is dropped.</summary>
    public static Exception Reject(string? reason = null, bool requeue = false) => new RejectException(reason, requeue);

    /// <summary>Throw it to end the task without a result.</summary>
    public static Exception Ignore() => new IgnoreException();
}

/// <summary>The task was sent again.</summary>
internal sealed class RetryException(Exception? cause, TimeSpan delay) : Exception("The task is retried.", cause)
{
    internal TimeSpan Delay => delay;
}

/// <summary>The task ends without a result.</summary>
internal sealed class IgnoreException() : Exception("The task is ignored.");

/// <summary>The task gives its message back.</summary>
internal sealed class RejectException(string? reason, bool requeue) : TaskException("Reject", "celery.exceptions", reason, requeue)
{
    internal bool Requeue => requeue;
}
