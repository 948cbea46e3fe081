#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A value that one thread at a time may look at and change.
///
/// A lock of the system rather than `Synchronization.Mutex`: ThreadSanitizer does not see the latter on Linux and
/// reports every use of it as a race, which would hide the real ones.
///
/// The value lies beside the lock, outside the object: the runtime would check every access to a property of a class.
///
/// `@unchecked Sendable`: `value` is touched in `withLock` only, between locking and unlocking `mutex`.
package final class Locked<Value>: @unchecked Sendable {
    private let value: UnsafeMutablePointer<Value>
    /// The lock needs an address that never changes, so it has memory of its own.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    package init(_ value: sending Value) {
        self.value = .allocate(capacity: 1)
        self.value.initialize(to: value)
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        pthread_mutex_init(mutex, nil)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
        value.deinitialize(count: 1)
        value.deallocate()
    }

    /// Gives `body` the value while no other thread has it.
    package func withLock<Result>(_ body: (inout Value) throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value.pointee)
    }

    /// Gives `body` the value once a condition holds.
    ///
    /// - Parameter wait: Gives the lock to others for a while, and has it again when it returns, as a condition variable does.
    func withLock<Result>(
        when condition: (Value) -> Bool, waitingBy wait: (UnsafeMutablePointer<pthread_mutex_t>) -> Void,
        _ body: (inout Value) throws -> Result
    ) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        while !condition(value.pointee) { wait(mutex) }
        return try body(&value.pointee)
    }
}

/// Lets one thread at a time in, and that thread again while it is in.
///
/// `@unchecked Sendable`: nothing but the system's mutex is inside.
final class ReentrantLock: @unchecked Sendable {
    /// The lock needs an address that never changes, so it has memory of its own.
    private let mutex: UnsafeMutablePointer<pthread_mutex_t>

    init() {
        mutex = .allocate(capacity: 1)
        mutex.initialize(to: pthread_mutex_t())
        var attributes = pthread_mutexattr_t()
        pthread_mutexattr_init(&attributes)
        pthread_mutexattr_settype(&attributes, CInt(PTHREAD_MUTEX_RECURSIVE))
        pthread_mutex_init(mutex, &attributes)
        pthread_mutexattr_destroy(&attributes)
    }

    deinit {
        pthread_mutex_destroy(mutex)
        mutex.deinitialize(count: 1)
        mutex.deallocate()
    }

    /// Runs `body` while no other thread is in.
    func withLock<Result>(_ body: () throws -> Result) rethrows -> Result {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body()
    }
}
