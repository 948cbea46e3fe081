import Foundation

@testable import USIDProcessing

/// A generator of repeatable samples; `make_fourier.py` has the same one.
struct SampleGenerator {
    var state: UInt32

    /// The next sample in −1 ..< 1, exact in single precision.
    mutating func next() -> Double {
        state = state &* 1_664_525 &+ 1_013_904_223
        return (Double(state >> 20) - 2048) / 2048
    }

    mutating func next(in range: ClosedRange<Int>) -> Int {
        range.lowerBound + Int((next() + 1) / 2 * Double(range.count))
    }

    /// A sample of the normal distribution, nearly: the sum of twelve uniform ones.
    mutating func nextNormal() -> Double {
        (0..<12).reduce(0.0) { sum, _ in sum + next() } / 2
    }
}

/// The lines of a file in `Vectors`, split at spaces.
func vectorLines(_ name: String) throws -> [[String]] {
    let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Vectors")
    return try String(contentsOf: folder.appending(path: name), encoding: .utf8)
        .split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
}
