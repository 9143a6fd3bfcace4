using System.Collections.Concurrent;
using Braid.Celery.Brokers;
using Braid.Celery.Wire;

namespace Braid.Celery.Control;

/// <summary>Commands to running workers, Python's and .NET's: what <c>celery control</c> and <c>celery inspect</c> send.</summary>
public sealed class CeleryControl
{
    private readonly CeleryApp _app;
    private readonly string _oid = Guid.NewGuid().ToString();

    internal CeleryControl(CeleryApp app) => _app = app;

    /// <summary>Sends a command to all workers, or to those named, and does not wait for replies.</summary>
    public Task BroadcastAsync(string method, IReadOnlyDictionary<string, object?>? arguments = null, IReadOnlyList<string>? destination = null,
        CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        return SendAsync(method, arguments, destination, replyTo: null, ticket: null, expiresIn: null, cancellationToken);
    }

    /// <summary>Sends a command and collects the workers' replies by their node names.</summary>
    /// <param name="method">The command: "ping", "stats", "active"…</param>
    /// <param name="arguments">The command's arguments.</param>
    /// <param name="destination">Node names; null for all.</param>
    /// <param name="timeout">How long to wait for replies. Default: 1 second; ends sooner when all of <paramref name="destination"/> have replied.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    public async Task<IReadOnlyDictionary<string, object?>> InspectAsync(string method, IReadOnlyDictionary<string, object?>? arguments = null,
        IReadOnlyList<string>? destination = null, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(method);
        var ticket = Guid.NewGuid().ToString();
        var wait = timeout ?? TimeSpan.FromSeconds(1);
        var replies = new ConcurrentDictionary<string, object?>(StringComparer.Ordinal);
        var complete = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var queue = $"{ticket}.reply.celery.pidbox";
        await using var subscription = await _app.Broker.SubscribeAsync(new Subscription
        {
            Exchange = "reply.celery.pidbox",
            ExchangeType = "direct",
            Queue = queue,
            RoutingKey = ticket,
        }, message =>
        {
            if (message.Headers.Text("ticket") is { } t && t != ticket) return;
            if (message.Headers.Number("clock") is { } clock) _app.Clock.Adjust((long)clock);
            if (PlainValue.Parse(message.Body.Span) is not Dictionary<string, object?> map) return;
            foreach (var (node, reply) in map) replies[node] = reply;
            if (destination is not null && replies.Count >= destination.Count) complete.TrySetResult();
        }, cancellationToken);
        await SendAsync(method, arguments, destination, ticket, ticket, wait, cancellationToken);
        await Task.WhenAny(complete.Task, Task.Delay(wait, _app.Time, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        return new Dictionary<string, object?>(replies, StringComparer.Ordinal);
    }

    private Task SendAsync(string method, IReadOnlyDictionary<string, object?>? arguments, IReadOnlyList<string>? destination, string? replyTo, string? ticket,
        TimeSpan? expiresIn, CancellationToken cancellationToken)
    {
        var body = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["method"] = method,
            ["arguments"] = new Dictionary<string, object?>(arguments ?? new Dictionary<string, object?>(), StringComparer.Ordinal),
            ["destination"] = destination?.Select(object? (d) => d).ToList(),
            ["pattern"] = null,
            ["matcher"] = null,
        };
        if (ticket is not null)
        {
            body["ticket"] = ticket;
            body["reply_to"] = new Dictionary<string, object?>(StringComparer.Ordinal) { ["exchange"] = "reply.celery.pidbox", ["routing_key"] = replyTo };
        }
        var headers = new Dictionary<string, object?>(StringComparer.Ordinal) { ["clock"] = _app.Clock.Forward() };
        if (expiresIn is { } span) headers["expires"] = PythonTime.ToEpoch(_app.Time.GetUtcNow()) + span.TotalSeconds;
        return _app.Broker.PublishAsync(new OutgoingMessage
        {
            Exchange = "celery.pidbox",
            RoutingKey = "",
            Headers = headers,
            Properties = new MessageProperties { Priority = 0, ReplyTo = _oid },
            Body = PlainValue.ToJson(body, CeleryJson.Plain),
        }, cancellationToken);
    }

    /// <summary>Tells workers not to run a task.</summary>
    /// <param name="taskId">The task.</param>
    /// <param name="terminate">Also stops it where it runs.</param>
    /// <param name="signal">For Python's workers: the signal that stops the process. Default: SIGTERM.</param>
    /// <param name="cancellationToken">Gives up sending.</param>
    public Task RevokeAsync(string taskId, bool terminate = false, string signal = "SIGTERM", CancellationToken cancellationToken = default) =>
        BroadcastAsync("revoke", new Dictionary<string, object?> { ["task_id"] = taskId, ["terminate"] = terminate, ["signal"] = signal }, null, cancellationToken);

    /// <summary>Tells workers not to run tasks with these stamps. Needs Celery 5.3 in Python's workers.</summary>
    public Task RevokeByStampedHeadersAsync(IReadOnlyDictionary<string, object?> headers, bool terminate = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(headers);
        return BroadcastAsync("revoke_by_stamped_headers", new Dictionary<string, object?>
        {
            ["headers"] = new Dictionary<string, object?>(headers, StringComparer.Ordinal),
            ["terminate"] = terminate,
            ["signal"] = "SIGTERM",
        }, null, cancellationToken);
    }

    /// <summary>The names of the workers that answer.</summary>
    public async Task<IReadOnlyList<string>> PingAsync(TimeSpan? timeout = null, CancellationToken cancellationToken = default) =>
        [.. (await InspectAsync("ping", timeout: timeout, cancellationToken: cancellationToken)).Keys];

    /// <summary>Stops workers, warmly: all, or those named.</summary>
    public Task ShutdownAsync(IReadOnlyList<string>? destination = null, CancellationToken cancellationToken = default) =>
        BroadcastAsync("shutdown", null, destination, cancellationToken);
}
