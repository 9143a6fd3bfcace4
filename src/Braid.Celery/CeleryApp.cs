using System.Collections.Concurrent;
using System.Diagnostics;
using System.Reflection;
using System.Text.Json;
using Braid.Celery.Backends;
using Braid.Celery.Backends.Postgres;
using Braid.Celery.Brokers;
using Braid.Celery.Control;
using Braid.Celery.Redis;
using Braid.Celery.Wire;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace Braid.Celery;

/// <summary>
/// A Celery app: a broker, a result backend and the tasks that this process knows. It sends tasks to any worker, Python's or .NET's, and
/// runs a worker itself. Safe to use from many threads; make one a process.
/// </summary>
public sealed partial class CeleryApp : IAsyncDisposable
{
    private readonly ConcurrentDictionary<string, RegisteredTask> _tasks = new(StringComparer.Ordinal);
    private readonly Lazy<IBroker> _broker;
    private readonly Lazy<IResultBackend> _backend;

    /// <summary>Makes an app. Connections are made when they are first needed.</summary>
    /// <param name="name">The app's name, for logs.</param>
    /// <param name="broker">amqp://, amqps://, redis:// or rediss://. Default: amqp://guest@localhost//.</param>
    /// <param name="backend">redis://, rediss://, postgresql:// or rpc://. Default: none, results are not kept.</param>
    /// <param name="settings">Everything else.</param>
    /// <param name="logger">Where the app and its worker log.</param>
    /// <param name="time">The clock.</param>
    /// <exception cref="ArgumentException">A URL has no transport or backend.</exception>
    public CeleryApp(string name, string broker = "amqp://guest@localhost//", string? backend = null, CelerySettings? settings = null,
        ILogger? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(broker);
        Name = name;
        Settings = settings ?? new();
        BrokerUrl = broker;
        BackendUrl = backend;
        Logger = logger ?? NullLogger.Instance;
        Time = time ?? TimeProvider.System;
        Json = CeleryJson.For(Settings.JsonDialect);
        _broker = new(() => BrokerOverride ?? BrokerFactory.Create(BrokerUrl, Settings, Time, Logger));
        _backend = new(() => BackendOverride ?? CreateBackend(BackendUrl));
        CheckBackend(backend);
        BuiltinTasks.Register(this);
    }

    /// <summary>The app's name.</summary>
    public string Name { get; }

    /// <summary>The app's settings.</summary>
    public CelerySettings Settings { get; }

    /// <summary>Services for parameters marked <see cref="ServiceAttribute"/> and for classes of tasks; a host sets it.</summary>
    public IServiceProvider? Services { get; set; }

    /// <summary>Commands to running workers.</summary>
    public CeleryControl Control => field ??= new CeleryControl(this);

    /// <summary>For tests that look at what would be sent.</summary>
    internal IBroker? BrokerOverride { get; init; }
    internal IResultBackend? BackendOverride { get; init; }

    internal string BrokerUrl { get; private set; }
    internal string? BackendUrl { get; private set; }
    internal ILogger Logger { get; set; }
    internal TimeProvider Time { get; }
    internal JsonSerializerOptions Json { get; }
    internal IBroker Broker => _broker.Value;
    internal IResultBackend Backend => _backend.Value;
    internal LamportClock Clock { get; } = new();

    /// <summary>A beat runs here: it counts a tick as sent when the broker has it, whatever the settings say.</summary>
    internal bool ConfirmsAll { get; set; }
    internal RoutingTable Routes { get; } = new();

    /// <summary>The queue of this process for <c>rpc://</c> results; on the wire always, as Celery's is.</summary>
    internal string ReplyTo { get; } = Guid.NewGuid().ToString();

    internal string Origin { get; } = $"gen{Environment.ProcessId}@{Environment.MachineName}";

    internal IReadOnlyDictionary<string, RegisteredTask> Tasks => _tasks;

    internal RegisteredTask? Find(string name) => _tasks.GetValueOrDefault(name);

    private static void CheckBackend(string? backend)
    {
        if (backend is not null && !RedisEndpoint.Serves(backend) && !PostgresUrl.Serves(backend) && !backend.StartsWith("rpc://", StringComparison.OrdinalIgnoreCase))
            throw new ArgumentException($"No result backend serves '{CeleryUrl.Redact(backend)}': redis://, rediss://, postgresql:// and rpc:// are served.", nameof(backend));
    }

    /// <summary>Other places than the app's own, from a command line; before anything was sent.</summary>
    internal void UseUrls(string? broker, string? backend)
    {
        if (_broker.IsValueCreated || _backend.IsValueCreated) throw new InvalidOperationException("The app is connected already.");
        CheckBackend(backend);
        BrokerUrl = broker ?? BrokerUrl;
        BackendUrl = backend ?? BackendUrl;
    }

    private IResultBackend CreateBackend(string? url)
    {
        if (url is null) return new DisabledBackend();
        if (PostgresUrl.Serves(url)) return new PostgresBackend(url, Settings, Time);
        return RedisEndpoint.Serves(url) ? new RedisBackend(RedisEndpoint.Parse(url), Settings, Time) : new RpcBackend(Broker, ReplyTo);
    }

    internal CeleryTask<TResult> Register<TResult>(string name, Delegate method, CeleryTaskOptions? options)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(method);
        var target = method.Target;
        Add(new RegisteredTask(name, method.Method, _ => target, options ?? new()));
        return new CeleryTask<TResult>(this, name);
    }

    /// <summary>Registers any delegate as a task: for more parameters than the typed overloads have.</summary>
    public CeleryTask<TResult> TaskFrom<TResult>(string name, Delegate method, CeleryTaskOptions? options = null) => Register<TResult>(name, method, options);

    /// <summary>
    /// Registers the methods of a class that carry <see cref="CeleryTaskAttribute"/>. Each call makes the class from the services of a
    /// scope of its own.
    /// </summary>
    public void TasksOf<T>(CeleryTaskOptions? options = null) where T : class
    {
        foreach (var method in typeof(T).GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static))
        {
            if (method.GetCustomAttribute<CeleryTaskAttribute>() is not { } attribute) continue;
            var name = attribute.Name ?? $"{typeof(T).FullName}.{JsonNamingPolicy.SnakeCaseLower.ConvertName(method.Name)}";
            Func<IServiceProvider?, object?> target = method.IsStatic
                ? _ => null
                : services => ActivatorUtilities.GetServiceOrCreateInstance<T>(services ?? throw new InvalidOperationException(
                    $"Task '{name}' is a method of {typeof(T)}, which is made from services, but the worker has none: run it in a host, or set CeleryApp.Services."));
            Add(new RegisteredTask(name, method, target, options ?? new()));
        }
    }

    internal void Add(RegisteredTask task)
    {
        if (!_tasks.TryAdd(task.Name, task)) throw new ArgumentException($"A task named '{task.Name}' is already registered.");
    }

    /// <summary>A task that only others run.</summary>
    public CeleryTask<TResult> Remote<TResult>(string name) => new(this, name);

    /// <summary>A signature of any task.</summary>
    public Signature Signature(string name, params object?[] args) => new(name, args ?? [null], new Dictionary<string, object?>(), app: this);

    /// <summary><c>task_routes</c>: sends tasks of this name to a queue. A star stands for any text: "videos.*".</summary>
    public void Route(string pattern, string queue)
    {
        ArgumentException.ThrowIfNullOrEmpty(queue);
        Route(pattern, new SendOptions { Queue = queue });
    }

    /// <summary>
    /// <c>task_routes</c>: sends tasks of this name with these options, such as an exchange and a routing key. What a call names itself wins;
    /// one that names a queue or an exchange, and a task that has a queue of its own, is not routed.
    /// </summary>
    public void Route(string pattern, SendOptions options)
    {
        ArgumentException.ThrowIfNullOrEmpty(pattern);
        ArgumentNullException.ThrowIfNull(options);
        Routes.Add(pattern, options);
    }

    /// <summary>Sends a task by its name alone.</summary>
    /// <returns>The result, when the broker has taken responsibility for the message.</returns>
    public Task<AsyncResult> SendTaskAsync(string name, IReadOnlyList<object?>? args = null, IReadOnlyDictionary<string, object?>? kwargs = null,
        SendOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Dictionary<string, object?>? map = null;
        if (options is not null) options.CopyTo(map = new(StringComparer.Ordinal));
        return SendAsync(name, args ?? [], kwargs ?? NoKwargs, map, cancellationToken);
    }

    private static readonly Dictionary<string, object?> NoKwargs = [];

    internal async Task<AsyncResult> SendAsync(string name, IReadOnlyList<object?> args, IReadOnlyDictionary<string, object?> kwargs,
        Dictionary<string, object?>? options, CancellationToken cancellationToken, Func<OutgoingMessage, CancellationToken, Task>? publish = null)
    {
        if (_backend.IsValueCreated || BackendUrl is not null)
            if (Backend is RpcBackend rpc && TaskRequest.Current is null) await rpc.StartAsync(cancellationToken);
        var message = MessageBuilder.Build(this, name, args, kwargs, options ?? NoKwargs);
        using var activity = CeleryDiagnostics.StartSend(message);
        try { await (publish ?? Broker.PublishAsync)(message, cancellationToken); }
        catch (Exception e)
        {
            CeleryDiagnostics.EndSend(activity, message, e);
            throw;
        }
        CeleryDiagnostics.EndSend(activity, message, null);
        if (Settings.SendSentEvent) await Workers.SentEvent.PublishAsync(this, message, cancellationToken);
        var result = new AsyncResult(this, message.Task!.Id);
        if (options is null || options.GetValueOrDefault("add_to_parent") is not false) TaskRequest.Current?.AddChild(result);
        return result;
    }

    /// <summary>The result of a task whose id is known.</summary>
    public AsyncResult Result(string id) => new(this, id);

    /// <summary>The result of a group that was saved; null when the backend does not have it.</summary>
    public async Task<GroupResult?> RestoreGroupAsync(string id, CancellationToken cancellationToken = default) =>
        await Backend.RestoreGroupAsync(id, cancellationToken) is { } tuple ? AsyncResult.FromTuple(this, tuple) as GroupResult : null;

    /// <summary>Removes the messages that wait in a queue, and returns their number.</summary>
    public Task<long> PurgeAsync(string? queue = null, CancellationToken cancellationToken = default) =>
        Broker.PurgeAsync(queue ?? Settings.DefaultQueue, cancellationToken);

    /// <summary>
    /// Runs a worker until the token is cancelled (a warm shutdown: running tasks finish) or a control command stops it.
    /// </summary>
    public Task RunWorkerAsync(WorkerOptions? options = null, CancellationToken cancellationToken = default) =>
        RunWorkerAsync(options ?? new(), cancellationToken, CancellationToken.None);

    /// <summary>As <see cref="RunWorkerAsync(WorkerOptions?, CancellationToken)"/>, with a second token for a cold shutdown: running tasks are ended.</summary>
    public async Task RunWorkerAsync(WorkerOptions options, CancellationToken warmShutdown, CancellationToken coldShutdown)
    {
        ArgumentNullException.ThrowIfNull(options);
        await using var worker = new Workers.CeleryWorker(this, options);
        await using var registration = coldShutdown.Register(() => _ = worker.ColdShutdownAsync());
        await worker.RunAsync(warmShutdown);
    }

    /// <summary>Closes all connections.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_backend.IsValueCreated) await _backend.Value.DisposeAsync();
        if (_broker.IsValueCreated) await _broker.Value.DisposeAsync();
    }
}
