using Braid.Tests.Engines;

namespace Braid.Tests.Tasks;

/// <summary>Tasks that submit tasks, on one worker with one slot: whoever waits gives its slot up.</summary>
public class NestedTests(NestedTests.OneSlot clusters) : IClassFixture<NestedTests.OneSlot>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Fibonacci_by_blocking(string engine) => Assert.Equal(55, await clusters[engine].Submit(() => Blocking(10)));

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Fibonacci_by_awaiting(string engine) => Assert.Equal(55, await clusters[engine].Submit(() => AwaitingAsync(10)));

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Two_hundred_deep_by_blocking(string engine) => Assert.Equal(200, await clusters[engine].Submit(() => Depth(200)));

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Two_hundred_deep_by_awaiting(string engine) => Assert.Equal(200, await clusters[engine].Submit(() => DepthAsync(200)));

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_error_comes_up_from_any_depth_as_itself(string engine)
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(async () => await clusters[engine].Submit(() => Failing(20)));
        Assert.Equal("at the bottom", error.Message);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_captured_cluster_is_the_one_that_runs_the_task(string engine)
    {
        var cluster = clusters[engine];
        Assert.Equal(42, await cluster.Submit(async () => await cluster.Submit(() => 42)));
        Assert.Equal(1, await cluster.Submit(() => cluster.Describe().Workers.Count));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_may_wait_for_several_at_once_and_with_limits(string engine)
    {
        using var signals = new Signals();
        var go = signals["go"];
        Assert.Equal((30, true), await clusters[engine].Submit(async () =>
        {
            var cluster = Cluster.Current;
            var refs = Enumerable.Range(0, 10).Select(i => cluster.Submit(async () => await cluster.Submit(() => i % 5 + 1))).ToArray();
            var sums = await Task.WhenAll(refs.Select(reference => reference.AsTask()));
            // No core, so that it can run while this task holds the only slot.
            var held = cluster.Submit(() => Signals.Await(go), new() { Resources = new Dictionary<string, double> { ["cores"] = 0 } });
            var timedOut = false;
            try
            {
                await held.WaitAsync(TimeSpan.FromMilliseconds(1));
            }
            catch (TimeoutException)
            {
                timedOut = true;
            }

            Signals.Set(go);
            await held;
            return (sums.Sum(), timedOut);
        }));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_that_waits_is_not_collected(string engine) =>
        Assert.Equal(3, await clusters[engine].Submit(async () => await Cluster.Current.Submit(() =>
        {
            for (var i = 0; i < 5; i++)
            {
                GC.Collect();
                GC.WaitForPendingFinalizers();
            }

            return 3;
        })));

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_gets_options_for_what_it_submits(string engine)
    {
        var (name, attempt) = await clusters[engine].Submit(async () =>
        {
            // Read by the other attempt, wherever that runs.
            return await Cluster.Current.Submit(
                () => TaskContext.Current!.Attempt == 1 ? throw new TimeoutException() : (TaskContext.Current.Name, TaskContext.Current.Attempt),
                new() { Name = "inner", Retries = 1, RetryOn = e => e is TimeoutException, Priority = 3 });
        });
        Assert.Equal(("inner", 2), (name, attempt));
        Assert.True(await clusters[engine].Submit(async () =>
        {
            using var source = new CancellationTokenSource();
            var inner = Cluster.Current.Submit(token => Task.Delay(Timeout.Infinite, token), new() { CancellationToken = source.Token });
            await source.CancelAsync();
            try
            {
                await inner;
                return false;
            }
            catch (TaskCanceledException)
            {
                return true;
            }
        }));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_a_task_starts_and_does_not_await_runs_all_the_same(string engine)
    {
        var inner = await clusters[engine].Submit(() => Cluster.Current.Submit(() => 5));
        Assert.Equal(5, await inner);
    }

    private static int Blocking(int n)
    {
        if (n < 2)
            return n;
        var (a, b) = (Cluster.Current.Submit(() => Blocking(n - 1)), Cluster.Current.Submit(() => Blocking(n - 2)));
        return a.Value + b.Value;
    }

    private static async Task<int> AwaitingAsync(int n)
    {
        if (n < 2)
            return n;
        var (a, b) = (Cluster.Current.Submit(() => AwaitingAsync(n - 1)), Cluster.Current.Submit(() => AwaitingAsync(n - 2)));
        return await a + await b;
    }

    private static int Depth(int left) => left == 0 ? 0 : Cluster.Current.Submit(() => Depth(left - 1)).Value + 1;

    private static async Task<int> DepthAsync(int left) => left == 0 ? 0 : await Cluster.Current.Submit(() => DepthAsync(left - 1)) + 1;

    private static int Failing(int left) => left == 0 ? throw new InvalidDataException("at the bottom") : Cluster.Current.Submit(() => Failing(left - 1)).Value;

    /// <summary>One worker with one slot on each engine.</summary>
    public sealed class OneSlot : IAsyncLifetime
    {
        private readonly Dictionary<string, RunningCluster> _running = [];

        public Cluster this[string engine] => _running[engine].Cluster;

        public async ValueTask InitializeAsync()
        {
            foreach (var engine in (string[])[EngineNames.InProcess, EngineNames.Processes])
                _running[engine] = await RunningCluster.StartAsync(engine, options => options with { Workers = 1 });
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var running in _running.Values)
                await running.DisposeAsync();
        }
    }
}
