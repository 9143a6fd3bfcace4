using System.Runtime.InteropServices;

namespace Braid.Mpi.Abi;

/// <content>One-sided communication.</content>
internal static unsafe partial class Libmpi
{
    [LibraryImport(Name)]
    internal static partial int MPI_Win_create(void* @base, nint size, int dispUnit, nint info, nint comm, nint* win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_allocate(nint size, int dispUnit, nint info, nint comm, void* baseptr, nint* win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_allocate_shared(nint size, int dispUnit, nint info, nint comm, void* baseptr, nint* win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_shared_query(nint win, int rank, nint* size, int* dispUnit, void* baseptr);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_free(nint* win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_set_errhandler(nint win, nint errhandler);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_fence(int assert, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_lock(int lockType, int rank, int assert, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_unlock(int rank, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_lock_all(int assert, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_unlock_all(nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_flush(int rank, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_flush_all(nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_flush_local(int rank, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_flush_local_all(nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_sync(nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_post(nint group, int assert, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_start(nint group, int assert, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_complete(nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_wait(nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_test(nint win, int* flag);

    [LibraryImport(Name)]
    internal static partial int MPI_Put(
        void* originAddr, int originCount, nint originDatatype, int targetRank, nint targetDisp, int targetCount, nint targetDatatype,
        nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Get(
        void* originAddr, int originCount, nint originDatatype, int targetRank, nint targetDisp, int targetCount, nint targetDatatype,
        nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Accumulate(
        void* originAddr, int originCount, nint originDatatype, int targetRank, nint targetDisp, int targetCount, nint targetDatatype,
        nint op, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Get_accumulate(
        void* originAddr, int originCount, nint originDatatype, void* resultAddr, int resultCount, nint resultDatatype, int targetRank,
        nint targetDisp, int targetCount, nint targetDatatype, nint op, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Fetch_and_op(
        void* originAddr, void* resultAddr, nint datatype, int targetRank, nint targetDisp, nint op, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Compare_and_swap(
        void* originAddr, void* compareAddr, void* resultAddr, nint datatype, int targetRank, nint targetDisp, nint win);

    [LibraryImport(Name)]
    internal static partial int MPI_Rput(
        void* originAddr, int originCount, nint originDatatype, int targetRank, nint targetDisp, int targetCount, nint targetDatatype,
        nint win, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Rget(
        void* originAddr, int originCount, nint originDatatype, int targetRank, nint targetDisp, int targetCount, nint targetDatatype,
        nint win, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Raccumulate(
        void* originAddr, int originCount, nint originDatatype, int targetRank, nint targetDisp, int targetCount, nint targetDatatype,
        nint op, nint win, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Rget_accumulate(
        void* originAddr, int originCount, nint originDatatype, void* resultAddr, int resultCount, nint resultDatatype, int targetRank,
        nint targetDisp, int targetCount, nint targetDatatype, nint op, nint win, nint* request);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_create_dynamic(nint info, nint comm, nint* win);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_attach(nint win, void* @base, nint size);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_detach(nint win, void* @base);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_set_name(nint win, byte* winName);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_get_name(nint win, byte* winName, int* resultlen);

    [LibraryImport(Name)]
    internal static partial int MPI_Win_get_group(nint win, nint* group);
}
