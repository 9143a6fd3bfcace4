using System.Runtime.InteropServices;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>More elements than MPI counts, with that limit at 1,000: the same derived datatypes that 2³¹ elements need.</summary>
internal static unsafe class LargeCounts
{
    private const int Limit = 1_000;

    public static void MessagesBeyondTheLimit(RankContext r) => Beyond(() =>
    {
        foreach (var length in new long[] { 0, 999, 1_000, 1_001, 2_000, 12_345 })
        {
            using var sent = new Memory<long>(length, i => (r.Rank * 1_000_000) + i);
            using var got = new Memory<long>(length, static _ => -1);
            var send = r.World.StartSend(sent.Span, r.Next, 1);
            var status = r.World.Receive(got.Span, r.Previous, 1);
            send.Wait();
            Expect(got.Is(i => (r.Previous * 1_000_000) + i));
            r.Say($"{length}: {status.GetCount<long>()}");
            var receive = r.World.StartReceive(got.Span, r.Next, 2);
            r.World.Send(sent.Span, r.Previous, 2);
            receive.Wait();
            Expect(got.Is(i => (r.Next * 1_000_000) + i));
        }
    });

    public static void CollectivesBeyondTheLimit(RankContext r) => Beyond(() =>
    {
        const long Length = 2_500;
        using var own = new Memory<int>(Length, i => (int)(r.Rank + i));
        using var all = new Memory<int>(Length * r.Size, static _ => -1);
        using var back = new Memory<int>(Length, static _ => -1);
        r.World.AllGather(own.Span, all.Span);
        Expect(all.Is(i => (int)((i / Length) + (i % Length))));
        r.World.Scatter(all.Span, back.Span, r.Size - 1);
        Expect(back.Is(i => (int)(r.Rank + i)));
        using var gathered = new Memory<int>(Length * r.Size, static _ => -1);
        r.World.Gather(own.Span, gathered.Span, r.Size - 1);
        Expect(gathered.Is(i => r.Rank == r.Size - 1 ? (int)((i / Length) + (i % Length)) : -1));
        using var swapped = new Memory<int>(Length * r.Size, static _ => -1);
        r.World.AllToAll(all.Span, swapped.Span);
        Expect(swapped.Is(i => (int)(r.Rank + (i % Length))));
        r.World.AllReduce(own.Span, back.Span, Op.Sum);
        Expect(back.Is(i => (int)((r.Size * i) + (r.Size * (r.Size - 1) / 2))));
        r.World.Reduce(own.Span, back.Span, Op.Max);
        Expect(r.Rank != 0 || back.Is(i => (int)(r.Size - 1 + i)));
        r.World.Broadcast(own.Span);
        Expect(own.Is(static i => (int)i));
        r.Say("all right");
    });

    public static void PartsAndPlacesAreChecked(RankContext r)
    {
        using var memory = new Memory<int>(10, static i => (int)i);
        r.Say("part", memory.Span.AsSpan(3, 4).ToArray());
        var refused = 0;
        foreach (var call in new Action[]
        {
            () => memory.Span.Slice(8, 3), () => memory.Span.Slice(-1, 3), () => _ = memory.Span[10], () => _ = memory.Span[-1],
            () => _ = new LargeSpan<int>(null, -1), () => r.World.AllGather(memory.Span, memory.Span.Slice(0, 9)),
        })
        {
            try
            {
                call();
            }
            catch (ArgumentException)
            {
                refused++;
            }
        }
        r.Say($"refused {refused}");
    }

    private static void Beyond(Action body)
    {
        LargeCount.CountMax = Limit;
        try
        {
            body();
        }
        finally
        {
            LargeCount.CountMax = int.MaxValue;
        }
    }

    /// <summary>Memory outside the collector's heap.</summary>
    private sealed class Memory<T> : IDisposable where T : unmanaged, IEquatable<T>
    {
        private readonly T* _start;
        private readonly long _length;

        public Memory(long length, Func<long, T> value)
        {
            _start = (T*)NativeMemory.Alloc((nuint)Math.Max(1, length), (nuint)sizeof(T));
            _length = length;
            for (long i = 0; i < length; i++)
            {
                _start[i] = value(i);
            }
        }

        public LargeSpan<T> Span => new(_start, _length);

        public bool Is(Func<long, T> value)
        {
            for (long i = 0; i < _length; i++)
            {
                if (!_start[i].Equals(value(i)))
                {
                    return false;
                }
            }
            return true;
        }

        public void Dispose() => NativeMemory.Free(_start);
    }
}
