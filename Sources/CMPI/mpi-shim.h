// The calls of MPI that ranks of a process need. In OpenMPI communicators and types are macros of C that Swift cannot see,
// and in MPICH other ones, so they are named here.
#include <mpi.h>

static inline int usid_mpi_start(void) {
    int isRunning = 0, provided = 0;
    if (MPI_Initialized(&isRunning) != MPI_SUCCESS) return 1;
    if (isRunning) return MPI_SUCCESS;
    return MPI_Init_thread(0, 0, MPI_THREAD_FUNNELED, &provided);
}

static inline int usid_mpi_end(void) {
    int isOver = 0;
    if (MPI_Finalized(&isOver) != MPI_SUCCESS || isOver) return MPI_SUCCESS;
    return MPI_Finalize();
}

static inline int usid_mpi_rank(int *rank) { return MPI_Comm_rank(MPI_COMM_WORLD, rank); }

static inline int usid_mpi_count(int *count) { return MPI_Comm_size(MPI_COMM_WORLD, count); }

static inline int usid_mpi_barrier(void) { return MPI_Barrier(MPI_COMM_WORLD); }

static inline int usid_mpi_broadcast(void *bytes, int count) {
    return MPI_Bcast(bytes, count, MPI_BYTE, 0, MPI_COMM_WORLD);
}

static inline int usid_mpi_gather(const void *bytes, int count, void *all) {
    return MPI_Gather(bytes, count, MPI_BYTE, all, count, MPI_BYTE, 0, MPI_COMM_WORLD);
}

static inline void usid_mpi_abort(int code) { MPI_Abort(MPI_COMM_WORLD, code); }
