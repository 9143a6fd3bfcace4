namespace Braid.Celery.Tests.Interop;

/// <summary>.NET sends, Python runs; and canvas whose parts run on both.</summary>
public sealed class PythonWorkerTests
{
    private static SendOptions To(string queue) => new() { Queue = queue };

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_Python_worker_serves_what_NET_sends_and_canvas_crosses_both(string broker)
    {
        string py = Brokers.NewQueue(), net = Brokers.NewQueue();
        await using var app = new CeleryApp("tests", Brokers.Url(broker), Brokers.Backend, new() { DefaultQueue = net, JsonDialect = JsonDialect.Plain });
        var netAdd = app.Task("net.add", (int x, int y) => x + y);
        var netSum = app.Task("net.xsum", (int[] numbers) => numbers.Sum());
        app.Route("py.*", py);
        await using var worker = await RunningWorker.StartAsync(app);
        await using var python = await PythonCelery.WorkerAsync(broker, py);
        Signature Add(params object?[] args) => app.Signature("py.add", args).Set(To(py));
        Signature Net(params object?[] args) => netAdd.S(args).Set(To(net));
        Signature Sum() => app.Signature("py.xsum").Set(To(py));
        Signature NetSum() => netSum.S([]).Set(To(net));

        Assert.Equal(5, await (await app.Remote<int>("py.add").DelayAsync(2, 3)).GetAsync(TestTime.Limit));
        var error = await Assert.ThrowsAsync<TaskException>(async () => await (await app.Remote<int>("py.fail").DelayAsync("bad")).GetAsync(TestTime.Limit));
        Assert.Equal(("ValueError", "builtins", "bad"), (error.ExceptionType, error.ExceptionModule, error.Message));

        var chain = await Canvas.Chain(Add(1, 2), Net(3), Add(4)).ApplyAsync();
        Assert.Equal(10, await chain.GetAsync<int>(TestTime.Limit));
        var chord = await Canvas.Chord([Add(1, 1), Net(2, 2), Add(3, 3)], Sum()).ApplyAsync();
        Assert.Equal(12, await chord.GetAsync<int>(TestTime.Limit));
        var upgraded = await Canvas.Chain(Net(1, 1), Canvas.Group(Add(1), Net(2)), NetSum(), Add(1)).ApplyAsync();
        Assert.Equal(8, await upgraded.GetAsync<int>(TestTime.Limit));
        var nested = await Canvas.Chord([Canvas.Chord([Net(1, 1), Add(2, 2)], NetSum()), Canvas.Chain(Add(1, 0), Net(1))], Sum()).ApplyAsync();
        Assert.Equal(8, await nested.GetAsync<int>(TestTime.Limit));
        // Begun here, counted and completed by Python alone.
        var theirs = await Canvas.Chord([Canvas.Chord([Add(1, 1), Add(2, 2)], Sum()), Canvas.Chain(Add(1, 0), Add(1))], Sum()).ApplyAsync();
        Assert.Equal(8, await theirs.GetAsync<int>(TestTime.Limit));
        var request = await (await app.SendTaskAsync("py.request", options: new() { Headers = new Dictionary<string, object?> { ["tenant"] = "blue" } })).GetAsync<Dictionary<string, object?>>(TestTime.Limit);
        Assert.NotNull(request["id"]);

        // A failure on one side reaches who waits on the other.
        var failed = await Canvas.Chain(Net(1, 1), app.Signature("py.fail").Set(To(py)), Net(1)).ApplyAsync();
        Assert.Equal("ValueError", (await Assert.ThrowsAnyAsync<TaskException>(() => failed.GetAsync<int>(TestTime.Limit))).ExceptionType);
    }
}
