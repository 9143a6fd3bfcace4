using Braid.Objects;
using Braid.Serialization;
using static Braid.Tests.Objects.StoreFixture;

namespace Braid.Tests.Objects;

public class RecycledSegmentsTests
{
    private const int Large = 12_000_000;

    [Theory]
    [InlineData(Large)]
    [InlineData(Large / 2)]
    [InlineData(Large * 2)]
    public void A_freed_segment_is_written_again_by_another_process(int length)
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        var old = Write(fixture.Store, Bytes(Large, 1));
        fixture.Store.Delete(old.Segment);
        Assert.Empty(fixture.MemoryFiles);
        Assert.Equal(Large + 64, fixture.Store.Usage.RecycledBytes);
        Assert.Equal(Large + 64, fixture.Store.Usage.MemoryBytes);

        var bytes = Bytes(length, 2);
        var buffer = Write(worker, bytes);
        Assert.Equal(0, fixture.Store.Usage.RecycledBytes);
        Assert.Equal(length + 64, fixture.Store.Usage.MemoryBytes);
        Assert.Equal(length + 64, new FileInfo(Path.Combine(fixture.Store.MemoryDirectory, buffer.Segment.FileName)).Length);
        Assert.Equal(bytes, Read(fixture.Store, buffer));
        Assert.Equal(bytes, ReadMapped(fixture.Store, buffer));
        Assert.Throws<SegmentUnavailableException>(() => Read(fixture.Store, old));
    }

    [Fact]
    public unsafe void A_segment_that_is_still_mapped_is_not_written_over()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        var bytes = Bytes(Large, 1);
        var buffer = Write(fixture.Store, bytes);
        var mapping = worker.Map(buffer);
        fixture.Store.Delete(buffer.Segment);
        var next = Write(fixture.Store, Bytes(Large, 2));
        Assert.True(new ReadOnlySpan<byte>(mapping.Pointer, Large).SequenceEqual(bytes));
        Assert.Equal(2 * (Large + 64), fixture.Store.Usage.MemoryBytes);

        ((IDisposable)mapping).Dispose();
        Write(fixture.Store, Bytes(Large, 3));
        Assert.Equal(2 * (Large + 64), fixture.Store.Usage.MemoryBytes);
        Assert.Equal(Bytes(Large, 2), Read(worker, next));
    }

    [Fact]
    public async Task The_pages_of_a_large_value_are_free_when_its_release_returns()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        var keeper = new SegmentKeeper(fixture.Store);
        var value = keeper.Keep([Write(fixture.Store, Bytes(Large, 1))]);
        keeper.Release(value);
        Assert.Equal(Large + 64, fixture.Store.Usage.RecycledBytes);
        Assert.Empty(fixture.MemoryFiles);
        Assert.Equal(0, keeper.BytesInMemory);
        await keeper.StopAsync();
    }

    [Fact]
    public void A_reader_that_opened_a_segment_before_it_was_written_over_is_told_that_it_is_gone()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        var old = Write(fixture.Store, Bytes(Large, 1));
        var path = Path.Combine(fixture.Store.MemoryDirectory, old.Segment.FileName);

        // The moment between another process's opening of the name and its lock: the same file, under the name that it had.
        fixture.Store.Delete(old.Segment);
        var next = Write(fixture.Store, Bytes(Large, 2));
        File.CreateSymbolicLink(path, Path.Combine(fixture.Store.MemoryDirectory, next.Segment.FileName));
        Assert.Null(OpenSegment.TryOpen(path, old.Segment));
        Assert.Throws<SegmentUnavailableException>(() => Read(fixture.Store, old));
    }

    [Fact]
    public void Recycled_memory_is_given_up_when_the_budget_runs_short()
    {
        using var fixture = new StoreFixture(memoryBudget: 3 * Large, recycledMax: 1 << 30);
        foreach (var segment in Enumerable.Range(0, 2).Select(i => Write(fixture.Store, Bytes(Large, i)).Segment).ToArray())
            fixture.Store.Delete(segment);
        Assert.Equal(2 * (Large + 64), fixture.Store.Usage.RecycledBytes);

        // Too small to be written into a recycled file, and more of them than the rest of the budget holds.
        var small = Enumerable.Range(0, 20).Select(i => Write(fixture.Store, Bytes(999_000, i))).ToArray();
        Assert.All(small, buffer => Assert.False(buffer.Segment.BornOnDisk));
        Assert.InRange(fixture.Store.Usage.MemoryBytes, 0, 3 * Large);
        Assert.Equal(Large + 64, fixture.Store.Usage.RecycledBytes);
    }

    [Fact]
    public void No_more_is_kept_than_the_limit()
    {
        using var fixture = new StoreFixture(recycledMax: Large + 64);
        foreach (var segment in Enumerable.Range(0, 3).Select(i => Write(fixture.Store, Bytes(Large, i)).Segment).ToArray())
            fixture.Store.Delete(segment);
        Assert.Equal(Large + 64, fixture.Store.Usage.RecycledBytes);
        Assert.Equal(Large + 64, fixture.Store.Usage.MemoryBytes);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Many_processes_that_write_read_map_and_delete_see_their_own_bytes(int seed)
    {
        using var fixture = new StoreFixture(memoryBudget: 40_000_000, spillBudget: 1 << 30, recycledMax: 20_000_000);
        var workers = Enumerable.Range(1, 4).Select(fixture.OpenWorker).ToArray();
        await Task.WhenAll(workers.Select((worker, index) => Task.Run(() =>
        {
            var random = new Random(seed * 100 + index);
            var mapped = new Queue<(MappedBuffer Mapping, int Length, byte Fill)>();
            for (var round = 0; round < 25; round++)
            {
                var fill = (byte)random.Next(1, 256);
                var bytes = new byte[random.Next(900_000, 3_000_000)];
                bytes.AsSpan().Fill(fill);
                var buffer = Write(worker, bytes);
                Assert.Equal(-1, Read(workers[random.Next(4)], buffer).AsSpan().IndexOfAnyExcept(fill));
                mapped.Enqueue((workers[random.Next(4)].Map(buffer), bytes.Length, fill));
                fixture.Store.Delete(buffer.Segment);
                if (mapped.Count > 2)
                    CheckAndUnmap(mapped.Dequeue());
            }

            while (mapped.TryDequeue(out var last))
                CheckAndUnmap(last);
        })));
        Assert.Equal(fixture.Store.Usage.RecycledBytes, fixture.Store.Usage.MemoryBytes);
        Assert.Equal(0, fixture.Store.Usage.DiskBytes);
        Assert.Empty(fixture.MemoryFiles);
        Assert.Empty(fixture.SpillFiles);
        foreach (var worker in workers)
            worker.Dispose();
    }

    private static unsafe void CheckAndUnmap((MappedBuffer Mapping, int Length, byte Fill) mapped)
    {
        Assert.Equal(-1, new ReadOnlySpan<byte>(mapped.Mapping.Pointer, mapped.Length).IndexOfAnyExcept(mapped.Fill));
        ((IDisposable)mapped.Mapping).Dispose();
    }
}
