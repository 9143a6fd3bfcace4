using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Groups.</content>
internal sealed unsafe partial class NativeBackend
{
    public override int GroupOf(nint comm, out nint group)
    {
        nint value = 0;
        var code = Libmpi.MPI_Comm_group(comm, &value);
        group = value;
        return code;
    }

    public override int RemoteGroupOf(nint comm, out nint group)
    {
        nint value = 0;
        var code = Libmpi.MPI_Comm_remote_group(comm, &value);
        group = value;
        return code;
    }

    public override int GroupSize(nint group, out int size)
    {
        int value;
        var code = Libmpi.MPI_Group_size(group, &value);
        size = value;
        return code;
    }

    public override int GroupRank(nint group, out int rank)
    {
        int value;
        var code = Libmpi.MPI_Group_rank(group, &value);
        rank = value == _abi.Undefined ? Mpi.Undefined : value;
        return code;
    }

    public override int GroupInclude(nint group, ReadOnlySpan<int> ranks, out nint created)
    {
        nint value = 0;
        fixed (int* which = ranks)
        {
            var code = Libmpi.MPI_Group_incl(group, ranks.Length, which, &value);
            created = value;
            return code;
        }
    }

    public override int GroupExclude(nint group, ReadOnlySpan<int> ranks, out nint created)
    {
        nint value = 0;
        fixed (int* which = ranks)
        {
            var code = Libmpi.MPI_Group_excl(group, ranks.Length, which, &value);
            created = value;
            return code;
        }
    }

    public override int GroupCombine(GroupSetOperation operation, nint first, nint second, out nint created)
    {
        nint value = 0;
        var code = operation switch
        {
            GroupSetOperation.Union => Libmpi.MPI_Group_union(first, second, &value),
            GroupSetOperation.Intersection => Libmpi.MPI_Group_intersection(first, second, &value),
            _ => Libmpi.MPI_Group_difference(first, second, &value),
        };
        created = value;
        return code;
    }

    public override int GroupTranslate(nint from, ReadOnlySpan<int> ranks, nint to, Span<int> translated)
    {
        fixed (int* source = ranks)
        fixed (int* target = translated)
        {
            var code = Libmpi.MPI_Group_translate_ranks(from, ranks.Length, source, to, target);
            foreach (ref var rank in translated)
            {
                rank = rank == _abi.Undefined ? Mpi.Undefined : rank;
            }
            return code;
        }
    }

    public override int GroupCompare(nint first, nint second, out MpiComparison comparison)
    {
        int result;
        var code = Libmpi.MPI_Group_compare(first, second, &result);
        comparison = Comparison(result);
        return code;
    }

    public override int FreeGroup(nint* group) =>
        *group == _abi.GroupEmpty || *group == _abi.GroupNull ? 0 : Libmpi.MPI_Group_free(group);
}
