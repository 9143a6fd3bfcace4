using System.Diagnostics;
using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Collectives that were started, and what goes on beside them.</summary>
internal static class StartedCollectives
{
    public static async Task ManyTakeNoThreads(RankContext r)
    {
        const int Count = 100;
        var before = Threads();
        // The last rank joins after the others have started all and counted.
        if (r.Rank == r.Size - 1)
        {
            for (var rank = 0; rank < r.Size - 1; rank++)
            {
                r.World.ReceiveValue<int>(rank, 50);
            }
        }
        var sums = new int[Count];
        Request[] requests = [.. sums.Select((_, i) => r.World.StartAllReduce<int>(new[] { i + r.Rank }, sums.AsMemory(i, 1), Op.Sum))];
        var all = Request.WhenAll(requests);
        if (r.Rank < r.Size - 1)
        {
            var more = Threads() - before;
            r.World.SendValue(1, r.Size - 1, 50);
            Expect(more < Count / 2);
        }
        await all;
        r.Say("sums", sums.Take(3));
        Expect(sums.Select((sum, i) => sum - (i * r.Size)).Distinct().Count() == 1);
    }

    public static void TheyGoOnWhileARankWaitsForAnother(RankContext r)
    {
        // In a broadcast over four ranks one that only hands on must do so while it waits for something else.
        int[] value = [r.Rank == 0 ? 42 : 0], sum = [0];
        var broadcast = r.World.StartBroadcast(value.AsMemory());
        var reduction = r.World.StartAllReduce<int>(new[] { r.Rank }, sum, Op.Sum);
        var barrier = r.World.StartBarrier();
        if (r.Rank < r.Size - 1)
        {
            r.Say($"waited for {r.World.ReceiveValue<int>(r.Next, 51)}");
        }
        Request.WaitAll(broadcast, reduction, barrier);
        if (r.Rank > 0)
        {
            r.World.SendValue(r.Rank, r.Previous, 51);
        }
        r.Say($"{value[0]} {sum[0]}");
    }

    public static async Task WhatAFunctionThrowsComesOutOfTheAwait(RankContext r)
    {
        using var op = Op.Create<int>((_, _) => throw new InvalidTimeZoneException("of the function"));
        var thrown = "nothing";
        try
        {
            await r.World.StartAllReduce<int>(new[] { 1 }, new int[1], op);
        }
        catch (InvalidTimeZoneException e)
        {
            thrown = e.Message;
        }
        // Which ranks combine is the MPI's to choose.
        Expect(thrown is "nothing" or "of the function");
        r.Say($"still usable {r.World.AllReduce(1, Op.Sum)}");
    }

    public static void AnotherThreadsSynchronizationContextIsNotTheirs(RankContext r)
    {
        // Nobody pumps it: what is posted there would never run.
        var context = new Unpumped();
        SynchronizationContext.SetSynchronizationContext(context);
        try
        {
            var sum = new int[1];
            var request = r.World.StartAllReduce<int>(new[] { r.Rank + 1 }, sum, Op.Sum);
            request.Wait();
            r.Say($"{sum[0]}, posted {context.Posted}");
        }
        finally
        {
            SynchronizationContext.SetSynchronizationContext(null);
        }
    }

    private static int Threads()
    {
        using var self = Process.GetCurrentProcess();
        return self.Threads.Count;
    }

    private sealed class Unpumped : SynchronizationContext
    {
        public int Posted { get; private set; }

        public override void Post(SendOrPostCallback d, object? state) => Posted++;
    }
}
