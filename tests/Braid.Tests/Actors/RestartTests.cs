using System.Diagnostics;
using System.Globalization;
using Braid.Tests.Engines;

namespace Braid.Tests.Actors;

/// <summary>Workers die under actors.</summary>
public class RestartTests
{
    [Fact(Timeout = Until.TestMs)]
    public async Task Without_restarts_an_actor_dies_with_its_worker_and_its_calls_with_it()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var counter = running.Cluster.StartActor(() => new Counter());
        Assert.Equal(1, await counter.Call(c => c.Increment()));
        var killer = counter.Call(_ => Process.GetCurrentProcess().Kill());
        var dead = await Assert.ThrowsAsync<ActorDeadException>(async () => await killer);
        Assert.IsType<WorkerLostException>(dead.InnerException);
        await Assert.ThrowsAsync<ActorDeadException>(async () => await counter.Call(c => c.Increment()));
        Assert.Equal(2, await running.Cluster.Submit(() => 2));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_restarted_actor_is_made_anew_and_the_call_under_way_fails()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var counter = running.Cluster.StartActor(() => new Counter(10), new() { MaxRestarts = 2 });
        Assert.Equal(11, await counter.Call(c => c.Increment()));
        await Assert.ThrowsAsync<ActorRestartedException>(async () => await counter.Call(_ => Process.GetCurrentProcess().Kill()));
        Assert.Equal(11, await counter.Call(c => c.Increment()));
        Assert.Equal(2, await counter.Call(_ => ActorContext.Current!.Incarnation));
        await Assert.ThrowsAsync<ActorRestartedException>(async () => await counter.Call(_ => Process.GetCurrentProcess().Kill()));
        await Assert.ThrowsAsync<ActorDeadException>(async () => await counter.Call(_ => Process.GetCurrentProcess().Kill()));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Calls_that_ask_for_it_run_again_in_their_order()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        using var signals = new Signals();
        var ran = signals["ran"];
        var counter = running.Cluster.StartActor(() => new Counter(), new() { MaxRestarts = 3, MaxCallRetries = 2 });
        var killer = counter.Call(_ =>
        {
            Signals.Mark(ran);
            if (Signals.Marks(ran) == 1)
                Process.GetCurrentProcess().Kill();
            return Signals.Marks(ran);
        });
        var behind = Enumerable.Range(0, 20).Select(i => counter.Call(c =>
        {
            c.See(i);
            return c.Seen.Count;
        })).ToArray();
        Assert.Equal(2, await killer);
        Assert.Equal(Enumerable.Range(1, 20), await Cluster.WhenAll(behind));
        Assert.Equal(Enumerable.Range(0, 20), await counter.Call(c => c.Seen.ToArray()));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task An_actor_with_snapshots_loses_nothing_that_its_callers_saw_succeed()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var ledger = running.Cluster.StartActor(() => new Ledger(), new() { MaxRestarts = 5 });
        for (var round = 1; round <= 3; round++)
        {
            Assert.Equal(round * 10, await ledger.Call(l => l.Deposit(10)));
            await Assert.ThrowsAsync<ActorRestartedException>(async () => await ledger.Call(_ => Process.GetCurrentProcess().Kill()));
        }

        Assert.Equal(30, await ledger.Call(l => l.Balance));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Rarer_snapshots_lose_what_came_after_the_last()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var ledger = running.Cluster.StartActor(() => new Ledger(), new() { MaxRestarts = 1, SnapshotEvery = 3 });
        for (var i = 0; i < 5; i++)
            await ledger.Call(l => l.Deposit(10));
        await Assert.ThrowsAsync<ActorRestartedException>(async () => await ledger.Call(_ => Process.GetCurrentProcess().Kill()));
        Assert.Equal(30, await ledger.Call(l => l.Balance));
        var asked = running.Cluster.StartActor(() => new Ledger(), new() { MaxRestarts = 1, SnapshotEvery = 0 });
        await asked.Call(l => l.Deposit(5));
        await asked.Call(_ => ActorContext.Current!.TakeSnapshot());
        await asked.Call(l => l.Deposit(5));
        await Assert.ThrowsAsync<ActorRestartedException>(async () => await asked.Call(_ => Process.GetCurrentProcess().Kill()));
        Assert.Equal(5, await asked.Call(l => l.Balance));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Workers_killed_from_outside_lose_no_deposit_that_was_confirmed()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes);
        var ledger = running.Cluster.StartActor(() => new Ledger(), new() { MaxRestarts = 1000 });
        var (confirmed, unknown) = (0, 0);
        for (var i = 0; i < 60; i++)
        {
            if (i % 20 == 10)
            {
                var process = await AgainAsync(() => ledger.Call(_ => Environment.ProcessId));
                ledger.Tell(_ => Thread.Sleep(1));
                Process.GetProcessById(process).Kill();
            }

            try
            {
                await ledger.Call(l => l.Deposit(1));
                confirmed++;
            }
            catch (ActorRestartedException)
            {
                unknown++;
            }
        }

        Assert.InRange(await AgainAsync(() => ledger.Call(l => l.Balance)), confirmed, confirmed + unknown);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task The_forced_end_of_a_neighbour_restarts_an_actor_without_charge_if_it_may_restart_at_all()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        using var signals = new Signals();
        var started = signals["started"];
        var restarts = running.Cluster.StartActor(() => new Counter(), new() { MaxRestarts = 1 });
        var stays = running.Cluster.StartActor(() => new Counter());
        await restarts.Call(c => c.Increment());
        await stays.Call(c => c.Increment());
        var stuck = running.Cluster.Submit(() =>
        {
            Signals.Set(started);
            Thread.Sleep(Timeout.Infinite);
        });
        await Until.TrueAsync(() => Signals.IsSet(started));
        stuck.Cancel(force: true);
        await Assert.ThrowsAsync<TaskCanceledException>(async () => await stuck);
        Assert.Equal(1, await AgainAsync(() => restarts.Call(c => c.Increment())));
        await Assert.ThrowsAsync<ActorRestartedException>(async () => await restarts.Call(_ => Process.GetCurrentProcess().Kill()));
        Assert.Equal(1, await restarts.Call(c => c.Increment()));
        await Assert.ThrowsAsync<ActorDeadException>(async () => await stays.Call(c => c.Increment()));
    }

    /// <summary>Asks again where the call was lost with its worker.</summary>
    private static async Task<T> AgainAsync<T>(Func<ObjectRef<T>> call)
    {
        while (true)
        {
            try
            {
                return await call();
            }
            catch (ActorRestartedException)
            {
                // It may have run; these calls do no harm twice.
            }
        }
    }

    private sealed class Ledger : ISnapshotActor<int>
    {
        public int Balance { get; private set; }

        public int Deposit(int amount) => Balance += amount;

        public int TakeSnapshot() => Balance;

        public void Restore(int state) => Balance = state;
    }
}
