using Braid.Objects;
using Braid.Serialization;
using static Braid.Tests.Objects.StoreFixture;

namespace Braid.Tests.Objects;

public class SegmentStoreTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4095)]
    [InlineData(65_536)]
    [InlineData(3_000_001)]
    [InlineData(20_000_003)]
    public void What_one_process_writes_another_reads_and_maps(int length)
    {
        using var fixture = new StoreFixture();
        using var worker = fixture.OpenWorker(1);
        var bytes = Bytes(length);
        var buffer = Write(fixture.Store, bytes);
        Assert.Equal(bytes, Read(worker, buffer));
        Assert.Equal(bytes, ReadMapped(worker, buffer));
        var back = Write(worker, bytes);
        Assert.NotEqual(buffer.Segment, back.Segment);
        Assert.Equal(1, back.Segment.Creator);
        Assert.Equal(bytes, Read(fixture.Store, back));
    }

    [Fact]
    public void The_buffers_of_one_value_share_a_segment_and_start_on_cache_lines()
    {
        using var fixture = new StoreFixture();
        var values = Enumerable.Range(0, 20).Select(i => Bytes(70_001 + i, i)).ToArray();
        var buffers = WriteValue(fixture.Store, values);
        Assert.Single(buffers.Select(buffer => buffer.Segment).Distinct());
        Assert.All(buffers, buffer => Assert.Equal(0, buffer.Offset % 64));
        for (var i = 0; i < values.Length; i++)
        {
            Assert.Equal(values[i], Read(fixture.Store, buffers[i]));
            Assert.Equal(values[i], ReadMapped(fixture.Store, buffers[i]));
        }

        var segment = Assert.Single(BufferTable.SegmentsOf(buffers));
        Assert.Equal(new FileInfo(Path.Combine(fixture.Store.MemoryDirectory, segment.Id.FileName)).Length, segment.Bytes);
        Assert.Equal(segment.Bytes, fixture.Store.Usage.MemoryBytes);
    }

    [Fact]
    public void A_value_that_is_not_completed_leaves_nothing()
    {
        using var fixture = new StoreFixture();
        using (var writer = fixture.Store.BeginValue())
        {
            Append(writer, Bytes(100_000));
            Append(writer, Bytes(100_000));
        }

        Assert.Empty(fixture.MemoryFiles);
        Assert.Equal(0, fixture.Store.Usage.MemoryBytes);
    }

    [Fact]
    public void A_deleted_segment_is_reported_gone_and_its_bytes_are_free_again()
    {
        using var fixture = new StoreFixture();
        var buffer = Write(fixture.Store, Bytes(100_000));
        Assert.Equal(100_064, fixture.Store.Usage.MemoryBytes);
        fixture.Store.Delete(buffer.Segment);
        fixture.Store.Delete(buffer.Segment);
        Assert.Equal(0, fixture.Store.Usage.MemoryBytes);
        var gone = Assert.Throws<SegmentUnavailableException>(() => Read(fixture.Store, buffer));
        Assert.Contains(fixture.Store.MemoryDirectory, gone.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_truncated_segment_is_an_error_and_not_a_crash()
    {
        using var fixture = new StoreFixture();
        var buffer = Write(fixture.Store, Bytes(1_000_000));
        using (var file = File.OpenHandle(Path.Combine(fixture.Store.MemoryDirectory, buffer.Segment.FileName), access: FileAccess.Write))
            RandomAccess.SetLength(file, 500_000);
        Assert.Throws<SegmentUnavailableException>(() => Read(fixture.Store, buffer));
        Assert.Throws<SegmentUnavailableException>(() => ReadMapped(fixture.Store, buffer));
    }

    [Theory]
    [InlineData(0, 100)]
    [InlineData(-1, 100)]
    [InlineData(64, -1)]
    [InlineData(64, long.MaxValue)]
    [InlineData(long.MaxValue, 1)]
    [InlineData(64, 100_001)]
    public void A_range_outside_of_its_segment_is_an_error(long offset, long length)
    {
        using var fixture = new StoreFixture();
        var buffer = Write(fixture.Store, Bytes(100_000));
        Assert.Throws<SegmentUnavailableException>(() => fixture.Store.Map(new BufferRef(buffer.Segment, offset, length)));
    }

    [Fact]
    public unsafe void A_mapping_stays_readable_after_its_segment_is_spilled_and_deleted_and_the_store_is_disposed()
    {
        var bytes = Bytes(2_000_000);
        MappedBuffer mapping;
        using (var fixture = new StoreFixture(recycledMax: 1 << 30))
        {
            var buffer = Write(fixture.Store, bytes);
            mapping = fixture.Store.Map(buffer);
            Assert.True(fixture.Store.Spill(buffer.Segment));
            fixture.Store.Delete(buffer.Segment);
        }

        Assert.Equal(bytes, new ReadOnlySpan<byte>(mapping.Pointer, (int)mapping.Length).ToArray());
        GC.KeepAlive(mapping);
    }

    [Fact]
    public void A_spilled_segment_is_read_from_disk_and_deleted_there()
    {
        using var fixture = new StoreFixture();
        using var worker = fixture.OpenWorker(7);
        var bytes = Bytes(2_500_000);
        var buffer = Write(worker, bytes);
        Assert.True(fixture.Store.Spill(buffer.Segment));
        Assert.Empty(fixture.MemoryFiles);
        Assert.Equal([buffer.Segment.FileName], fixture.SpillFiles);
        Assert.Equal((0, 2_500_064), (fixture.Store.Usage.MemoryBytes, fixture.Store.Usage.DiskBytes));
        Assert.Equal(bytes, Read(worker, buffer));
        Assert.Equal(bytes, ReadMapped(worker, buffer));
        Assert.False(fixture.Store.Spill(buffer.Segment));
        fixture.Store.Delete(buffer.Segment);
        Assert.Empty(fixture.SpillFiles);
        Assert.Equal(0, fixture.Store.Usage.DiskBytes);
    }

    [Fact]
    public void Over_the_memory_budget_values_are_written_to_disk_at_once()
    {
        using var fixture = new StoreFixture(memoryBudget: 250_000);
        var first = Write(fixture.Store, Bytes(200_000, 1));
        var second = Write(fixture.Store, Bytes(200_000, 2));
        Assert.False(first.Segment.BornOnDisk);
        Assert.True(second.Segment.BornOnDisk);
        Assert.Equal(Bytes(200_000, 2), Read(fixture.Store, second));
        Assert.Equal((200_064, 200_064), (fixture.Store.Usage.MemoryBytes, fixture.Store.Usage.DiskBytes));
    }

    [Fact]
    public void A_value_whose_later_buffers_find_memory_full_continues_on_disk()
    {
        using var fixture = new StoreFixture(memoryBudget: 250_000);
        byte[][] values = [Bytes(100_000, 1), Bytes(100_000, 2), Bytes(100_000, 3), Bytes(100_000, 4)];
        var buffers = WriteValue(fixture.Store, values);
        Assert.Equal([false, false, true, true], buffers.Select(buffer => buffer.Segment.BornOnDisk));
        Assert.Equal(2, BufferTable.SegmentsOf(buffers).Length);
        for (var i = 0; i < values.Length; i++)
            Assert.Equal(values[i], Read(fixture.Store, buffers[i]));
    }

    [Fact]
    public void When_both_budgets_are_used_up_the_error_says_what_was_asked_and_where_and_nothing_is_left()
    {
        using var fixture = new StoreFixture(memoryBudget: 250_000, spillBudget: 150_000);
        using var writer = fixture.Store.BeginValue();
        Append(writer, Bytes(200_000));
        Append(writer, Bytes(100_000));
        var full = Assert.Throws<ObjectStoreFullException>(() => Append(writer, Bytes(100_001)));
        Assert.Equal(100_001, full.RequestedBytes);
        Assert.Contains("100,001", full.Message, StringComparison.Ordinal);
        Assert.Contains(fixture.Store.MemoryDirectory, full.Message, StringComparison.Ordinal);
        Assert.Contains(fixture.Store.SpillDirectory, full.Message, StringComparison.Ordinal);
        Assert.Contains("250,000", full.Message, StringComparison.Ordinal);
        writer.Dispose();
        Assert.Empty(fixture.MemoryFiles);
        Assert.Empty(fixture.SpillFiles);
        Assert.Equal((0, 0), (fixture.Store.Usage.MemoryBytes, fixture.Store.Usage.DiskBytes));
    }

    [Fact]
    public void A_spill_that_finds_no_room_leaves_the_value_in_memory()
    {
        using var fixture = new StoreFixture(spillBudget: 1000);
        var buffer = Write(fixture.Store, Bytes(100_000));
        Assert.Throws<ObjectStoreFullException>(() => fixture.Store.Spill(buffer.Segment));
        Assert.Equal(Bytes(100_000), Read(fixture.Store, buffer));
        Assert.Empty(fixture.SpillFiles);
        Assert.Equal((100_064, 0), (fixture.Store.Usage.MemoryBytes, fixture.Store.Usage.DiskBytes));
    }

    [Fact]
    public void What_a_lost_worker_left_is_removed_except_what_is_known()
    {
        using var fixture = new StoreFixture();
        var worker = fixture.OpenWorker(3);
        var known = Write(worker, Bytes(100_000));
        Write(worker, Bytes(100_000));
        var mine = Write(fixture.Store, Bytes(50_000));

        // As if it had died in the middle of a write: bytes reserved, a file without a header.
        Assert.True(worker.Usage.TryReserve(onDisk: false, 700_000));
        File.WriteAllBytes(Path.Combine(fixture.Store.MemoryDirectory, SegmentId.Create(3, 99, onDisk: false).FileName), new byte[300_000]);

        fixture.Store.DeleteUnknown(3, id => id == known.Segment);
        Assert.Equal(new[] { known.Segment.FileName, mine.Segment.FileName }.Order(), fixture.MemoryFiles.Order());
        Assert.Equal(100_064 + 50_064, fixture.Store.Usage.MemoryBytes);
        worker.Dispose();
    }

    [Fact]
    public async Task Readers_find_a_segment_at_every_moment_of_its_spilling()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        var bytes = Bytes(1_500_000);
        var buffers = Enumerable.Range(0, 24).Select(_ => Write(worker, bytes)).ToArray();
        using var stop = new CancellationTokenSource();
        var reader = Task.Run(() =>
        {
            var random = new Random(5);
            while (!stop.IsCancellationRequested)
                Assert.Equal(bytes, random.Next(2) == 0 ? Read(worker, buffers[random.Next(24)]) : ReadMapped(worker, buffers[random.Next(24)]));
        });
        foreach (var buffer in buffers)
            Assert.True(fixture.Store.Spill(buffer.Segment));
        await stop.CancelAsync();
        await reader;
    }

    [Fact]
    public void Wrong_options_are_reported_where_they_were_written()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => SegmentStore.Create(new ObjectStoreOptions { MemoryBudgetBytes = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SegmentStore.Create(new ObjectStoreOptions { SpillBudgetBytes = -1 }));
        Assert.Throws<ArgumentOutOfRangeException>(() => SegmentStore.Create(new ObjectStoreOptions { RecycledBytesMax = -1 }));
    }

    [Fact]
    public void With_no_options_there_are_sensible_budgets()
    {
        using var store = SegmentStore.Create(new ObjectStoreOptions());
        Assert.InRange(store.Usage.MemoryBudget, 1, long.MaxValue);
        Assert.InRange(store.Usage.DiskBudget, 1, long.MaxValue);
        Assert.InRange(store.Usage.RecycledMax, 0, 1L << 30);
    }

    internal static unsafe BufferRef Append(SegmentWriter writer, byte[] bytes)
    {
        fixed (byte* pointer = bytes)
            return writer.Append(pointer, bytes.Length);
    }

    private static BufferRef[] WriteValue(SegmentStore store, byte[][] values)
    {
        using var writer = store.BeginValue();
        var buffers = values.Select(value => Append(writer, value)).ToArray();
        writer.Complete();
        return buffers;
    }
}
