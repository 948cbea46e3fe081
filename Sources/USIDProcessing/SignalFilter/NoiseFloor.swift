import RealModule

/// The amplitude in a spectrum that noise alone exceeds with a given probability, found for each row by itself.
///
/// The amplitudes of the spectrum of Gaussian noise follow Rayleigh's distribution, of scale σ they exceed
/// σ·√(−2·ln p) with the probability p. The scale is estimated as √(Σ|X|²/2n) over all n bins of the full spectrum (a
/// half spectrum counts its inner bins twice), at first with the signal in it; amplitudes above the threshold are then
/// taken for signal and left out (the divisor stays 2n), and so on until the scale changes little or 49 rounds are over.
/// The floor is the last threshold.
///
/// This is Pycroscopy's `get_noise_floor` (0.60, after M. B. Okatan), except that the end is a relative change of 1 %
/// where Pycroscopy ends at a change of 0.01 in the units of the spectrum, so that its floors depend on the unit of the
/// signal. ``Change/absolute(_:)`` repeats those.
struct NoiseFloor: Sendable, Equatable {
    /// A change of the estimated scale between two rounds.
    enum Change: Sendable, Equatable {
        /// A fraction of the scale of the round before.
        case relative(Double)
        /// In the units of the spectrum.
        case absolute(Double)
    }

    /// The most rounds of the search.
    static let maximumRounds = 49

    /// The probability p that an amplitude of noise lies above the floor, between 0 and 1.
    ///
    /// Smaller values remove more. Above about 0.01 each round takes noise for signal until the floor is zero.
    let tolerance: Double
    /// The search ends when the scale changes by no more than this.
    let change: Change

    /// - Throws: `FrequencyFilterError` when the tolerance is not between 0 and 1 or the change is not positive.
    init(tolerance: Double, change: Change = .relative(0.01)) throws(FrequencyFilterError) {
        guard tolerance > 0, tolerance < 1 else { throw .noiseTolerance(tolerance) }
        switch change {
        case .relative(let value), .absolute(let value):
            guard value > 0, value.isFinite else { throw .noiseChange(value) }
        }
        self.tolerance = tolerance
        self.change = change
    }

    /// The floors of four rows, and their spectra's units.
    struct Lanes<Scalar: FourierScalar>: BitwiseCopyable, Sendable {
        /// The largest real or imaginary part of the spectrum of each row: squares are taken in this unit, so that they
        /// neither overflow nor vanish.
        var unit: Scalar.Lanes
        /// One over the unit; zero where the spectrum is zero.
        var inverseUnit: Scalar.Lanes
        /// The square of the floor, in squared units.
        var squaredFloor: Scalar.Lanes

        /// The floor of a row, in the units of the spectrum.
        func floor(_ lane: Int) -> Scalar {
            Scalar.lane(lane, of: squaredFloor).squareRoot() * Scalar.lane(lane, of: unit)
        }

        /// A value of the spectrum, or zero in the lanes where it lies below the floor.
        @inline(__always)
        func clear(_ value: ComplexLanes<Scalar>) -> ComplexLanes<Scalar> {
            let squared = value.scaled(byLanes: inverseUnit).squaredLength
            return ComplexLanes(
                real: Scalar.clear(value.real, where: squared, isBelow: squaredFloor),
                imaginary: Scalar.clear(value.imaginary, where: squared, isBelow: squaredFloor))
        }
    }
}

extension NoiseFloor.Lanes {
    /// Finds the floors of four half spectra.
    ///
    /// - Parameters:
    ///   - noiseFloor: What to look for.
    ///   - spectrum: The bins 0 ... n/2.
    ///   - length: The number n of samples.
    ///   - powers: Scratch memory, as many elements as there are bins.
    init(
        _ noiseFloor: NoiseFloor, of spectrum: [ComplexLanes<Scalar>], length: Int, _ powers: inout [Scalar.Lanes]
    ) {
        var unit = Scalar.splat(0)
        for value in spectrum {
            unit = Scalar.maximum(unit, Scalar.maximum(Scalar.magnitude(value.real), Scalar.magnitude(value.imaginary)))
        }
        let inverse = Scalar.reciprocalOrZero(unit)
        var powersSpan = powers.mutableSpan
        for bin in spectrum.indices { powersSpan[bin] = spectrum[bin].scaled(byLanes: inverse).squaredLength }
        let count = Scalar(length)
        let factor = Scalar(-Double.log(noiseFloor.tolerance))
        var energy = Self.sum(powers, length: length, above: Scalar.splat(.infinity))
        var active = Scalar.splat(1)
        var round = 0
        while round < NoiseFloor.maximumRounds {
            let threshold = Scalar.product(energy, Scalar.splat(factor / count))
            let next = Self.sum(powers, length: length, above: threshold)
            var isAnyActive = false
            for lane in 0..<4 where Scalar.lane(lane, of: active) > 0 {
                let old = (Scalar.lane(lane, of: energy) / (2 * count)).squareRoot()
                let new = (Scalar.lane(lane, of: next) / (2 * count)).squareRoot()
                Scalar.setLane(lane, of: &energy, to: Scalar.lane(lane, of: next))
                let limit: Scalar =
                    switch noiseFloor.change {
                    case .relative(let value): Scalar(value) * old
                    case .absolute(let value): Scalar(value) * Scalar.lane(lane, of: inverse)
                    }
                if old - new > limit {
                    isAnyActive = true
                } else {
                    Scalar.setLane(lane, of: &active, to: 0)
                }
            }
            guard isAnyActive else { break }
            round += 1
        }
        self.unit = unit
        inverseUnit = inverse
        squaredFloor = Scalar.product(energy, Scalar.splat(factor / count))
    }

    /// The sum over the full spectrum of the powers that are not above a threshold.
    private static func sum(
        _ powers: [Scalar.Lanes], length: Int, above threshold: Scalar.Lanes
    ) -> Scalar.Lanes {
        let powers = powers.span
        let first = Scalar.clear(powers[0], above: threshold)
        guard powers.count > 1 else { return first }
        var total = Scalar.splat(0)
        for bin in 1..<powers.count { total = Scalar.sum(total, Scalar.clear(powers[bin], above: threshold)) }
        total = Scalar.sum(total, total)
        if length % 2 == 0 {
            total = Scalar.difference(total, Scalar.clear(powers[powers.count - 1], above: threshold))
        }
        return Scalar.sum(first, total)
    }
}
