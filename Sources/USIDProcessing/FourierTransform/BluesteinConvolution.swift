/// The Fourier transform of a length with a large prime factor, as a convolution of a length with small factors.
///
/// jk = (j² + k² − (k − j)²)/2 turns the transform into a multiplication by a chirp exp(−πi j²/n), a convolution with the
/// conjugate chirp and a second multiplication (L. Bluestein, IEEE Trans. Audio Electroacoustics 18, 451, 1970).
struct BluesteinConvolution<Scalar: FourierScalar>: Sendable {
    let length: Int
    /// The length of the convolution: at least 2n − 1, with factors 2, 3 and 5 only.
    let paddedLength: Int
    private let chirp: [UnitRoot<Scalar>]
    /// The transform of the conjugate chirp, divided by the padded length.
    private let response: [UnitRoot<Scalar>]
    /// The one plan of the padded length; in an array because a plan may itself hold a convolution.
    private let transforms: [FourierTransform<Scalar>]

    init(length: Int) throws(FourierTransformError) {
        self.length = length
        paddedLength = Self.smoothLength(atLeast: 2 * length - 1)
        let order = 2 * length
        // j² grows by 2j + 1; taken modulo the order it cannot overflow.
        var square = 0
        var chirp: [UnitRoot<Scalar>] = []
        var precise: [UnitRoot<Double>] = []
        for j in 0..<length {
            chirp.append(UnitRoot(square, of: order))
            precise.append(UnitRoot(square, of: order))
            square = (square + 2 * j + 1) % order
        }
        self.chirp = chirp
        transforms = [try FourierTransform<Scalar>(length: paddedLength)]
        // The response is computed in double precision: its error would enter every value.
        let transform = try FourierTransform<Double>(length: paddedLength)
        var values = [ComplexLanes<Double>](repeating: .zero, count: paddedLength)
        for j in 0..<length {
            let value = ComplexLanes<Double>(
                real: .init(repeating: precise[j].cosine), imaginary: .init(repeating: -precise[j].sine))
            values[j] = value
            if j > 0 { values[paddedLength - j] = value }
        }
        var workspace = transform.makeWorkspace()
        transform.forward(&values, &workspace)
        let scale = 1 / Double(paddedLength)
        response = values.map {
            UnitRoot(cosine: Scalar($0.real[0] * scale), sine: Scalar($0.imaginary[0] * scale))
        }
    }

    /// The length with factors 2, 3 and 5 only, not below a bound, whose transform costs least.
    static func smoothLength(atLeast bound: Int) -> Int {
        var best = 1
        while best < bound { best *= 2 }
        var leastCost = FourierTransform<Scalar>.cost(of: best)
        for candidate in stride(from: bound, to: best, by: 1) {
            var rest = candidate
            for factor in [2, 3, 5] {
                while rest % factor == 0 { rest /= factor }
            }
            guard rest == 1 else { continue }
            let cost = FourierTransform<Scalar>.cost(of: candidate)
            if cost < leastCost { (best, leastCost) = (candidate, cost) }
        }
        return best
    }

    func forward(
        _ values: inout [ComplexLanes<Scalar>], _ padded: inout [ComplexLanes<Scalar>],
        _ scratch: inout [ComplexLanes<Scalar>]
    ) {
        pad(values, &padded)
        for transform in transforms {
            transform.run(&padded, &scratch)
            multiply(&padded)
            transform.run(&padded, &scratch)
        }
        unpad(padded, &values)
    }

    private func pad(_ values: [ComplexLanes<Scalar>], _ padded: inout [ComplexLanes<Scalar>]) {
        let (values, chirp) = (values.span, chirp.span)
        var padded = padded.mutableSpan
        for j in 0..<length { padded[j] = values[j].rotated(by: chirp[j]) }
        for j in length..<paddedLength { padded[j] = .zero }
    }

    private func multiply(_ padded: inout [ComplexLanes<Scalar>]) {
        let response = response.span
        var padded = padded.mutableSpan
        for k in 0..<paddedLength { padded[k] = padded[k].rotated(by: response[k]) }
    }

    /// The second transform was a forward one too, so its result is read backwards.
    private func unpad(_ padded: [ComplexLanes<Scalar>], _ values: inout [ComplexLanes<Scalar>]) {
        let (padded, chirp) = (padded.span, chirp.span)
        var values = values.mutableSpan
        values[0] = padded[0].rotated(by: chirp[0])
        for k in 1..<length { values[k] = padded[paddedLength - k].rotated(by: chirp[k]) }
    }
}

extension UnitRoot {
    init(cosine: Scalar, sine: Scalar) {
        self.cosine = cosine
        self.sine = sine
    }
}
