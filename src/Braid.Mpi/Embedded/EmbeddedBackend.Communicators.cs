using System.Runtime.InteropServices;

namespace Braid.Mpi.Embedded;

/// <content>Communicators and topologies. The first of a new communicator's members names it; the others learn the name with the
/// membership.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int Rank(nint comm, out int rank)
    {
        rank = _comms[comm].Rank;
        return 0;
    }

    public override int Size(nint comm, out int size)
    {
        size = _comms[comm].Size;
        return 0;
    }

    public override int RemoteSize(nint comm, out int size)
    {
        size = _comms[comm].Remote!.Length;
        return 0;
    }

    public override int IsInter(nint comm, out bool inter)
    {
        inter = _comms[comm].Remote is not null;
        return 0;
    }

    public override int Duplicate(nint comm, out nint created)
    {
        var of = _comms[comm];
        created = _comms.Add(of.Local is { } local ? CopyBothSides(of, local) : Copy(of, AgreeOnId(of)));
        return 0;
    }

    public override int Split(nint comm, int color, int key, out nint created)
    {
        var of = _comms[comm];
        created = (of.Local is { } local ? SplitBothSides(of, local, color, key) : Split(of, color, key)) is { } part
            ? _comms.Add(part)
            : CommNull;
        return 0;
    }

    public override int SplitShared(nint comm, int key, out nint created) => Split(comm, 0, key, out created);

    public override int CreateFromGroup(nint comm, nint group, int tag, out nint created)
    {
        var of = Intra(comm, "MPI_Comm_create_group");
        var members = _groups[group];
        var rank = Array.IndexOf(members, _engine.Rank);
        if (rank < 0)
        {
            created = CommNull;
            return 0;
        }
        var id = rank == 0 ? NewId() : 0;
        var number = _types[Type(Abi.BasicType.Int32)];
        if (rank == 0)
        {
            foreach (var member in members.AsSpan(1))
            {
                Send(of, Stream.Creation, new(&id, 1, number), Array.IndexOf(of.Members, member), tag);
            }
        }
        else
        {
            ReceiveNow(of, Stream.Creation, new(&id, 1, number), Array.IndexOf(of.Members, members[0]), tag);
        }
        created = _comms.Add(new() { Id = id, Members = members, Rank = rank });
        return 0;
    }

    public override int Compare(nint first, nint second, out MpiComparison comparison)
    {
        var (a, b) = (_comms[first], _comms[second]);
        if (a == b || (a.Remote is null) != (b.Remote is null))
        {
            comparison = a == b ? MpiComparison.Identical : MpiComparison.Unequal;
            return 0;
        }
        var own = Compare(a.Members, b.Members);
        comparison = Congruent(a.Remote is null ? own : (MpiComparison)Math.Max((int)own, (int)Compare(a.Remote, b.Remote!)));
        return 0;

        static MpiComparison Congruent(MpiComparison groups) => groups == MpiComparison.Identical ? MpiComparison.Congruent : groups;
    }

    public override int Free(nint* comm)
    {
        _comms.Remove(*comm);
        *comm = CommNull;
        return 0;
    }

    public override int SetName(nint comm, string name)
    {
        _comms[comm].Name = name;
        return 0;
    }

    public override int GetName(nint comm, out string name)
    {
        name = _comms[comm].Name;
        return 0;
    }

    public override long? Attribute(nint comm, CommunicatorAttribute attribute) => attribute switch
    {
        CommunicatorAttribute.TagUpperBound => TagMax,
        CommunicatorAttribute.UniverseSize => _engine.Ranks,
        _ => null,
    };

    public override int CreateInter(nint local, int localLeader, nint peer, int remoteLeader, int tag, out nint created)
    {
        var own = Intra(local, "MPI_Intercomm_create");
        var number = _types[Type(Abi.BasicType.Int32)];
        int[] header = [0, 0];
        int[] remote = [];
        if (own.Rank == localLeader)
        {
            var peers = _comms[peer];
            int[] mine = [NewId(), own.Size, .. own.Members];
            var theirs = Exchange(peers, Stream.Creation, mine, remoteLeader, tag);
            // Both leaders take the id of the one whose process comes first.
            header = [_engine.Rank < peers.Peers[remoteLeader] ? mine[0] : theirs[0], theirs[1]];
            remote = theirs[2..];
        }
        header = BroadcastInts(own, header, localLeader);
        remote = BroadcastInts(own, remote.Length == header[1] ? remote : new int[header[1]], localLeader);
        var inside = Copy(own, AgreeOnId(own));
        created = _comms.Add(new() { Id = header[0], Members = own.Members, Rank = own.Rank, Remote = remote, Local = inside });
        return 0;
    }

    public override int Merge(nint inter, bool high, out nint created)
    {
        var both = _comms[inter];
        int[] header = [0, 0];
        if (both.Rank == 0)
        {
            int[] mine = [NewId(), high ? 1 : 0];
            var theirs = Exchange(both, Stream.Creation, mine, 0, 0);
            var first = _engine.Rank < both.Remote![0];
            // The side that said high comes last; if both said the same, the one whose leader comes first is first.
            var low = mine[1] != theirs[1] ? mine[1] == 0 : first;
            header = [first ? mine[0] : theirs[0], low ? 1 : 0];
        }
        header = BroadcastInts(both.Local!, header, 0);
        int[] members = header[1] == 1 ? [.. both.Members, .. both.Remote!] : [.. both.Remote!, .. both.Members];
        created = _comms.Add(new() { Id = header[0], Members = members, Rank = Array.IndexOf(members, _engine.Rank) });
        return 0;
    }

    public override int CreateCartesian(
        nint comm, ReadOnlySpan<int> dimensions, ReadOnlySpan<bool> periods, bool reorder, out nint created)
    {
        var of = Intra(comm, "MPI_Cart_create");
        var size = 1;
        foreach (var dimension in dimensions)
        {
            size = dimension > 0 ? checked(size * dimension)
                : throw Failure(MpiErrorClass.Dims, "MPI_Cart_create", $"a dimension is {dimension}; it must be at least 1.");
        }
        if (size > of.Size)
        {
            throw Failure(MpiErrorClass.Argument, "MPI_Cart_create", $"the grid needs {size} ranks; the communicator has {of.Size}.");
        }
        var part = Split(of, of.Rank < size ? 0 : Mpi.Undefined, 0);
        created = part is null ? CommNull : _comms.Add(new()
        {
            Id = part.Id, Members = part.Members, Rank = part.Rank, Dimensions = dimensions.ToArray(), Periods = periods.ToArray(),
        });
        return 0;
    }

    public override int CartesianCoordinates(nint comm, int rank, Span<int> coordinates)
    {
        var of = Cartesian(comm);
        if ((uint)rank >= (uint)of.Size)
        {
            throw Failure(MpiErrorClass.Rank, "MPI_Cart_coords", $"invalid rank {rank}; the grid has {of.Size}.");
        }
        of.Coordinates(rank).CopyTo(coordinates);
        return 0;
    }

    public override int CartesianRank(nint comm, ReadOnlySpan<int> coordinates, out int rank)
    {
        rank = Cartesian(comm).RankAt(coordinates);
        return rank != Mpi.ProcNull ? 0
            : throw Failure(MpiErrorClass.Argument, "MPI_Cart_rank", $"({string.Join(", ", coordinates.ToArray())}) is beyond the edge.");
    }

    public override int CartesianShift(nint comm, int dimension, int displacement, out int source, out int destination)
    {
        var of = Cartesian(comm);
        (source, destination) = (uint)dimension < (uint)of.Dimensions!.Length ? of.Shift(dimension, displacement)
            : throw Failure(MpiErrorClass.Dims, "MPI_Cart_shift",
                $"the grid has {of.Dimensions.Length} dimensions, no dimension {dimension}.");
        return 0;
    }

    public override int CartesianSub(nint comm, ReadOnlySpan<bool> keep, out nint created)
    {
        var of = Cartesian(comm);
        var coordinates = of.Coordinates(of.Rank);
        var (color, key) = (0, 0);
        var dimensions = new List<int>();
        var periods = new List<bool>();
        for (var i = 0; i < keep.Length; i++)
        {
            if (keep[i])
            {
                key = (key * of.Dimensions![i]) + coordinates[i];
                dimensions.Add(of.Dimensions[i]);
                periods.Add(of.Periods![i]);
            }
            else
            {
                color = (color * of.Dimensions![i]) + coordinates[i];
            }
        }
        var part = Split(of, color, key)!;
        created = _comms.Add(new()
        {
            Id = part.Id, Members = part.Members, Rank = part.Rank, Dimensions = [.. dimensions], Periods = [.. periods],
        });
        return 0;
    }

    public override int CreateGraph(
        nint comm, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations, bool reorder, out nint created)
    {
        var of = Intra(comm, "MPI_Dist_graph_create_adjacent");
        created = _comms.Add(new()
        {
            Id = AgreeOnId(of), Members = of.Members, Rank = of.Rank, Sources = sources.ToArray(), Destinations = destinations.ToArray(),
        });
        return 0;
    }

    private static EmbeddedCommunicator Copy(EmbeddedCommunicator of, int id) => new()
    {
        Id = id, Members = of.Members, Rank = of.Rank, Dimensions = of.Dimensions, Periods = of.Periods, Sources = of.Sources,
        Destinations = of.Destinations,
    };

    private EmbeddedCommunicator CopyBothSides(EmbeddedCommunicator of, EmbeddedCommunicator local)
    {
        int[] id = [0];
        if (of.Rank == 0)
        {
            var mine = NewId();
            var theirs = Exchange(of, Stream.Creation, [mine], 0, 0)[0];
            id = [_engine.Rank < of.Remote![0] ? mine : theirs];
        }
        id = BroadcastInts(local, id, 0);
        return new() { Id = id[0], Members = of.Members, Rank = of.Rank, Remote = of.Remote, Local = Copy(local, AgreeOnId(local)) };
    }

    private EmbeddedCommunicator? Split(EmbeddedCommunicator of, int color, int key)
    {
        // Everyone offers an id; each part takes that of its first member.
        var all = ShareInts(of, [color, key, NewId()]);
        if (color == Mpi.Undefined)
        {
            return null;
        }
        var ranks = RanksOf(color, all);
        return new()
        {
            Id = all[(3 * ranks[0]) + 2], Members = [.. ranks.Select(r => of.Members[r])], Rank = Array.IndexOf(ranks, of.Rank),
        };
    }

    /// <summary>The ranks of one colour on both sides; nobody's where the other side has none of it.</summary>
    private EmbeddedCommunicator? SplitBothSides(EmbeddedCommunicator of, EmbeddedCommunicator local, int color, int key)
    {
        var inside = Split(local, color, key);
        var offered = inside is null ? 0 : AgreeOnId(inside);
        var all = ShareInts(of, [color, key, offered]);
        var others = RanksOf(color, all);
        if (inside is null || others.Length == 0)
        {
            return null;
        }
        int[] remote = [.. others.Select(r => of.Remote![r])];
        return new()
        {
            // Both take the id of the side whose first process comes first.
            Id = inside.Members[0] < remote[0] ? offered : all[(3 * others[0]) + 2],
            Members = inside.Members, Rank = inside.Rank, Remote = remote, Local = inside,
        };
    }

    /// <summary>The ranks that gave this colour, in the order of their keys.</summary>
    private static int[] RanksOf(int color, int[] colorKeyAndId) =>
    [
        .. Enumerable.Range(0, colorKeyAndId.Length / 3).Where(r => colorKeyAndId[3 * r] == color).OrderBy(r => colorKeyAndId[(3 * r) + 1]),
    ];

    /// <summary>The numbers of all ranks, of an inter-communicator those of the other side's.</summary>
    private int[] ShareInts(EmbeddedCommunicator of, int[] mine)
    {
        var all = new int[mine.Length * of.Peers.Length];
        fixed (int* from = mine)
        fixed (int* to = all)
        {
            var number = _types[Type(Abi.BasicType.Int32)];
            Now(AllGatherAsync(Blocking(of), new(from, mine.Length, number), new(to, mine.Length, number)));
        }
        return all;
    }

    private int AgreeOnId(EmbeddedCommunicator of) => BroadcastInts(of, [of.Rank == 0 ? NewId() : 0], 0)[0];

    private int[] BroadcastInts(EmbeddedCommunicator of, int[] values, int root)
    {
        fixed (int* start = values)
        {
            Now(BroadcastAsync(Blocking(of), new(start, values.Length, _types[Type(Abi.BasicType.Int32)]), root));
        }
        return values;
    }

    /// <summary>Two leaders swap a few numbers; neither knows how many the other has.</summary>
    private int[] Exchange(EmbeddedCommunicator over, Stream stream, int[] mine, int other, int tag)
    {
        var number = _types[Type(Abi.BasicType.Int32)];
        var length = mine.Length;
        var theirLength = 0;
        var first = _engine.Rank < over.Peers[other];
        for (var turn = 0; turn < 2; turn++)
        {
            if (first == (turn == 0))
            {
                Send(over, stream, new(&length, 1, number), other, tag);
            }
            else
            {
                ReceiveNow(over, stream, new(&theirLength, 1, number), other, tag);
            }
        }
        var theirs = new int[theirLength];
        fixed (int* from = mine)
        fixed (int* to = theirs)
        {
            for (var turn = 0; turn < 2; turn++)
            {
                if (first == (turn == 0))
                {
                    Send(over, stream, new(from, length, number), other, tag);
                }
                else
                {
                    ReceiveNow(over, stream, new(to, theirLength, number), other, tag);
                }
            }
        }
        return theirs;
    }

    private EmbeddedCommunicator Intra(nint comm, string function) =>
        _comms[comm] is { Remote: null } of ? of : throw Lacks($"{function} on an inter-communicator");

    private EmbeddedCommunicator Cartesian(nint comm) =>
        _comms[comm] is { Dimensions: not null } of ? of
            : throw Failure(MpiErrorClass.Topology, "MPI_Cart", "the communicator is no grid.");

    internal static NotSupportedException Lacks(string what) =>
        new($"Braid's embedded runtime lacks {what}. Run the program under an MPI's own mpirun, or set BRAID_MPI to the MPI to use.");
}
