namespace Braid.Mpi;

/// <summary>An ordered set of processes; belongs to no communicator, and making one asks no other rank.</summary>
public sealed unsafe class Group : IDisposable
{
    private readonly nint _handle;
    private bool _freed;

    internal Group(nint handle) => _handle = handle;

    /// <summary>How many processes it has.</summary>
    public int Size
    {
        get
        {
            Runtime.Check(Runtime.Backend.GroupSize(Handle, out var size), "MPI_Group_size");
            return size;
        }
    }

    /// <summary>This process's place in it, or <see cref="Mpi.Undefined"/>.</summary>
    public int Rank
    {
        get
        {
            Runtime.Check(Runtime.Backend.GroupRank(Handle, out var rank), "MPI_Group_rank");
            return rank;
        }
    }

    internal nint Handle
    {
        get
        {
            Runtime.ThrowIfFinished();
            ObjectDisposedException.ThrowIf(_freed, this);
            return _handle;
        }
    }

    /// <summary>The group of these ranks of this one, in this order.</summary>
    /// <exception cref="MpiException">A rank is not in this group, or is named twice (class <see cref="MpiErrorClass.Rank"/>).</exception>
    public Group Include(params ReadOnlySpan<int> ranks)
    {
        CheckEach(ranks, "MPI_Group_incl");
        Runtime.Check(Runtime.Backend.GroupInclude(Handle, ranks, out var created), "MPI_Group_incl");
        return new(created);
    }

    /// <summary>This group without these ranks.</summary>
    /// <exception cref="MpiException">A rank is not in this group, or is named twice (class <see cref="MpiErrorClass.Rank"/>).</exception>
    public Group Exclude(params ReadOnlySpan<int> ranks)
    {
        CheckEach(ranks, "MPI_Group_excl");
        Runtime.Check(Runtime.Backend.GroupExclude(Handle, ranks, out var created), "MPI_Group_excl");
        return new(created);
    }

    /// <summary>The group of the ranks first, first + step … up to last.</summary>
    public Group IncludeRange(int first, int last, int step = 1) => Include(Range(first, last, step));

    /// <summary>This group without the ranks first, first + step … up to last.</summary>
    public Group ExcludeRange(int first, int last, int step = 1) => Exclude(Range(first, last, step));

    /// <summary>The processes of this group, then those of the other that are not in it.</summary>
    public Group Union(Group other) => Combine(GroupSetOperation.Union, other, "MPI_Group_union");

    /// <summary>The processes in both, in the order of this one.</summary>
    public Group Intersect(Group other) => Combine(GroupSetOperation.Intersection, other, "MPI_Group_intersection");

    /// <summary>The processes of this group that are not in the other.</summary>
    public Group Except(Group other) => Combine(GroupSetOperation.Difference, other, "MPI_Group_difference");

    /// <summary>What these ranks of this group are called in the other; <see cref="Mpi.Undefined"/> where they are not in it.</summary>
    /// <exception cref="MpiException">A rank is not in this group (class <see cref="MpiErrorClass.Rank"/>).</exception>
    public int[] TranslateRanks(ReadOnlySpan<int> ranks, Group other)
    {
        foreach (var rank in ranks)
        {
            if (rank != Mpi.ProcNull)
            {
                Check(rank, Size, "MPI_Group_translate_ranks");
            }
        }
        var translated = new int[ranks.Length];
        Runtime.Check(Runtime.Backend.GroupTranslate(Handle, ranks, other.Handle, translated), "MPI_Group_translate_ranks");
        return translated;
    }

    /// <summary>How the two relate.</summary>
    public MpiComparison CompareTo(Group other)
    {
        Runtime.Check(Runtime.Backend.GroupCompare(Handle, other.Handle, out var comparison), "MPI_Group_compare");
        return comparison;
    }

    /// <summary>Frees the group.</summary>
    public void Dispose()
    {
        if (!_freed && Runtime.IsActive)
        {
            _freed = true;
            var handle = _handle;
            Runtime.Check(Runtime.Backend.FreeGroup(&handle), "MPI_Group_free");
        }
    }

    private static int[] Range(int first, int last, int step)
    {
        ArgumentOutOfRangeException.ThrowIfZero(step);
        var ranks = new List<int>();
        for (var rank = first; step > 0 ? rank <= last : rank >= last; rank += step)
        {
            ranks.Add(rank);
        }
        return [.. ranks];
    }

    /// <summary>Refused here, because Open MPI 4.1 dies of a rank that is not there, and MPICH 4.0 takes one twice.</summary>
    private void CheckEach(ReadOnlySpan<int> ranks, string function)
    {
        var named = new HashSet<int>();
        var size = Size;
        foreach (var rank in ranks)
        {
            Check(rank, size, function);
            if (!named.Add(rank))
            {
                throw Failure(function, $"rank {rank} is named twice.");
            }
        }
    }

    private static void Check(int rank, int size, string function)
    {
        if ((uint)rank >= (uint)size)
        {
            throw Failure(function, $"invalid rank {rank}; the group has {size}.");
        }
    }

    private static MpiException Failure(string function, string message) => new(MpiErrorClass.Rank, (int)MpiErrorClass.Rank, function, message);

    private Group Combine(GroupSetOperation operation, Group other, string function)
    {
        Runtime.Check(Runtime.Backend.GroupCombine(operation, Handle, other.Handle, out var created), function);
        return new(created);
    }
}
