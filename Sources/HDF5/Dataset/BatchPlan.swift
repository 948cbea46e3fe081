import HDF5Format

/// How a dataset is cut into batches that fit a memory budget: whole inner axes, a stretch of one axis, outer axes one by one.
struct BatchPlan: Sendable {
    private let shape: [Int]
    /// The axis that is cut into stretches.
    private let axis: Int
    /// The length of a stretch, in elements of that axis.
    private let step: Int
    private let stepsPerAxis: Int
    /// The number of batches.
    let count: Int

    /// - Parameters:
    ///   - shape: The extent of the dataset.
    ///   - elementSize: The bytes of an element in memory.
    ///   - chunkShape: The shape of the chunks; stretches start where chunks start, so that none is decoded twice.
    ///   - chunkBytes: What decoding one chunk takes beside the result, for each thread.
    ///   - threads: The number of threads.
    ///   - budget: The bytes that two batches (one in use, one that is being read) and the decoding may take.
    init(shape: [Int], elementSize: Int, chunkShape: [Int]?, chunkBytes: Int, threads: Int, budget: Int) throws {
        self.shape = shape
        let total = try checkedProduct(shape + [elementSize], "the size of the dataset")
        guard total > 0, !shape.isEmpty else {
            (axis, step, stepsPerAxis) = (0, 0, 0)
            count = total > 0 ? 1 : 0
            return
        }
        let scratch = chunkBytes.multipliedReportingOverflow(by: 2 * threads)
        let room = scratch.overflow ? 0 : max(0, budget - scratch.partialValue) / 2
        var cut = 0
        var inner = total / shape[0]
        while inner > room, cut + 1 < shape.count {
            cut += 1
            inner /= shape[cut]
        }
        var length = min(shape[cut], max(1, room / max(1, inner)))
        if let chunkShape, cut < chunkShape.count, length < shape[cut], length > chunkShape[cut] {
            length = length / chunkShape[cut] * chunkShape[cut]
        }
        axis = cut
        step = length
        stepsPerAxis = (shape[cut] - 1) / length + 1
        count = try checkedProduct(shape[..<cut] + [stepsPerAxis], "the number of batches")
    }

    /// What a batch takes of each axis.
    func ranges(of number: Int) -> [Range<Int>] {
        guard !shape.isEmpty else { return [] }
        var ranges = shape.map { 0..<$0 }
        let start = number % stepsPerAxis * step
        // The axis ends where it ends; comparing what is left cannot overflow.
        ranges[axis] = start..<(shape[axis] - start < step ? shape[axis] : start + step)
        var rest = number / stepsPerAxis
        for outer in (0..<axis).reversed() {
            let index = rest % shape[outer]
            ranges[outer] = index..<(index + 1)
            rest /= shape[outer]
        }
        return ranges
    }
}
