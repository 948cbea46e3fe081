import Foundation
import Testing

@testable import HDF5

@Suite("Worker threads")
struct WorkerThreadsTests {
    @Test("threads that were started elsewhere may run wherever the one that started them may")
    func freedThreads() throws {
        let allowed = SystemInformation.allowedProcessorCount
        let free = Locked<Int>(0)
        for _ in 0..<20 {
            try WorkerThreads.run(count: 6) { _, _ in
                // A thread may run before the one that moved it away lets it go.
                let limit = ContinuousClock.now + .seconds(20)
                while SystemInformation.allowedProcessorCount != allowed, ContinuousClock.now < limit {
                    Thread.sleep(forTimeInterval: 0.0001)
                }
                if SystemInformation.allowedProcessorCount == allowed { free.withLock { $0 += 1 } }
            }
        }
        #expect(free.withLock { $0 } == 120)
        #expect(SystemInformation.allowedProcessorCount == allowed)
    }

    @Test("as many threads are taken as processors that the program may use")
    func processors() {
        #expect(SystemInformation.processorCount >= 1)
        #expect(SystemInformation.processorCount <= ProcessInfo.processInfo.processorCount)
        #expect(H5Limits.standard.threadCount == SystemInformation.processorCount)
    }
}
