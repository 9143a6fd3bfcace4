namespace Braid.Celery.Tests.Interop;

/// <summary>Errbacks of the old form (they take an id) and of the new one (request, error, traceback), on every shape of canvas, from and to both sides.</summary>
public sealed class ErrbackTests
{
    [Fact]
    public async Task Errbacks_are_called_for_the_same_failures_whoever_sends_and_whoever_runs()
    {
        var run = Brokers.NewQueue();
        string py = run + "-py", net = run + "-net", ledger = "errbacks-" + run;
        await using var app = new CeleryApp("errbacks", Brokers.Url(Brokers.Redis), Brokers.Backend, new() { DefaultQueue = net, JsonDialect = JsonDialect.Plain });
        await using var redis = Brokers.RedisClient(1);
        Task NoteAsync(string kind, string id, params string[] more) => redis.ExecuteAsync("RPUSH", ledger, string.Join(' ', [id[(run.Length + 1)..], kind, .. more]));
        app.Task("net.add", (int x, int y) => x + y);
        app.Task("net.xsum", (int[] numbers) => numbers.Sum());
        app.Task("net.fail", (Func<string, int>)(text => throw new TaskException("ValueError", "builtins", text)));
        app.Task("net.replace_fail", async (TaskRequest self) => throw await self.ReplaceAsync(self.App.Signature("net.fail", "boom")));
        app.TaskFrom<string>("net.old_errback", async (string id, string extra = "-") =>
        {
            await NoteAsync("old", id, extra);
            return id;
        });
        app.TaskFrom<object?>("net.new_errback", async (TaskRequest request, Exception error, string? traceback, string extra = "-") =>
            await NoteAsync("new", request.Id, ((TaskException)error).ExceptionType, traceback is null ? "without" : "with", extra));
        app.Task("net.collect", async (object ids) =>
        {
            var all = ids as List<object?> ?? [ids];
            await NoteAsync("collect", (string)all[0]!, all.Count.ToString(System.Globalization.CultureInfo.InvariantCulture));
        });
        await using var worker = await RunningWorker.StartAsync(app);
        await using var python = await PythonCelery.PreforkWorkerAsync(Brokers.Redis, py, 2);
        await using var console = PythonCelery.Console(Brokers.Redis, py);

        foreach (var (side, queue, otherSide, otherQueue) in ((string, string, string, string)[])[("py", py, "net", net), ("net", net, "py", py)])
        {
            await new ErrbackCanvas(app, side, queue, $"{run}.net-{side}.", otherSide, otherQueue).SendAsync();
            await console.GetAsync<object?>($"errbacks.send(app, '{side}', '{queue}', '{run}.py-{side}.', '{otherSide}', '{otherQueue}')");
        }
        // Who sends, and who runs.
        var expected = ((string[])["py-py", "py-net", "net-py", "net-net"]).SelectMany(way => ErrbackCanvas.Calls
            .Concat(way.EndsWith("net", StringComparison.Ordinal) ? ErrbackCanvas.CallsByNet : []).Select(call => $"{way}.{call}")).Order(StringComparer.Ordinal).ToList();
        await TestTime.UntilAsync(async () => (await redis.ExecuteAsync("LLEN", ledger)).AsInteger() >= expected.Count, "all errbacks are called");
        var calls = (await redis.ExecuteAsync("LRANGE", ledger, 0, -1)).Items!.Select(c => c.Text!.Replace(run + ".", "", StringComparison.Ordinal));
        Assert.Equal(string.Join('\n', expected), string.Join('\n', calls.Order(StringComparer.Ordinal)));
        await redis.ExecuteAsync("DEL", ledger);
    }
}
