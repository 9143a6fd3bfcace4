using System.Runtime.InteropServices;
using Braid.Objects;
using Braid.Serialization;

namespace Braid.Tests.Objects;

public class SegmentExporterTests
{
    [Fact]
    public void Large_arrays_lists_and_memory_of_a_value_travel_through_one_segment()
    {
        using var fixture = new StoreFixture();
        using var worker = fixture.OpenWorker(1);
        var value = (
            Numbers: Enumerable.Range(0, 100_000).Select(i => (double)i).ToArray(),
            View: (ReadOnlyMemory<int>)Enumerable.Range(0, 50_000).ToArray(),
            Small: new byte[] { 1, 2, 3 },
            Bytes: new List<byte>(StoreFixture.Bytes(70_000)));
        var (payload, buffers) = Write(fixture.Store, value);
        Assert.True(payload.Length < 1000, $"{payload.Length} bytes in band");
        Assert.Equal(3, buffers.Count);
        Assert.Single(BufferTable.SegmentsOf([.. buffers]));

        var back = Read(worker, payload, buffers, value);
        Assert.Equal(value.Numbers, back.Numbers);
        Assert.Equal(value.View.ToArray(), back.View.ToArray());
        Assert.Equal(value.Small, back.Small);
        Assert.Equal(value.Bytes, back.Bytes);
    }

    [Fact]
    public void Memory_is_read_through_the_mapping_itself()
    {
        using var fixture = new StoreFixture();
        var (payload, buffers) = Write(fixture.Store, (ReadOnlyMemory<double>)new double[200_000]);
        var back = Read(fixture.Store, payload, buffers, default(ReadOnlyMemory<double>));
        Assert.False(MemoryMarshal.TryGetArray(back, out _));
        Assert.Equal(200_000, back.Length);
        Assert.Equal(1_600_000, fixture.Store.MappedBytes);
    }

    [Fact]
    public void A_value_without_large_buffers_makes_no_file()
    {
        using var fixture = new StoreFixture();
        var (_, buffers) = Write(fixture.Store, "a small value");
        Assert.Empty(buffers);
        Assert.Empty(fixture.MemoryFiles);
    }

    [Fact]
    public void A_value_that_cannot_travel_leaves_no_segment_behind()
    {
        using var fixture = new StoreFixture();
        var value = new object[] { new double[100_000], new MemoryStream(), new ManualResetEvent(false) };
        Assert.Throws<SerializationException>(() => Write(fixture.Store, value));
        Assert.Empty(fixture.MemoryFiles);
        Assert.Equal(0, fixture.Store.Usage.MemoryBytes);
    }

    [Fact]
    public void One_exporter_takes_one_value_after_the_other()
    {
        using var fixture = new StoreFixture();
        using var exporter = new SegmentExporter(fixture.Store);
        var writer = new ObjectWriter { Buffers = exporter };
        writer.Write(new double[10_000]);
        var first = exporter.Complete();
        writer.Reset();
        writer.Write(new double[10_000]);
        var second = exporter.Complete();
        Assert.NotEqual(first[0].Segment, second[0].Segment);
        Assert.Empty(exporter.Complete());
        Assert.Equal(2, fixture.MemoryFiles.Length);
    }

    [Fact]
    public void A_payload_that_names_a_buffer_that_did_not_come_with_it_is_an_error()
    {
        using var fixture = new StoreFixture();
        var (payload, buffers) = Write(fixture.Store, new double[100_000]);
        Assert.Throws<SerializationException>(() => Read<double[]>(fixture.Store, payload, [], []));
        Assert.Throws<SerializationException>(
            () => Read<double[]>(fixture.Store, payload, [buffers[0] with { Length = buffers[0].Length - 8 }], []));
    }

    private static (byte[] Payload, IReadOnlyList<BufferRef> Buffers) Write<T>(SegmentStore store, T value)
    {
        using var exporter = new SegmentExporter(store);
        var writer = new ObjectWriter { Buffers = exporter };
        writer.Write(value);
        return (writer.WrittenSpan.ToArray(), exporter.Complete());
    }

    /// <summary>The last argument gives the type only.</summary>
    private static T Read<T>(SegmentStore store, byte[] payload, IReadOnlyList<BufferRef> buffers, T _)
    {
        var reader = new ObjectReader { Buffers = new SegmentImporter(store, buffers) };
        reader.Reset(payload);
        return reader.Read<T>();
    }
}
