using Braid.Celery;

namespace Braid.Examples;

/// <summary>The tasks of the example, and what is sent to them.</summary>
internal sealed class ExampleTasks
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly CeleryApp _app;
    private readonly CeleryTask<int> _add;
    private readonly CeleryTask<int> _sum;
    private readonly TaskCompletionSource _ticked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly string _pythonQueue;
    private int _ticksLeft;

    internal ExampleTasks(CeleryApp app, string pythonQueue, int ticks)
    {
        _app = app;
        _pythonQueue = pythonQueue;
        _ticksLeft = ticks;
        // tasks.py has the same two: whichever worker takes a message runs it.
        _add = app.Task("example.add", (int x, int y) => x + y);
        _sum = app.Task("example.sum", (int[] numbers) => numbers.Sum());
    }

    internal async Task SendAsync()
    {
        AsyncResult<int> four = await _add.DelayAsync(2, 2);
        Console.WriteLine($"2 + 2 = {await four.GetAsync(Limit)}");

        var chain = await (_add.S(1, 2) | _add.S(3) | _add.S(4)).ApplyAsync();
        Console.WriteLine($"1 + 2 + 3 + 4, one after the other = {await chain.GetAsync<int>(Limit)}");

        var chord = await Canvas.Chord([.. Enumerable.Range(1, 10).Select(i => _add.S(i, i))], _sum.S([])).ApplyAsync();
        Console.WriteLine($"the sum of 1 + 1, 2 + 2, … 10 + 10, side by side = {await chord.GetAsync<int>(Limit)}");
    }

    /// <summary>
    /// Each step runs where its task is: add and sum in .NET's worker, power in Python's. Who ends a step sends the next one, so the steps say
    /// their queues themselves: another worker does not know this program's routes.
    /// </summary>
    internal async Task PairAsync()
    {
        var home = new SendOptions { Queue = _app.Settings.DefaultQueue };
        Signature Power(params object?[] args) => _app.Signature("python.power", args).Set(new SendOptions { Queue = _pythonQueue });

        var chain = await (_add.S(2, 3) | Power(2) | _add.S(1).Set(home)).ApplyAsync();
        Console.WriteLine($"(2 + 3)² + 1, there and back = {await chain.GetAsync<int>(Limit)}");

        var chord = await Canvas.Chord([_add.S(1, 2), Power(2, 10), Power(3, 3)], _sum.S([]).Set(home)).ApplyAsync();
        Console.WriteLine($"the sum of 1 + 2, 2¹⁰ and 3³, on both sides = {await chord.GetAsync<int>(Limit)}");
    }

    /// <summary>Runs a beat until its task has run so many times. Run it on several machines: one leads, each tick is sent once.</summary>
    internal async Task TickAsync(CancellationToken stop)
    {
        var tick = _app.Task("example.tick", (int x, int y) =>
        {
            var left = Interlocked.Decrement(ref _ticksLeft);
            if (left >= 0) Console.WriteLine($"tick: {x} + {y} = {x + y}");
            if (left == 0) _ticked.TrySetResult();
        });
        _app.AddPeriodicTask("every second", Schedule.Every(TimeSpan.FromSeconds(1)), tick.S(2, 2));
        _app.AddPeriodicTask("at new year", Schedule.Crontab(minute: "0", hour: "0", dayOfMonth: "1", monthOfYear: "jan"), tick.S(3, 3));
        using var enough = CancellationTokenSource.CreateLinkedTokenSource(stop);
        var beat = _app.RunBeatAsync(new BeatOptions { Lease = TimeSpan.FromSeconds(3) }, enough.Token);
        await Task.WhenAny(_ticked.Task, beat);
        await enough.CancelAsync();
        await beat;
    }
}
