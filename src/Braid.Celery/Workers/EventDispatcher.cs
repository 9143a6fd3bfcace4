using System.Threading.Channels;
using Braid.Celery.Wire;
using Microsoft.Extensions.Logging;

namespace Braid.Celery.Workers;

/// <summary>
/// Sends events as Celery's dispatcher does: those of the worker one by one, those of tasks in batches as a JSON list on
/// <c>task.multi</c>. Events are lost rather than waited for: they must never slow a task down.
/// </summary>
internal sealed class EventDispatcher : IAsyncDisposable
{
    private const int QueueLimit = 10_000;
    private const int BatchLimit = 100;

    private readonly CeleryApp _app;
    private readonly string _node;
    private readonly Channel<Dictionary<string, object?>> _queue =
        Channel.CreateBounded<Dictionary<string, object?>>(new BoundedChannelOptions(QueueLimit) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
    private readonly Task _sending;
    private readonly CancellationTokenSource _stop = new();

    internal EventDispatcher(CeleryApp app, string node, bool taskEvents)
    {
        _app = app;
        _node = node;
        TaskEvents = taskEvents;
        _sending = Task.Run(SendAsync);
    }

    /// <summary>Whether events about tasks are sent.</summary>
    internal volatile bool TaskEvents;

    /// <summary>Queues an event about a task. Callers ask <see cref="TaskEvents"/> first, to make nothing in vain.</summary>
    internal void PostTask(string type, string id, params ReadOnlySpan<(string, object?)> fields) => Post(type, [("uuid", id), .. fields]);

    internal void Post(string type, params ReadOnlySpan<(string Name, object? Value)> fields)
    {
        var map = new Dictionary<string, object?>(fields.Length + 6, StringComparer.Ordinal)
        {
            ["hostname"] = _node,
            ["utcoffset"] = (long)-TimeZoneInfo.Local.GetUtcOffset(_app.Time.GetUtcNow()).TotalHours,
            ["pid"] = (long)Environment.ProcessId,
            ["clock"] = _app.Clock.Forward(),
        };
        foreach (var (name, value) in fields) map[name] = value;
        map["timestamp"] = PythonTime.ToEpoch(_app.Time.GetUtcNow());
        map["type"] = type;
        _queue.Writer.TryWrite(map);
    }

    private async Task SendAsync()
    {
        var batch = new List<object?>();
        while (await _queue.Reader.WaitToReadAsync())
        {
            batch.Clear();
            while (batch.Count < BatchLimit && _queue.Reader.TryPeek(out var next))
            {
                var single = !((string)next["type"]!).StartsWith("task-", StringComparison.Ordinal);
                if (single && batch.Count > 0) break;
                if (!_queue.Reader.TryRead(out next)) break;
                batch.Add(next);
                if (single) break;
            }
            if (batch.Count == 0) continue;
            var type = (string)((Dictionary<string, object?>)batch[0]!)["type"]!;
            var isTask = type.StartsWith("task-", StringComparison.Ordinal);
            try { await PublishAsync(isTask ? "task.multi" : type.Replace('-', '.'), isTask ? batch : batch[0]); }
            catch (OperationCanceledException) { return; }
            catch (Exception e) when (e is not OutOfMemoryException) { WorkerLog.EventsFailed(_app.Logger, e.Message); }
        }
    }

    private Task PublishAsync(string key, object? body) => _app.Broker.PublishAsync(new OutgoingMessage
    {
        Exchange = "celeryev",
        RoutingKey = key,
        Headers = new(StringComparer.Ordinal) { ["hostname"] = _node },
        Properties = new MessageProperties { DeliveryMode = 1, Priority = 0 },
        Body = PlainValue.ToJson(body, CeleryJson.Plain),
    }, _stop.Token);

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await Task.WhenAny(_sending, Task.Delay(TimeSpan.FromSeconds(2)));
        await _stop.CancelAsync();
        await _sending;
        _stop.Dispose();
    }
}
