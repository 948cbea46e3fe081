/// Random numbers of one position: the same for the same seed and position, whatever else is worked out, and where.
///
/// ```swift
/// var random = PositionRandomNumbers(seed: seed, position: batch.positions.lowerBound + i)
/// let start = Double.random(in: 0..<1, using: &random)
/// ```
///
/// The seed belongs to the parameters of the process. (SplitMix64: G. Steele, D. Lea, C. Flood, 2014.)
public struct PositionRandomNumbers: RandomNumberGenerator, Sendable {
    private var state: UInt64

    /// Starts the sequence of a position.
    public init(seed: Int, position: Int) {
        state = UInt64(bitPattern: Int64(seed))
        state = next() ^ UInt64(bitPattern: Int64(position))
        state = next()
    }

    /// The next number.
    public mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ mixed >> 27) &* 0x94d0_49bb_1331_11eb
        return mixed ^ mixed >> 31
    }
}
