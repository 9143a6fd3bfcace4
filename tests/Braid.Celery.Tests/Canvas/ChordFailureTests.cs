using System.Collections.Concurrent;
using System.Text.Json;

namespace Braid.Celery.Tests.Canvases;

/// <summary>What is stored and called when the body of a chord, or what follows a task, will never run.</summary>
public sealed class ChordFailureTests
{
    private static CeleryTask<JsonElement> Same(CeleryApp app) => app.Task("same", (JsonElement value) => value);

    private static CeleryTask<int> Fail(CeleryApp app) => app.Task("fail", (Func<int>)(() => throw new TaskException("ValueError", "builtins", "boom")));

    /// <summary>It is refused when it is sent.</summary>
    private static Signature Unsendable(CeleryTask<JsonElement> same) => same.S([]).Set(new() { Serializer = "pickle" });

    private static async Task<TaskException> FailureAsync(CeleryApp app, string id) =>
        await Assert.ThrowsAnyAsync<TaskException>(() => app.Result(id).GetAsync<object?>(TestTime.Limit));

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task Each_member_of_a_body_that_is_a_group_fails_with_the_error_of_the_part(string broker)
    {
        await using var app = Apps.New(broker);
        var (same, fail) = (Same(app), Fail(app));
        await using var worker = await RunningWorker.StartAsync(app);
        var body = Canvas.Group(same.S([]), same.S([]) | same.S([]), Canvas.Group(same.S([])));
        var group = Assert.IsType<GroupResult>(await Canvas.Chord([same.Si(1), fail.Si()], body).ApplyAsync());
        Assert.Equal(3, group.Results.Count);
        foreach (var member in group.Results) Assert.Equal("ValueError", (await FailureAsync(app, member.Id)).ExceptionType);
        Assert.Equal("ValueError", (await FailureAsync(app, group.Id)).ExceptionType);

        // An outer chord counts them all.
        var outer = await Canvas.Chord([Canvas.Chord([fail.Si()], Canvas.Group(same.S([]), same.S([]))), same.Si(2)], same.S([])).ApplyAsync();
        Assert.Equal("ChordError", (await FailureAsync(app, outer.Id)).ExceptionType);
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task An_errback_that_is_linked_to_an_inner_and_an_outer_chord_is_called_once(string broker)
    {
        await using var app = Apps.New(broker);
        var (same, fail) = (Same(app), Fail(app));
        var called = new ConcurrentQueue<string>();
        var onError = app.Task("on_error", (string id) => called.Enqueue(id));
        var onInner = app.Task("on_inner", (string id) => called.Enqueue("inner " + id));
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1 });
        // As Celery links them.
        var inner = Canvas.Chord([same.Si(1), fail.Si()], same.S([]).Set(new() { TaskId = Guid.NewGuid().ToString() })).LinkError(onError.S()).LinkError(onInner.S());
        var outer = await Canvas.Chord([same.Si(2), inner], same.S([])).LinkError(onError.S()).ApplyAsync();
        await FailureAsync(app, outer.Id);
        await (await same.DelayAsync(3)).GetAsync(TestTime.Limit);
        Assert.Equal((string[])[$"inner {((ChordSignature)inner).Body.TaskId}", outer.Id], called);
    }

    [Theory]
    [InlineData(Brokers.Redis)]
    [InlineData(Brokers.RabbitMq)]
    public async Task What_cannot_be_sent_fails_and_nobody_waits_for_ever(string broker)
    {
        await using var app = Apps.New(broker);
        var same = Same(app);
        await using var worker = await RunningWorker.StartAsync(app);
        var chord = await Canvas.Chord([same.Si(1), same.Si(2)], Unsendable(same)).ApplyAsync();
        var error = await FailureAsync(app, chord.Id);
        Assert.Equal("ChordError", error.ExceptionType);
        Assert.StartsWith("Callback error: NotSupportedException(", error.Message, StringComparison.Ordinal);

        var linked = await same.Si(1).Link(Unsendable(same)).ApplyAsync();
        Assert.Equal("NotSupportedException", (await FailureAsync(app, linked.Id)).ExceptionType);
        var chain = await (same.Si(1) | Unsendable(same) | same.S([])).ApplyAsync();
        Assert.Equal("NotSupportedException", (await FailureAsync(app, chain.Id)).ExceptionType);
    }

    [Fact]
    public async Task A_step_that_has_its_id_keeps_it_where_the_chain_names_another()
    {
        await using var app = Apps.New(Brokers.Redis);
        var same = Same(app);
        await using var worker = await RunningWorker.StartAsync(app);
        var id = Guid.NewGuid().ToString();
        var chain = (same.Si(1) | same.S([]).Set(new() { TaskId = id })).Set(new() { TaskId = Guid.NewGuid().ToString() });
        Assert.Equal(id, (await chain.ApplyAsync()).Id);
        Assert.Equal(1, await app.Result(id).GetAsync<int>(TestTime.Limit));
    }

    [Fact]
    public async Task Errbacks_that_are_sent_are_one_group_and_those_of_a_task_that_nobody_knows_are_not_called()
    {
        await using var app = Apps.New(Brokers.Redis);
        var (same, fail) = (Same(app), Fail(app));
        var called = new ConcurrentQueue<string?>();
        var onError = app.Task("on_error", (TaskRequest self, string id) => called.Enqueue(self.Group));
        await using var worker = await RunningWorker.StartAsync(app, new() { Concurrency = 1 });
        await FailureAsync(app, (await app.Signature("unknown").LinkError(onError.S()).ApplyAsync()).Id);
        await FailureAsync(app, (await fail.Si().LinkError(onError.S()).LinkError(onError.S()).ApplyAsync()).Id);
        await TestTime.UntilAsync(() => Task.FromResult(called.Count >= 2), "both errbacks are called");
        await (await same.DelayAsync(1)).GetAsync(TestTime.Limit);
        Assert.Equal(2, called.Count);
        Assert.NotNull(Assert.Single(called.Distinct()));
    }

    [Fact]
    public async Task The_steps_of_a_replacement_and_those_that_follow_it_tell_how_deep_it_is()
    {
        await using var app = Apps.New(Brokers.Redis);
        var nest = app.Task("nest", (TaskRequest self, int[] depths) => (int[])[.. depths, self.Message.ReplacedTaskNesting]);
        var inner = app.Task("inner", async Task<int[]> (TaskRequest self, int[] depths) => throw await self.ReplaceAsync(nest.S(depths) | nest.S([])));
        var outer = app.Task("outer", async Task<int[]> (TaskRequest self) => throw await self.ReplaceAsync(nest.S((object)Array.Empty<int>()) | inner.S([]) | nest.S([])));
        await using var worker = await RunningWorker.StartAsync(app);
        Assert.Equal((int[])[1, 2, 2, 2, 2], await (await (outer.S() | nest.S([])).ApplyAsync()).GetAsync<int[]>(TestTime.Limit));
    }
}
