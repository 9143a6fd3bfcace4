using System.Diagnostics;
using System.Globalization;
using Braid.Simulation;
using Braid.Simulation.Coordination;
using Braid.Simulation.Objects;

const string Usage = """
    The scheduler, the workers' states, actors, coordination and the counting of references in a simulated world of delays, crashes and cancellations.

      dotnet run -c Release --project tests/Braid.Simulation -- --seed N             replay one world, with its log
      dotnet run -c Release --project tests/Braid.Simulation -- --seeds N [--from M] search N worlds, quietly
      dotnet run -c Release --project tests/Braid.Simulation -- --planted            prove that it can fail: plants faults, finds each
    """;

#if PLANTED
if (args is [.. var rest, "--fault", var fault])
{
    Braid.Scheduling.Planted.Number = int.Parse(fault, CultureInfo.InvariantCulture);
    args = rest;
}
#endif

switch (args)
{
    case ["--seed", var seed]:
        new World(Number(seed), Console.Out).Run();
        new CoordinationWorld(Number(seed), Console.Out).Run();
        new ObjectWorld(Number(seed), Console.Out).Run();
        Console.WriteLine("All invariants hold.");
        return 0;
    case ["--seeds", var count]:
        return Search(1, Number(count));
    case ["--seeds", var count, "--from", var from]:
        return Search(Number(from), Number(count));
    case ["--planted"]:
        return PlantedFaults.FindAll();
    default:
        Console.Error.WriteLine(Usage);
        return args is ["--help"] ? 0 : 2;
}

static int Search(long from, long count)
{
    var watch = Stopwatch.StartNew();
    var events = 0L;
    for (var seed = from; seed < from + count; seed++)
    {
        var world = new World(seed);
        var coordination = new CoordinationWorld(seed);
        var objects = new ObjectWorld(seed);
        try
        {
            world.Run();
            coordination.Run();
            objects.Run();
        }
        catch (SimulationFailureException e)
        {
            Console.WriteLine(e.Message);
            return 1;
        }
        events += world.Events + coordination.Events + objects.Events;
    }
    var seconds = watch.Elapsed.TotalSeconds;
    Console.WriteLine(FormattableString.Invariant($"{count} seeds, {events} events, {seconds:0.0} s, {count / seconds:0} seeds/s: all invariants hold."));
    return 0;
}

static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
