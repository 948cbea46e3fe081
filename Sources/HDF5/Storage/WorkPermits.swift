/// Lets some threads at a time compute, and the others wait for their turn.
///
/// A thread keeps its permit while it reads and writes, as most of that takes less time than another thread takes to start;
/// only when it takes long, as that from a slow disk does, another thread gets the permit.
package final class WorkPermits: Sendable {
    private struct State {
        var free: Int
        /// When the threads began to read or write that have a permit and do so.
        var lent: [Int: ContinuousClock.Instant] = [:]
        var lastLoan = 0

        /// The thread that reads or writes for the longest time, where it is long.
        var overdue: Int? {
            guard let oldest = lent.min(by: { $0.value < $1.value }),
                ContinuousClock.now - oldest.value >= WorkPermits.patience
            else { return nil }
            return oldest.key
        }

        /// Takes a free permit, or that of a thread that does not need it now.
        mutating func take() {
            if free > 0 {
                free -= 1
            } else if let overdue {
                lent[overdue] = nil
            }
        }
    }

    private let state: Monitored<State>
    /// How long a thread may read or write and keep its permit.
    private static let patience = Duration.milliseconds(1)

    /// Makes a number of permits, one at least.
    ///
    /// - Parameter reserved: How many of them are for threads that ask for a reserved one.
    package init(_ count: Int, reserved: Int = 0) {
        state = Monitored(State(free: max(1, count) - reserved))
    }

    /// Runs `body` with a permit, once there is one.
    ///
    /// - Parameter isReserved: Whether it is one that was reserved, for which nobody has to wait.
    package func withPermit<R>(isReserved: Bool = false, _ body: () throws -> R) rethrows -> R {
        if !isReserved { take() }
        defer { state.withLock { $0.free += 1 } }
        return try body()
    }

    /// Runs `body`, which waits for other things than a processor, on a thread that has a permit; others may get it meanwhile.
    package func lending<R>(_ body: () throws -> R) rethrows -> R {
        let loan = state.withLock(wakes: false) { state in
            state.lastLoan += 1
            state.lent[state.lastLoan] = ContinuousClock.now
            return state.lastLoan
        }
        defer {
            if state.withLock(wakes: false, { $0.lent.removeValue(forKey: loan) }) == nil { take() }
        }
        return try body()
    }

    private func take() {
        // Of two threads that see the same one that is overdue, one takes the permit before the other one looks.
        state.withLock(
            when: { $0.free > 0 || $0.overdue != nil }, lookingEvery: Self.patience, wakes: false
        ) { $0.take() }
    }
}
