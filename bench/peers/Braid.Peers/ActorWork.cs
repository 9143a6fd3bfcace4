using System.Diagnostics;

namespace Braid.Peers;

/// <summary>Calls of an actor in a worker process: one there and back, and many sent before the first is awaited.</summary>
internal static class ActorWork
{
    public static async Task RoundTripAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        var counter = cluster.StartActor(() => new Counter());
        var count = arguments.CountOr(2_000);
        var seconds = new double[count];
        for (var i = -count / 10; i < count; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await counter.Call(c => c.Increment());
            seconds[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        }

        Array.Sort(seconds);
        Arguments.Report(seconds[count / 2], count);
    }

    public static async Task CallsAsync(Arguments arguments)
    {
        await using var cluster = await arguments.StartAsync();
        var counter = cluster.StartActor(() => new Counter());
        await arguments.MeasureAsync(
            async count =>
            {
                var before = await counter.Call(c => c.Value);
                var calls = new ObjectRef<int>[count];
                for (var i = 0; i < count; i++)
                    calls[i] = counter.Call(c => c.Increment());
                for (var i = 0; i < count; i++)
                    Arguments.Check(await calls[i] == before + i + 1);
            },
            arguments.CountOr(50_000));
    }

    private sealed class Counter
    {
        public int Value { get; private set; }

        public int Increment() => ++Value;
    }
}
