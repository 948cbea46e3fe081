#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// A value that one thread at a time may look at and change, and for which threads may wait until it has changed.
///
/// `@unchecked Sendable`: a condition variable is there for several threads; it is made before and gone after all of them.
package final class Monitored<Value>: @unchecked Sendable {
    private let value: Locked<Value>
    /// The condition needs an address that never changes, so it has memory of its own.
    private let changed: UnsafeMutablePointer<pthread_cond_t>

    package init(_ value: sending Value) {
        self.value = Locked(value)
        changed = .allocate(capacity: 1)
        changed.initialize(to: pthread_cond_t())
        pthread_cond_init(changed, nil)
    }

    deinit {
        pthread_cond_destroy(changed)
        changed.deinitialize(count: 1)
        changed.deallocate()
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
        try value.withLock(when: condition, waitingBy: { wait($0, pause) }) { value in
            defer { if wakes { pthread_cond_broadcast(changed) } }
            return try body(&value)
        }
    }

    private func wait(_ mutex: UnsafeMutablePointer<pthread_mutex_t>, _ pause: Duration?) {
        guard let pause else {
            pthread_cond_wait(changed, mutex)
            return
        }
        var end = timespec()
        clock_gettime(CLOCK_REALTIME, &end)
        let nanoseconds = Int64(end.tv_nsec) + pause.components.attoseconds / 1_000_000_000
        end.tv_sec += Int(pause.components.seconds + nanoseconds / 1_000_000_000)
        end.tv_nsec = Int(nanoseconds % 1_000_000_000)
        pthread_cond_timedwait(changed, mutex, &end)
    }
}
