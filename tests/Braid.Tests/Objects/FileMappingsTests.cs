using System.Runtime.CompilerServices;
using Braid.Objects;
using static Braid.Tests.Objects.StoreFixture;

namespace Braid.Tests.Objects;

public unsafe class FileMappingsTests
{
    private const int Large = 20_000_000;

    [Fact]
    public void The_next_value_in_the_same_file_is_read_through_the_same_mapping()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        nint first = 0;
        foreach (var (length, seed) in new[] { (Large, 1), (Large, 2), (Large / 2, 3), (Large / 2 - 1_000, 4) })
        {
            var bytes = Bytes(length, seed);
            var buffer = Write(fixture.Store, bytes);
            using var mapping = (UnixMapping)worker.Map(buffer);
            Assert.True(new ReadOnlySpan<byte>(mapping.Pointer, length).SequenceEqual(bytes));
            first = first == 0 ? (nint)mapping.Pointer : first;
            Assert.Equal(first, (nint)mapping.Pointer);
            fixture.Store.Delete(buffer.Segment);
        }
    }

    [Fact]
    public void A_file_that_has_grown_is_mapped_anew()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        foreach (var length in new[] { Large / 2, Large })
        {
            var bytes = Bytes(length);
            var buffer = Write(fixture.Store, bytes);
            using var mapping = (UnixMapping)worker.Map(buffer);
            Assert.True(new ReadOnlySpan<byte>(mapping.Pointer, length).SequenceEqual(bytes));
            fixture.Store.Delete(buffer.Segment);
        }
    }

    [Fact]
    public void Buffers_of_one_segment_share_a_mapping_and_end_one_by_one()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        var value = Bytes(Large);
        BufferRef[] buffers;
        using (var writer = fixture.Store.BeginValue())
        {
            fixed (byte* start = value)
                buffers = [writer.Append(start, Large / 2), writer.Append(start + Large / 2, Large / 2)];
            writer.Complete();
        }

        var one = (UnixMapping)fixture.Store.Map(buffers[0]);
        using var two = (UnixMapping)fixture.Store.Map(buffers[1]);
        Assert.Equal(buffers[1].Offset - buffers[0].Offset, two.Pointer - one.Pointer);
        one.Dispose();
        fixture.Store.Delete(buffers[0].Segment);
        Write(fixture.Store, Bytes(Large, 2));
        Assert.True(new ReadOnlySpan<byte>(two.Pointer, Large / 2).SequenceEqual(value.AsSpan(Large / 2)));
    }

    [Fact]
    public void A_value_that_was_spilled_while_its_file_is_mapped_is_read_from_disk_and_not_from_what_the_file_holds_now()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        var bytes = Bytes(Large, 1);
        var buffer = Write(fixture.Store, bytes);
        using var before = (UnixMapping)worker.Map(buffer);
        Assert.True(fixture.Store.Spill(buffer.Segment));
        using var after = (UnixMapping)worker.Map(buffer);
        Assert.NotEqual((nint)before.Pointer, (nint)after.Pointer);
        Assert.True(new ReadOnlySpan<byte>(before.Pointer, Large).SequenceEqual(bytes));
        Assert.True(new ReadOnlySpan<byte>(after.Pointer, Large).SequenceEqual(bytes));
    }

    [Fact]
    public void What_nothing_can_reach_any_more_is_released_when_asked_and_its_pages_are_written_again()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        for (var seed = 0; seed < 4; seed++)
        {
            var buffer = Write(fixture.Store, Bytes(Large, seed));
            MapAndForget(worker, buffer);
            worker.ReleaseUnreachable();
            fixture.Store.Delete(buffer.Segment);
        }

        Assert.Equal(Large + 64, fixture.Store.Usage.MemoryBytes);
    }

    [Fact]
    public void What_can_be_reached_is_not_released()
    {
        using var fixture = new StoreFixture(recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        var bytes = Bytes(Large, 1);
        var buffer = Write(fixture.Store, bytes);
        using var mapping = (UnixMapping)worker.Map(buffer);
        worker.ReleaseUnreachable();
        fixture.Store.Delete(buffer.Segment);
        Write(fixture.Store, Bytes(Large, 2));
        Assert.True(new ReadOnlySpan<byte>(mapping.Pointer, Large).SequenceEqual(bytes));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void The_memory_of_a_file_that_is_given_up_is_free_although_it_was_mapped(bool read)
    {
        using var fixture = new StoreFixture(memoryBudget: 3 * Large, recycledMax: 1 << 30);
        using var worker = fixture.OpenWorker(1);
        var buffer = Write(fixture.Store, Bytes(Large, 1));
        var mapping = (UnixMapping)worker.Map(buffer);
        if (!read)
            mapping.Dispose();
        fixture.Store.Delete(buffer.Segment);
        var path = Assert.Single(Directory.GetFiles(Path.Combine(fixture.Store.MemoryDirectory, RecycledSegments.DirectoryName)));
        // Without the lock that .NET would take.
        using var file = FileLease.OpenToTry(path);
        Assert.True(fixture.Store.Recycled.Trim(1));
        Assert.Equal(read ? Large + 64 : 0, RandomAccess.GetLength(file));
        if (!read)
            return;

        Assert.True(new ReadOnlySpan<byte>(mapping.Pointer, Large).SequenceEqual(Bytes(Large, 1)));
        Assert.Contains(path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
        mapping.Dispose();
        Assert.DoesNotContain(path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_store_that_has_ended_keeps_no_mapping()
    {
        string directory;
        UnixMapping late;
        using (var fixture = new StoreFixture(recycledMax: 1 << 30))
        {
            directory = fixture.Store.MemoryDirectory;
            ((UnixMapping)fixture.Store.Map(Write(fixture.Store, Bytes(Large, 1)))).Dispose();
            late = (UnixMapping)fixture.Store.Map(Write(fixture.Store, Bytes(Large, 2)));
        }

        Assert.True(new ReadOnlySpan<byte>(late.Pointer, Large).SequenceEqual(Bytes(Large, 2)));
        late.Dispose();
        var mapped = File.ReadLines("/proc/self/maps").Where(line => line.Contains(directory, StringComparison.Ordinal));
        Assert.All(mapped, line => Assert.Contains("/" + StoreUsage.FileName, line, StringComparison.Ordinal));
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void MapAndForget(SegmentStore store, BufferRef buffer) => _ = store.Map(buffer).Length;
}
