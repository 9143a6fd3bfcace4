/* Prints the constants of the MPI that it is compiled for, named as MpiAbi's members are; classes of errors with the number that the MPI 5.0 standard ABI gives them. */
#include <mpi.h>
#include <stddef.h>
#include <stdio.h>

#define ONE(NAME, VALUE) printf(NAME " %ld\n", (long)(VALUE))
#define MANY(NAME, ...)                                              \
    do {                                                             \
        long values[] = {__VA_ARGS__};                               \
        printf(NAME);                                                \
        for (size_t i = 0; i < sizeof values / sizeof *values; i++)  \
            printf(" %ld", values[i]);                               \
        printf("\n");                                                \
    } while (0)
#define CLASS(STANDARD, NATIVE) printf("class %d %d\n", STANDARD, NATIVE)

int main(void)
{
    ONE("HandleSize", sizeof(MPI_Request));
    ONE("StatusSize", sizeof(MPI_Status));
    ONE("SourceOffset", offsetof(MPI_Status, MPI_SOURCE));
    ONE("TagOffset", offsetof(MPI_Status, MPI_TAG));
    ONE("ErrorOffset", offsetof(MPI_Status, MPI_ERROR));
    ONE("InPlace", MPI_IN_PLACE);
    ONE("StatusIgnore", MPI_STATUS_IGNORE);
    ONE("AnySource", MPI_ANY_SOURCE);
    ONE("AnyTag", MPI_ANY_TAG);
    ONE("ProcNull", MPI_PROC_NULL);
    ONE("Root", MPI_ROOT);
    ONE("Undefined", MPI_UNDEFINED);
    MANY("ThreadLevels", MPI_THREAD_SINGLE, MPI_THREAD_FUNNELED, MPI_THREAD_SERIALIZED, MPI_THREAD_MULTIPLE);
    ONE("CommTypeShared", MPI_COMM_TYPE_SHARED);
    ONE("LockExclusive", MPI_LOCK_EXCLUSIVE);
    ONE("LockShared", MPI_LOCK_SHARED);
    MANY("Comparisons", MPI_IDENT, MPI_CONGRUENT, MPI_SIMILAR, MPI_UNEQUAL);
    MANY("FileModes", MPI_MODE_CREATE, MPI_MODE_RDONLY, MPI_MODE_WRONLY, MPI_MODE_RDWR, MPI_MODE_DELETE_ON_CLOSE, MPI_MODE_UNIQUE_OPEN,
         MPI_MODE_EXCL, MPI_MODE_APPEND, MPI_MODE_SEQUENTIAL);
    MANY("WindowAssertions", MPI_MODE_NOCHECK, MPI_MODE_NOSTORE, MPI_MODE_NOPUT, MPI_MODE_NOPRECEDE, MPI_MODE_NOSUCCEED);
    MANY("Seeks", MPI_SEEK_SET, MPI_SEEK_CUR, MPI_SEEK_END);
    ONE("KeyTagUpperBound", MPI_TAG_UB);
    ONE("KeyUniverseSize", MPI_UNIVERSE_SIZE);
    ONE("KeyAppNum", MPI_APPNUM);
    ONE("KeyWinBase", MPI_WIN_BASE);
    ONE("OrderC", MPI_ORDER_C);
    ONE("OrderFortran", MPI_ORDER_FORTRAN);
    ONE("MaxPortName", MPI_MAX_PORT_NAME);
#ifdef MPICH
    /* Open MPI's handles are addresses, which differ from process to process. */
    MANY("Types", MPI_BYTE, MPI_INT8_T, MPI_UINT8_T, MPI_INT16_T, MPI_UINT16_T, MPI_INT32_T, MPI_UINT32_T, MPI_INT64_T, MPI_UINT64_T, MPI_FLOAT,
         MPI_DOUBLE, MPI_C_DOUBLE_COMPLEX, MPI_C_BOOL, MPI_PACKED, MPI_FLOAT_INT, MPI_DOUBLE_INT, MPI_LONG_INT, MPI_2INT, MPI_SHORT_INT);
    MANY("Ops", MPI_SUM, MPI_MIN, MPI_MAX, MPI_PROD, MPI_BAND, MPI_BOR, MPI_BXOR, MPI_LAND, MPI_LOR, MPI_LXOR, MPI_MINLOC, MPI_MAXLOC, MPI_REPLACE,
         MPI_NO_OP);
    MANY("Handles", MPI_COMM_WORLD, MPI_COMM_SELF, MPI_COMM_NULL, MPI_GROUP_NULL, MPI_GROUP_EMPTY, MPI_REQUEST_NULL, MPI_MESSAGE_NULL,
         MPI_MESSAGE_NO_PROC, MPI_INFO_NULL, MPI_ERRORS_RETURN, MPI_DATATYPE_NULL, MPI_WIN_NULL, (long)MPI_FILE_NULL);
#endif
    CLASS(0, MPI_SUCCESS);
    CLASS(1, MPI_ERR_BUFFER);
    CLASS(2, MPI_ERR_COUNT);
    CLASS(3, MPI_ERR_TYPE);
    CLASS(4, MPI_ERR_TAG);
    CLASS(5, MPI_ERR_COMM);
    CLASS(6, MPI_ERR_RANK);
    CLASS(7, MPI_ERR_REQUEST);
    CLASS(8, MPI_ERR_ROOT);
    CLASS(9, MPI_ERR_GROUP);
    CLASS(10, MPI_ERR_OP);
    CLASS(11, MPI_ERR_TOPOLOGY);
    CLASS(12, MPI_ERR_DIMS);
    CLASS(13, MPI_ERR_ARG);
    CLASS(14, MPI_ERR_UNKNOWN);
    CLASS(15, MPI_ERR_TRUNCATE);
    CLASS(16, MPI_ERR_OTHER);
    CLASS(17, MPI_ERR_INTERN);
    CLASS(18, MPI_ERR_PENDING);
    CLASS(19, MPI_ERR_IN_STATUS);
    CLASS(20, MPI_ERR_ACCESS);
    CLASS(21, MPI_ERR_AMODE);
    CLASS(22, MPI_ERR_ASSERT);
    CLASS(23, MPI_ERR_BAD_FILE);
    CLASS(24, MPI_ERR_BASE);
    CLASS(25, MPI_ERR_CONVERSION);
    CLASS(26, MPI_ERR_DISP);
    CLASS(27, MPI_ERR_DUP_DATAREP);
    CLASS(28, MPI_ERR_FILE_EXISTS);
    CLASS(29, MPI_ERR_FILE_IN_USE);
    CLASS(30, MPI_ERR_FILE);
    CLASS(31, MPI_ERR_INFO_KEY);
    CLASS(32, MPI_ERR_INFO_NOKEY);
    CLASS(33, MPI_ERR_INFO_VALUE);
    CLASS(34, MPI_ERR_INFO);
    CLASS(35, MPI_ERR_IO);
    CLASS(36, MPI_ERR_KEYVAL);
    CLASS(37, MPI_ERR_LOCKTYPE);
    CLASS(38, MPI_ERR_NAME);
    CLASS(39, MPI_ERR_NO_MEM);
    CLASS(40, MPI_ERR_NOT_SAME);
    CLASS(41, MPI_ERR_NO_SPACE);
    CLASS(42, MPI_ERR_NO_SUCH_FILE);
    CLASS(43, MPI_ERR_PORT);
    CLASS(44, MPI_ERR_QUOTA);
    CLASS(45, MPI_ERR_READ_ONLY);
    CLASS(46, MPI_ERR_RMA_ATTACH);
    CLASS(47, MPI_ERR_RMA_CONFLICT);
    CLASS(48, MPI_ERR_RMA_RANGE);
    CLASS(49, MPI_ERR_RMA_SHARED);
    CLASS(50, MPI_ERR_RMA_SYNC);
    CLASS(51, MPI_ERR_SERVICE);
    CLASS(52, MPI_ERR_SIZE);
    CLASS(53, MPI_ERR_SPAWN);
    CLASS(54, MPI_ERR_UNSUPPORTED_DATAREP);
    CLASS(55, MPI_ERR_UNSUPPORTED_OPERATION);
    CLASS(56, MPI_ERR_WIN);
#ifdef MPI_ERR_RMA_FLAVOR
    CLASS(57, MPI_ERR_RMA_FLAVOR);
#endif
    return 0;
}
