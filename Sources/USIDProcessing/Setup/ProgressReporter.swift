import HDF5
import USID

/// Tells a caller how far a run is, some times a second.
final class ProgressReporter: Sendable {
    private struct State {
        var completed = 0
        var resumed = 0
        var path: String?
        var last: ContinuousClock.Instant?
    }

    private let total: Int
    private let interval: Duration
    private let start = ContinuousClock.now
    private let progress: @Sendable (ProcessProgress) throws -> Void
    private let state = Locked(State())
    /// The positions that were told of last.
    private let delivered = Locked(0)

    init(total: Int, interval: Duration, _ progress: @escaping @Sendable (ProcessProgress) throws -> Void) {
        self.total = total
        self.interval = interval
        self.progress = progress
    }

    /// Starts the counting.
    func begin(path: String, completed: Int) throws {
        state.withLock {
            $0.path = path
            $0.completed = completed
            $0.resumed = completed
            $0.last = nil
        }
        try advance(by: 0)
    }

    /// Counts positions that are done.
    func advance(by count: Int) throws {
        let now = ContinuousClock.now
        let due = state.withLock { state -> State? in
            state.completed += count
            if let last = state.last, now - last < interval, state.completed < total { return nil }
            state.last = now
            return state
        }
        guard let due else { return }
        // One at a time, and never back, whichever thread comes first.
        try delivered.withLock { delivered in
            guard due.completed >= delivered else { return }
            delivered = due.completed
            try progress(report(.computing, due))
        }
    }

    /// Tells that the source of an earlier run is looked at.
    func verify() throws {
        let now = ContinuousClock.now
        let due = state.withLock { state -> State? in
            if let last = state.last, now - last < interval { return nil }
            state.last = now
            return state
        }
        if let due { try delivered.withLock { _ in try progress(report(.verifying, due)) } }
    }

    /// Tells that all results are there.
    func finish(_ results: ProcessResults) throws {
        let state = state.withLock { state in
            if results.origin == .found { (state.resumed, state.completed) = (total, total) }
            state.path = results.path
            return state
        }
        try progress(report(.finished, state, results))
    }

    private func report(
        _ phase: ProcessProgress.Phase, _ state: State, _ results: ProcessResults? = nil
    ) -> ProcessProgress {
        ProcessProgress(
            phase: phase, completed: state.completed, total: total, resumed: state.resumed,
            elapsed: ContinuousClock.now - start, path: state.path, results: results)
    }
}
