using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>Communicators, groups and topologies.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Comm_rank(nint comm, int* rank);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_size(nint comm, int* size);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_dup(nint comm, nint* newcomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_split(nint comm, int color, int key, nint* newcomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_split_type(nint comm, int splitType, int key, nint info, nint* newcomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_create_group(nint comm, nint group, int tag, nint* newcomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_compare(nint comm1, nint comm2, int* result);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_free(nint* comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_group(nint comm, nint* group);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_remote_group(nint comm, nint* group);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_remote_size(nint comm, int* size);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_test_inter(nint comm, int* flag);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_set_name(nint comm, byte* commName);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_get_name(nint comm, byte* commName, int* resultlen);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_set_errhandler(nint comm, nint errhandler);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_get_attr(nint comm, int commKeyval, void* attributeVal, int* flag);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_get_parent(nint* parent);

    [LibraryImport(Name)]
    internal static partial int MPI_Comm_disconnect(nint* comm);

    [LibraryImport(Name)]
    internal static partial int MPI_Intercomm_create(
        nint localComm, int localLeader, nint peerComm, int remoteLeader, int tag, nint* newintercomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Intercomm_merge(nint intercomm, int high, nint* newintracomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_size(nint group, int* size);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_rank(nint group, int* rank);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_incl(nint group, int n, int* ranks, nint* newgroup);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_excl(nint group, int n, int* ranks, nint* newgroup);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_union(nint group1, nint group2, nint* newgroup);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_intersection(nint group1, nint group2, nint* newgroup);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_difference(nint group1, nint group2, nint* newgroup);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_translate_ranks(nint group1, int n, int* ranks1, nint group2, int* ranks2);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_compare(nint group1, nint group2, int* result);

    [LibraryImport(Name)]
    internal static partial int MPI_Group_free(nint* group);

    [LibraryImport(Name)]
    internal static partial int MPI_Cart_create(nint commOld, int ndims, int* dims, int* periods, int reorder, nint* commCart);

    [LibraryImport(Name)]
    internal static partial int MPI_Cart_coords(nint comm, int rank, int maxdims, int* coords);

    [LibraryImport(Name)]
    internal static partial int MPI_Cart_rank(nint comm, int* coords, int* rank);

    [LibraryImport(Name)]
    internal static partial int MPI_Cart_shift(nint comm, int direction, int disp, int* rankSource, int* rankDest);

    [LibraryImport(Name)]
    internal static partial int MPI_Cart_sub(nint comm, int* remainDims, nint* newcomm);

    [LibraryImport(Name)]
    internal static partial int MPI_Dist_graph_create_adjacent(
        nint commOld, int indegree, int* sources, int* sourceweights, int outdegree, int* destinations, int* destweights, nint info,
        int reorder, nint* commDistGraph);
}
