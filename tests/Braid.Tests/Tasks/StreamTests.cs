using System.Runtime.CompilerServices;
using Braid.Tests.Engines;

namespace Braid.Tests.Tasks;

/// <summary>Tasks that yield.</summary>
public class StreamTests(BothEngines clusters) : IClassFixture<BothEngines>
{
    public static TheoryData<string> Engines => EngineNames.Both;

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Items_come_in_order_and_all(string engine)
    {
        var items = new List<int>();
        await foreach (var item in clusters[engine].Stream(() => CountAsync(5000)))
            items.Add(item);
        Assert.Equal(Enumerable.Range(0, 5000), items);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_stream_that_is_converted_to_one_of_a_base_type_gives_its_items(string engine)
    {
        Func<IAsyncEnumerable<string>> ofTexts = TextsAsync;
        Assert.Equal(["a", "b"], await clusters[engine].Stream<object>(ofTexts).ToListAsync());
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task The_producer_is_never_further_ahead_than_the_buffer(string engine)
    {
        using var signals = new Signals();
        var produced = signals["produced"];
        var consumed = 0;
        await foreach (var item in clusters[engine].Stream(() => MarkingAsync(produced, 40), new() { StreamBuffer = 4 }))
        {
            consumed++;
            // One is being made while four are under way and one is being looked at.
            Assert.InRange(Signals.Marks(produced), consumed, consumed + 5);
            if (consumed == 20)
                await Until.TrueAsync(() => Signals.Marks(produced) >= 22);
        }

        Assert.Equal(40, consumed);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Leaving_early_cancels_the_producer(string engine)
    {
        using var signals = new Signals();
        var ended = signals["ended"];
        await foreach (var item in clusters[engine].Stream(() => EndlessAsync(ended)))
        {
            if (item == 10)
                break;
        }

        await Signals.AwaitAsync(ended);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_token_given_to_the_loop_ends_it_and_the_producer(string engine)
    {
        using var signals = new Signals();
        var ended = signals["ended"];
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var item in clusters[engine].Stream(() => EndlessAsync(ended, pauseAt: 10)).WithCancellation(cancelled.Token))
            {
                if (item == 9)
                    cancelled.CancelAfter(1);
            }
        });
        await Signals.AwaitAsync(ended);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_cancelled_task_yields_nothing_more_although_its_producer_looks_at_no_token_and_its_consumer_reads_on(string engine)
    {
        using var signals = new Signals();
        var ended = signals["ended"];
        using var cancelled = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var item in clusters[engine].Stream(() => DeafAsync(ended), new() { CancellationToken = cancelled.Token }))
            {
                if (item == 9)
                    await cancelled.CancelAsync();
            }
        });
        await Signals.AwaitAsync(ended);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task What_the_producer_throws_comes_after_its_items(string engine)
    {
        var items = new List<int>();
        var thrown = await Assert.ThrowsAsync<InvalidDataException>(async () =>
        {
            await foreach (var item in clusters[engine].Stream(() => FailingAsync()))
                items.Add(item);
        });
        Assert.Equal("after two", thrown.Message);
        Assert.Equal([0, 1], items);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_task_consumes_a_stream_with_one_worker_for_both(string engine)
    {
        await using var running = await RunningCluster.StartAsync(engine, options => options with { Workers = 1 });
        var sum = await running.Cluster.Submit(async () =>
        {
            var sum = 0;
            await foreach (var item in Cluster.Current.Stream(() => CountAsync(1000), new() { StreamBuffer = 7 }))
                sum += item;
            return sum;
        });
        Assert.Equal(499_500, sum);
        var failure = await Assert.ThrowsAsync<InvalidDataException>(async () => await running.Cluster.Submit(async () =>
        {
            await foreach (var item in Cluster.Current.Stream(() => FailingAsync()))
                _ = item;
        }));
        Assert.Equal("after two", failure.Message);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task Large_items_are_freed_as_they_are_consumed(string engine)
    {
        await using var running = await RunningCluster.StartAsync(
            engine, options => options with { Store = new() { MemoryBudgetBytes = 64 << 20, SpillBudgetBytes = 0 } });
        var total = 0L;
        await foreach (var block in running.Cluster.Stream(() => BlocksAsync(100), new() { StreamBuffer = 2 }))
        {
            total += block.Length;
            // The collector frees what cannot be reached; a budget cannot wait for it to come by itself.
            if (total % (20 << 20) == 0)
                GC.Collect();
        }

        Assert.Equal(100L << 20, total);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task A_lambda_that_returns_no_stream_has_failed_and_is_named(string engine)
    {
        var failed = await Assert.ThrowsAsync<InvalidOperationException>(async () => await clusters[engine].Stream<int>(() => null!, new() { Name = "none" }).ToListAsync());
        Assert.Contains("'none' returned null where a stream was expected", failed.Message, StringComparison.Ordinal);
    }

    [Theory(Timeout = Until.TestMs), MemberData(nameof(Engines))]
    public async Task An_empty_stream_ends(string engine)
    {
        await foreach (var _ in clusters[engine].Stream(() => CountAsync(0)))
            Assert.Fail("There is nothing in it.");
    }

    private static async IAsyncEnumerable<int> CountAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            if (i % 100 == 0)
                await Task.Yield();
            yield return i;
        }
    }

    private static async IAsyncEnumerable<int> MarkingAsync(string mark, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Yield();
            Signals.Mark(mark);
            yield return i;
        }
    }

    private static async IAsyncEnumerable<byte[]> BlocksAsync(int count)
    {
        for (var i = 0; i < count; i++)
        {
            await Task.Yield();
            yield return new byte[1 << 20];
        }
    }

    private static async IAsyncEnumerable<int> FailingAsync()
    {
        yield return 0;
        await Task.Yield();
        yield return 1;
        throw new InvalidDataException("after two");
    }

    private static async IAsyncEnumerable<string> TextsAsync()
    {
        yield return "a";
        await Task.Yield();
        yield return "b";
    }

    private static async IAsyncEnumerable<int> DeafAsync(string ended)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await Task.Yield();
                yield return i;
            }
        }
        finally
        {
            Signals.Set(ended);
        }
    }

    private static async IAsyncEnumerable<int> EndlessAsync(
        string ended, int pauseAt = int.MaxValue, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        try
        {
            for (var i = 0; ; i++)
            {
                await Task.Yield();
                if (i == pauseAt)
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                cancellationToken.ThrowIfCancellationRequested();
                yield return i;
            }
        }
        finally
        {
            Signals.Set(ended);
        }
    }
}
