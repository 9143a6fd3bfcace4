namespace Braid.Simulation.Coordination;

internal enum Act : byte
{
    Compute,
    Acquire,

    /// <summary>The latest or the oldest of what it holds.</summary>
    Release,
    Put,
    Take,
    TakeAny,

    /// <summary>No more items: rarely.</summary>
    Complete,
    WaitForEvent,
    SetEvent,
    ResetEvent,
    Arrive,

    /// <summary>For the ends of others: some of them, or all.</summary>
    Join,
}

/// <summary>One thing that a party does.</summary>
/// <param name="Act">What.</param>
/// <param name="Target">Which primitive of the kind.</param>
/// <param name="Amount">Permits, items, or how many ends.</param>
/// <param name="Patience">Microseconds after which it gives up waiting; 0 for never.</param>
/// <param name="Awaited">False for a request that is made and not awaited.</param>
internal sealed record Deed(Act Act, int Target, int Amount, int Patience, bool Awaited);
