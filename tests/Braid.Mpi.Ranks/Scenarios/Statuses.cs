using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>What is known of a message.</summary>
internal static class Statuses
{
    public static void SourceTagAndLengthOfEveryReceive(RankContext r)
    {
        var send = r.World.StartSend<short>(new short[6], r.Next, 21);
        var status = r.World.Receive(new short[9].AsSpan(), Mpi.AnySource, 21);
        send.Wait();
        r.Say($"{status.Source} {status.Tag} {status.ByteCount} {status.GetCount<short>()} {status.GetCount<int>()} {status.IsCancelled}");
        r.Say($"{status}");
    }

    public static void OfNobody(RankContext r)
    {
        var status = r.World.Receive(new int[1].AsSpan(), Mpi.ProcNull, 5);
        r.Say($"{status.Source == Mpi.ProcNull} {status.Tag == Mpi.AnyTag} {status.ByteCount} {status.GetCount<double>()}");
        var probed = r.World.Probe(Mpi.ProcNull);
        r.Say($"{probed.Source == Mpi.ProcNull} {probed.Tag == Mpi.AnyTag} {probed.ByteCount}");
        var message = r.World.MatchedProbe(Mpi.ProcNull);
        r.Say($"{message.Receive<int>().Length}");
        var (sent, got) = (r.World.StartSend<int>(new int[3], Mpi.ProcNull), r.World.StartReceive(new int[3].AsMemory(), Mpi.ProcNull));
        sent.Wait();
        // MPICH 4.0 gives rank 0 for a receive that was started, to C too.
        r.Say($"{got.Wait().Source == Mpi.ProcNull || Mpi.Implementation == MpiImplementation.Mpich}");
    }

    public static void NoElementsAreAMessageToo(RankContext r)
    {
        var sends = new[]
        {
            r.World.StartSend<int>(Array.Empty<int>(), r.Next, 3), r.World.StartSend<int>(new[] { 7 }, r.Next, 3),
            r.World.StartSendSynchronous<double>(Array.Empty<double>(), r.Next, 4),
        };
        var empty = r.World.Receive(Span<int>.Empty, r.Previous, 3);
        var full = r.World.Receive(new int[2].AsSpan(), r.Previous, 3);
        var other = r.World.Receive(new double[2].AsSpan(), r.Previous, 4);
        Request.WaitAll(sends);
        r.Say("counts", [empty.GetCount<int>(), full.GetCount<int>(), other.GetCount<double>()]);
    }

    public static void ElementsOfADatatypeAreCounted(RankContext r)
    {
        using var pair = Datatype.Of<double>().Contiguous(2);
        using var column = Datatype.Of<double>().Vector(3, 1, 2);
        var send = r.World.StartSend<double>(new double[6], r.Next, 8);
        var status = r.World.Receive(new double[8].AsSpan(), r.Previous, 8);
        send.Wait();
        r.Say("counts", [status.GetCount(pair), status.GetCount(column), status.GetCount<double>(), status.GetCount<byte>()]);
        using var four = Datatype.Of<double>().Contiguous(4);
        r.Say($"{ErrorOf(() => status.GetCount(four))}");
    }

    public static void OfEveryRequestOfAGroup(RankContext r)
    {
        var receives = Enumerable.Range(0, 5).Select(i => r.World.StartReceive(new int[8].AsMemory(), Mpi.AnySource, 30 + i)).ToArray();
        for (var i = 4; i >= 0; i--)
        {
            r.World.Send<int>(new int[i], r.Next, 30 + i);
        }
        r.Say("all", Request.WaitAll(receives).Select(s => $"{s.Source}/{s.Tag}/{s.GetCount<int>()}"));
        // Once done, a request tells the same again, and is done in every group.
        r.Say($"{receives[2].Wait()}");
        r.Say("again", Request.WaitAll(receives).Select(s => s.GetCount<int>()));
        r.Say($"none left {Request.WaitAny(receives, out _)} {Request.TestSome(receives).Length} {Request.WaitAll().Length}");
    }
}
