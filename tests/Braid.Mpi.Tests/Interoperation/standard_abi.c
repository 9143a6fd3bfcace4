/*
 * A library with the MPI 5.0 standard ABI, as far as the tests need it: its handles, constants and statuses (chapter 20 of the standard) in front of MPICH's.
 * It stands in for a libmpi_abi.so, which Debian does not have yet.
 */
#include <mpi.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef intptr_t handle;

typedef struct {
    int source, tag, error, reserved[5];
} abi_status;

/* Defines the function of the standard ABI under its real name. MPICH's own is reached by its profiling name. */
#define FUNCTION(NAME, ...)                            \
    int abi_##NAME(__VA_ARGS__) __asm__("MPI_" #NAME); \
    int abi_##NAME(__VA_ARGS__)

static const struct {
    handle abi;
    int mpich;
} predefined[] = {
    {0x21, MPI_SUM}, {0x22, MPI_MIN}, {0x23, MPI_MAX}, {0x24, MPI_PROD}, {0x28, MPI_BAND}, {0x29, MPI_BOR}, {0x2a, MPI_BXOR}, {0x30, MPI_LAND},
    {0x31, MPI_LOR}, {0x32, MPI_LXOR}, {0x38, MPI_MINLOC}, {0x39, MPI_MAXLOC},
    {0x100, MPI_COMM_NULL}, {0x101, MPI_COMM_WORLD}, {0x102, MPI_COMM_SELF}, {0x130, MPI_INFO_NULL}, {0x143, MPI_ERRORS_RETURN},
    {0x207, MPI_PACKED}, {0x210, MPI_FLOAT}, {0x214, MPI_DOUBLE}, {0x216, MPI_C_DOUBLE_COMPLEX}, {0x228, MPI_FLOAT_INT}, {0x229, MPI_DOUBLE_INT},
    {0x22a, MPI_LONG_INT}, {0x22b, MPI_2INT}, {0x22c, MPI_SHORT_INT}, {0x238, MPI_C_BOOL}, {0x240, MPI_INT8_T}, {0x241, MPI_UINT8_T}, {0x247, MPI_BYTE},
    {0x248, MPI_INT16_T}, {0x249, MPI_UINT16_T}, {0x250, MPI_INT32_T}, {0x251, MPI_UINT32_T}, {0x258, MPI_INT64_T}, {0x259, MPI_UINT64_T},
};

/* What the standard has predefined lies in the first page; what MPICH makes does not, and goes through as it is. */
static int in(handle abi)
{
    for (size_t i = 0; i < sizeof predefined / sizeof *predefined; i++)
        if (predefined[i].abi == abi)
            return predefined[i].mpich;
    return (int)abi;
}

static handle out(int mpich)
{
    for (size_t i = 0; i < sizeof predefined / sizeof *predefined; i++)
        if (predefined[i].mpich == mpich)
            return predefined[i].abi;
    return (unsigned)mpich;
}

static int in_request(handle abi) { return abi == 0x180 ? MPI_REQUEST_NULL : (int)abi; }
static handle out_request(int mpich) { return mpich == MPI_REQUEST_NULL ? 0x180 : (unsigned)mpich; }
static int in_message(handle abi) { return abi == 0x128 ? MPI_MESSAGE_NULL : abi == 0x129 ? MPI_MESSAGE_NO_PROC : (int)abi; }
static handle out_message(int mpich) { return mpich == MPI_MESSAGE_NULL ? 0x128 : mpich == MPI_MESSAGE_NO_PROC ? 0x129 : (unsigned)mpich; }
static int rank(int abi) { return abi == -1 ? MPI_ANY_SOURCE : abi == -3 ? MPI_PROC_NULL : abi == -4 ? MPI_ROOT : abi; }
static int tag_of(int abi) { return abi == -2 ? MPI_ANY_TAG : abi; }
static void *buffer(void *abi) { return abi == (void *)1 ? MPI_IN_PLACE : abi; }

static void give(abi_status *to, const MPI_Status *from)
{
    if (!to)
        return;
    to->source = from->MPI_SOURCE == MPI_PROC_NULL ? -3 : from->MPI_SOURCE == MPI_ANY_SOURCE ? -1 : from->MPI_SOURCE;
    to->tag = from->MPI_TAG == MPI_ANY_TAG ? -2 : from->MPI_TAG;
    to->error = from->MPI_ERROR;
    memcpy(to->reserved, from, 8);
}

static MPI_Status take(const abi_status *from)
{
    MPI_Status to;
    memset(&to, 0, sizeof to);
    memcpy(&to, from->reserved, 8);
    return to;
}

FUNCTION(Abi_get_version, int *major, int *minor) { return *major = 1, *minor = 0, MPI_SUCCESS; }
FUNCTION(Get_version, int *version, int *subversion) { return *version = 5, *subversion = 0, MPI_SUCCESS; }
FUNCTION(Get_library_version, char *text, int *length) { return PMPI_Get_library_version(text, length); }
FUNCTION(Get_processor_name, char *text, int *length) { return PMPI_Get_processor_name(text, length); }
FUNCTION(Initialized, int *flag) { return PMPI_Initialized(flag); }
FUNCTION(Finalized, int *flag) { return PMPI_Finalized(flag); }
FUNCTION(Finalize, void) { return PMPI_Finalize(); }
FUNCTION(Abort, handle comm, int code) { return PMPI_Abort(in(comm), code); }
FUNCTION(Error_string, int code, char *text, int *length) { return PMPI_Error_string(code, text, length); }

/* 0, 1024, 2048 and 4096 are MPICH's 0 to 3. */
FUNCTION(Init_thread, int *argc, char ***argv, int required, int *provided)
{
    static const int levels[] = {0, 1024, 2048, 4096};
    int granted, code = PMPI_Init_thread(argc, argv, required == 4096 ? 3 : required / 1024, &granted);
    *provided = levels[granted];
    return code;
}

FUNCTION(Error_class, int code, int *class)
{
    int native, result = PMPI_Error_class(code, &native);
    switch (native) {
    case MPI_ERR_REQUEST: *class = 7; break;
    case MPI_ERR_ROOT: *class = 8; break;
    case MPI_ERR_GROUP: *class = 9; break;
    case MPI_ERR_OP: *class = 10; break;
    case MPI_ERR_ARG: *class = 13; break;
    case MPI_ERR_TRUNCATE: *class = 15; break;
    default: *class = native <= MPI_ERR_RANK ? native : 16;
    }
    return result;
}

FUNCTION(Comm_rank, handle comm, int *value) { return PMPI_Comm_rank(in(comm), value); }
FUNCTION(Comm_size, handle comm, int *value) { return PMPI_Comm_size(in(comm), value); }
FUNCTION(Comm_test_inter, handle comm, int *value) { return PMPI_Comm_test_inter(in(comm), value); }
FUNCTION(Comm_set_errhandler, handle comm, handle handler) { return PMPI_Comm_set_errhandler(in(comm), in(handler)); }
FUNCTION(Comm_set_name, handle comm, char *name) { return PMPI_Comm_set_name(in(comm), name); }
FUNCTION(Comm_get_name, handle comm, char *name, int *length) { return PMPI_Comm_get_name(in(comm), name, length); }

FUNCTION(Comm_get_attr, handle comm, int key, void *value, int *flag)
{
    return PMPI_Comm_get_attr(in(comm), key == 501 ? MPI_TAG_UB : key == 505 ? MPI_APPNUM : MPI_UNIVERSE_SIZE, value, flag);
}

#define MAKES_COMM(CALL)      \
    MPI_Comm made;            \
    int code = CALL;          \
    *created = out(made);     \
    return code

FUNCTION(Comm_dup, handle comm, handle *created) { MAKES_COMM(PMPI_Comm_dup(in(comm), &made)); }
FUNCTION(Comm_split, handle comm, int color, int key, handle *created) { MAKES_COMM(PMPI_Comm_split(in(comm), color, key, &made)); }

FUNCTION(Comm_split_type, handle comm, int type, int key, handle info, handle *created)
{
    MAKES_COMM(PMPI_Comm_split_type(in(comm), type == 221 ? MPI_COMM_TYPE_SHARED : type, key, in(info), &made));
}

FUNCTION(Comm_free, handle *comm)
{
    MPI_Comm freed = in(*comm);
    int code = PMPI_Comm_free(&freed);
    *comm = out(freed);
    return code;
}

FUNCTION(Comm_compare, handle first, handle second, int *result)
{
    int native, code = PMPI_Comm_compare(in(first), in(second), &native);
    *result = native == MPI_IDENT ? 201 : native == MPI_CONGRUENT ? 202 : native == MPI_SIMILAR ? 203 : 204;
    return code;
}

#define SENDS(NAME)                                                                  \
    FUNCTION(NAME, void *data, int count, handle type, int to, int tag, handle comm) \
    {                                                                                \
        return PMPI_##NAME(data, count, in(type), rank(to), tag, in(comm));          \
    }

#define STARTS(NAME)                                                                                     \
    FUNCTION(NAME, void *data, int count, handle type, int other, int tag, handle comm, handle *request) \
    {                                                                                                    \
        MPI_Request made = MPI_REQUEST_NULL;                                                             \
        int code = PMPI_##NAME(data, count, in(type), rank(other), tag_of(tag), in(comm), &made);        \
        *request = out_request(made);                                                                    \
        return code;                                                                                     \
    }

SENDS(Send)
SENDS(Ssend)
SENDS(Rsend)
STARTS(Isend)
STARTS(Issend)
STARTS(Irsend)
STARTS(Irecv)

FUNCTION(Pack_size, int count, handle type, handle comm, int *size) { return PMPI_Pack_size(count, in(type), in(comm), size); }

FUNCTION(Pack, void *data, int count, handle type, void *packed, int size, int *position, handle comm)
{
    return PMPI_Pack(data, count, in(type), packed, size, position, in(comm));
}

/* A call that fills a status. */
#define WITH_STATUS(CALL) \
    MPI_Status native;    \
    int code = CALL;      \
    give(status, &native); \
    return code

FUNCTION(Recv, void *data, int count, handle type, int from, int tag, handle comm, abi_status *status)
{
    WITH_STATUS(PMPI_Recv(data, count, in(type), rank(from), tag_of(tag), in(comm), &native));
}

FUNCTION(Sendrecv, void *sent, int sent_count, handle sent_type, int to, int sent_tag, void *got, int count, handle type, int from, int tag, handle comm,
         abi_status *status)
{
    WITH_STATUS(PMPI_Sendrecv(sent, sent_count, in(sent_type), rank(to), sent_tag, got, count, in(type), rank(from), tag_of(tag), in(comm), &native));
}

FUNCTION(Sendrecv_replace, void *data, int count, handle type, int to, int sent_tag, int from, int tag, handle comm, abi_status *status)
{
    WITH_STATUS(PMPI_Sendrecv_replace(data, count, in(type), rank(to), sent_tag, rank(from), tag_of(tag), in(comm), &native));
}

FUNCTION(Probe, int from, int tag, handle comm, abi_status *status) { WITH_STATUS(PMPI_Probe(rank(from), tag_of(tag), in(comm), &native)); }

FUNCTION(Iprobe, int from, int tag, handle comm, int *flag, abi_status *status)
{
    WITH_STATUS(PMPI_Iprobe(rank(from), tag_of(tag), in(comm), flag, &native));
}

FUNCTION(Mprobe, int from, int tag, handle comm, handle *message, abi_status *status)
{
    MPI_Message made;
    MPI_Status native;
    int code = PMPI_Mprobe(rank(from), tag_of(tag), in(comm), &made, &native);
    *message = out_message(made);
    give(status, &native);
    return code;
}

FUNCTION(Improbe, int from, int tag, handle comm, int *flag, handle *message, abi_status *status)
{
    MPI_Message made = MPI_MESSAGE_NULL;
    MPI_Status native;
    int code = PMPI_Improbe(rank(from), tag_of(tag), in(comm), flag, &made, &native);
    *message = out_message(made);
    if (*flag)
        give(status, &native);
    return code;
}

FUNCTION(Mrecv, void *data, int count, handle type, handle *message, abi_status *status)
{
    MPI_Message taken = in_message(*message);
    MPI_Status native;
    int code = PMPI_Mrecv(data, count, in(type), &taken, &native);
    *message = out_message(taken);
    give(status, &native);
    return code;
}

FUNCTION(Wait, handle *request, abi_status *status)
{
    MPI_Request waited = in_request(*request);
    MPI_Status native;
    int code = PMPI_Wait(&waited, &native);
    *request = out_request(waited);
    give(status, &native);
    return code;
}

FUNCTION(Test, handle *request, int *flag, abi_status *status)
{
    MPI_Request asked = in_request(*request);
    MPI_Status native;
    int code = PMPI_Test(&asked, flag, &native);
    *request = out_request(asked);
    if (*flag)
        give(status, &native);
    return code;
}

/* Arrays of the standard's handles and statuses: eight and thirty-two bytes each. */
FUNCTION(Waitall, int count, handle *requests, abi_status *statuses)
{
    MPI_Request waited[count];
    MPI_Status native[count];
    for (int i = 0; i < count; i++)
        waited[i] = in_request(requests[i]);
    int code = PMPI_Waitall(count, waited, native);
    for (int i = 0; i < count; i++) {
        requests[i] = out_request(waited[i]);
        give(statuses ? statuses + i : NULL, native + i);
    }
    return code;
}

FUNCTION(Waitany, int count, handle *requests, int *index, abi_status *status)
{
    MPI_Request waited[count];
    MPI_Status native;
    for (int i = 0; i < count; i++)
        waited[i] = in_request(requests[i]);
    int code = PMPI_Waitany(count, waited, index, &native);
    for (int i = 0; i < count; i++)
        requests[i] = out_request(waited[i]);
    give(status, &native);
    return code;
}

FUNCTION(Testsome, int count, handle *requests, int *done, int *indices, abi_status *statuses)
{
    MPI_Request asked[count];
    MPI_Status native[count];
    for (int i = 0; i < count; i++)
        asked[i] = in_request(requests[i]);
    int code = PMPI_Testsome(count, asked, done, indices, native);
    for (int i = 0; i < count; i++)
        requests[i] = out_request(asked[i]);
    for (int i = 0; statuses && i < *done; i++)
        give(statuses + i, native + i);
    return code;
}

FUNCTION(Cancel, handle *request)
{
    MPI_Request cancelled = in_request(*request);
    return PMPI_Cancel(&cancelled);
}

FUNCTION(Test_cancelled, abi_status *status, int *flag)
{
    MPI_Status native = take(status);
    return PMPI_Test_cancelled(&native, flag);
}

FUNCTION(Get_elements_x, abi_status *status, handle type, int64_t *count)
{
    MPI_Status native = take(status);
    MPI_Count elements;
    int code = PMPI_Get_elements_x(&native, in(type), &elements);
    *count = elements;
    return code;
}

FUNCTION(Barrier, handle comm) { return PMPI_Barrier(in(comm)); }
FUNCTION(Bcast, void *data, int count, handle type, int root, handle comm) { return PMPI_Bcast(data, count, in(type), rank(root), in(comm)); }

FUNCTION(Gather, void *sent, int sent_count, handle sent_type, void *got, int count, handle type, int root, handle comm)
{
    return PMPI_Gather(buffer(sent), sent_count, in(sent_type), got, count, in(type), rank(root), in(comm));
}

FUNCTION(Scatter, void *sent, int sent_count, handle sent_type, void *got, int count, handle type, int root, handle comm)
{
    return PMPI_Scatter(sent, sent_count, in(sent_type), buffer(got), count, in(type), rank(root), in(comm));
}

FUNCTION(Allgather, void *sent, int sent_count, handle sent_type, void *got, int count, handle type, handle comm)
{
    return PMPI_Allgather(buffer(sent), sent_count, in(sent_type), got, count, in(type), in(comm));
}

FUNCTION(Alltoall, void *sent, int sent_count, handle sent_type, void *got, int count, handle type, handle comm)
{
    return PMPI_Alltoall(buffer(sent), sent_count, in(sent_type), got, count, in(type), in(comm));
}

FUNCTION(Reduce, void *sent, void *got, int count, handle type, handle op, int root, handle comm)
{
    return PMPI_Reduce(buffer(sent), got, count, in(type), in(op), rank(root), in(comm));
}

FUNCTION(Allreduce, void *sent, void *got, int count, handle type, handle op, handle comm)
{
    return PMPI_Allreduce(buffer(sent), got, count, in(type), in(op), in(comm));
}

FUNCTION(Scan, void *sent, void *got, int count, handle type, handle op, handle comm)
{
    return PMPI_Scan(buffer(sent), got, count, in(type), in(op), in(comm));
}

FUNCTION(Exscan, void *sent, void *got, int count, handle type, handle op, handle comm)
{
    return PMPI_Exscan(buffer(sent), got, count, in(type), in(op), in(comm));
}

#define MAKES_TYPE(CALL)  \
    MPI_Datatype made;    \
    int code = CALL;      \
    *created = out(made); \
    return code

FUNCTION(Type_contiguous, int count, handle of, handle *created) { MAKES_TYPE(PMPI_Type_contiguous(count, in(of), &made)); }

FUNCTION(Type_create_hvector, int count, int length, intptr_t stride, handle of, handle *created)
{
    MAKES_TYPE(PMPI_Type_create_hvector(count, length, stride, in(of), &made));
}

FUNCTION(Type_create_resized, handle of, intptr_t lower, intptr_t extent, handle *created)
{
    MAKES_TYPE(PMPI_Type_create_resized(in(of), lower, extent, &made));
}

FUNCTION(Type_create_struct, int count, int *lengths, intptr_t *places, handle *types, handle *created)
{
    MPI_Datatype members[count];
    MPI_Aint at[count];
    for (int i = 0; i < count; i++) {
        members[i] = in(types[i]);
        at[i] = places[i];
    }
    MAKES_TYPE(PMPI_Type_create_struct(count, lengths, at, members, &made));
}

FUNCTION(Type_commit, handle *type)
{
    MPI_Datatype committed = in(*type);
    return PMPI_Type_commit(&committed);
}

FUNCTION(Type_free, handle *type)
{
    MPI_Datatype freed = in(*type);
    *type = 0x200;
    return PMPI_Type_free(&freed);
}

FUNCTION(Type_size_x, handle type, int64_t *size)
{
    MPI_Count bytes;
    int code = PMPI_Type_size_x(in(type), &bytes);
    *size = bytes;
    return code;
}

FUNCTION(Type_get_extent, handle type, intptr_t *lower, intptr_t *extent)
{
    MPI_Aint at, bytes;
    int code = PMPI_Type_get_extent(in(type), &at, &bytes);
    *lower = at, *extent = bytes;
    return code;
}

FUNCTION(Type_get_true_extent, handle type, intptr_t *lower, intptr_t *extent)
{
    MPI_Aint at, bytes;
    int code = PMPI_Type_get_true_extent(in(type), &at, &bytes);
    *lower = at, *extent = bytes;
    return code;
}
