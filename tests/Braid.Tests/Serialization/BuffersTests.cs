using System.Collections.Immutable;
using System.Runtime.InteropServices;
using Braid.Serialization;

namespace Braid.Tests.Serialization;

public class BuffersTests
{
    private readonly List<byte[]> _beside = [];

    [Fact]
    public void Large_runs_of_unmanaged_elements_go_beside_the_payload()
    {
        var array = Enumerable.Range(0, 100_000).Select(i => i * 0.5).ToArray();
        var (back, bytes) = Carry(new Data(array, [.. array], array, ImmutableArray.Create(array), array.AsMemory(1)));
        Assert.Equal(array, back.Array);
        Assert.Equal(array, back.List);
        Assert.Equal(array, back.ReadOnly.ToArray());
        Assert.Equal(array, back.Immutable);
        Assert.Equal(array[1..], back.Memory.ToArray());
        Assert.True(bytes < 200, $"{bytes} bytes in band");
        Assert.Equal(5, _beside.Count);
    }

    [Fact]
    public void A_read_only_memory_is_read_in_place()
    {
        var (back, _) = Carry<ReadOnlyMemory<int>>(new int[50_000]);
        MemoryMarshal.AsBytes(Importer.Mapped!.Memory.Span)[0] = 7;
        Assert.Equal(7, back.Span[0]);
    }

    [Fact]
    public void Small_runs_and_checked_elements_stay_in_band()
    {
        var (back, _) = Carry((new int[100], new bool[100_000], new string('x', 100_000)));
        Assert.Equal(100_000, back.Item2.Length);
        Assert.Empty(_beside);
    }

    [Fact]
    public void A_buffer_of_another_length_or_an_unknown_one_is_refused()
    {
        var writer = new ObjectWriter { Buffers = new Exporter(_beside) };
        writer.Write(new long[20_000]);
        _beside[0] = _beside[0][..^8];
        Assert.Throws<SerializationException>(() => Read<long[]>(writer, new Importer(_beside)));
        _beside.Clear();
        Assert.Throws<SerializationException>(() => Read<long[]>(writer, new Importer(_beside)));
        Assert.Throws<SerializationException>(() => Read<long[]>(writer, null));
    }

    private (T Value, int InBand) Carry<T>(T value)
    {
        var writer = new ObjectWriter { Buffers = new Exporter(_beside) };
        writer.Write(value);
        return (Read<T>(writer, new Importer(_beside)), writer.WrittenSpan.Length);
    }

    private static T Read<T>(ObjectWriter writer, BufferImporter? importer)
    {
        var reader = new ObjectReader { Buffers = importer };
        reader.Reset(writer.WrittenMemory);
        return reader.Read<T>();
    }

    private sealed record Data(double[] Array, List<double> List, ReadOnlyMemory<double> ReadOnly, ImmutableArray<double> Immutable, Memory<double> Memory);

    private sealed class Exporter(List<byte[]> beside) : BufferExporter
    {
        public override int Export(ref byte start, long length)
        {
            beside.Add(MemoryMarshal.CreateReadOnlySpan(ref start, (int)length).ToArray());
            return beside.Count - 1;
        }
    }

    private sealed class Importer(List<byte[]> beside) : BufferImporter
    {
        public static Pinned? Mapped { get; private set; }

        public override long Length(int index) => index < beside.Count ? beside[index].Length : throw new SerializationException($"Buffer {index} is unknown.");

        public override void CopyTo(int index, ref byte destination, long length) => beside[index].CopyTo(MemoryMarshal.CreateSpan(ref destination, (int)length));

        public override MappedBuffer Map(int index) => Mapped = new Pinned(beside[index]);
    }

    private sealed class Pinned : MappedBuffer
    {
        private readonly byte[] _bytes;

        public Pinned(byte[] bytes)
        {
            _bytes = GC.AllocateArray<byte>(bytes.Length, pinned: true);
            bytes.CopyTo(_bytes, 0);
        }

        public Memory<byte> Memory => _bytes;

        public override unsafe byte* Pointer => (byte*)Marshal.UnsafeAddrOfPinnedArrayElement(_bytes, 0);

        public override long Length => _bytes.Length;
    }
}
