import CProcessors

#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif
import Synchronization

/// Runs a piece of work on several threads at once and waits for all of them.
///
/// Threads live as long as the call: starting one costs some 20 µs, which work worth sharing outweighs, and
/// there is no pool to size, to share or to shut down.
package enum WorkerThreads {
    /// Calls `body` once per worker, the first on the calling thread, and throws the first error.
    ///
    /// `body` gets `isCancelled`, which turns true when another worker failed.
    package static func run(
        count: Int, _ body: @escaping @Sendable (_ worker: Int, _ control: Control) throws -> Void
    ) throws {
        let control = Control()
        guard count > 1 else {
            try body(0, control)
            return
        }
        var threads: [pthread_t] = []
        threads.reserveCapacity(count - 1)
        for worker in 1..<count {
            let job = Unmanaged.passRetained(Job { control.perform { try body(worker, control) } })
            if let thread = start(job) {
                usid_start_elsewhere(thread)
                threads.append(thread)
            } else {
                // Out of threads: the others take its share, since work is claimed piece by piece.
                job.release()
                break
            }
        }
        control.perform { try body(0, control) }
        for thread in threads { pthread_join(thread, nil) }
        if let error = control.firstError { throw error }
    }

    /// Runs `body` on a thread of its own and waits for it without blocking the caller's.
    package static func onThread<R: Sendable>(_ body: @escaping @Sendable () throws -> R) async throws -> R {
        try await withCheckedThrowingContinuation { continuation in
            let job = Unmanaged.passRetained(Job { continuation.resume(with: Result { try body() }) })
            if let thread = start(job) {
                pthread_detach(thread)
            } else {
                // Out of threads: done here, slower but right.
                job.takeRetainedValue().body()
            }
        }
    }

    /// What the workers of one call share.
    package final class Control: Sendable {
        private let failed = Atomic<Bool>(false)
        private let next = Atomic<Int>(0)
        private let error = Locked<(any Error)?>(nil)

        /// Whether a worker failed, so that the others should stop.
        package var isCancelled: Bool { failed.load(ordering: .relaxed) }

        /// Claims the next `count` pieces of work; the number of the first.
        package func claim(_ count: Int = 1) -> Int { next.wrappingAdd(count, ordering: .relaxed).oldValue }

        var firstError: (any Error)? { error.withLock { $0 } }

        fileprivate func perform(_ body: () throws -> Void) {
            do {
                try body()
            } catch let caught {
                error.withLock { if $0 == nil { $0 = caught } }
                failed.store(true, ordering: .relaxed)
            }
        }
    }

    private final class Job: Sendable {
        let body: @Sendable () -> Void
        init(_ body: @escaping @Sendable () -> Void) { self.body = body }
    }

    // The pointer carries one retained `Job` to the new thread, which takes the reference over.
    private static func start(_ job: Unmanaged<Job>) -> pthread_t? {
        #if canImport(Darwin)
        var thread: pthread_t?
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body()
                return nil
            }, job.toOpaque())
        return result == 0 ? thread : nil
        #else
        var thread = pthread_t()
        let result = pthread_create(
            &thread, nil,
            { argument in
                if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().body() }
                return nil
            }, job.toOpaque())
        return result == 0 ? thread : nil
        #endif
    }
}
