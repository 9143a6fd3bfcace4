namespace Braid.Celery.Tests.Interop;

/// <summary>Python sends, .NET runs.</summary>
public sealed class PythonClientTests
{
    private static CeleryApp NewApp(string broker, string queue)
    {
        var app = new CeleryApp("tests", Brokers.Url(broker), Brokers.Backend, new() { DefaultQueue = queue, JsonDialect = JsonDialect.Plain });
        app.Task("net.add", (int x, int y) => x + y);
        app.Task("net.xsum", (int[] numbers) => numbers.Sum());
        app.Task("net.fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        app.Task("net.error", (Func<int>)(() => throw new InvalidOperationException("not now")));
        app.Task("net.retry", async (TaskRequest self) => self.Retries < 2 ? throw await self.RetryAsync(countdown: TimeSpan.Zero) : self.Retries);
        app.Task("net.replace", async (TaskRequest self, int x) => throw await self.ReplaceAsync(self.App.Signature("net.add", x, 100)));
        app.Task("net.ids", (TaskRequest self) => new Dictionary<string, string?> { ["id"] = self.Id, ["root"] = self.RootId, ["parent"] = self.ParentId, ["group"] = self.Group });
        return app;
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task What_Python_sends_is_run_and_answered_as_Celery_answers(string broker)
    {
        var queue = Brokers.NewQueue();
        await using var app = NewApp(broker, queue);
        await using var worker = await RunningWorker.StartAsync(app);
        await using var python = PythonCelery.Console(broker, queue);

        Assert.Equal(5, await python.GetAsync<int>("app.send_task('net.add', (2, 3)).get(timeout=50)"));
        Assert.Equal(7, await python.GetAsync<int>("app.send_task('net.add', (2,), {'y': 5}).get(timeout=50)"));
        Assert.Equal(9, await python.GetAsync<int>("app.send_task('net.add', (4, 5), compression='zlib').get(timeout=50)"));
        Assert.Equal(9, await python.GetAsync<int>("app.send_task('net.add', (4, 5), serializer='msgpack').get(timeout=50)"));
        Assert.Equal(2, await python.GetAsync<int>("app.send_task('net.retry').get(timeout=50)"));
        Assert.Equal(101, await python.GetAsync<int>("app.send_task('net.replace', (1,)).get(timeout=50)"));

        Assert.Equal(("ValueError", "boom"), await ErrorAsync(python, "app.send_task('net.fail').get(timeout=50)"));
        Assert.Equal(("InvalidOperationException", "not now"), await ErrorAsync(python, "app.send_task('net.error').get(timeout=50)"));
        Assert.Equal(("TypeError", "add() missing 1 required positional argument: 'y'"), await ErrorAsync(python, "app.send_task('net.add', (1,)).get(timeout=50)"));
        Assert.Equal(("TypeError", "add() takes 2 positional arguments but 3 were given"), await ErrorAsync(python, "app.send_task('net.add', (1, 2, 3)).get(timeout=50)"));
        Assert.Equal(("TypeError", "add() got an unexpected keyword argument 'z'"), await ErrorAsync(python, "app.send_task('net.add', (1, 2), {'z': 3}).get(timeout=50)"));
        Assert.Equal(("NotRegistered", "'no.such.task'"), await ErrorAsync(python, "app.send_task('no.such.task', (1,)).get(timeout=50)"));
    }

    private static async Task<(string, string)> ErrorAsync(PythonCelery python, string expression)
    {
        var answer = await python.EvalAsync(expression);
        Assert.True(answer.TryGetProperty("error", out var error), answer.GetRawText());
        return (error.GetString()!, answer.GetProperty("text").GetString()!);
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Canvas_built_in_Python_runs_on_the_NET_worker(string broker)
    {
        var queue = Brokers.NewQueue();
        await using var app = NewApp(broker, queue);
        await using var worker = await RunningWorker.StartAsync(app);
        await using var python = PythonCelery.Console(broker, queue);
        string S(string task, string args = "") => $"signature('net.{task}', args=({args}), app=app)";

        Assert.Equal(10, await python.GetAsync<int>($"chain({S("add", "1, 2")}, {S("add", "3,")}, {S("add", "4,")})().get(timeout=50)"));
        Assert.Equal((int[])[0, 2, 4], await python.GetAsync<int[]>($"group([signature('net.add', args=(i, i), app=app) for i in range(3)])().get(timeout=50)"));
        Assert.Equal(6, await python.GetAsync<int>($"chord([signature('net.add', args=(i, i), app=app) for i in range(3)])({S("xsum")}).get(timeout=50)"));
        Assert.Equal(8, await python.GetAsync<int>($"chain({S("add", "1, 1")}, group({S("add", "1,")}, {S("add", "2,")}), {S("xsum")}, {S("add", "1,")})().get(timeout=50)"));
        Assert.Equal(14, await python.GetAsync<int>($"chord([chain({S("add", "1, 1")}, {S("add", "2,")}), {S("add", "5, 5")}])({S("xsum")}).get(timeout=50)"));
        Assert.Equal(7, await python.GetAsync<int>($"chord([chord([{S("add", "1, 1")}, {S("add", "2, 2")}], {S("xsum")}), {S("add", "1, 0")}], {S("xsum")})().get(timeout=50)"));
        Assert.Equal((int[])[3, 7], await python.GetAsync<int[]>($"net_add.starmap([(1, 2), (3, 4)]).delay().get(timeout=50)"));
        Assert.Equal((int[][])[[0, 2], [4, 6]], await python.GetAsync<int[][]>($"net_add.chunks([(i, i) for i in range(4)], 2)().get(timeout=50)"));
        Assert.Equal((int[])[15], await python.GetAsync<int[]>($"(lambda r: (r.get(timeout=50), [c.get(timeout=50) for c in r.children])[1])({S("add", "2, 3")}.apply_async(link={S("add", "10,")}))"));
        var failed = await python.EvalAsync($"chain({S("add", "1, 2")}, signature('net.fail', immutable=True, app=app), {S("add", "4,")})().get(timeout=50)");
        Assert.Equal("ValueError", failed.GetProperty("error").GetString());
        var chord = await python.EvalAsync($"chord([{S("add", "1, 1")}, {S("fail")}])({S("xsum")}).get(timeout=50, propagate=True)");
        Assert.True(chord.GetProperty("error").GetString() is "ChordError" or "ValueError", chord.GetRawText());
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Celery_inspect_sees_the_NET_worker(string broker)
    {
        var queue = Brokers.NewQueue();
        await using var app = NewApp(broker, queue);
        await using var worker = await RunningWorker.StartAsync(app);
        await using var python = PythonCelery.Console(broker, queue);
        var node = worker.Worker.Node;
        string Inspect(string call) => $"app.control.inspect(destination=['{node}'], timeout=20, limit=1).{call}['{node}']";

        Assert.Equal("pong", await python.GetAsync<string>(Inspect("ping()") + "['ok']"));
        Assert.Equal((string[])["net.add", "net.error", "net.fail", "net.ids", "net.replace", "net.retry", "net.xsum"], await python.GetAsync<string[]>(Inspect("registered()")));
        Assert.Equal(queue, await python.GetAsync<string>(Inspect("active_queues()") + "[0]['name']"));
        Assert.Equal(4, await python.GetAsync<int>(Inspect("stats()") + "['pool']['max-concurrency']"));
        Assert.Equal(0, await python.GetAsync<int>($"len({Inspect("active()")})"));
        Assert.Equal("tasks {'abc'} flagged as revoked", await python.GetAsync<string>(
            $"app.control.revoke('abc', destination=['{node}'], reply=True, timeout=20, limit=1)[0]['{node}']['ok']"));
        // Other tests' revocations go to all workers, this one too.
        Assert.Contains("abc", await python.GetAsync<string[]>(Inspect("revoked()")));
        Assert.Equal("KeyError('no_such')", await python.GetAsync<string>(
            $"app.control.broadcast('no_such', destination=['{node}'], reply=True, timeout=20, limit=1)[0]['{node}']['error']"));
        await python.EvalAsync($"app.control.shutdown(destination=['{node}'])");
        await worker.Finished.WaitAsync(TestTime.Limit);
    }
}
