// The works of the comparison in C; bench.py and Braid.MpiBench do the same. Prints on rank 0: work, bytes, microseconds of the middle and of the shortest batch.
// With the argument "huge" the buffers are on huge pages and only the works on megabytes are done. With "threads" MPI is asked for MPI_THREAD_MULTIPLE,
// as Braid and mpi4py do, and only the works on small messages are done.
#define _GNU_SOURCE
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { BATCHES = 21, WINDOW = 16, HUGE_PAGE = 2 << 20 };
static int rank, size;
static int huge, threads;
static char *send_buffer, *receive_buffer;

static int iterations(long bytes) { return bytes <= 4096 ? 300 : bytes <= 65536 ? 50 : bytes <= 1 << 20 ? 8 : 2; }

static int compare(const void *a, const void *b) { double x = *(double *)a, y = *(double *)b; return (x > y) - (x < y); }

static void ping_pong(long bytes, int n) {
    for (int i = 0; i < n; i++) {
        if (rank == 0) {
            MPI_Send(send_buffer, bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD);
            MPI_Recv(receive_buffer, bytes, MPI_BYTE, 1, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        } else if (rank == 1) {
            MPI_Recv(receive_buffer, bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
            MPI_Send(send_buffer, bytes, MPI_BYTE, 0, 0, MPI_COMM_WORLD);
        }
    }
}

static void stream(long bytes, int n) {
    MPI_Request requests[WINDOW];
    MPI_Status statuses[WINDOW];
    for (int i = 0; i < n; i += WINDOW) {
        for (int w = 0; w < WINDOW; w++) {
            if (rank == 0) MPI_Isend(send_buffer, bytes, MPI_BYTE, 1, 1, MPI_COMM_WORLD, &requests[w]);
            else if (rank == 1) MPI_Irecv(receive_buffer, bytes, MPI_BYTE, 0, 1, MPI_COMM_WORLD, &requests[w]);
        }
        if (rank < 2) MPI_Waitall(WINDOW, requests, statuses);
    }
}

static void all_reduce(long bytes, int n) {
    for (int i = 0; i < n; i++) MPI_Allreduce(send_buffer, receive_buffer, bytes / 8, MPI_DOUBLE, MPI_SUM, MPI_COMM_WORLD);
}

static void broadcast(long bytes, int n) {
    for (int i = 0; i < n; i++) MPI_Bcast(send_buffer, bytes, MPI_BYTE, 0, MPI_COMM_WORLD);
}

static void all_to_all(long bytes, int n) {
    for (int i = 0; i < n; i++) MPI_Alltoall(send_buffer, bytes, MPI_BYTE, receive_buffer, bytes, MPI_BYTE, MPI_COMM_WORLD);
}

// Every page is written once: one that is only read would be the system's page of zeros, which lies in the cache.
static char *allocate(long bytes) {
    char *buffer;
    if (huge) {
        bytes = (bytes + HUGE_PAGE - 1) & -(long)HUGE_PAGE;
        buffer = aligned_alloc(HUGE_PAGE, bytes);
        madvise(buffer, bytes, MADV_HUGEPAGE);
    } else buffer = malloc(bytes);
    return memset(buffer, 1, bytes);
}

static void measure(const char *work, void (*run)(long, int), const long *sizes, int divide) {
    for (; *sizes; sizes++) {
        if (huge ? *sizes < 1 << 20 : threads && *sizes > 4096) continue;
        double batches[BATCHES];
        long bytes = *sizes * (run == all_to_all ? size : 1);
        send_buffer = allocate(bytes), receive_buffer = allocate(bytes);
        int n = iterations(*sizes);
        if (run == stream && n < WINDOW) n = WINDOW;
        run(*sizes, n);
        for (int b = 0; b < BATCHES; b++) {
            MPI_Barrier(MPI_COMM_WORLD);
            double start = MPI_Wtime();
            run(*sizes, n);
            if (run == stream) MPI_Barrier(MPI_COMM_WORLD);
            batches[b] = (MPI_Wtime() - start) * 1e6 / n / divide;
        }
        qsort(batches, BATCHES, sizeof(double), compare);
        if (rank == 0) printf("%s\t%ld\t%.4f\t%.4f\n", work, *sizes, batches[BATCHES / 2], batches[0]);
        free(send_buffer), free(receive_buffer);
    }
}

int main(int argc, char **argv) {
    huge = argc > 1 && !strcmp(argv[1], "huge"), threads = argc > 1 && !strcmp(argv[1], "threads");
    int granted;
    MPI_Init_thread(&argc, &argv, threads ? MPI_THREAD_MULTIPLE : MPI_THREAD_SINGLE, &granted);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    measure("ping-pong", ping_pong, (long[]){ 1, 1024, 65536, 1 << 20, 4 << 20, 16 << 20, 0 }, 2);
    measure("stream", stream, (long[]){ 1, 65536, 1 << 20, 4 << 20, 0 }, 1);
    measure("allreduce", all_reduce, (long[]){ 8, 8192, 1 << 20, 8 << 20, 0 }, 1);
    measure("broadcast", broadcast, (long[]){ 8, 65536, 4 << 20, 0 }, 1);
    measure("alltoall", all_to_all, (long[]){ 8, 65536, 1 << 20, 0 }, 1);
    MPI_Finalize();
    return 0;
}
