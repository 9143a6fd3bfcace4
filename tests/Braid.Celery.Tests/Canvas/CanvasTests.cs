using System.Text;
using System.Text.Json;
using Braid.Celery.Backends;
using Braid.Celery.Redis;

namespace Braid.Celery.Tests.Canvases;

public sealed class CanvasTests
{
    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Every_shape_of_canvas_gives_its_result(string broker)
    {
        await using var app = Apps.New(broker);
        var add = app.Task("add", (int x, int y) => x + y);
        var sum = app.Task("xsum", (int[] numbers) => numbers.Sum());
        var toChord = app.Task("to_chord", async (TaskRequest self, int x) => { await self.AddToChordAsync(self.App.Signature("add", x, 1000)); return x; });
        var replaceGroup = app.Task("replace_group", async (TaskRequest self, int x) => throw await self.ReplaceAsync(Canvas.Group(self.App.Signature("add", x, 1), self.App.Signature("add", x, 2))));
        var replaceChain = app.Task("replace_chain", async (TaskRequest self, int x) => throw await self.ReplaceAsync(self.App.Signature("add", x, 1) | self.App.Signature("add", 2)));
        await using var worker = await RunningWorker.StartAsync(app);
        async Task<T> Run<T>(Signature canvas) => await (await canvas.ApplyAsync()).GetAsync<T>(TestTime.Limit);

        Assert.Equal(10, await Run<int>(add.S(1, 2) | add.S(3) | add.S(4)));
        Assert.Equal((int[])[2, 4, 6], await Run<int[]>(Canvas.Group(add.S(1, 1), add.S(2, 2), Canvas.Group(add.S(3, 3)))));
        Assert.Equal(6, await Run<int>(Canvas.Chord([add.S(1, 1), add.S(2, 2)], sum.S([]))));
        Assert.Equal(0, await Run<int>(Canvas.Chord([], sum.S([]))));
        Assert.Equal(17, await Run<int>(Canvas.Chord([add.S(1, 1), add.S(2, 2)], sum.S([]) | add.S(1)) | add.S(10)));
        Assert.Equal(7, await Run<int>(Canvas.Chord([Canvas.Chord([add.S(1, 1), add.S(2, 2)], sum.S([])), add.S(1, 0)], sum.S([]))));
        Assert.Equal((int[])[3, 7], await Run<int[]>(Canvas.StarMap(add.S([]), [[1, 2], [3, 4]])));
        Assert.Equal((int[])[3, 7], await Run<int[]>(Canvas.Map(sum.S([]), [new[] { 1, 2 }, new[] { 3, 4 }])));
        Assert.Equal((int[][])[[0, 2], [4, 6]], await Run<int[][]>(Canvas.Chunks(add.S([]), Enumerable.Range(0, 4).Select(i => (IReadOnlyList<object?>)[i, i]), 2)));
        Assert.Equal((int[])[2, 3], await Run<int[]>(replaceGroup.S(1)));
        Assert.Equal(4, await Run<int>(replaceChain.S(1)));
        Assert.Equal(14, await Run<int>(replaceChain.S(1) | add.S(10)));
        Assert.Equal(2006, await Run<int>(Canvas.Chord([toChord.S(1), toChord.S(2)], sum.S([]))));

        var linked = await add.S(2, 3).Link(add.S(10)).ApplyAsync();
        Assert.Equal(5, await linked.GetAsync<int>(TestTime.Limit));
        var child = Assert.Single(await linked.GetChildrenAsync());
        Assert.Equal(15, await child.GetAsync<int>(TestTime.Limit));
        var collected = new List<object?>();
        await foreach (var (_, value) in linked.CollectAsync()) collected.Add(value);
        Assert.Equal([5L, 15L], collected);

        var group = await Canvas.Group(add.S(1, 1), add.S(2, 2)).ApplyGroupAsync();
        await group.SaveAsync();
        Assert.Equal((int[])[2, 4], await (await app.RestoreGroupAsync(group.Id))!.JoinAsync<int>(TestTime.Limit));
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_chords_body_gets_the_results_nested_as_the_header_is_each_time_that_it_is_sent(string broker)
    {
        await using var app = Apps.New(broker);
        var same = app.Task("same", (JsonElement value) => value);
        var toChord = app.Task("to_chord", async (TaskRequest self, int x) => { await self.AddToChordAsync(self.App.Signature("same", x + 1000)); return x; });
        await using var worker = await RunningWorker.StartAsync(app);
        var fork = same.S(42) | Canvas.Group(same.S([]), same.S([]));
        var deep = same.S(7) | Canvas.Chord([same.S([])], same.S([]) | Canvas.Group(same.S([]), same.S([])));
        async Task<string> Run(Signature canvas) => JsonSerializer.Serialize(await (await canvas.ApplyAsync()).GetAsync<JsonElement>(TestTime.Limit));

        var chord = Canvas.Chord([same.S(1), fork, Canvas.Group(same.S(2))], same.S([]));
        Assert.Equal("[1,[42,42],2]", await Run(chord));
        Assert.Equal("[1,[42,42],2]", await Run(chord));
        Assert.Equal("[[[7],[7]],3]", await Run(Canvas.Chord([deep, same.S(3)], same.S([]))));
        Assert.Equal("[[42,42],5,1005]", await Run(Canvas.Chord([fork, toChord.S(5)], same.S([]))));
        Assert.Equal("[[42,42]]", await Run(Canvas.Chord([fork], same.S([]) | same.S([]))));
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task The_first_step_of_a_chords_body_has_the_part_that_was_last_as_its_parent(string broker)
    {
        await using var app = Apps.New(broker);
        var ids = app.Task("ids", (TaskRequest self) => new[] { self.Id, self.ParentId, self.RootId });
        await using var worker = await RunningWorker.StartAsync(app);
        var last = await (ids.Si() | ids.Si() | Canvas.Group(ids.Si(), ids.Si()) | ids.Si() | ids.Si()).ApplyAsync();
        var end = await last.GetAsync<string[]>(TestTime.Limit);
        var body = await last.Parent!.GetAsync<string[]>(TestTime.Limit);
        var header = Assert.IsType<GroupResult>(last.Parent.Parent);
        var before = await header.Parent!.GetAsync<string[]>(TestTime.Limit);

        Assert.Equal(body[0], end[1]);
        Assert.Contains(body[1], header.Results.Select(r => r.Id));
        foreach (var part in await header.JoinAsync<string[]>(TestTime.Limit)) Assert.Equal(before[0], part[1]);
        Assert.Single(new[] { end[2], body[2], before[2], header.Parent.Parent!.Id }.Distinct());
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_failed_chord_tells_the_errbacks_that_were_sent_for_its_body_and_keeps_its_parts(string broker)
    {
        await using var app = Apps.New(broker);
        var same = app.Task("same", (JsonElement value) => value);
        var fail = app.Task("fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        var onError = app.Task("on_error", (string id) => id);
        await using var worker = await RunningWorker.StartAsync(app);
        var told = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        var inPlace = app.Task("in-place", (TaskRequest request, Exception error, string? traceback) => { told.TrySetResult(request.Id); });
        var chord = await Canvas.Chord([same.S(3), same.S(7), fail.Si()], same.S([]).LinkError(onError.S()).LinkError(inPlace.S())).ApplyAsync();
        Assert.Equal(chord.Id, await told.Task.WaitAsync(TestTime.Limit));
        await app.Backend.WaitAsync(chord.Id, CancellationToken.None).WaitAsync(TestTime.Limit);

        var errbacks = Assert.IsType<GroupResult>(Assert.Single(await chord.GetChildrenAsync()));
        Assert.Equal(chord.Id, await Assert.Single(errbacks.Results).GetAsync<string>(TestTime.Limit));

        await using var client = new RedisClient(RedisEndpoint.Parse(Brokers.Backend), "test", TimeProvider.System);
        var header = Assert.IsType<GroupResult>(chord.Parent);
        var parts = await client.ExecuteAsync(new RedisCommand("ZRANGE", $"celery-taskset-meta-{header.Id}.j", 0, -1), 1, default);
        Assert.Equal(header.Results.Select(r => r.Id), parts.Items!.Select(p => JsonDocument.Parse(p.Bytes!).RootElement[1].GetString()));
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task A_failure_reaches_all_that_wait_for_it_and_its_errbacks(string broker)
    {
        await using var app = Apps.New(broker);
        var add = app.Task("add", (int x, int y) => x + y);
        var fail = app.Task("fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));
        var inPlace = new TaskCompletionSource<string>();
        var onError = app.Task("on_error", (TaskRequest failed, Exception error, string? traceback) => inPlace.TrySetResult($"{failed.Name}: {error.Message}"));
        var sent = new TaskCompletionSource<string>();
        var onErrorSent = app.Task("on_error_sent", (string id) => sent.TrySetResult(id));
        await using var worker = await RunningWorker.StartAsync(app);

        var failed = await fail.S().LinkError(onError.S()).LinkError(onErrorSent.S()).ApplyAsync();
        await Assert.ThrowsAsync<TaskException>(() => failed.GetAsync<int>(TestTime.Limit));
        Assert.Equal("fail: boom", await inPlace.Task.WaitAsync(TestTime.Limit));
        Assert.Equal(failed.Id, await sent.Task.WaitAsync(TestTime.Limit));

        var chain = await (add.S(1, 1) | fail.Si() | add.S(1) | add.S(2)).ApplyAsync();
        Assert.Equal("ValueError", (await Assert.ThrowsAsync<TaskException>(() => chain.GetAsync<int>(TestTime.Limit))).ExceptionType);
        var chord = await Canvas.Chord([add.S(1, 1), fail.Si()], add.S(1)).ApplyAsync();
        await Assert.ThrowsAnyAsync<TaskException>(() => chord.GetAsync<int>(TestTime.Limit));
        var body = await app.Backend.WaitAsync(chord.Id, CancellationToken.None).WaitAsync(TestTime.Limit);
        Assert.Contains($"\"exc_type\":\"ChordError\"", Encoding.UTF8.GetString(body.Result.Span), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_chord_counts_each_task_once_and_fires_once()
    {
        await using var backend = new RedisBackend(RedisEndpoint.Parse(Brokers.Backend), new(), TimeProvider.System);
        var group = Guid.NewGuid().ToString();
        ResultMeta Part(string id, string json) => new() { TaskId = id, Status = TaskStates.Success, Result = Encoding.UTF8.GetBytes(json) };
        var none = CancellationToken.None;
        await backend.SetChordSizeAsync(group, 3, none);
        Assert.Null(await backend.AddChordPartAsync(group, 0, Part("a", "1"), none));
        // The same task again, with another result: it ran twice.
        Assert.Null(await backend.AddChordPartAsync(group, 0, Part("a", "2"), none));
        await backend.ExtendChordAsync(group, 1, none);
        Assert.Null(await backend.AddChordPartAsync(group, 2, Part("c", "3"), none));
        Assert.Null(await backend.AddChordPartAsync(group, 1, Part("b", "2"), none));
        var parts = await backend.AddChordPartAsync(group, 3, Part("d", "4"), none);
        Assert.Equal(["a", "b", "c", "d"], parts!.Select(p => p.TaskId));
        // Another worker that repeats the last part does not fire while this one does.
        Assert.Null(await backend.AddChordPartAsync(group, 3, Part("d", "4"), none));
        await backend.CompleteChordAsync(group, failed: false, none);
        Assert.Null(await backend.AddChordPartAsync(group, 3, Part("d", "4"), none));
    }
}
