using System.Runtime.InteropServices;
using System.Text;
using Braid.Mpi.Abi;

namespace Braid.Mpi.Native;

/// <content>Communicators, groups and topologies.</content>
internal sealed unsafe partial class NativeBackend
{
    public override int Rank(nint comm, out int rank)
    {
        int value;
        var code = Libmpi.MPI_Comm_rank(comm, &value);
        rank = value;
        return code;
    }

    public override int Size(nint comm, out int size)
    {
        int value;
        var code = Libmpi.MPI_Comm_size(comm, &value);
        size = value;
        return code;
    }

    public override int RemoteSize(nint comm, out int size)
    {
        int value;
        var code = Libmpi.MPI_Comm_remote_size(comm, &value);
        size = value;
        return code;
    }

    public override int IsInter(nint comm, out bool inter)
    {
        int flag;
        var code = Libmpi.MPI_Comm_test_inter(comm, &flag);
        inter = flag != 0;
        return code;
    }

    public override int Duplicate(nint comm, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Comm_dup(comm, &value);
        created = value;
        return code;
    }

    public override int Split(nint comm, int color, int key, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Comm_split(comm, color == Mpi.Undefined ? _abi.Undefined : color, key, &value);
        created = value;
        return code;
    }

    public override int SplitShared(nint comm, int key, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Comm_split_type(comm, _abi.CommTypeShared, key, _abi.InfoNull, &value);
        created = value;
        return code;
    }

    public override int CreateFromGroup(nint comm, nint group, int tag, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Comm_create_group(comm, group, tag, &value);
        created = value;
        return code;
    }

    public override int Compare(nint first, nint second, out MpiComparison comparison)
    {
        int result;
        var code = Libmpi.MPI_Comm_compare(first, second, &result);
        comparison = Comparison(result);
        return code;
    }

    public override int Free(nint* comm) => Libmpi.MPI_Comm_free(comm);

    public override int SetName(nint comm, string name)
    {
        var text = stackalloc byte[64];
        return Libmpi.MPI_Comm_set_name(comm, Utf8(name, text, 64));
    }

    public override int GetName(nint comm, out string name)
    {
        var text = stackalloc byte[129];
        int length;
        var code = Libmpi.MPI_Comm_get_name(comm, text, &length);
        name = code == 0 ? Encoding.UTF8.GetString(text, length) : "";
        return code;
    }

    public override long? Attribute(nint comm, CommunicatorAttribute attribute)
    {
        var key = attribute switch
        {
            CommunicatorAttribute.TagUpperBound => _abi.KeyTagUpperBound,
            CommunicatorAttribute.UniverseSize => _abi.KeyUniverseSize,
            _ => _abi.KeyAppNum,
        };
        int* value;
        int found;
        // Only the world has predefined attributes for certain.
        Check(Libmpi.MPI_Comm_get_attr(_abi.CommWorld, key, &value, &found), "MPI_Comm_get_attr");
        return found != 0 ? *value : null;
    }

    public override int CreateInter(nint local, int localLeader, nint peer, int remoteLeader, int tag, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Intercomm_create(local, localLeader, peer, remoteLeader, tag, &value);
        created = value;
        return code;
    }

    public override int Merge(nint inter, bool high, out nint created)
    {
        nint value = 0;
        var code = Libmpi.MPI_Intercomm_merge(inter, high ? 1 : 0, &value);
        created = value;
        return code;
    }

    public override int CreateCartesian(
        nint comm, ReadOnlySpan<int> dimensions, ReadOnlySpan<bool> periods, bool reorder, out nint created)
    {
        nint value = 0;
        fixed (int* sizes = dimensions)
        fixed (int* wraps = Flags(periods))
        {
            var code = Libmpi.MPI_Cart_create(comm, dimensions.Length, sizes, wraps, reorder ? 1 : 0, &value);
            created = value;
            return code;
        }
    }

    public override int CartesianCoordinates(nint comm, int rank, Span<int> coordinates)
    {
        fixed (int* where = coordinates)
        {
            return Libmpi.MPI_Cart_coords(comm, rank, coordinates.Length, where);
        }
    }

    public override int CartesianRank(nint comm, ReadOnlySpan<int> coordinates, out int rank)
    {
        int value;
        fixed (int* where = coordinates)
        {
            var code = Libmpi.MPI_Cart_rank(comm, where, &value);
            rank = value;
            return code;
        }
    }

    public override int CartesianShift(nint comm, int dimension, int displacement, out int source, out int destination)
    {
        int from, to;
        var code = Libmpi.MPI_Cart_shift(comm, dimension, displacement, &from, &to);
        source = from == _abi.ProcNull ? Mpi.ProcNull : from;
        destination = to == _abi.ProcNull ? Mpi.ProcNull : to;
        return code;
    }

    public override int CartesianSub(nint comm, ReadOnlySpan<bool> keep, out nint created)
    {
        nint value = 0;
        fixed (int* kept = Flags(keep))
        {
            var code = Libmpi.MPI_Cart_sub(comm, kept, &value);
            created = value;
            return code;
        }
    }

    public override int CreateGraph(
        nint comm, ReadOnlySpan<int> sources, ReadOnlySpan<int> destinations, bool reorder, out nint created)
    {
        nint value = 0;
        fixed (int* from = sources)
        fixed (int* to = destinations)
        {
            var code = Libmpi.MPI_Dist_graph_create_adjacent(
                comm, sources.Length, from, (int*)_abi.Unweighted, destinations.Length, to, (int*)_abi.Unweighted, _abi.InfoNull,
                reorder ? 1 : 0, &value);
            created = value;
            return code;
        }
    }

    internal MpiComparison Comparison(int native) =>
        Array.IndexOf(_abi.Comparisons, native) is var index and >= 0 ? (MpiComparison)index : MpiComparison.Unequal;

    private static int[] Flags(ReadOnlySpan<bool> values)
    {
        // One more than needed, so that an empty list is still a pointer.
        var flags = new int[values.Length + 1];
        for (var i = 0; i < values.Length; i++)
        {
            flags[i] = values[i] ? 1 : 0;
        }
        return flags;
    }

    /// <summary>The text as UTF-8 with a closing zero, cut to what fits.</summary>
    private static byte* Utf8(string text, byte* buffer, int capacity)
    {
        var target = new Span<byte>(buffer, capacity);
        Encoding.UTF8.GetEncoder().Convert(text, target[..(capacity - 1)], flush: true, out _, out var written, out _);
        target[written] = 0;
        return buffer;
    }
}
