#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A value that one thread at a time may look at and change, and for which threads may wait until it has changed.
///
/// `@unchecked Sendable`: `value` is touched between locking and unlocking `mutex` only, which a wait holds again before it
/// looks.
package final class Monitored<Value>: @unchecked Sendable {
    private let value: UnsafeMutablePointer<Value>
    /// Lock and condition need addresses that never change, so they have memory of their own.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    package init(_ value: sending Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deinitialize(count: 1)
        changed.deallocate()
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// Gives `body` the value while no other thread has it.
    ///
    /// - Parameters:
    ///   - condition: What is waited for first; by default nothing.
    ///   - pause: After which time the condition is looked at again though nothing changed; nil for never, as most are of the
    ///     value alone.
    ///   - wakes: Whether those that wait look at the value then.
    package func withLock<Result>(
        when condition: (Value) -> Bool = { _ in true }, lookingEvery pause: Duration? = nil,
        wakes: Bool = true, _ body: (inout Value) throws -> Result
    ) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !condition(value.pointee) {
            if let pause { wait(pause) } else { pthread_cond_wait(changed, mutex) }
        }
        defer { if wakes { pthread_cond_broadcast(changed) } }
        return try body(&value.pointee)
    }

    private func wait(_ pause: Duration) {
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        let nanoseconds = Int64(end.tv_nsec) + pause.components.attoseconds / 1_000_000_000
        end.tv_sec += Int(pause.components.seconds + nanoseconds / 1_000_000_000)
        end.tv_nsec = Int(nanoseconds % 1_000_000_000)
        pthread_cond_timedwait(changed, mutex, &end)
    }
}
