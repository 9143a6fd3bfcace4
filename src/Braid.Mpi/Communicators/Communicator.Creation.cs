namespace Braid.Mpi;

/// <content>Making communicators out of others; collective unless said otherwise.</content>
public unsafe partial class Communicator
{
    /// <summary>The same ranks in a context of their own, so that a library's messages never meet its caller's.</summary>
    public Communicator Duplicate()
    {
        Runtime.Check(Runtime.Backend.Duplicate(Handle, out var created), "MPI_Comm_dup");
        return new(created);
    }

    /// <summary>One communicator for each colour, its ranks in the order of their keys; null for a rank that gives <see
    /// cref="Mpi.Undefined"/>.</summary>
    public Communicator? Split(int color, int key = 0)
    {
        Runtime.Check(Runtime.Backend.Split(Handle, color, key, out var created), "MPI_Comm_split");
        return created == Runtime.Backend.CommNull ? null : new(created);
    }

    /// <summary>One communicator for each machine: the ranks that can share memory.</summary>
    public Communicator SplitByMachine(int key = 0)
    {
        Runtime.Check(Runtime.Backend.SplitShared(Handle, key, out var created), "MPI_Comm_split_type");
        return new(created);
    }

    /// <summary>A communicator of the ranks of a group; only these call it.</summary>
    /// <param name="group">Ranks of this communicator.</param>
    /// <param name="tag">Tells apart calls that happen at once.</param>
    public Communicator Create(Group group, int tag = 0)
    {
        Runtime.Check(Runtime.Backend.CreateFromGroup(Handle, group.Handle, tag, out var created), "MPI_Comm_create_group");
        return new(created);
    }

    /// <summary>How the two relate; asks no other rank.</summary>
    public MpiComparison CompareTo(Communicator other)
    {
        Runtime.Check(Runtime.Backend.Compare(Handle, other.Handle, out var comparison), "MPI_Comm_compare");
        return comparison;
    }

    /// <summary>Joins two disjoint communicators through their leaders, who are both in <paramref name="peers"/>.</summary>
    /// <param name="localLeader">The leader's rank in this communicator.</param>
    /// <param name="peers">A communicator that holds both leaders; only they need it to be true.</param>
    /// <param name="remoteLeader">The other leader's rank in <paramref name="peers"/>.</param>
    /// <param name="tag">Free between the leaders.</param>
    public Communicator JoinInter(int localLeader, Communicator peers, int remoteLeader, int tag = 0)
    {
        Runtime.Check(
            Runtime.Backend.CreateInter(Handle, localLeader, peers.Handle, remoteLeader, tag, out var created), "MPI_Intercomm_create");
        return new(created);
    }

    /// <summary>One communicator out of the two sides of an inter-communicator; the side that gives true comes last.</summary>
    /// <exception cref="MpiException">This is no inter-communicator (class <see cref="MpiErrorClass.Comm"/>).</exception>
    public Communicator Merge(bool high)
    {
        RequireInter("MPI_Intercomm_merge");
        Runtime.Check(Runtime.Backend.Merge(Handle, high, out var created), "MPI_Intercomm_merge");
        return new(created);
    }

    /// <summary>A grid of ranks; null for the ranks that it leaves over. Collective.</summary>
    /// <param name="dimensions">Ranks along each dimension; see <see cref="CartesianCommunicator.Dimensions(int, int)"/>.</param>
    /// <param name="periodic">Which dimensions wrap around.</param>
    /// <param name="reorder">Whether MPI may renumber the ranks to fit the machine.</param>
    public CartesianCommunicator? CreateCartesian(ReadOnlySpan<int> dimensions, ReadOnlySpan<bool> periodic, bool reorder = false)
    {
        if (periodic.Length != dimensions.Length)
        {
            throw new ArgumentException($"{dimensions.Length} dimensions need as many periods, not {periodic.Length}.", nameof(periodic));
        }
        Runtime.Check(Runtime.Backend.CreateCartesian(Handle, dimensions, periodic, reorder, out var created), "MPI_Cart_create");
        return created == Runtime.Backend.CommNull ? null : new(created, dimensions.ToArray(), periodic.ToArray());
    }

    /// <summary>A graph of ranks: who sends to this one and to whom it sends. Collective.</summary>
    public GraphCommunicator CreateGraph(ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations, bool reorder = false)
    {
        Runtime.Check(
            Runtime.Backend.CreateGraph(Handle, sources, destinations, reorder, out var created), "MPI_Dist_graph_create_adjacent");
        return new(created, sources.ToArray(), destinations.ToArray());
    }
}
