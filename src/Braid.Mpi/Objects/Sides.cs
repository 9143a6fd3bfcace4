namespace Braid.Mpi.Objects;

/// <summary>How the two groups of an inter-communicator lie in the one that was merged of them: the own from a rank on, and the other.</summary>
internal readonly record struct Sides(int Own, int OwnSize, int Other, int OtherSize)
{
    /// <param name="inter">The inter-communicator.</param>
    /// <param name="merged">What was merged of it, with either side first.</param>
    public static Sides Of(Communicator inter, Communicator merged)
    {
        var own = merged.Rank - inter.Rank;
        return new(own, inter.Size, own == 0 ? inter.Size : 0, inter.RemoteSize);
    }

    /// <summary>Of one thing for each merged rank those of the other side, in the order of its ranks.</summary>
    public T[] OfOther<T>(T[] all) => all[Other..(Other + OtherSize)];
}
