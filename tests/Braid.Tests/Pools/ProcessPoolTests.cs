using System.Globalization;

namespace Braid.Tests.Pools;

/// <summary>One pool of two worker processes for the tests that leave it as they found it.</summary>
public sealed class PoolFixture : IAsyncLifetime
{
    public ProcessPool Pool { get; private set; } = null!;

    public async ValueTask InitializeAsync() => Pool = await ProcessPool.StartAsync(workers: 2);

    public ValueTask DisposeAsync() => Pool.DisposeAsync();
}

public class ProcessPoolTests(PoolFixture fixture) : IClassFixture<PoolFixture>
{
    private readonly ProcessPool _pool = fixture.Pool;

    [Fact]
    public async Task A_map_gives_its_results_in_the_order_of_the_items()
    {
        var squares = await _pool.MapAsync(x => x * x, Enumerable.Range(0, 1000));
        Assert.Equal(Enumerable.Range(0, 1000).Select(x => x * x), squares);
    }

    [Fact]
    public async Task Functions_may_be_converted_from_those_of_other_types()
    {
        Func<string> ofText = () => "a";
        Func<object> ofObject = ofText;
        Assert.Equal("a", await _pool.ApplyAsync(ofObject));
        Func<object, string> show = o => $"{o}";
        Func<string, object> converted = show;
        string[] items = ["a", "b"];
        Assert.Equal(items, await _pool.MapAsync(converted, items));
        Assert.Equal(items, await _pool.MapStreamAsync(converted, items).ToListAsync());
    }

    [Fact]
    public async Task A_map_over_nothing_gives_nothing() =>
        Assert.Empty(await _pool.MapAsync(x => x, Array.Empty<int>()));

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(1000)]
    public async Task Any_chunk_size_gives_the_same_results(int chunkSize)
    {
        var texts = await _pool.MapAsync(x => x.ToString(CultureInfo.InvariantCulture), Enumerable.Range(0, 100), new() { ChunkSize = chunkSize });
        Assert.Equal(Enumerable.Range(0, 100).Select(x => x.ToString(CultureInfo.InvariantCulture)), texts);
    }

    [Fact]
    public async Task A_large_map_travels_through_shared_memory()
    {
        var input = Enumerable.Range(0, 1_000_000).ToArray();
        var output = await _pool.MapAsync(x => (long)x * x, input);
        Assert.Equal(input.Length, output.Length);
        Assert.Equal(999_999L * 999_999L, output[^1]);
    }

    [Fact]
    public async Task A_map_over_tuples_spreads_them_over_the_arguments()
    {
        var sums = await _pool.MapAsync((a, b) => a + b, new[] { (1, 2), (3, 4) });
        Assert.Equal([3, 7], sums);
        sums = await _pool.MapAsync((a, b, c) => a + b + c, new[] { (1, 2, 3), (4, 5, 6) });
        Assert.Equal([6, 15], sums);
    }

    [Fact]
    public async Task An_asynchronous_function_is_awaited_item_by_item()
    {
        var results = await _pool.MapAsync(
            async x =>
            {
                await Task.Yield();
                return -x;
            },
            Enumerable.Range(1, 50));
        Assert.Equal(Enumerable.Range(1, 50).Select(x => -x), results);
    }

    [Fact]
    public async Task Functions_may_give_a_ValueTask()
    {
        var items = Enumerable.Range(1, 20);
        int[] expected = [.. items.Select(x => -x)];
        Assert.Equal(expected, await _pool.MapAsync(NegativeAsync, items));
        Assert.Equal(expected, await _pool.MapAsync(x => NegativeAsync(x), items));
        Assert.Equal(expected, await _pool.MapStreamAsync(NegativeAsync, items).ToListAsync());
        Assert.Equal(expected, (await _pool.MapUnorderedAsync(NegativeAsync, items).ToListAsync()).OrderDescending());
        Assert.Equal(-3, await _pool.ApplyAsync(() => NegativeAsync(3)));
        await _pool.ApplyAsync(() => ValueTask.CompletedTask);
    }

    private static async ValueTask<int> NegativeAsync(int x)
    {
        await Task.Yield();
        return -x;
    }

    [Fact]
    public async Task The_function_takes_its_captures_along()
    {
        var offset = 100;
        string[] names = ["zero", "one", "two"];
        Assert.Equal(["one100", "two100"], await _pool.MapAsync(i => names[i] + offset, new[] { 1, 2 }));
    }

    [Fact]
    public async Task An_exception_of_one_item_is_the_exception_of_the_map()
    {
        var exception = await Assert.ThrowsAsync<DivideByZeroException>(() => _pool.MapAsync(x => 10 / x, new[] { 2, 1, 0, 5 }));
        Assert.Contains(nameof(An_exception_of_one_item_is_the_exception_of_the_map), exception.StackTrace, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_streamed_map_keeps_the_order()
    {
        var results = new List<int>();
        await foreach (var result in _pool.MapStreamAsync(x => x * 2, Enumerable.Range(0, 5000)))
            results.Add(result);
        Assert.Equal(Enumerable.Range(0, 5000).Select(x => x * 2), results);
    }

    [Fact]
    public async Task An_unordered_map_gives_every_result_once()
    {
        var results = new List<int>();
        await foreach (var result in _pool.MapUnorderedAsync(x => x + 1, Enumerable.Range(0, 5000)))
            results.Add(result);
        results.Sort();
        Assert.Equal(Enumerable.Range(1, 5000), results);
    }

    [Fact]
    public async Task An_endless_input_is_read_only_a_bounded_way_ahead()
    {
        var taken = 0;
        var consumed = 0;
        await foreach (var result in _pool.MapStreamAsync(x => x, Count(), new() { ChunkSize = 2, LookAhead = 3 }))
        {
            consumed++;
            Assert.True(taken - consumed <= 2 * 4, $"{taken} items were taken when {consumed} were consumed");
            if (result == 200)
                break;
        }

        IEnumerable<int> Count()
        {
            while (true)
                yield return taken++;
        }
    }

    [Fact]
    public async Task Progress_ends_with_all_that_there_is()
    {
        var seen = new List<MapProgress>();
        await _pool.MapAsync(x => x, Enumerable.Range(0, 100), new() { ChunkSize = 10, Progress = new Recorder(seen) });
        Assert.Equal(10, seen.Count);
        Assert.Equal(new MapProgress(100, 100), seen[^1]);
    }

    [Fact]
    public async Task A_cancelled_map_throws_and_its_workers_are_free_again()
    {
        using var cancel = new CancellationTokenSource();
        var map = _pool.MapAsync(
            async x =>
            {
                await Task.Delay(Timeout.Infinite, TaskContext.Current!.CancellationToken);
                return x;
            },
            Enumerable.Range(0, 10),
            cancellationToken: cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => map);
        Assert.Equal(5, await _pool.ApplyAsync(() => 5));
    }

    [Fact]
    public async Task Apply_runs_in_another_process()
    {
        Assert.NotEqual(Environment.ProcessId, await _pool.ApplyAsync(() => Environment.ProcessId));
        Assert.Equal(3, await _pool.ApplyAsync(async () => await Task.FromResult(3)));
        await _pool.ApplyAsync(() => { });
        await _pool.ApplyAsync(async () => await Task.Yield());
    }

    [Fact]
    public async Task The_initializer_has_run_in_each_worker_before_its_first_call()
    {
        await using var pool = await ProcessPool.StartAsync(new ProcessPoolOptions { Workers = 2, Initializer = () => Environment.SetEnvironmentVariable("BRAID_TEST_INITIALIZED", "yes") });
        Assert.All(await pool.MapAsync(_ => Environment.GetEnvironmentVariable("BRAID_TEST_INITIALIZED"), Enumerable.Range(0, 20), new() { ChunkSize = 1 }), value => Assert.Equal("yes", value));
    }

    [Fact]
    public async Task A_worker_is_replaced_after_its_share_of_tasks()
    {
        await using var pool = await ProcessPool.StartAsync(new ProcessPoolOptions { Workers = 1, TasksPerWorkerMax = 3 });
        var processes = new List<int>();
        for (var i = 0; i < 9; i++)
            processes.Add(await pool.ApplyAsync(() => Environment.ProcessId));
        Assert.InRange(processes.Distinct().Count(), 3, 9);
        Assert.All(processes.GroupBy(id => id), group => Assert.InRange(group.Count(), 1, 3));
    }

    [Fact]
    public async Task A_running_cluster_serves_as_a_pool_and_outlives_it()
    {
        await using var cluster = await Cluster.StartAsync(new() { Engine = Engine.InProcess });
        await using (var pool = ProcessPool.On(cluster))
        {
            var results = await pool.MapAsync(x => x + 1, new[] { 1, 2 });
            Assert.Equal([2, 3], results);
        }

        Assert.Equal(1, await cluster.Submit(() => 1));
    }

    private sealed class Recorder(List<MapProgress> seen) : IProgress<MapProgress>
    {
        public void Report(MapProgress value) => seen.Add(value);
    }
}
