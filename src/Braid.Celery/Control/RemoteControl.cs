using System.Text.RegularExpressions;
using System.Threading.Channels;
using Braid.Celery.Brokers;
using Braid.Celery.Wire;
using Braid.Celery.Workers;

namespace Braid.Celery.Control;

/// <summary>A worker's ear for control commands: a queue on the fanout exchange <c>celery.pidbox</c>.</summary>
internal sealed class RemoteControl(CeleryApp app, CeleryWorker worker) : IAsyncDisposable
{
    /// <summary>Commands that wait are few; when a flood comes, the last of it is dropped.</summary>
    private const int WaitingLimit = 1_000;

    /// <summary>How long an answer waits for the tasks that were sent before the question.</summary>
    private static readonly TimeSpan CatchUpLimit = TimeSpan.FromMilliseconds(200);

    private readonly Channel<Dictionary<string, object?>> _commands = Channel.CreateBounded<Dictionary<string, object?>>(
        new BoundedChannelOptions(WaitingLimit) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    private IAsyncDisposable? _subscription;
    private Task _answering = Task.CompletedTask;

    internal async Task StartAsync(CancellationToken cancellationToken)
    {
        _answering = Task.Run(AnswerAllAsync, CancellationToken.None);
        _subscription = await app.Broker.SubscribeAsync(new Subscription
        {
            Exchange = "celery.pidbox",
            ExchangeType = "fanout",
            Queue = worker.Node + ".celery.pidbox",
        }, OnMessage, cancellationToken);
    }

    /// <summary>Learns from the other workers what was revoked while this one was away.</summary>
    internal async Task MingleAsync(CancellationToken cancellationToken)
    {
        var replies = await app.Control.InspectAsync("hello", new Dictionary<string, object?>
        {
            ["from_node"] = worker.Node,
            ["revoked"] = new Dictionary<string, object?>(),
        }, timeout: TimeSpan.FromMilliseconds(500), cancellationToken: cancellationToken);
        foreach (var (node, reply) in replies)
        {
            if (node == worker.Node || reply is not Dictionary<string, object?> map) continue;
            if (map.Number("clock") is { } clock) app.Clock.Adjust((long)clock);
            worker.Revoked.Add(RevokedIds(map.GetValueOrDefault("revoked")));
        }
    }

    internal static IEnumerable<string> RevokedIds(object? value) => value switch
    {
        Dictionary<string, object?> map => map.Keys,
        List<object?> list => list.OfType<string>(),
        _ => [],
    };

    internal void OnMessage(SubscriptionMessage message)
    {
        Dictionary<string, object?> command;
        try
        {
            if (PlainValue.Parse(message.Body.Span) is not Dictionary<string, object?> map || map.Text("method") is null) return;
            command = map;
        }
        // Not a command; Python's mailbox ignores it as well.
        catch (System.Text.Json.JsonException) { return; }
        if (message.Headers.Number("clock") is { } clock) app.Clock.Adjust((long)clock);
        // Zero is what Python sends when nobody waits for an answer.
        if (message.Headers.Number("expires") is { } expires and not 0 && expires < PythonTime.ToEpoch(app.Time.GetUtcNow())) return;
        if (!IsMeant(command)) return;
        ControlCommands.Note(worker, command.Text("method")!, command.Map("arguments") ?? []);
        _commands.Writer.TryWrite(command);
    }

    /// <summary>One after the other: who revokes a task and then asks for those revoked must see it.</summary>
    private async Task AnswerAllAsync()
    {
        await foreach (var command in _commands.Reader.ReadAllAsync()) await AnswerAsync(command);
    }

    /// <summary>By list of names, or by a pattern: "glob" (the default) or "pcre".</summary>
    private bool IsMeant(Dictionary<string, object?> command)
    {
        if (command.Text("pattern") is { } pattern)
        {
            var regex = command.Text("matcher") == "pcre" ? pattern
                : "^" + Regex.Escape(pattern).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal) + "$";
            return Regex.IsMatch(worker.Node, regex, RegexOptions.NonBacktracking);
        }
        return command.List("destination") is not { Count: > 0 } destination || destination.Contains(worker.Node);
    }

    private async Task AnswerAsync(Dictionary<string, object?> command)
    {
        var method = command.Text("method")!;
        object? reply;
        var answers = true;
        try
        {
            if (method is not "hello" and not "ping") await CatchUpAsync();
            (reply, answers) = await ControlCommands.RunAsync(app, worker, method, command.Map("arguments") ?? []);
        }
        // A command that fails says so to who asked, as Python's does.
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            if (e is not TaskException) WorkerLog.ControlFailed(app.Logger, e, method, e.Message);
            reply = new Dictionary<string, object?>(StringComparer.Ordinal) { ["error"] = ExceptionWire.Repr(e) };
        }
        if (!answers || command.Map("reply_to") is not { } replyTo) return;
        try
        {
            await app.Broker.PublishAsync(new OutgoingMessage
            {
                Exchange = replyTo.Text("exchange") ?? "",
                RoutingKey = replyTo.Text("routing_key") ?? "",
                Headers = new(StringComparer.Ordinal) { ["ticket"] = command.GetValueOrDefault("ticket"), ["clock"] = app.Clock.Forward() },
                Properties = new MessageProperties { DeliveryMode = 1, Priority = 0 },
                Body = PlainValue.ToJson(new Dictionary<string, object?>(StringComparer.Ordinal) { [worker.Node] = reply }, CeleryJson.Plain),
            }, CancellationToken.None);
        }
        catch (Exception e) when (e is BraidException or IOException or RabbitMQ.Client.Exceptions.BrokerUnreachableException or RabbitMQ.Client.Exceptions.OperationInterruptedException)
        {
            WorkerLog.ControlFailed(app.Logger, e, method, e.Message);
        }
    }

    private async Task CatchUpAsync()
    {
        using var limit = new CancellationTokenSource(CatchUpLimit, app.Time);
        try { await worker.CatchUpAsync(limit.Token); }
        // The broker is slow or away; the answer tells what is known.
        catch (OperationCanceledException) { }
    }

    public async ValueTask DisposeAsync()
    {
        if (_subscription is not null) await _subscription.DisposeAsync();
        _commands.Writer.TryComplete();
        await _answering;
    }
}
