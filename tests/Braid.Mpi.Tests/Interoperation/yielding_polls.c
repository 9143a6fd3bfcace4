// Stands before UCX's poll (LD_PRELOAD) and gives up the processor when nothing came: MPICH 4 on UCX polls without end, so a rank that
// waits holds its core for a whole time slice from the rank that it waits for.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <sched.h>

typedef unsigned poll_function(void *worker);

unsigned ucp_worker_progress(void *worker)
{
    static poll_function *ucx;
    poll_function *poll = ucx;
    if (!poll) {
        // Loaded only with MPICH, after this library: no search from here on would find it.
        void *library = dlopen("libucp.so.0", RTLD_LAZY);
        ucx = poll = (poll_function *)dlsym(library, "ucp_worker_progress");
    }
    unsigned events = poll(worker);
    if (events == 0)
        sched_yield();
    return events;
}
