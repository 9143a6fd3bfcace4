namespace Braid.Mpi;

/// <summary>How an <see cref="MpiPool"/> is made.</summary>
public sealed record MpiPoolOptions
{
    /// <summary>The ranks of the pool, of which rank 0 is the program; default <see cref="Mpi.World"/>. The pool takes a duplicate of it.</summary>
    public Communicator? Communicator { get; init; }

    /// <summary>Calls that may wait for a worker; further ones are accepted when there is room. At least 1, default 100,000.</summary>
    public int WaitingCallsMax { get; init; } = 100_000;
}
