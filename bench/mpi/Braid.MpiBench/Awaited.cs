using System.Diagnostics;
using System.Globalization;
using Braid.Mpi;

namespace Braid.MpiBench;

/// <summary>What is awaited beside what blocks, of two ranks: prints on rank 0 the work, and µs of the middle and of the shortest batch, blocking and awaited.</summary>
internal static class Awaited
{
    private const int Batches = 15;
    private const int Works = 300;

    public static async Task RunAsync(Communicator world)
    {
        var (first, other) = (world.Rank == 0, 1 - world.Rank);
        long[] one = [1], got = [0];
        await CompareAsync("barrier", world.Barrier, async () => await world.StartBarrier());
        await CompareAsync(
            "allreduce of 8 B", () => world.AllReduce<long>(one, got, Op.Sum), async () => await world.StartAllReduce<long>(one, got, Op.Sum));
        await CompareAsync(
            "allreduce of an object", () => world.AllReduceObject("a", Join), async () => await world.AllReduceObjectAsync("a", Join));
        await CompareAsync(
            "8 B there and back",
            () => InTurns(() => world.Send<long>(one, other), () => world.Receive<long>(got, other)),
            async () => await InTurnsAsync(() => world.SendAsync<long>(one, other), async () => await world.ReceiveAsync<long>(got, other)));
        await CompareAsync(
            "an object there and back",
            () => InTurns(() => world.SendObject("a", other), () => world.ReceiveObject<string>(other)),
            async () => await InTurnsAsync(
                async () => await world.SendObjectAsync("a", other), async () => await world.ReceiveObjectAsync<string>(other)));
        await CompareAsync(
            "16 barriers",
            () =>
            {
                for (var i = 0; i < 16; i++)
                {
                    world.Barrier();
                }
            },
            async () => await Request.WhenAll([.. Enumerable.Range(0, 16).Select(_ => world.StartBarrier())]));

        static string Join(string a, string b) => a + b;

        void InTurns(Action send, Action receive)
        {
            (first ? send : receive)();
            (first ? receive : send)();
        }

        async ValueTask InTurnsAsync(Func<ValueTask> send, Func<ValueTask> receive)
        {
            await (first ? send : receive)();
            await (first ? receive : send)();
        }

        async Task CompareAsync(string work, Action blocking, Func<ValueTask> awaited)
        {
            var blocks = await MeasureAsync(world, () =>
            {
                blocking();
                return default;
            });
            var awaits = await MeasureAsync(world, awaited);
            if (first)
            {
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{work}\t{blocks}\t{awaits}"));
            }
        }
    }

    private static async Task<string> MeasureAsync(Communicator world, Func<ValueTask> run)
    {
        var batches = new double[Batches];
        // The first third until the optimised code is there.
        for (var b = -Batches / 2; b < Batches; b++)
        {
            world.Barrier();
            var start = Stopwatch.GetTimestamp();
            for (var i = 0; i < Works; i++)
            {
                await run();
            }
            if (b >= 0)
            {
                batches[b] = Stopwatch.GetElapsedTime(start).TotalMicroseconds / Works;
            }
            Thread.Sleep(b < 0 ? 30 : 0);
        }
        Array.Sort(batches);
        return string.Create(CultureInfo.InvariantCulture, $"{batches[Batches / 2]:F2} [{batches[0]:F2}]");
    }
}
