// Which processors a thread may run on. Linux can tell and change it, by calls that its headers show to GNU C only; Swift's do
// not, so they are named here. On other systems the answers are "unknown" and "nothing done".
#include <pthread.h>

#if defined(__linux__) && !defined(__ANDROID__)
#include <stddef.h>

extern int usid_sched_getcpu(void) __asm__("sched_getcpu");
extern int usid_sched_getaffinity(int process, size_t size, void *mask) __asm__("sched_getaffinity");
extern int usid_pthread_setaffinity(pthread_t thread, size_t size, const void *mask) __asm__("pthread_setaffinity_np");

// One bit per processor in words of the machine, as the kernel takes it; it knows at most 8,192.
typedef struct {
    unsigned long words[8192 / (8 * sizeof(unsigned long))];
} usid_processors;
#endif

// The number of processors that a thread may run on, the calling one for 0; the thread that a program starts with has the number
// of its process. 0 where that is unknown.
static inline int usid_processor_count(int thread) {
    int count = 0;
#if defined(__linux__) && !defined(__ANDROID__)
    usid_processors allowed = {{0}};
    if (usid_sched_getaffinity(thread, sizeof allowed, &allowed) != 0) return 0;
    for (size_t word = 0; word < sizeof allowed.words / sizeof allowed.words[0]; ++word)
        count += __builtin_popcountl(allowed.words[word]);
#else
    (void)thread;
#endif
    return count;
}

// Moves a thread that was just started away from the processor of the calling one, then lets it run wherever that one may.
//
// A new thread may be put behind its creator, on the same processor, until the kernel next looks for idle ones: after some
// 4 ms, in which the work could have been over. Of a thread that is over already both calls may reach the calling one instead,
// which the second leaves as it was.
static inline void usid_start_elsewhere(pthread_t thread) {
#if defined(__linux__) && !defined(__ANDROID__)
    usid_processors allowed = {{0}};
    const size_t bits = 8 * sizeof(unsigned long);
    const int here = usid_sched_getcpu();
    if (here < 0 || (size_t)here >= 8 * sizeof allowed) return;
    if (usid_sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
    usid_processors elsewhere = allowed;
    elsewhere.words[here / bits] &= ~(1UL << (here % bits));
    // Refused where no processor is left; then the thread stays where it is.
    if (usid_pthread_setaffinity(thread, sizeof elsewhere, &elsewhere) != 0) return;
    usid_pthread_setaffinity(thread, sizeof allowed, &allowed);
#else
    (void)thread;
#endif
}
