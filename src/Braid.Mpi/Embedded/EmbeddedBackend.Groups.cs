namespace Braid.Mpi.Embedded;

/// <content>Groups: lists of processes.</content>
internal sealed unsafe partial class EmbeddedBackend
{
    public override int GroupOf(nint comm, out nint group)
    {
        group = _groups.Add(_comms[comm].Members);
        return 0;
    }

    public override int RemoteGroupOf(nint comm, out nint group)
    {
        group = _groups.Add(_comms[comm].Remote!);
        return 0;
    }

    public override int GroupSize(nint group, out int size)
    {
        size = _groups[group].Length;
        return 0;
    }

    public override int GroupRank(nint group, out int rank)
    {
        rank = Array.IndexOf(_groups[group], _engine.Rank);
        rank = rank < 0 ? Mpi.Undefined : rank;
        return 0;
    }

    public override int GroupInclude(nint group, ReadOnlySpan<int> ranks, out nint created)
    {
        var members = _groups[group];
        created = _groups.Add([.. ranks.ToArray().Select(rank => members[rank])]);
        return 0;
    }

    public override int GroupExclude(nint group, ReadOnlySpan<int> ranks, out nint created)
    {
        var members = _groups[group];
        created = _groups.Add([.. members.Except(ranks.ToArray().Select(rank => members[rank]))]);
        return 0;
    }

    public override int GroupCombine(GroupSetOperation operation, nint first, nint second, out nint created)
    {
        var (a, b) = (_groups[first], _groups[second]);
        created = _groups.Add(operation switch
        {
            GroupSetOperation.Union => [.. a, .. b.Except(a)],
            GroupSetOperation.Intersection => [.. a.Intersect(b)],
            _ => [.. a.Except(b)],
        });
        return 0;
    }

    public override int GroupTranslate(nint from, ReadOnlySpan<int> ranks, nint to, Span<int> translated)
    {
        var (source, target) = (_groups[from], _groups[to]);
        for (var i = 0; i < ranks.Length; i++)
        {
            var rank = ranks[i] == Mpi.ProcNull ? Mpi.ProcNull : Array.IndexOf(target, source[ranks[i]]);
            translated[i] = rank == -1 ? Mpi.Undefined : rank;
        }
        return 0;
    }

    public override int GroupCompare(nint first, nint second, out MpiComparison comparison)
    {
        comparison = Compare(_groups[first], _groups[second]);
        return 0;
    }

    public override int FreeGroup(nint* group)
    {
        _groups.Remove(*group);
        return 0;
    }

    private static MpiComparison Compare(int[] first, int[] second) =>
        first.AsSpan().SequenceEqual(second) ? MpiComparison.Identical
        : first.Length == second.Length && !first.Except(second).Any() ? MpiComparison.Similar
        : MpiComparison.Unequal;
}
