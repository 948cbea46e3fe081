#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// Lets some threads at a time do a kind of work, and the others wait for their turn.
///
/// `@unchecked Sendable`: `free` is touched between locking and unlocking `mutex` only.
package final class WorkPermits: @unchecked Sendable {
    private var free: Int
    /// Lock and condition need addresses that never change, so they have memory of their own.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let returned: UnsafeMutablePointer<pthread_cond_t>

    /// Makes a number of permits, one at least.
    package init(_ count: Int) {
        free = max(1, count)
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        returned = .allocate(capacity: 1)
        returned.initialize(to: pthread_cond_t())
        pthread_cond_init(returned, nil)
    }

    deinit {
        pthread_cond_destroy(returned)
        returned.deinitialize(count: 1)
        returned.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` with a permit, once there is one.
    package func withPermit<R>(_ body: () throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        while free == 0 { pthread_cond_wait(returned, mutex) }
        free -= 1
        pthread_mutex_unlock(mutex)
        defer {
            pthread_mutex_lock(mutex)
            free += 1
            pthread_cond_signal(returned)
            pthread_mutex_unlock(mutex)
        }
        return try body()
    }
}
