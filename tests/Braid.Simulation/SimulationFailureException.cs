namespace Braid.Simulation;

/// <summary>An invariant did not hold in the world of a seed.</summary>
internal sealed class SimulationFailureException(long seed, long now, string what, Exception? cause)
    : Exception($"Seed {seed}, at {now} us: {what} Replay: dotnet run --project tests/Braid.Simulation -- --seed {seed}", cause)
{
    public string What { get; } = what;
}
