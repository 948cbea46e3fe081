/// Which positions of a run are complete.
enum CompletedPositions {
    /// The stretches of blocks that are not complete, in order: a block of which a position is missing is done again.
    static func pending(_ completed: [Bool], blockRows rows: Int) -> [Range<Int>] {
        var stretches: [Range<Int>] = []
        var start = 0
        while start < completed.count {
            let end = min(start + rows, completed.count)
            if !completed[start..<end].allSatisfy({ $0 }) {
                if let last = stretches.last, last.upperBound == start {
                    stretches[stretches.count - 1] = last.lowerBound..<end
                } else {
                    stretches.append(start..<end)
                }
            }
            start = end
        }
        return stretches
    }

    /// One of several shares of stretches of blocks, which differ by one block at most and lie in order.
    static func share(of stretches: [Range<Int>], blockRows rows: Int, number: Int, of count: Int) -> [Range<Int>] {
        func blocks(_ stretch: Range<Int>) -> Int { (stretch.count + rows - 1) / rows }
        let total = stretches.reduce(0) { $0 + blocks($1) }
        let (size, rest) = total.quotientAndRemainder(dividingBy: max(1, count))
        let first = number * size + min(number, rest)
        let last = first + size + (number < rest ? 1 : 0)
        var share: [Range<Int>] = []
        var passed = 0
        for stretch in stretches {
            let own = max(first, passed)..<max(first, passed, min(last, passed + blocks(stretch)))
            if !own.isEmpty {
                let start = stretch.lowerBound + (own.lowerBound - passed) * rows
                share.append(start..<min(stretch.upperBound, stretch.lowerBound + (own.upperBound - passed) * rows))
            }
            passed += blocks(stretch)
        }
        return share
    }

    /// Stretches in order, neighbours joined.
    static func joined(_ stretches: [Range<Int>]) -> [Range<Int>] {
        var joined: [Range<Int>] = []
        for stretch in stretches.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = joined.last, last.upperBound == stretch.lowerBound {
                joined[joined.count - 1] = last.lowerBound..<stretch.upperBound
            } else {
                joined.append(stretch)
            }
        }
        return joined
    }
}
