/* Rank 1 of a job whose rank 0 is in C# (Interoperation.cs of the rank program): answers each of its messages in MPI's datatypes for C. */
#include <complex.h>
#include <mpi.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define COUNT 5

static int tag;

static void check(int right, const char *what, int index)
{
    if (!right) {
        fprintf(stderr, "the rank in C got something else than it expected: %s, element %d\n", what, index);
        MPI_Abort(MPI_COMM_WORLD, 1);
    }
}

/* Receives five elements, of which number i must be as expected, and answers each. */
#define EXCHANGE(TYPE, MPI_TYPE, EXPECTED, ANSWER)                                       \
    do {                                                                                 \
        TYPE got[COUNT], back[COUNT];                                                    \
        MPI_Status status;                                                               \
        int count;                                                                       \
        MPI_Recv(got, COUNT, MPI_TYPE, 0, tag, MPI_COMM_WORLD, &status);                 \
        MPI_Get_count(&status, MPI_TYPE, &count);                                        \
        check(count == COUNT && status.MPI_SOURCE == 0 && status.MPI_TAG == tag, #MPI_TYPE, -1); \
        for (int i = 0; i < COUNT; i++) {                                                \
            TYPE x = got[i];                                                             \
            check(EXPECTED, #MPI_TYPE, i);                                               \
            back[i] = ANSWER;                                                            \
        }                                                                                \
        MPI_Send(back, COUNT, MPI_TYPE, 0, tag++, MPI_COMM_WORLD);                       \
    } while (0)

#define NUMBER(TYPE, MPI_TYPE, FIRST) EXCHANGE(TYPE, MPI_TYPE, x == (TYPE)((TYPE)(FIRST) + i), (TYPE)(x + 1))

#define REDUCE(TYPE, MPI_TYPE)                                                           \
    do {                                                                                 \
        TYPE own = 4, sum, most, nine = 9;                                               \
        MPI_Allreduce(&own, &sum, 1, MPI_TYPE, MPI_SUM, MPI_COMM_WORLD);                 \
        MPI_Allreduce(&own, &most, 1, MPI_TYPE, MPI_MAX, MPI_COMM_WORLD);                \
        MPI_Bcast(&nine, 1, MPI_TYPE, 1, MPI_COMM_WORLD);                                \
        check(sum == 7 && most == 4, "reduction of " #MPI_TYPE, 0);                      \
    } while (0)

#define LOCATED(NAME, TYPE) typedef struct { TYPE value; int location; } NAME
LOCATED(float_at, float);
LOCATED(double_at, double);
LOCATED(long_at, long);
LOCATED(int_at, int);
LOCATED(short_at, short);

typedef struct {
    uint8_t kind;
    double mass;
    int charge;
    bool alive;
    uint16_t letter;
} particle;

static MPI_Datatype particle_type(void)
{
    int lengths[] = {1, 1, 1, 1, 1};
    MPI_Aint places[] = {offsetof(particle, kind), offsetof(particle, mass), offsetof(particle, charge), offsetof(particle, alive),
                         offsetof(particle, letter)};
    MPI_Datatype types[] = {MPI_UINT8_T, MPI_DOUBLE, MPI_INT, MPI_C_BOOL, MPI_UINT16_T};
    MPI_Datatype fields, whole;
    MPI_Type_create_struct(5, lengths, places, types, &fields);
    MPI_Type_create_resized(fields, 0, sizeof(particle), &whole);
    MPI_Type_free(&fields);
    MPI_Type_commit(&whole);
    return whole;
}

static void exchange_all(void)
{
    NUMBER(signed char, MPI_SIGNED_CHAR, -100);
    NUMBER(unsigned char, MPI_UNSIGNED_CHAR, 200);
    NUMBER(short, MPI_SHORT, -30000);
    NUMBER(unsigned short, MPI_UNSIGNED_SHORT, 60000);
    NUMBER(int, MPI_INT, -2000000000);
    NUMBER(unsigned, MPI_UNSIGNED, 4000000000u);
    NUMBER(long, MPI_LONG, -9000000000000000000L);
    NUMBER(unsigned long, MPI_UNSIGNED_LONG, 18000000000000000000ul);
    NUMBER(float, MPI_FLOAT, 0.5f);
    NUMBER(double, MPI_DOUBLE, 0.25);
    EXCHANGE(double complex, MPI_C_DOUBLE_COMPLEX, creal(x) == i && cimag(x) == -0.5, conj(x) + 1);
    EXCHANGE(bool, MPI_C_BOOL, x == (i % 2 == 0), !x);
    NUMBER(uint16_t, MPI_UINT16_T, 0x3b1); /* Greek letters, as UTF-16 has them */
    EXCHANGE(float_at, MPI_FLOAT_INT, x.value == i + 0.5f && x.location == i, ((float_at){x.value + 1, x.location + 1}));
    EXCHANGE(double_at, MPI_DOUBLE_INT, x.value == i + 0.5 && x.location == i, ((double_at){x.value + 1, x.location + 1}));
    EXCHANGE(long_at, MPI_LONG_INT, x.value == -i && x.location == i, ((long_at){x.value + 1, x.location + 1}));
    EXCHANGE(int_at, MPI_2INT, x.value == -i && x.location == i, ((int_at){x.value + 1, x.location + 1}));
    EXCHANGE(short_at, MPI_SHORT_INT, x.value == -i && x.location == i, ((short_at){(short)(x.value + 1), x.location + 1}));
    MPI_Datatype type = particle_type();
    EXCHANGE(particle, type,
             x.kind == i && x.mass == i + 0.5 && x.charge == -i && x.alive == (i % 2 == 0) && x.letter == 'a' + i,
             ((particle){(uint8_t)(x.kind + 1), x.mass + 1, x.charge + 1, !x.alive, (uint16_t)(x.letter + 1)}));
    MPI_Type_free(&type);
}

static void reduce_all(void)
{
    REDUCE(signed char, MPI_SIGNED_CHAR);
    REDUCE(unsigned char, MPI_UNSIGNED_CHAR);
    REDUCE(short, MPI_SHORT);
    REDUCE(unsigned short, MPI_UNSIGNED_SHORT);
    REDUCE(int, MPI_INT);
    REDUCE(unsigned, MPI_UNSIGNED);
    REDUCE(long, MPI_LONG);
    REDUCE(unsigned long, MPI_UNSIGNED_LONG);
    REDUCE(float, MPI_FLOAT);
    REDUCE(double, MPI_DOUBLE);
}

static void pack(void)
{
    char packed[100];
    int length, number, position = 0;
    double halves[2];
    unsigned char byte;
    MPI_Status status;
    MPI_Recv(packed, sizeof packed, MPI_PACKED, 0, tag, MPI_COMM_WORLD, &status);
    MPI_Get_count(&status, MPI_PACKED, &length);
    MPI_Unpack(packed, length, &position, &number, 1, MPI_INT, MPI_COMM_WORLD);
    MPI_Unpack(packed, length, &position, halves, 2, MPI_DOUBLE, MPI_COMM_WORLD);
    MPI_Unpack(packed, length, &position, &byte, 1, MPI_UNSIGNED_CHAR, MPI_COMM_WORLD);
    check(number == -7 && halves[0] == 0.5 && halves[1] == 1.5 && byte == 200 && position == length, "packed", 0);

    number--;
    halves[0] += 2;
    halves[1] += 2;
    position = 0;
    MPI_Pack(halves, 2, MPI_DOUBLE, packed, sizeof packed, &position, MPI_COMM_WORLD);
    MPI_Pack(&number, 1, MPI_INT, packed, sizeof packed, &position, MPI_COMM_WORLD);
    MPI_Send(packed, position, MPI_PACKED, 0, tag++, MPI_COMM_WORLD);
}

static void receive_a_column(void)
{
    double column[3];
    MPI_Recv(column, 3, MPI_DOUBLE, 0, tag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    for (int i = 0; i < 3; i++) {
        check(column[i] == 1 + 4 * i, "column", i);
        column[i] = -column[i];
    }
    MPI_Send(column, 3, MPI_DOUBLE, 0, tag++, MPI_COMM_WORLD);
}

static void gather(void)
{
    uint16_t own = 'y', all[2];
    int numbers[] = {2, 3};
    MPI_Allgather(&own, 1, MPI_UINT16_T, all, 1, MPI_UINT16_T, MPI_COMM_WORLD);
    check(all[0] == 'x' && all[1] == 'y', "gathered", 0);
    MPI_Gatherv(numbers, 2, MPI_INT, NULL, NULL, NULL, MPI_INT, 0, MPI_COMM_WORLD);
}

int main(int argc, char **argv)
{
    int rank;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    check(rank == 1, "rank", rank);
    exchange_all();
    reduce_all();
    pack();
    receive_a_column();
    gather();
    MPI_Finalize();
    return 0;
}
