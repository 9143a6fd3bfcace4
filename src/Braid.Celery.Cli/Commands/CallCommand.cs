using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Braid.Celery.Wire;

namespace Braid.Celery.Cli.Commands;

/// <summary><c>call</c>: sends a task by its name.</summary>
internal static class CallCommand
{
    internal static Command Create(AppOptions apps)
    {
        var name = new Argument<string>("name") { Description = "The task's name." };
        var args = new Option<string?>("--args", "-a") { Description = "Positional arguments: a JSON list." };
        var kwargs = new Option<string?>("--kwargs", "-k") { Description = "Keyword arguments: a JSON object." };
        var eta = new Option<string?>("--eta") { Description = "Not before this time, as ISO 8601." };
        var countdown = new Option<double?>("--countdown") { Description = "Not before so many seconds from now." };
        var expires = new Option<string?>("--expires") { Description = "Seconds from now, or a time, after which it does not start any more." };
        var serializer = new Option<string?>("--serializer") { Description = "json (default) or msgpack." };
        var queue = new Option<string?>("--queue") { Description = "The queue." };
        var exchange = new Option<string?>("--exchange") { Description = "An exchange in place of a queue." };
        var routingKey = new Option<string?>("--routing-key") { Description = "The routing key for the exchange." };
        var command = new Command("call", """
            Sends a task by its name and prints its id.

            Examples:
              braid-celery -b redis://localhost/0 call tasks.add -a "[2, 3]"
              braid-celery -A Shop.dll call mail.send -k "{\"to\": \"ada\"}" --countdown 60 --queue mail
            """) { name, args, kwargs, eta, countdown, expires, serializer, queue, exchange, routingKey };
        command.SetAction(async (line, stop) =>
        {
            await using var app = apps.Load(line);
            var until = line.GetValue(expires);
            var seconds = double.TryParse(until, CultureInfo.InvariantCulture, out var s) ? s : (double?)null;
            var options = new SendOptions
            {
                Eta = line.GetValue(eta) is { } at ? Time("--eta", at) : null,
                Countdown = line.GetValue(countdown) is { } wait ? TimeSpan.FromSeconds(wait) : null,
                ExpiresIn = seconds is { } after ? TimeSpan.FromSeconds(after) : null,
                ExpiresAt = until is not null && seconds is null ? Time("--expires", until) : null,
                Serializer = line.GetValue(serializer),
                Queue = line.GetValue(queue),
                Exchange = line.GetValue(exchange),
                RoutingKey = line.GetValue(routingKey),
            };
            var result = await app.SendTaskAsync(line.GetValue(name)!, Json<List<object?>>("--args", line.GetValue(args), "a list, as [2, 3]"),
                Json<Dictionary<string, object?>>("--kwargs", line.GetValue(kwargs), "an object, as {\"x\": 2}"), options, stop);
            Console.WriteLine(result.Id);
            return 0;
        });
        return command;
    }

    private static DateTimeOffset Time(string option, string text) => PythonTime.TryParseOffset(text, out var time) ? time
        : throw new UsageException($"{option} {text}: a time in ISO 8601 was expected, as 2026-11-25T18:00:00+01:00.");

    private static T? Json<T>(string option, string? text, string expected) where T : class
    {
        if (text is null) return null;
        try
        {
            if (PlainValue.Parse(text) is T value) return value;
        }
        catch (JsonException e) { throw new UsageException($"{option} {text}: {expected} in JSON was expected. {e.Message}"); }
        throw new UsageException($"{option} {text}: {expected} in JSON was expected.");
    }
}
