using Braid.Lambdas;
using Braid.Objects;
using Braid.Serialization;

namespace Braid.Execution;

/// <summary>
/// Turns values and lambdas' captures into <see cref="Payload"/>s and back, with large buffers in segments. Thread-safe; each thread keeps
/// a writer and a reader of its own.
/// </summary>
internal sealed class Packer(SegmentStore store, SegmentKeeper? keeper = null)
{
    /// <summary>From here on bytes travel beside the frames.</summary>
    public const int InBandBytesMax = 64 << 10;

    /// <summary>What fits into a frame with room to spare: each takes up to ten bytes there.</summary>
    public const int ReferencesMax = 4_000_000;

    [ThreadStatic]
    private static Bench? _bench;

    static Packer() => Handles.Register();

    public SegmentStore Store { get; } = store;

    /// <summary>The cluster whose payloads these are: what belongs to another is refused. Null in tests of the wire.</summary>
    public ClusterBackend? Home { get; init; }

    public Payload Pack<T>(T value) => Pack(value, static (writer, value) => writer.Write(value));

    public Payload PackCaptures(Lambda lambda, Delegate body) =>
        lambda.CapturesNothing ? Payload.Empty : Pack((lambda, body), static (writer, both) => both.lambda.WriteCaptures(writer, both.body));

    /// <exception cref="ObjectLostException">The value's shared memory is gone.</exception>
    public T Unpack<T>(Payload payload) => Unpack(payload, 0, static (reader, _) => reader.Read<T>());

    public Delegate UnpackCaptures(Lambda lambda, Payload payload) => Unpack(payload, lambda, static (reader, lambda) => lambda.ReadCaptures(reader));

    private Payload Pack<T>(T value, Action<ObjectWriter, T> write)
    {
        var bench = Bench.Take(ref _bench);
        using var segments = new SegmentExporter(Store);
        bench.Scope.Home = Home;
        bench.Writer.Buffers = segments;
        write(bench.Writer, value);
        if (bench.Scope.Count > ReferencesMax)
            throw new SerializationException($"The value holds {bench.Scope.Count:N0} references; one value or lambda may hold {ReferencesMax:N0}.");
        var written = bench.Writer.WrittenSpan;
        byte[] bytes;
        var bodyAside = written.Length > InBandBytesMax;
        if (bodyAside)
        {
            segments.Export(ref System.Runtime.InteropServices.MemoryMarshal.GetReference(written), written.Length);
            bytes = [];
        }
        else
        {
            bytes = written.ToArray();
        }

        var buffers = segments.Complete();
        BufferRef[] placed = buffers.Count == 0 ? [] : [.. buffers];
        var payload = bytes.Length == 0 && placed.Length == 0
            ? Payload.Empty
            : new Payload(bytes, placed, bench.Scope.ToArray(), bodyAside) { Lease = Leased(placed) };
        bench.Return(ref _bench);
        return payload;
    }

    private T Unpack<T, TState>(Payload payload, TState state, Func<ObjectReader, TState, T> read)
    {
        var bench = Bench.Take(ref _bench);
        bench.Scope.Reset(payload.References);
        bench.Reader.Buffers = payload.Buffers.Length == 0 ? null : new SegmentImporter(Store, payload.Buffers);
        var value = ReadGuarded(bench.Reader, payload, state, read);
        if (bench.Reader.Remaining != 0)
            throw new SerializationException($"{bench.Reader.Remaining} bytes follow the end of a value of type {typeof(T)}.");
        bench.Return(ref _bench);
        return value;
    }

    private T ReadGuarded<T, TState>(ObjectReader reader, Payload payload, TState state, Func<ObjectReader, TState, T> read)
    {
        try
        {
            reader.Reset(payload.BodyAside ? BodyOf(payload) : payload.Bytes);
            return read(reader, state);
        }
        catch (SegmentUnavailableException gone)
        {
            throw new ObjectLostException($"A value of type {typeof(T)} is gone from shared memory. {gone.Message}", gone);
        }
    }

    /// <summary>Only the driver keeps: what a worker makes is the driver's as soon as it hears of it.</summary>
    public SegmentLease? Leased(BufferRef[] buffers) => keeper is null || buffers.Length == 0 ? null : new SegmentLease(keeper, buffers);

    private byte[] BodyOf(Payload payload)
    {
        var buffer = payload.Buffers[^1];
        if (buffer.Length == 0)
            return [];
        if (buffer.Length > Array.MaxLength)
            throw new SerializationException($"A body of {buffer.Length:N0} bytes is longer than an array can be.");
        if (buffer.Length >= SegmentImporter.CheckedBytesMin)
            Store.Check(buffer);
        var bytes = GC.AllocateUninitializedArray<byte>((int)buffer.Length);
        Store.Read(buffer, ref bytes[0]);
        return bytes;
    }

    /// <summary>A thread's writer, reader and list of references. One that an exception passed through is not used again.</summary>
    private sealed class Bench
    {
        /// <summary>A writer that has grown beyond this is let go.</summary>
        private const int KeepBytesMax = 1 << 20;

        public ReferenceScope Scope { get; } = new();

        public ObjectWriter Writer { get; }

        public ObjectReader Reader { get; }

        private Bench()
        {
            Writer = new ObjectWriter { State = Scope };
            Reader = new ObjectReader { State = Scope };
        }

        public static Bench Take(ref Bench? kept)
        {
            var bench = kept ?? new Bench();
            kept = null;
            return bench;
        }

        public void Return(ref Bench? kept)
        {
            Writer.Buffers = null;
            Reader.Buffers = null;
            if (Writer.Capacity > KeepBytesMax)
                return;
            Writer.Reset();
            Reader.Reset(default);
            Scope.Reset();
            kept = this;
        }
    }
}
