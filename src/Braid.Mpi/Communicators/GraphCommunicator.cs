namespace Braid.Mpi;

/// <summary>Ranks in a graph of any shape, of which each knows its own neighbours.</summary>
public sealed class GraphCommunicator : NeighborhoodCommunicator
{
    internal GraphCommunicator(nint handle, int[] sources, int[] destinations) : base(handle) =>
        (Sources, Destinations) = (sources, destinations);

    /// <summary>The ranks that send to this one.</summary>
    public IReadOnlyList<int> Sources { get; }

    /// <summary>The ranks that this one sends to.</summary>
    public IReadOnlyList<int> Destinations { get; }

    /// <inheritdoc/>
    public override int SourceCount => Sources.Count;

    /// <inheritdoc/>
    public override int DestinationCount => Destinations.Count;
}
