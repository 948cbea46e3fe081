#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif
import Synchronization

/// Ctrl-C and the wish of the system that the process ends, so that it can clean up first.
package enum Interruption {
    private static let happened = Atomic<Bool>(false)

    /// From now on the signals are noted instead of ending the process; a second one ends it at once.
    package static func watch() {
        // Made before a signal can come, as the handler may not allocate.
        happened.store(false, ordering: .relaxed)
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.happened.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }

    /// Throws `CancellationError` once a signal came.
    package static func check() throws {
        if happened.load(ordering: .relaxed) { throw CancellationError() }
    }
}
