using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Ranks as workers.</summary>
internal static class Pools
{
    public static Task ACallRunsOnAWorker(RankContext r) => OnRank0(r, async pool =>
    {
        var offset = 10;
        r.Say($"{await pool.SubmitAsync(() => offset + 4)} on {await pool.SubmitAsync(() => Math.Min(1, Mpi.World.Rank))}");
        r.Say(await pool.SubmitAsync(async () =>
        {
            await Task.Yield();
            return "asynchronous";
        }));
        await pool.SubmitAsync(() => { });
    });

    public static Task AMapKeepsTheOrder(RankContext r) => OnRank0(r, async pool =>
    {
        foreach (var chunk in new int?[] { null, 1, 7, 1000 })
        {
            var squares = await pool.MapAsync(x => x * x, Enumerable.Range(0, 100), chunk);
            Expect(squares.SequenceEqual(Enumerable.Range(0, 100).Select(x => x * x)));
        }
        r.Say("sums", await pool.MapAsync((a, b) => a + b, new[] { (1, 2), (3, 4) }));
        r.Say("sums", await pool.MapAsync((a, b, c) => a + b + c, new[] { (1, 2, 3), (4, 5, 6) }));
        Expect((await pool.MapAsync(x => x, Array.Empty<int>())).Length == 0);
    });

    public static Task AnUnorderedMapGivesAll(RankContext r) => OnRank0(r, async pool =>
    {
        var got = new List<int>();
        await foreach (var x in pool.MapUnorderedAsync(x => 2 * x, Enumerable.Range(0, 50), chunkSize: 3))
        {
            got.Add(x);
        }
        r.Say($"{got.Count} {got.Sum()}");
    });

    public static Task LargeArgumentsAndResultsTravel(RankContext r) => OnRank0(r, async pool =>
    {
        var vector = new double[500_000];
        Array.Fill(vector, 0.5);
        var doubled = await Task.WhenAll(Enumerable.Range(0, 6).Select(i => pool.SubmitAsync(() => Array.ConvertAll(vector, x => x * i))));
        r.Say("sums", doubled.Select(d => d.Sum()));
    });

    public static Task AnExceptionComesBackAsItself(RankContext r) => OnRank0(r, async pool =>
    {
        r.Say(await FailureOf(pool.SubmitAsync((Func<int>)(() => throw new InvalidTimeZoneException("of a call")))));
        r.Say(await FailureOf(pool.MapAsync(x => x == 20 ? throw new TimeoutException("of an item") : x, Enumerable.Range(0, 1000), 2)));
        r.Say((await FailureOf(pool.SubmitAsync(() => new StringWriter()))).Split(',')[0]);
        r.Say($"{await pool.SubmitAsync(() => "usable still")}");
    });

    public static Task ACallThatWaitsIsTakenBack(RankContext r) => OnRank0(r, async pool =>
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();
        r.Say((await FailureOf(pool.SubmitAsync(() => 1, source.Token))).Split(':')[0]);
        r.Say($"{await pool.SubmitAsync(() => 2)}");
    });

    public static Task AThousandCallsAreAllAnswered(RankContext r) => OnRank0(r, async pool =>
    {
        var all = await Task.WhenAll(Enumerable.Range(0, 1000).Select(i => pool.SubmitAsync(() => i + 1)));
        r.Say($"{all.Sum()}");
    });

    public static async Task APoolOfSomeRanksLeavesTheOthersAlone(RankContext r)
    {
        using var half = r.World.Split(r.Rank % 2)!;
        await using (var pool = MpiPool.Start(new() { Communicator = half }))
        {
            if (pool is not null)
            {
                r.Say($"{pool.Workers} {(await pool.MapAsync(x => -x, Enumerable.Range(0, 10))).Sum()}");
            }
        }
        r.Say("done");
    }

    public static async Task AfterItsEndAPoolRefuses(RankContext r)
    {
        var pool = MpiPool.Start();
        if (pool is not null)
        {
            await pool.DisposeAsync();
            await pool.DisposeAsync();
            r.Say((await FailureOf(pool.SubmitAsync(() => 1))).Split(':')[0]);
        }
    }

    private static async Task OnRank0(RankContext r, Func<MpiPool, Task> program)
    {
        await using (var pool = MpiPool.Start())
        {
            if (pool is not null)
            {
                await program(pool);
            }
        }
        r.Say("done");
    }

    private static async Task<string> FailureOf(Task task)
    {
        try
        {
            await task;
            return "no failure";
        }
        catch (Exception e)
        {
            return $"{e.GetType().Name}: {e.Message}";
        }
    }
}
