import Testing

@testable import HDF5

@Suite struct BatchPlanTests {
    @Test("batches cover every element once, in order, and fit the budget where an element row does")
    func cover() throws {
        var generator = SeededGenerator(seed: 11)
        for _ in 0..<500 {
            let rank = Int.random(in: 0...4, using: &generator)
            let shape = (0..<rank).map { _ in Int.random(in: 0...9, using: &generator) }
            let chunks =
                Bool.random(using: &generator) ? shape.map { _ in Int.random(in: 1...5, using: &generator) } : nil
            let budget = Int.random(in: 0...4_000, using: &generator)
            let plan = try BatchPlan(
                shape: shape, elementSize: 4, chunkShape: chunks, chunkBytes: 0, threads: 2, budget: budget)
            var next = 0
            for number in 0..<plan.count {
                let ranges = plan.ranges(of: number)
                // The first element of a batch is the one behind the last of the batch before it.
                var first = 0
                var count = 1
                for (range, extent) in zip(ranges, shape) {
                    first = first * extent + range.lowerBound
                    count *= range.count
                    #expect(range.upperBound <= extent && !range.isEmpty)
                }
                #expect(first == next)
                next += count
                if let last = shape.last, count > last { #expect(2 * count * 4 <= budget) }
            }
            #expect(next == shape.reduce(1, *))
        }
    }

    @Test("batches of more rows than a chunk has start where chunks start")
    func alignment() throws {
        let plan = try BatchPlan(
            shape: [1_000, 10], elementSize: 4, chunkShape: [7, 10], chunkBytes: 0, threads: 2, budget: 2 * 40 * 30)
        #expect(plan.count == 36)
        for number in 0..<plan.count { #expect(plan.ranges(of: number)[0].lowerBound % 7 == 0) }
    }

    @Test("what decoding takes is taken off the budget")
    func scratch() throws {
        let without = try BatchPlan(
            shape: [4_096, 256], elementSize: 4, chunkShape: nil, chunkBytes: 0, threads: 2, budget: 1 << 20)
        let with = try BatchPlan(
            shape: [4_096, 256], elementSize: 4, chunkShape: nil, chunkBytes: 1 << 16, threads: 2, budget: 1 << 20)
        #expect(without.count == 8)
        #expect(with.count > without.count)
    }
}
