using static Braid.Mpi.Ranks.RankContext;

namespace Braid.Mpi.Ranks.Scenarios;

/// <summary>Hints, which an MPI may follow or forget, and must take.</summary>
internal static class Hints
{
    public static void ACommunicatorTakesHintsThatNobodyKnows(RankContext r)
    {
        using var other = r.World.Duplicate();
        other.SetHints(new Dictionary<string, string> { ["braid_test"] = "grün", ["another"] = "1" });
        other.SetHints(new Dictionary<string, string>());
        // What an MPI keeps it must give back as it was.
        Expect(other.Hints.GetValueOrDefault("braid_test", "grün") == "grün");
        r.Say($"still usable {other.AllReduce(1, Op.Sum)}");
    }

    public static void ALaunchedJobHasNoParent(RankContext r) => r.Say($"{Mpi.Parent is null}");
}
