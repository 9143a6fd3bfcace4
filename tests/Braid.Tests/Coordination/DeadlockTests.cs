using Braid.Tests.Engines;

namespace Braid.Tests.Coordination;

public class DeadlockTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Two_tasks_that_take_two_locks_in_opposite_order_are_found_and_named(string engine)
    {
        var cluster = clusters[engine];
        var left = cluster.CreateLock();
        var right = cluster.CreateLock();
        var both = cluster.CreateBarrier(2);
        var first = cluster.Submit(() => CrossAsync(left, right, both), new() { Name = "first" });
        var second = cluster.Submit(() => CrossAsync(right, left, both), new() { Name = "second" });
        var deadlock = await Assert.ThrowsAsync<DeadlockException>(async () => await second);
        Assert.Equal(1, await first);
        Assert.Equal(["second", "first"], deadlock.Members.Select(member => member.Name));
        Assert.Equal([second.Id, first.Id], deadlock.Members.Select(member => member.TaskId));
        Assert.Contains($"'{left.Id}', held by task {first.Id}", deadlock.Members[0].WaitsFor, StringComparison.Ordinal);
        Assert.Contains($"task {first.Id} 'first' (on worker ", deadlock.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_lock_that_a_task_holds_already_is_a_deadlock_of_one(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        var deadlock = await Assert.ThrowsAsync<DeadlockException>(async () => await cluster.Submit(async () =>
        {
            await using var held = await guard.AcquireAsync();
            await using var again = await guard.AcquireAsync();
        }));
        Assert.Single(deadlock.Members);
        await using var free = await guard.AcquireAsync();
        Assert.False(free.WasAbandoned);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task After_a_deadlock_the_task_may_wait_for_others_without_an_await(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        Assert.Equal((1, 2), await cluster.Submit(async () =>
        {
            await using var held = await guard.AcquireAsync();
            var child = Cluster.Current.Submit(async () =>
            {
                await using var inner = await guard.AcquireAsync();
            });
            var told = 0;
            try
            {
                await child;
            }
            catch (DeadlockException)
            {
                told++;
            }

            return (told, Cluster.Current.Submit(() => 2).GetAwaiter().GetResult());
        }));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_parent_that_holds_what_its_child_needs_is_found(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        var parent = cluster.Submit(async () =>
        {
            await using var held = await guard.AcquireAsync();
            var child = Cluster.Current.Submit(async () =>
            {
                await using var inner = await guard.AcquireAsync();
                return 1;
            });
            try
            {
                return await child;
            }
            catch (DeadlockException deadlock)
            {
                return deadlock.Members.Count;
            }
        });
        Assert.Equal(2, await parent);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_that_waits_for_its_own_dependent_is_found(string engine)
    {
        var cluster = clusters[engine];
        var mail = cluster.CreateQueue<ObjectRef<int>>();
        var waiting = cluster.Submit(async () => await await mail.TakeAsync());
        var dependent = cluster.Submit(() => waiting.Value + 1);
        await mail.PutAsync(dependent);
        var deadlock = await Assert.ThrowsAsync<DeadlockException>(async () => await waiting);
        Assert.Equal([waiting.Id, dependent.Id], deadlock.Members.Select(member => member.TaskId));
        Assert.Equal(0, deadlock.Members[1].WorkerId);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Permits_that_all_wait_for_more_of_are_a_deadlock(string engine)
    {
        var cluster = clusters[engine];
        var pool = cluster.CreateSemaphore(3);
        var both = cluster.CreateBarrier(2);
        var tasks = Enumerable.Range(0, 2).Select(_ => cluster.Submit(async () =>
        {
            await using var one = await pool.AcquireAsync();
            await both.ArriveAsync();
            await using var two = await pool.AcquireAsync(2);
            return 1;
        })).ToArray();
        await Assert.ThrowsAsync<DeadlockException>(async () => await tasks[1]);
        Assert.Equal(1, await tasks[0]);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_may_go_on_after_a_deadlock(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        Assert.Equal(3, await cluster.Submit(async () =>
        {
            var found = 0;
            await using (await guard.AcquireAsync())
            {
                for (var i = 0; i < 2; i++)
                {
                    try
                    {
                        await guard.AcquireAsync();
                    }
                    catch (DeadlockException)
                    {
                        found++;
                    }
                }
            }

            await using var held = await guard.AcquireAsync();
            return found + await Cluster.Current.Submit(() => 1);
        }));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_wait_with_a_time_limit_or_a_token_is_no_deadlock(string engine)
    {
        var cluster = clusters[engine];
        var left = cluster.CreateLock();
        var right = cluster.CreateLock();
        var both = cluster.CreateBarrier(2);
        var patient = cluster.Submit(() => CrossAsync(left, right, both));
        var limited = cluster.Submit(async () =>
        {
            await using var one = await right.AcquireAsync();
            await both.ArriveAsync();
            try
            {
                await using var two = await left.AcquireAsync(TimeSpan.FromSeconds(1.5));
                return "had it";
            }
            catch (TimeoutException)
            {
                return "gave up";
            }
        });
        Assert.Equal("gave up", await limited);
        Assert.Equal(1, await patient);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_lock_that_is_asked_for_and_not_awaited_is_no_wait(string engine)
    {
        var cluster = clusters[engine];
        var left = cluster.CreateLock();
        var right = cluster.CreateLock();
        var both = cluster.CreateBarrier(2);
        var patient = cluster.Submit(() => CrossAsync(left, right, both));
        var busy = cluster.Submit(async () =>
        {
            var mine = await right.AcquireAsync();
            await both.ArriveAsync();
            var asked = left.AcquireAsync();
            // It computes, for longer than it takes to find a deadlock, and would then let go.
            Thread.Sleep(1500);
            mine.Dispose();
            await using var other = await asked;
            return 2;
        });
        Assert.Equal(1, await patient);
        Assert.Equal(2, await busy);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Of_several_waits_any_may_let_a_task_go_on(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        var signal = cluster.CreateEvent();
        var task = cluster.Submit(async () =>
        {
            await using var held = await guard.AcquireAsync();
            // The one can never be had; the other can.
            var first = await Task.WhenAny(guard.AcquireAsync().AsTask(), signal.WaitAsync().AsTask());
            await first;
            return 3;
        });
        await Assert.ThrowsAsync<TimeoutException>(() => task.WaitAsync(TimeSpan.FromSeconds(1)));
        await signal.SetAsync();
        Assert.Equal(3, await task);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_holder_that_computes_is_no_deadlock(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        using var signals = new Signals();
        var holds = signals["holds"];
        var holder = cluster.Submit(async () =>
        {
            await using var held = await guard.AcquireAsync();
            Signals.Set(holds);
            Thread.Sleep(1500);
        });
        await Signals.AwaitAsync(holds);
        Assert.Equal(1, await cluster.Submit(async () =>
        {
            await using var held = await guard.AcquireAsync();
            return 1;
        }));
        await holder;
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_the_driver_holds_or_could_put_is_no_deadlock(string engine)
    {
        var cluster = clusters[engine];
        var guard = cluster.CreateLock();
        var queue = cluster.CreateQueue<int>();
        var held = await guard.AcquireAsync();
        var task = cluster.Submit(async () =>
        {
            await using var mine = await guard.AcquireAsync();
            return await queue.TakeAsync();
        });
        // Longer than it takes to find one.
        await Assert.ThrowsAsync<TimeoutException>(() => task.WaitAsync(TimeSpan.FromSeconds(1)));
        held.Dispose();
        await Assert.ThrowsAsync<TimeoutException>(() => task.WaitAsync(TimeSpan.FromSeconds(1)));
        await queue.PutAsync(5);
        Assert.Equal(5, await task);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_queue_that_nobody_is_left_to_fill_is_a_deadlock()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var deadlock = await Assert.ThrowsAsync<DeadlockException>(async () => await running.Cluster.Submit(async () =>
        {
            var queue = Cluster.Current.CreateQueue<int>();
            var other = Cluster.Current.Submit(() => queue.TakeAsync());
            return await queue.TakeAsync() + await other;
        }));
        Assert.Contains("take of queue", deadlock.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_deep_tree_of_blocked_tasks_is_no_deadlock(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine);
        var cluster = running.Cluster;
        var gate = cluster.CreateEvent();
        var deep = cluster.Submit(() => DeepAsync(300, gate));
        await Assert.ThrowsAsync<TimeoutException>(() => deep.WaitAsync(TimeSpan.FromSeconds(1)));
        await gate.SetAsync();
        Assert.Equal(300, await deep);
    }

    private static async Task<int> DeepAsync(int depth, DistributedEvent gate)
    {
        if (depth > 0)
            return 1 + await Cluster.Current.Submit(() => DeepAsync(depth - 1, gate));
        await gate.WaitAsync();
        return 0;
    }

    private static async Task<int> CrossAsync(DistributedLock mine, DistributedLock other, DistributedBarrier both)
    {
        await using var one = await mine.AcquireAsync();
        await both.ArriveAsync();
        await using var two = await other.AcquireAsync();
        return 1;
    }
}

/// <summary>Actors that call each other in a circle.</summary>
public class ActorDeadlockTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Two_actors_that_call_each_other_back_are_found(string engine)
    {
        var cluster = clusters[engine];
        var one = cluster.StartActor(() => new Caller());
        var other = cluster.StartActor(() => new Caller());
        var deadlock = await Assert.ThrowsAsync<DeadlockException>(async () => await one.Call(actor => actor.CallBackAsync(other, one)));
        Assert.Equal(3, deadlock.Members.Count);
        Assert.Equal(7, await one.Call(actor => actor.Seven()));
        Assert.Equal(7, await other.Call(actor => actor.Seven()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_actor_that_calls_itself_and_waits_is_found(string engine)
    {
        var actor = clusters[engine].StartActor(() => new Caller());
        var deadlock = await Assert.ThrowsAsync<DeadlockException>(async () => await actor.Call(a => a.CallAsync(actor)));
        Assert.Equal(2, deadlock.Members.Count);
        Assert.Equal(7, await actor.Call(a => a.Seven()));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_call_that_stands_behind_one_that_waits_for_it_is_found(string engine)
    {
        var cluster = clusters[engine];
        var actor = cluster.StartActor(() => new Caller());
        var told = cluster.CreateQueue<ObjectRef<int>>();
        var waits = cluster.Submit(async () => await await told.TakeAsync());
        // The first call captures what waits for the second, which its caller made later.
        var first = actor.Call(a => a.Seven() + waits.Value);
        var second = actor.Call(a => a.Seven());
        await told.PutAsync(second);
        var deadlock = await Assert.ThrowsAsync<DeadlockException>(async () => await waits);
        Assert.Equal(3, deadlock.Members.Count);
        await Assert.ThrowsAsync<DeadlockException>(async () => await first);
        Assert.Equal(7, await second);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_constructor_that_waits_for_a_call_on_its_own_actor_is_found(string engine)
    {
        var actor = clusters[engine].StartActor(async () =>
        {
            await ActorContext.Current!.Self<Caller>().Call(a => a.Seven());
            return new Caller();
        });
        var dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await actor.Call(a => a.Seven()));
        Assert.IsType<DeadlockException>(dead.InnerException);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_call_that_waits_for_the_end_of_its_own_actor_is_found(string engine)
    {
        var actor = clusters[engine].StartActor(() => new Caller());
        var deadlock = await Assert.ThrowsAsync<DeadlockException>(async () => await actor.Call(async _ => await actor.StopAsync(CancellationToken.None)));
        Assert.Equal(2, deadlock.Members.Count);
        await actor.StopAsync(TestContext.Current.CancellationToken);
    }

    private sealed class Caller
    {
        private readonly int _seven = 7;

        public int Seven() => _seven;

        public async Task<int> CallAsync(ActorRef<Caller> other) => await other.Call(actor => actor.Seven()) + _seven - _seven;

        public async Task<int> CallBackAsync(ActorRef<Caller> other, ActorRef<Caller> me) =>
            await other.Call(actor => actor.CallAsync(me)) + _seven - _seven;
    }
}
