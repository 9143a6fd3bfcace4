using Braid.Tests.Engines;

namespace Braid.Tests.Actors;

/// <summary>Calls: every shape of lambda, order, dependencies, errors, and who may call.</summary>
public class CallTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_counter_counts_one_then_two(string engine)
    {
        var counter = clusters[engine].StartActor(() => new Counter());
        Assert.Equal(1, await counter.Call(c => c.Increment()));
        Assert.Equal(2, await counter.Call(c => c.Increment()));
        await counter.StopAsync();
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Calls_may_be_synchronous_asynchronous_and_return_nothing(string engine)
    {
        var counter = clusters[engine].StartActor(async () =>
        {
            await Task.Yield();
            return new Counter(10);
        });
        await counter.Call(c => c.See(1));
        await counter.Call(async c =>
        {
            await Task.Yield();
            c.See(2);
        });
        Assert.Equal(11, await counter.Call(async c =>
        {
            await Task.Yield();
            return c.Increment();
        }));
        Assert.Equal(12, await counter.Call(c => new ValueTask<int>(c.Increment())));
        Assert.Equal(13, await counter.Call((c, token) => token.CanBeCanceled ? c.Increment() : -1));
        counter.Tell(c => c.See(3));
        Assert.Equal((int[])[1, 2, 3], await counter.Call(c => c.Seen.ToArray()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Calls_may_be_converted_from_lambdas_of_other_types(string engine)
    {
        Func<Counter> create = () => new Counter(10);
        var counter = clusters[engine].StartActor(create);
        Func<Counter, string> ofText = c => $"{c.Increment()}";
        Func<Counter, object> ofObject = ofText;
        Assert.Equal("11", await counter.Call(ofObject));
        Func<object, string> ofAny = Convert.ToString!;
        Func<Counter, object> ofCounter = ofAny;
        Assert.Equal(typeof(Counter).FullName, await counter.Call(ofCounter));
        Func<Counter, CancellationToken, string> ofToken = (c, _) => $"{c.Increment()}";
        Func<Counter, CancellationToken, object> ofTokenObject = ofToken;
        Assert.Equal("12", await counter.Call(ofTokenObject));
        Action<object> see = o => ((Counter)o).See(1);
        counter.Tell(see);
        Func<Counter, Task<int>> seeLater = async c =>
        {
            await Task.Yield();
            c.See(2);
            return 0;
        };
        Func<Counter, Task> plain = seeLater;
        await counter.Call(plain);
        Func<Counter, IAsyncEnumerable<string>> ofTexts = c => c.CountToAsync(2).Select(i => $"{i}");
        Func<Counter, IAsyncEnumerable<object>> ofObjects = ofTexts;
        Assert.Equal(["1", "2"], await counter.Call(ofObjects).ToListAsync());
        Assert.Equal((int[])[1, 2], await counter.Call(c => c.Seen.ToArray()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_call_that_yields_items_is_a_stream_and_keeps_the_turn(string engine)
    {
        var counter = clusters[engine].StartActor(() => new Counter());
        var seen = new List<int>();
        ObjectRef<int>? behind = null;
        await foreach (var item in counter.Call(c => c.CountToAsync(500), new() { StreamBuffer = 8 }))
        {
            behind ??= counter.Call(c => c.Value);
            seen.Add(item);
        }

        Assert.Equal(Enumerable.Range(1, 500), seen);
        Assert.Equal(500, await behind!);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Calls_of_one_caller_run_in_the_order_made_and_one_at_a_time(string engine)
    {
        var counter = clusters[engine].StartActor(() => new Counter());
        for (var i = 0; i < 2000; i++)
        {
            var item = i;
            counter.Tell(async c =>
            {
                if (item % 100 == 0)
                    await Task.Yield();
                c.See(item);
            });
        }

        Assert.Equal(Enumerable.Range(0, 2000), await counter.Call(c => c.Seen.ToArray()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_call_waits_for_what_it_captures_and_holds_back_its_callers_later_calls_only(string engine)
    {
        using var signals = new Signals();
        var go = signals["go"];
        var cluster = clusters[engine];
        var counter = cluster.StartActor(() => new Counter());
        var slow = cluster.Submit(() =>
        {
            Signals.Await(go);
            return 5;
        });
        var first = counter.Call(c => c.Add(slow.Value));
        var second = counter.Call(c => c.Increment());
        Assert.Equal(1, await cluster.Submit(async () => await counter.Call(c => c.Increment())));
        Assert.Equal(ObjectStatus.Pending, second.Status);
        Signals.Set(go);
        Assert.Equal(6, await first);
        Assert.Equal(7, await second);
        Assert.Equal(8, await cluster.Submit(() => second.Value + 1));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_exception_comes_back_as_itself_and_the_actor_goes_on(string engine)
    {
        var counter = clusters[engine].StartActor(() => new Counter());
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () => await counter.Call(c => c.Value == 0 ? throw new InvalidDataException("zero") : 1));
        Assert.Equal("zero", error.Message);
        Assert.Equal(1, await counter.Call(c => c.Increment()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_failed_dependency_ends_the_call_and_lets_the_next_pass(string engine)
    {
        var cluster = clusters[engine];
        var counter = cluster.StartActor(() => new Counter());
        var bad = cluster.Submit<int>(() => throw new InvalidDataException("no"));
        var first = counter.Call(c => c.Add(bad.Value));
        var second = counter.Call(c => c.Increment());
        await Assert.ThrowsAsync<InvalidDataException>(async () => await first);
        Assert.Equal(1, await second);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Handles_travel_to_tasks_and_other_actors_and_back(string engine)
    {
        var cluster = clusters[engine];
        var counter = cluster.StartActor(() => new Counter());
        var caller = cluster.StartActor(() => new Forwarder(counter));
        Assert.Equal(1, await caller.Call(f => f.ForwardAsync()));
        Assert.Equal(2, await cluster.Submit(async () => await counter.Call(c => c.Increment())));
        var same = await caller.Call(f => f.Counter);
        Assert.Equal(counter.Id, same.Id);
        Assert.Equal(3, await same.Call(c => c.Increment()));
        var made = await cluster.Submit(() => Cluster.Current.StartActor(() => new Counter(40)));
        Assert.Equal(41, await made.Call(c => c.Increment()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_call_may_be_cancelled_before_it_starts_and_while_it_runs(string engine)
    {
        using var signals = new Signals();
        var started = signals["started"];
        var counter = clusters[engine].StartActor(() => new Counter());
        var running = counter.Call(async (c, token) =>
        {
            Signals.Set(started);
            await Task.Delay(Timeout.Infinite, token);
        });
        var waiting = counter.Call(c => c.Increment());
        await Until.TrueAsync(() => Signals.IsSet(started));
        waiting.Cancel();
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await waiting);
        running.Cancel();
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await running);
        Assert.Equal(1, await counter.Call(c => c.Increment()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_call_over_its_time_limit_fails(string engine)
    {
        var counter = clusters[engine].StartActor(() => new Counter());
        await Assert.ThrowsAsync<TimeoutException>(async () => await counter.Call(
            async (_, token) => await Task.Delay(Timeout.Infinite, token), new() { Timeout = TimeSpan.FromMilliseconds(20) }));
        Assert.Equal(1, await counter.Call(c => c.Increment()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_actor_knows_itself(string engine)
    {
        Assert.Null(ActorContext.Current);
        var counter = clusters[engine].StartActor(() => new Counter());
        var (id, incarnation) = await counter.Call(_ => (ActorContext.Current!.ActorId, ActorContext.Current.Incarnation));
        Assert.Equal((counter.Id, 1), (id, incarnation));
        var self = await counter.Call(_ => ActorContext.Current!.Self<Counter>());
        Assert.Equal(1, await self.Call(c => c.Increment()));
        await Assert.ThrowsAsync<InvalidCastException>(async () => await counter.Call(_ => { ActorContext.Current!.Self<string>(); }));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Whoever_has_awaited_a_call_finds_room_for_the_next(string engine)
    {
        var counter = clusters[engine].StartActor(() => new Counter(), new() { MailboxCapacity = 1 });
        for (var i = 1; i <= 1_000; i++)
            Assert.Equal(i, await counter.Call(c => c.Increment()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_full_mailbox_refuses_a_call(string engine)
    {
        using var signals = new Signals();
        var go = signals["go"];
        var cluster = clusters[engine];
        var counter = cluster.StartActor(() => new Counter(), new() { MailboxCapacity = 3 });
        var held = counter.Call(_ => Signals.Await(go));
        counter.Tell(c => c.Increment());
        counter.Tell(c => c.Increment());
        var full = Assert.Throws<ActorMailboxFullException>(() => counter.Call(c => c.Increment()));
        Assert.Contains("3 calls of actor", full.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ActorMailboxFullException>(async () =>
            await cluster.Submit(async () => await counter.Call(c => c.Increment())));
        var room = counter.WaitForRoomAsync(TestContext.Current.CancellationToken);
        var roomInTask = cluster.Submit(async () => await counter.WaitForRoomAsync());
        Assert.False(room.IsCompleted);
        Signals.Set(go);
        await room;
        await roomInTask;
        await held;
        await Until.TrueAsync(() => counter.Call(c => c.Value).AsTask().GetAwaiter().GetResult() == 2);
    }

    private sealed class Forwarder(ActorRef<Counter> counter)
    {
        public ActorRef<Counter> Counter => counter;

        public async Task<int> ForwardAsync() => await counter.Call(c => c.Increment());
    }
}
