using System.CommandLine;
using System.Globalization;
using System.Threading.Channels;
using Braid.Celery.Brokers;
using Braid.Celery.Wire;
using Spectre.Console;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>events</c>: what happens on all workers, as it happens.</summary>
internal static class EventsCommand
{
    /// <summary>Events that wait for a slow terminal; the oldest are dropped.</summary>
    private const int QueueLimit = 10_000;

    internal static Command Create(AppOptions apps)
    {
        var dump = new Option<bool>("--dump", "-d") { Description = "Prints each event on a line, in place of the table." };
        var command = new Command("events", """
            Shows a live table of workers and tasks, until Ctrl+C; with --dump, or where the output is no terminal, each event on a line.
            Workers send events about tasks with -E, or after: control enable_events.

            Examples:
              braid-celery -b redis://localhost/0 events
              braid-celery -b redis://localhost/0 events --dump
            """) { dump };
        command.SetAction(async (line, _) =>
        {
            using var signals = new ShutdownSignals(null);
            var stop = signals.Warm;
            await using var app = apps.Load(line);
            var events = Channel.CreateBounded<Dictionary<string, object?>>(new BoundedChannelOptions(QueueLimit) { FullMode = BoundedChannelFullMode.DropOldest, SingleReader = true });
            await using var subscription = await app.Broker.SubscribeAsync(new Subscription
            {
                Exchange = "celeryev",
                ExchangeType = "topic",
                ExchangeDurable = true,
                Queue = $"celeryev.{Guid.NewGuid()}",
                RoutingKey = "#",
                QueueExpires = TimeSpan.FromSeconds(60),
                MessageTtl = TimeSpan.FromSeconds(5),
            }, message => Receive(message, events.Writer), stop);
            try
            {
                if (line.GetValue(dump) || Console.IsOutputRedirected) await DumpAsync(events.Reader, stop);
                else await ShowAsync(events.Reader, stop);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested) { }
            return 0;
        });
        return command;
    }

    private static void Receive(SubscriptionMessage message, ChannelWriter<Dictionary<string, object?>> events)
    {
        object? body;
        // Somebody else's message on the same exchange.
        try { body = PlainValue.Parse(message.Body.Span); }
        catch (System.Text.Json.JsonException) { return; }
        foreach (var one in (body as List<object?> ?? [body]).OfType<Dictionary<string, object?>>()) events.TryWrite(one);
    }

    private static async Task DumpAsync(ChannelReader<Dictionary<string, object?>> events, CancellationToken stop)
    {
        Console.WriteLine("-> evdump: starting capture...");
        await foreach (var e in events.ReadAllAsync(stop))
        {
            var time = DateTimeOffset.UnixEpoch.AddSeconds(e.Number("timestamp") ?? 0).ToLocalTime();
            var about = e.Text("uuid") is { } id ? $" {e.Text("name") ?? ""}({id})" : "";
            var more = string.Join(", ", e.Where(f => f.Key is not ("hostname" or "timestamp" or "type" or "uuid" or "name" or "utcoffset" or "pid" or "clock"))
                .Select(f => $"{f.Key}={PythonRepr.Of(f.Value)}"));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{e.Text("hostname")} [{time:yyyy-MM-dd HH:mm:ss.ffffff}] {e.Text("type")?.Replace('-', ' ')}{about}{(more.Length > 0 ? ": " + more : "")}"));
        }
    }

    private static Task ShowAsync(ChannelReader<Dictionary<string, object?>> events, CancellationToken stop)
    {
        var board = new EventBoard();
        return AnsiConsole.Live(board.Render()).StartAsync(async screen =>
        {
            // Where nothing happens the table is there all the same.
            screen.Refresh();
            while (await events.WaitToReadAsync(stop))
            {
                while (events.TryRead(out var e)) board.Add(e);
                screen.UpdateTarget(board.Render());
                // Ten pictures a second are enough for an eye.
                await Task.Delay(TimeSpan.FromMilliseconds(100), stop);
            }
        });
    }
}
