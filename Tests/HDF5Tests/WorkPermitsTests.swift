import Foundation
import Synchronization
import Testing

@testable import HDF5

@Suite struct WorkPermitsTests {
    /// Waits until something holds, or for too long.
    private static func wait(_ condition: () -> Bool) -> Bool {
        let start = ContinuousClock.now
        while !condition(), ContinuousClock.now - start < .seconds(20) { usleep(200) }
        return condition()
    }

    @Test func threadsShareAFixedNumberOfPermits() throws {
        let permits = WorkPermits(2)
        let counts = Locked((now: 0, most: 0))
        try WorkerThreads.run(count: 6) { _, _ in
            for _ in 0..<50 {
                permits.withPermit {
                    counts.withLock {
                        $0.now += 1
                        $0.most = max($0.most, $0.now)
                    }
                    usleep(100)
                    counts.withLock { $0.now -= 1 }
                }
            }
        }
        #expect(counts.withLock { $0.most } == 2)
    }

    @Test func aReservedPermitIsThereHoweverManyWait() throws {
        let permits = WorkPermits(2, reserved: 1)
        let others = Atomic<Int>(0)
        let isReached = Atomic<Bool>(false)
        try WorkerThreads.run(count: 4) { worker, _ in
            if worker == 0 { #expect(Self.wait { others.load(ordering: .relaxed) == 1 }) }
            permits.withPermit(isReserved: worker == 0) {
                others.wrappingAdd(1, ordering: .relaxed)
                if worker == 0 { isReached.store(true, ordering: .relaxed) }
                #expect(Self.wait { isReached.load(ordering: .relaxed) })
            }
        }
        #expect(others.load(ordering: .relaxed) == 4)
    }

    @Test func aPermitIsTakenOverWhileItsThreadWaitsForLongAndOnlyThen() throws {
        let permits = WorkPermits(1, reserved: 1)
        let hasOther = Atomic<Bool>(false)
        let computing = Locked((now: 0, most: 0))
        @Sendable func compute() {
            computing.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
            usleep(300)
            computing.withLock { $0.now -= 1 }
        }
        try WorkerThreads.run(count: 2) { worker, _ in
            permits.withPermit(isReserved: worker == 0) {
                guard worker == 0 else {
                    hasOther.store(true, ordering: .relaxed)
                    for _ in 0..<20 { compute() }
                    return
                }
                for _ in 0..<20 { compute() }
                // The other thread needs the only permit for this to end.
                #expect(permits.lending { Self.wait { hasOther.load(ordering: .relaxed) } })
                for _ in 0..<20 { compute() }
            }
        }
        #expect(computing.withLock { $0.most } == 1)
    }

    @Test func anErrorOfWhatIsDoneMeanwhileLeavesThePermitsWhole() throws {
        struct Failure: Error {}
        let permits = WorkPermits(1)
        #expect(throws: Failure.self) {
            try permits.withPermit { try permits.lending { throw Failure() } }
        }
        #expect(permits.withPermit { true })
    }
}
