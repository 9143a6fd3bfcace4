using Braid.Lambdas;
using Braid.Tests.Engines;

namespace Braid.Tests.Pools;

/// <summary>What is wrong with a map is told in the user's words: Braid's own lambda around the function is nobody's business.</summary>
public class MapErrorTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_the_function_captures_is_named_as_in_its_source(string engine)
    {
        var pool = ProcessPool.On(clusters[engine]);
        var ms = new MemoryStream();
        int[] items = [1, 2];
        Func<Task>[] maps =
        [
            () => pool.MapAsync(x => x + (int)ms.Length, items),
            () => pool.MapAsync(async x => await Task.FromResult(x + (int)ms.Length), items),
            () => pool.MapAsync(ValueTask<int> (x) => new(x + (int)ms.Length), items),
            () => pool.MapAsync((x, y) => x + y + (int)ms.Length, new[] { (1, 2) }),
            () => pool.MapAsync((x, y, z) => x + y + z + (int)ms.Length, new[] { (1, 2, 3) }),
            async () => await pool.MapStreamAsync(x => x + (int)ms.Length, items).ToListAsync(),
            async () => await pool.MapStreamAsync(async x => await Task.FromResult(x + (int)ms.Length), items).ToListAsync(),
            async () => await pool.MapStreamAsync(ValueTask<int> (x) => new(x + (int)ms.Length), items).ToListAsync(),
            async () => await pool.MapUnorderedAsync(x => x + (int)ms.Length, items).ToListAsync(),
            async () => await pool.MapUnorderedAsync(ValueTask<int> (x) => new(x + (int)ms.Length), items).ToListAsync(),
        ];
        foreach (var map in maps)
        {
            var refused = await Assert.ThrowsAsync<CaptureException>(map);
            Assert.Equal(("ms", typeof(MemoryStream)), (refused.Variable, refused.VariableType));
            AssertIsOurs(refused.Message);
            Assert.Contains("captures `ms`", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_item_that_cannot_travel_is_named_with_its_place_among_all(string engine)
    {
        var pool = ProcessPool.On(clusters[engine]);
        object[] items = [1, "two", 3, new Holder(new MemoryStream()), 5];
        var options = new MapOptions { ChunkSize = 2 };
        Func<Task>[] maps =
        [
            () => pool.MapAsync(x => x.GetHashCode(), items, options),
            () => pool.MapAsync((x, _) => x.GetHashCode(), items.Select(item => (item, 0)), options),
            async () => await pool.MapStreamAsync(x => x.GetHashCode(), items, options).ToListAsync(),
            async () => await pool.MapUnorderedAsync(async x => await Task.FromResult(x.GetHashCode()), items, options).ToListAsync(),
        ];
        foreach (var map in maps)
        {
            var refused = await Assert.ThrowsAsync<CaptureException>(map);
            Assert.StartsWith("items[3].", refused.Variable, StringComparison.Ordinal);
            Assert.EndsWith(nameof(Holder.Stream), refused.Variable, StringComparison.Ordinal);
            Assert.Equal(typeof(MemoryStream), refused.VariableType);
            AssertIsOurs(refused.Message);
        }
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_item_that_is_a_lambda_is_named_too(string engine)
    {
        var ms = new MemoryStream();
        Func<int>[] items = [() => 1, () => (int)ms.Length];
        var refused = await Assert.ThrowsAsync<CaptureException>(() => ProcessPool.On(clusters[engine]).MapAsync(x => x(), items));
        AssertIsOurs(refused.Message);
        Assert.Equal("items[1].ms", refused.Variable);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_result_that_cannot_travel_is_named_with_the_place_of_its_item(string engine)
    {
        var pool = ProcessPool.On(clusters[engine]);
        var options = new MapOptions { ChunkSize = 2 };
        int[] items = [0, 1, 2, 3, 4];
        Func<Task>[] maps =
        [
            () => pool.MapAsync(x => x == 3 ? new MemoryStream() : new object(), items, options),
            () => pool.MapAsync(async x => await Task.FromResult(x == 3 ? new MemoryStream() : new object()), items, options),
            () => pool.MapAsync((x, _) => x == 3 ? new MemoryStream() : new object(), items.Select(item => (item, 0)), options),
            () => pool.MapAsync((x, _, _) => x == 3 ? new MemoryStream() : new object(), items.Select(item => (item, 0, 0)), options),
            async () => await pool.MapStreamAsync(x => x == 3 ? new MemoryStream() : new object(), items, options).ToListAsync(),
            async () => await pool.MapUnorderedAsync(ValueTask<object> (x) => new(x == 3 ? new MemoryStream() : new object()), items, options).ToListAsync(),
        ];
        foreach (var map in maps)
        {
            var refused = await Assert.ThrowsAsync<BraidException>(map);
            AssertIsOurs(refused.Message);
            Assert.Contains("for item 3, of type System.IO.MemoryStream, cannot travel", refused.Message, StringComparison.Ordinal);
        }
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_chunk_is_called_after_the_function_unless_it_has_a_name(string engine)
    {
        var pool = ProcessPool.On(clusters[engine]);
        int[] items = [1];
        string[] names =
        [
            .. await pool.MapAsync(_ => TaskContext.Current!.Name, items),
            .. await pool.MapAsync((_, _) => TaskContext.Current!.Name, new[] { (1, 2) }),
            .. await pool.MapStreamAsync(ValueTask<string> (_) => new(TaskContext.Current!.Name), items).ToListAsync(),
        ];
        Assert.All(names, AssertIsOurs);
        Assert.Equal([$"{nameof(MapErrorTests)}.{nameof(NameOfTask)}"], await pool.MapAsync(NameOfTask, items));
        Assert.Equal(["given"], await pool.MapAsync(NameOfTask, items, new() { Task = new() { Name = "given" } }));
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_map_inside_a_task_names_its_function_as_well(string engine) =>
        AssertIsOurs((await clusters[engine].Submit(async () => await ProcessPool.On(Cluster.Current).MapAsync(_ => TaskContext.Current!.Name, new[] { 1 })))[0]);

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_time_limit_that_is_passed_names_the_function(string engine)
    {
        var options = new MapOptions { Task = new() { Timeout = TimeSpan.FromMilliseconds(1), Retries = 0 } };
        var late = await Assert.ThrowsAsync<TimeoutException>(() => ProcessPool.On(clusters[engine]).MapAsync(
            async x =>
            {
                await Task.Delay(Timeout.Infinite, TaskContext.Current!.CancellationToken);
                return x;
            },
            [1],
            options));
        AssertIsOurs(late.Message);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task So_does_one_that_costs_a_worker()
    {
        await using var cluster = await Cluster.StartAsync(new() { Workers = 1, CancelGrace = TimeSpan.FromMilliseconds(1) });
        var options = new MapOptions { Task = new() { Timeout = TimeSpan.FromMilliseconds(1), Retries = 0 } };
        var late = await Assert.ThrowsAsync<TimeoutException>(() => ProcessPool.On(cluster).MapAsync(
            x =>
            {
                Thread.Sleep(Timeout.Infinite);
                return x;
            },
            [1],
            options));
        AssertIsOurs(late.Message);
        Assert.Contains("its worker was ended", late.Message, StringComparison.Ordinal);
    }

    private static string NameOfTask(int item) => TaskContext.Current!.Name;

    private static void AssertIsOurs(string message)
    {
        Assert.Matches(@"MapErrorTests\.\w+ lambda \(MapErrorTests\.cs:\d+\)", message);
        Assert.DoesNotContain("ChunkBody", message, StringComparison.Ordinal);
        Assert.DoesNotContain("Mapped", message, StringComparison.Ordinal);
    }

    private sealed record Holder(MemoryStream Stream);
}
