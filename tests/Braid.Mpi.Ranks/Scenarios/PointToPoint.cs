using System.Numerics;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Messages between two ranks.</summary>
internal static class PointToPoint
{
    private enum Color : short
    {
        Red = 7,
    }

    private struct Particle
    {
        public byte Kind;
        public double Mass;
        public int Charge;
        public bool Alive;
        public char Letter;
    }

    public static void AnArrayGoesAroundTheRing(RankContext r)
    {
        var got = new int[100];
        var status = r.World.SendReceive<int, int>(Enumerable.Range(r.Rank * 100, 100).ToArray(), r.Next, got, r.Previous, 3, 3);
        Expect(status.Source == r.Previous && status.Tag == 3 && status.GetCount<int>() == 100);
        r.Say("got", got.Take(3));
    }

    public static void EveryPrimitiveTypeArrives(RankContext r)
    {
        Check<byte>(r, 200);
        Check<sbyte>(r, -100);
        Check<short>(r, -30000);
        Check<ushort>(r, 60000);
        Check(r, -2_000_000_000);
        Check(r, 4_000_000_000u);
        Check(r, -9_000_000_000_000L);
        Check(r, 18_000_000_000_000_000_000ul);
        Check(r, 1.5f);
        Check(r, Math.PI);
        Check(r, true);
        Check(r, 'ß');
        Check(r, (nint)(-5));
        Check(r, new Complex(1, -2));
        Check(r, Color.Red);
        Check(r, 12.34m);
        Check(r, Guid.Parse("00112233-4455-6677-8899-aabbccddeeff"));
        Check(r, new DateTime(2026, 11, 21, 0, 0, 0, DateTimeKind.Utc));
        Check(r, (Half)0.5);
        Check(r, (Int128)1 << 100);
    }

    public static void AStructArrivesWithoutItsPadding(RankContext r)
    {
        var send = new Particle[3];
        for (var i = 0; i < 3; i++)
        {
            send[i] = new() { Kind = (byte)i, Mass = i + 0.5, Charge = -i, Alive = i == 1, Letter = (char)('a' + i) };
        }
        var got = new Particle[3];
        var status = r.World.SendReceive<Particle, Particle>(send, r.Next, got, r.Previous);
        Expect(status.GetCount<Particle>() == 3);
        Expect(status.ByteCount == 3 * (1 + 8 + 4 + 1 + 2));
        r.Say("letters", got.Select(p => $"{p.Kind}{p.Letter}{p.Mass}{p.Alive}"));
    }

    public static void ValuesAreSentOneByOne(RankContext r)
    {
        var receive = r.World.StartReceive(new double[1].AsMemory(), r.Previous, 1);
        r.World.SendValue(r.Rank * 1.5, r.Next, 1);
        r.Say($"from {receive.Wait().Source}");
        var request = r.World.StartSend<int>(new[] { r.Rank + 7 }, r.Next, 2);
        r.Say($"value {r.World.ReceiveValue<int>(r.Previous, 2)}");
        request.Wait();
    }

    public static void AnySourceAndAnyTagTakeWhateverComes(RankContext r)
    {
        if (r.Rank != 0)
        {
            r.World.SendValue(r.Rank * 10, 0, r.Rank);
            return;
        }
        var got = new SortedDictionary<int, string>();
        for (var i = 1; i < r.Size; i++)
        {
            var value = r.World.ReceiveValue<int>(Mpi.AnySource, Mpi.AnyTag, out var status);
            got[status.Source] = $"{value} tag {status.Tag}";
        }
        r.Say("got", got.Select(p => $"{p.Key}:{p.Value}"));
    }

    public static void MessagesOfOneTagKeepTheirOrderAndTagsChoose(RankContext r)
    {
        var sends = new List<Request>();
        for (var i = 0; i < 20; i++)
        {
            sends.Add(r.World.StartSend<int>(new[] { i }, r.Next, i % 2));
        }
        var odd = Enumerable.Range(0, 10).Select(_ => r.World.ReceiveValue<int>(r.Previous, 1)).ToArray();
        var even = Enumerable.Range(0, 10).Select(_ => r.World.ReceiveValue<int>(r.Previous, 0)).ToArray();
        Request.WaitAll([.. sends]);
        r.Say("odd", odd);
        r.Say("even", even);
    }

    public static void EveryModeSends(RankContext r)
    {
        using var space = BufferedSendSpace.Attach(1000);
        var peer = r.Rank ^ 1;
        if (peer >= r.Size)
        {
            r.Say("no peer");
            return;
        }
        var got = new int[1];
        if (r.Rank % 2 == 0)
        {
            r.World.SendSynchronous<int>(new[] { 1 }, peer, 1);
            r.World.SendBuffered<int>(new[] { 2 }, peer, 2);
            // The other side says that it receives before a ready send.
            r.World.Receive(got.AsSpan(), peer, 9);
            r.World.SendReady<int>(new[] { 3 }, peer, 3);
            r.World.StartSendSynchronous<int>(new[] { 4 }, peer, 4).Wait();
            r.World.StartSendBuffered<int>(new[] { 5 }, peer, 5).Wait();
        }
        else
        {
            r.Say($"{r.World.ReceiveValue<int>(peer, 1)} {r.World.ReceiveValue<int>(peer, 2)}");
            var ready = r.World.StartReceive(got.AsMemory(), peer, 3);
            r.World.SendValue(0, peer, 9);
            ready.Wait();
            r.Say($"{got[0]} {r.World.ReceiveValue<int>(peer, 4)} {r.World.ReceiveValue<int>(peer, 5)}");
        }
    }

    public static void ABufferIsSwappedInPlace(RankContext r)
    {
        int[] values = [r.Rank, r.Rank + 100];
        r.World.SendReceiveInPlace(values.AsSpan(), r.Next, r.Previous);
        r.Say("values", values);
    }

    public static void AProbeTellsTheLength(RankContext r)
    {
        var send = r.World.StartSend<long>(new long[r.Rank + 1], r.Next, 5);
        var status = r.World.Probe(r.Previous, 5);
        Expect(r.World.TryProbe(r.Previous, 5, out var again) && again.ByteCount == status.ByteCount);
        Expect(!r.World.TryProbe(r.Previous, 4711, out _));
        var got = new long[status.GetCount<long>()];
        r.World.Receive(got.AsSpan(), status.Source, status.Tag);
        send.Wait();
        r.Say($"{got.Length} longs from {status.Source}");
    }

    public static void AMatchedProbeTakesTheMessage(RankContext r)
    {
        Expect(r.World.TryMatchedProbe(r.Previous, 4712) is null);
        var sends = new[] { r.World.StartSend<int>(new[] { 1, 2, 3 }, r.Next, 6), r.World.StartSend<int>(new[] { 4 }, r.Next, 6) };
        var message = r.World.MatchedProbe(r.Previous, 6);
        // The probed message is out of the matching: a plain receive gets the second.
        r.Say($"second {r.World.ReceiveValue<int>(r.Previous, 6)}");
        r.Say("first", message.Receive<int>());
        Request.WaitAll(sends);
    }

    public static void NothingComesFromNobody(RankContext r)
    {
        var got = new[] { 42 };
        r.World.Send<int>(got, Mpi.ProcNull);
        var status = r.World.Receive(got.AsSpan(), Mpi.ProcNull);
        Expect(got[0] == 42 && status.ByteCount == 0);
        r.Say($"source is nobody: {status.Source == Mpi.ProcNull}");
    }

    public static void LongMessagesArriveWhole(RankContext r)
    {
        foreach (var length in new[] { 0, 1, 1000, 4096, 20_000, 300_000 })
        {
            var send = new int[length];
            for (var i = 0; i < length; i++)
            {
                send[i] = (i * 7) + r.Rank;
            }
            var got = new int[length];
            var status = r.World.SendReceive<int, int>(send, r.Next, got, r.Previous);
            var right = true;
            for (var i = 0; i < length; i++)
            {
                right &= got[i] == (i * 7) + r.Previous;
            }
            r.Say($"{status.GetCount<int>()} {right}");
        }
    }

    public static void AShortMessageLeavesTheRestOfTheBuffer(RankContext r)
    {
        int[] got = [9, 9, 9];
        r.World.SendReceive<int, int>(new[] { r.Rank }, r.Next, got, r.Previous);
        r.Say("got", got);
    }

    private static void Check<T>(RankContext r, T value) where T : unmanaged
    {
        var got = new T[2];
        var status = r.World.SendReceive<T, T>(new[] { value, default }, r.Next, got, r.Previous);
        Expect(EqualityComparer<T>.Default.Equals(got[0], value) && status.GetCount<T>() == 2, typeof(T).Name);
        r.Say($"{typeof(T).Name} {status.ByteCount}");
    }
}
