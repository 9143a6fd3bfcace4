using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Braid.Tests.Engines;

/// <summary>Values over 64 KiB: in shared memory, freed, spilled, refused.</summary>
public class LargeValueTests
{
    [Theory(Timeout = Until.TestMs)]
    [InlineData(EngineNames.InProcess)]
    [InlineData(EngineNames.Processes)]
    public async Task Arrays_and_memory_go_there_and_back(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine);
        var cluster = running.Cluster;
        var numbers = Enumerable.Range(0, 1 << 18).Select(i => (double)i).ToArray();
        ReadOnlyMemory<double> memory = numbers;
        var text = new string('ä', 300_000);
        var put = cluster.Put(numbers);
        Assert.Equal(numbers.Sum(), await cluster.Submit(() => Sum(memory.Span)));
        Assert.Equal(numbers.Sum(), await cluster.Submit(() => put.Value.Sum()));
        Assert.Equal(numbers, await cluster.Submit(() => put.Value.Reverse().Reverse().ToArray()));
        Assert.Equal(numbers, (await cluster.Submit(() => (ReadOnlyMemory<double>)put.Value)).ToArray());
        Assert.Equal(text, await cluster.Submit(() => text));
        var many = await cluster.Submit(() => Enumerable.Range(0, 20).ToDictionary(i => i, i => new int[100_000]));
        Assert.Equal(20, many.Count);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Memory_is_read_where_it_lies_by_every_task()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        var memory = running.Cluster.Put((ReadOnlyMemory<byte>)new byte[64 << 20]);
        // Two mappings of one file would be two addresses of the same pages; a copy would show in what is allocated.
        var allocated = await running.Cluster.Submit(() =>
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            var length = memory.Value.Length;
            return length + (GC.GetAllocatedBytesForCurrentThread() - before);
        });
        Assert.InRange(allocated, 64 << 20, (64 << 20) + (1 << 20));
        Assert.True(await running.Cluster.Submit(() => !MemoryMarshal.TryGetArray(memory.Value, out _)));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_a_task_captured_stays_mapped_to_its_end_though_the_body_has_only_a_span_of_it_left()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        ReadOnlyMemory<double> numbers = Enumerable.Repeat(1.0, 100_000).ToArray();
        // Compiled fully at once: code that is not keeps every variable to the end of the method. An action, as Braid's part of its call is so, too.
        await running.Cluster.Submit([MethodImpl(MethodImplOptions.AggressiveOptimization)] () => CheckAfterCollections(numbers.Span));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void CheckAfterCollections(ReadOnlySpan<double> numbers)
    {
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        Assert.Equal(100_000, Sum(numbers));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_a_task_captured_is_freed_when_it_ends_and_not_at_some_collection()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        var cluster = running.Cluster;
        var kept = new List<ObjectRef<int>>();
        for (var i = 0; i < 10; i++)
        {
            var numbers = new double[1 << 20];
            kept.Add(cluster.Submit(() => i % 2 == 0 ? numbers.Length : throw new FormatException($"{numbers.Length} numbers")));
            await cluster.WaitAsync(kept, kept.Count);
            // Nothing here allocates enough for a collection to come to the rescue, and the references stay reachable.
            await Until.TrueAsync(() => cluster.Describe().SharedBytes == 0);
        }

        Assert.Equal(5, kept.Count(reference => reference.Status == ObjectStatus.Ready));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task A_value_does_not_keep_alive_what_it_was_made_from()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        var last = await ChainAsync(running.Cluster);
        await FreedDownToAsync(running.Cluster, 3 << 20);
        Assert.Equal(21, last.Value[0]);

        static async Task<ObjectRef<byte[]>> ChainAsync(Cluster cluster)
        {
            var last = cluster.Submit(() => Filled(1 << 20, 1));
            for (var i = 0; i < 20; i++)
            {
                var previous = last;
                last = cluster.Submit(() => Filled(1 << 20, (byte)(previous.Value[0] + 1)));
            }

            await last;
            return last;
        }
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task What_only_a_worker_refers_to_is_freed_when_it_lets_go()
    {
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        var cluster = running.Cluster;
        await cluster.Submit(() => Keeper.Held = Cluster.Current.Put(new byte[10 << 20]));
        GC.Collect();
        Assert.True(cluster.Describe().SharedBytes >= 10 << 20);
        Assert.Equal(10 << 20, await cluster.Submit(() => Keeper.Held!.Value.Length));
        await cluster.Submit(() => Keeper.Held = null);
        await FreedDownToAsync(cluster, 0);
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Over_the_budget_values_are_spilled_and_read_back()
    {
        await using var running = await RunningCluster.StartAsync(
            EngineNames.Processes, options => options with { Store = new() { MemoryBudgetBytes = 16 << 20 } });
        var cluster = running.Cluster;
        var values = Enumerable.Range(0, 12).Select(i => cluster.Put(Filled(4 << 20, (byte)i))).ToArray();
        var made = Enumerable.Range(0, 4).Select(i => cluster.Submit(() => Filled(4 << 20, (byte)(100 + i)))).ToArray();
        await Cluster.WhenAll(made);
        await Until.TrueAsync(() => cluster.Describe().SpilledBytes >= 32 << 20);
        Assert.InRange(cluster.Describe().SharedBytes, 0, 17 << 20);
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            Assert.Equal((i, i), await cluster.Submit(() => (value.Value[0], value.Value[^1])));
        }

        Assert.All(made, (value, i) => Assert.Equal(100 + i, value.Value[^1]));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task With_no_room_at_all_the_task_fails_and_the_cluster_goes_on()
    {
        await using var running = await RunningCluster.StartAsync(
            EngineNames.Processes, options => options with { Store = new() { MemoryBudgetBytes = 4 << 20, SpillBudgetBytes = 4 << 20 } });
        var full = await Assert.ThrowsAsync<ObjectStoreFullException>(async () => await running.Cluster.Submit(() => new byte[8 << 20], new() { Name = "large" }));
        Assert.Contains("8,388,", full.Message, StringComparison.Ordinal);
        Assert.Contains("'large'", full.Message, StringComparison.Ordinal);
        Assert.InRange(full.RequestedBytes, 8 << 20, 9 << 20);
        await Assert.ThrowsAsync<ObjectStoreFullException>(() => ProcessPool.On(running.Cluster).MapAsync(_ => new byte[8 << 20], new[] { 1 }));
        Assert.Throws<ObjectStoreFullException>(() => running.Cluster.Put(new byte[8 << 20]));
        Assert.Equal(1 << 20, (await running.Cluster.Submit(() => new byte[1 << 20])).Length);
        Assert.Equal(0, running.Output.Count(line => line.IsError));
    }

    [Fact(Timeout = Until.TestMs)]
    public async Task Out_of_disk_while_spilling_values_stay_in_memory()
    {
        using var disk = SmallDisk.MountOrSkip();
        await using var running = await RunningCluster.StartAsync(
            EngineNames.Processes, options => options with { Store = new() { MemoryBudgetBytes = 16 << 20, SpillDirectory = disk.Path, SpillBudgetBytes = 1 << 30 } });
        var values = Enumerable.Range(0, 7).Select(i => running.Cluster.Put(Filled(2 << 20, (byte)i))).ToArray();
        Assert.ThrowsAny<BraidException>(() => Enumerable.Range(0, 8).Select(i => running.Cluster.Put(Filled(2 << 20, (byte)i))).ToArray());
        for (var i = 0; i < values.Length; i++)
        {
            var value = values[i];
            Assert.Equal(i, await running.Cluster.Submit(() => value.Value[^1]));
        }
    }

    [Fact(Timeout = 300_000)]
    public async Task A_result_of_three_gibibytes()
    {
        const long Needed = 12L << 30;
        var free = Math.Min(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes - GC.GetGCMemoryInfo().MemoryLoadBytes, new DriveInfo("/dev/shm").AvailableFreeSpace);
        Assert.SkipWhen(free < Needed, $"{free >> 30} GiB of memory are free; this takes {Needed >> 30}.");
        await using var running = await RunningCluster.StartAsync(EngineNames.Processes, options => options with { Workers = 1 });
        var result = running.Cluster.Submit(() =>
        {
            var big = GC.AllocateUninitializedArray<double>(403_000_000);
            (big[0], big[^1]) = (1, 2);
            return (ReadOnlyMemory<double>)big;
        });
        var memory = await result;
        Assert.Equal((403_000_000, 1.0, 2.0), (memory.Length, memory.Span[0], memory.Span[^1]));
        Assert.True(running.Cluster.Describe().SharedBytes > 3L << 30);
    }

    /// <summary>A process that has nothing to do does not collect by itself, so all of them are asked to.</summary>
    private static async Task FreedDownToAsync(Cluster cluster, long bytes)
    {
        while (cluster.Describe() is var now && now.SharedBytes + now.SpilledBytes > bytes)
        {
            await Cluster.WhenAll(cluster.Describe().Workers.Select(_ => cluster.Submit(Collect)));
            Collect();
        }

        static void Collect()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }

    private static double Sum(ReadOnlySpan<double> numbers)
    {
        var sum = 0.0;
        foreach (var number in numbers)
            sum += number;
        return sum;
    }

    private static byte[] Filled(int length, byte with)
    {
        var bytes = new byte[length];
        bytes.AsSpan().Fill(with);
        return bytes;
    }

    /// <summary>Of the worker: what outlives a task there.</summary>
    private static class Keeper
    {
        public static ObjectRef<byte[]>? Held;
    }
}
