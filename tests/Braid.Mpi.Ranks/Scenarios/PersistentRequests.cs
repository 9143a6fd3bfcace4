using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Messages that are prepared once and started often.</summary>
internal static class PersistentRequests
{
    public static void EachStartSendsWhatIsThereThen(RankContext r)
    {
        var (send, got) = (new int[1], new int[1]);
        using var sender = r.World.PrepareSend<int>(send, r.Next, 8);
        using var receiver = r.World.PrepareReceive(got.AsMemory(), r.Previous, 8);
        var sum = 0;
        for (var i = 0; i < 5; i++)
        {
            send[0] = (r.Rank * 10) + i;
            receiver.Start();
            sender.Start();
            receiver.Wait();
            sender.Wait();
            sum += got[0];
        }
        r.Say($"sum {sum}");
    }

    public static void LongAndShortOnesOfEveryLength(RankContext r)
    {
        foreach (var length in new[] { 0, 1, 5_000, 200_000 })
        {
            var (send, got) = (Enumerable.Range(r.Rank, length).ToArray(), new int[length]);
            using var receiver = r.World.PrepareReceive(got.AsMemory(), r.Previous, 9);
            using var sender = r.World.PrepareSend<int>(send, r.Next, 9);
            for (var round = 0; round < 2; round++)
            {
                Array.Clear(got);
                receiver.Start();
                sender.Start();
                var status = receiver.Wait();
                sender.Wait();
                r.Say($"{status.GetCount<int>()} from {status.Source}: {got.SequenceEqual(Enumerable.Range(r.Previous, length))}");
            }
        }
    }

    public static void TheyAreAskedWhetherTheyAreDone(RankContext r)
    {
        var got = new long[2];
        using var receiver = r.World.PrepareReceive(got.AsMemory(), r.Previous, 10);
        receiver.Start();
        Expect(!receiver.Test(out _));
        r.World.Barrier();
        r.World.Send<long>(new[] { r.Rank, -5L }, r.Next, 10);
        Status status;
        while (!receiver.Test(out status))
        {
        }
        r.Say($"{status.GetCount<long>()} {got[0]} {got[1]}");
    }

    public static void TheyTakeDatatypesAndAnySource(RankContext r)
    {
        var matrix = Enumerable.Range(0, 12).Select(i => (double)((r.Rank * 100) + i)).ToArray();
        var row = new double[3];
        using var column = Datatype.Of<double>().Vector(3, 1, 4);
        using var sender = r.World.PrepareSend(column.From<double>(matrix.AsMemory(1), 1), r.Next, 11);
        using var receiver = r.World.PrepareReceive(row.AsMemory(), Mpi.AnySource, 11);
        receiver.Start();
        sender.Start();
        var status = receiver.Wait();
        sender.Wait();
        r.Say($"from {status.Source}", row);
    }

    public static void OneThatWasNeverStartedIsGivenBack(RankContext r)
    {
        var unused = r.World.PrepareReceive(new int[1].AsMemory(), r.Previous, 12);
        unused.Dispose();
        unused.Dispose();
        r.Say($"still usable {r.World.AllReduce(1, Op.Sum)}");
    }
}
