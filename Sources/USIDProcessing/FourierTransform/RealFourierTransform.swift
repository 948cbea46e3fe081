import RealModule

/// A plan for the Fourier transform of real rows of one length to half spectra and back, four rows at a time.
///
/// The half spectrum of n samples has n/2 + 1 bins (rounded down), as of `numpy.fft.rfft`; the inverse divides by n, as
/// `numpy.fft.irfft`. Make the plan once, it may be shared by threads; each thread has a ``Workspace`` of its own, and no
/// call allocates. What comes out for a row depends on that row alone, bit for bit.
///
/// ```swift
/// let transform = try RealFourierTransform<Float>(length: 512)
/// var workspace = transform.makeWorkspace()
/// for row in stride(from: 0, to: rowCount, by: 4) {
///     transform.load(rows, from: row, into: &workspace)
///     transform.forward(&workspace)                       // workspace.spectrum
///     transform.inverse(&workspace)
///     transform.store(&workspace, to: row, of: &results)
/// }
/// ```
struct RealFourierTransform<Scalar: FourierScalar>: Sendable {
    typealias Value = ComplexLanes<Scalar>

    /// The buffers of one thread.
    struct Workspace: Sendable {
        /// The rows that are being transformed.
        ///
        /// For an even length element k holds samples 2k (real part) and 2k + 1 (imaginary part), for an odd length
        /// sample k alone.
        fileprivate(set) var samples: [Value]
        /// The half spectrum: the bins 0 … n/2.
        var spectrum: [Value]
        fileprivate var complex: FourierTransform<Scalar>.Workspace
    }

    /// The number of samples of a row, n.
    let length: Int
    private let complex: FourierTransform<Scalar>
    /// exp(−2πi k/n) for the bins that are split, k ≤ n/4.
    private let roots: [UnitRoot<Scalar>]

    /// The number of bins of a half spectrum, n/2 + 1.
    var binCount: Int { length / 2 + 1 }

    /// Makes the tables for rows of a length.
    ///
    /// - Throws: `FourierTransformError.length` when the length is smaller than 1.
    init(length: Int) throws(FourierTransformError) {
        self.length = length
        let isEven = length % 2 == 0 && length > 0
        complex = try FourierTransform(length: isEven ? length / 2 : length)
        roots = isEven ? (0...length / 4).map { UnitRoot($0, of: length) } : []
    }

    /// The buffers that calls of this plan need.
    func makeWorkspace() -> Workspace {
        Workspace(
            samples: Array(repeating: .zero, count: complex.length),
            spectrum: Array(repeating: .zero, count: binCount), complex: complex.makeWorkspace())
    }

    /// Transforms the loaded rows; the half spectra are in `workspace.spectrum`, the samples are lost.
    func forward(_ workspace: inout Workspace) {
        complex.forward(&workspace.samples, &workspace.complex)
        if length % 2 == 0 {
            split(workspace.samples, &workspace.spectrum)
        } else {
            takeHalf(workspace.samples, &workspace.spectrum)
        }
    }

    /// Transforms the half spectra of `workspace.spectrum` back to rows, ready for ``store(_:to:of:)``.
    ///
    /// The imaginary parts of bin 0, and for an even length of bin n/2, are taken as zero.
    func inverse(_ workspace: inout Workspace) {
        if length % 2 == 0 {
            merge(workspace.spectrum, &workspace.samples)
        } else {
            addOtherHalf(workspace.spectrum, &workspace.samples)
        }
        complex.forward(&workspace.samples, &workspace.complex)
    }

    private func takeHalf(_ samples: [Value], _ spectrum: inout [Value]) {
        var spectrum = spectrum.mutableSpan
        for k in 0..<binCount { spectrum[k] = samples[k] }
    }

    /// The conjugate of the whole spectrum: its forward transform is the conjugate of the inverse, and rows are real.
    private func addOtherHalf(_ spectrum: [Value], _ samples: inout [Value]) {
        var samples = samples.mutableSpan
        let scale = 1 / Scalar(length)
        samples[0] = Value(real: spectrum[0].real, imaginary: Scalar.splat(0)).scaled(by: scale)
        for k in 1..<binCount {
            let value = spectrum[k].scaled(by: scale)
            samples[k] = value.conjugate
            samples[length - k] = value
        }
    }

    /// Even and odd samples are transformed as real and imaginary parts; their spectra are told apart by symmetry.
    private func split(_ samples: [Value], _ spectrum: inout [Value]) {
        let samples = samples.span
        var spectrum = spectrum.mutableSpan
        let half = length / 2
        let zero = Scalar.splat(0)
        let first = samples[0]
        spectrum[0] = Value(real: Scalar.sum(first.real, first.imaginary), imaginary: zero)
        spectrum[half] = Value(real: Scalar.difference(first.real, first.imaginary), imaginary: zero)
        guard half > 1 else { return }
        for k in 1...half / 2 {
            let (a, b) = (samples[k].scaled(by: 0.5), samples[half - k].conjugate.scaled(by: 0.5))
            let (even, odd) = (a + b, (a - b).rotated(by: roots[k]))
            spectrum[k] = even.minusI(odd)
            spectrum[half - k] = even.plusI(odd).conjugate
        }
    }

    /// The reverse of ``split``, with the order of the result reversed, so that a forward transform inverts it.
    private func merge(_ spectrum: [Value], _ samples: inout [Value]) {
        let spectrum = spectrum.span
        var samples = samples.mutableSpan
        let half = length / 2
        let scale = 1 / Scalar(length)
        let (low, high) = (spectrum[0].real, spectrum[half].real)
        samples[0] = Value(real: Scalar.sum(low, high), imaginary: Scalar.difference(low, high)).scaled(by: scale)
        guard half > 1 else { return }
        for k in 1...half / 2 {
            let (a, b) = (spectrum[k].scaled(by: scale), spectrum[half - k].conjugate.scaled(by: scale))
            let root = UnitRoot(cosine: roots[k].cosine, sine: -roots[k].sine)
            let (even, odd) = (a + b, (a - b).rotated(by: root))
            samples[half - k] = even.plusI(odd)
            samples[k] = even.minusI(odd).conjugate
        }
    }
}

// MARK: Rows

extension RealFourierTransform {
    /// Loads the four rows that begin at a row into the workspace; rows past the end count as zero.
    ///
    /// - Parameters:
    ///   - rows: Row-major samples, ``length`` a row.
    ///   - row: The first of the four rows.
    func load(_ rows: Span<Scalar>, from row: Int, into workspace: inout Workspace) {
        var samples = workspace.samples.mutableSpan
        let available = min(4, rows.count / length - row)
        var column = 0
        if available == 4, length % 2 == 0 {
            let row0 = rows.extracting(row * length..<(row + 1) * length)
            let row1 = rows.extracting((row + 1) * length..<(row + 2) * length)
            let row2 = rows.extracting((row + 2) * length..<(row + 3) * length)
            let row3 = rows.extracting((row + 3) * length..<(row + 4) * length)
            while column + 4 <= length {
                let (a, b, c, d) = Scalar.transpose(
                    quad(row0, column), quad(row1, column), quad(row2, column), quad(row3, column))
                samples[column / 2] = Value(real: a, imaginary: b)
                samples[column / 2 + 1] = Value(real: c, imaginary: d)
                column += 4
            }
        }
        func sample(_ lane: Int, _ column: Int) -> Scalar {
            lane < available ? rows[(row + lane) * length + column] : 0
        }
        func samplesOfColumn(_ column: Int) -> Scalar.Lanes {
            Scalar.lanes(sample(0, column), sample(1, column), sample(2, column), sample(3, column))
        }
        if length % 2 == 0 {
            while column < length {
                samples[column / 2] = Value(real: samplesOfColumn(column), imaginary: samplesOfColumn(column + 1))
                column += 2
            }
        } else {
            for column in 0..<length {
                samples[column] = Value(real: samplesOfColumn(column), imaginary: Scalar.splat(0))
            }
        }
    }

    /// Stores the rows of the workspace; rows past the end of the results are dropped.
    ///
    /// - Parameters:
    ///   - row: The row of the results that receives the first of the four rows.
    ///   - results: Row-major samples, ``length`` a row.
    func store(_ workspace: borrowing Workspace, to row: Int, of results: inout MutableSpan<Scalar>) {
        let samples = workspace.samples.span
        let available = min(4, results.count / length - row)
        var column = 0
        if available == 4, length % 2 == 0 {
            var (offset0, offset1) = (row * length, (row + 1) * length)
            var (offset2, offset3) = ((row + 2) * length, (row + 3) * length)
            while column + 4 <= length {
                let (low, high) = (samples[column / 2], samples[column / 2 + 1])
                let (a, b, c, d) = Scalar.transpose(low.real, low.imaginary, high.real, high.imaginary)
                put(a, &results, offset0)
                put(b, &results, offset1)
                put(c, &results, offset2)
                put(d, &results, offset3)
                column += 4
                offset0 += 4
                offset1 += 4
                offset2 += 4
                offset3 += 4
            }
        }
        while column < length {
            let value = length % 2 == 0 ? samples[column / 2] : samples[column]
            let lanes = length % 2 == 0 && column % 2 == 1 ? value.imaginary : value.real
            for lane in 0..<max(0, available) {
                results[(row + lane) * length + column] = Scalar.lane(lane, of: lanes)
            }
            column += 1
        }
    }

    /// Four neighbouring samples: one range check, so that they become one load.
    @inline(__always)
    private func quad(_ row: Span<Scalar>, _ column: Int) -> Scalar.Lanes {
        let part = row.extracting(column..<column + 4)
        return Scalar.lanes(part[0], part[1], part[2], part[3])
    }

    @inline(__always)
    private func put(_ lanes: Scalar.Lanes, _ results: inout MutableSpan<Scalar>, _ offset: Int) {
        results[offset] = Scalar.lane(0, of: lanes)
        results[offset + 1] = Scalar.lane(1, of: lanes)
        results[offset + 2] = Scalar.lane(2, of: lanes)
        results[offset + 3] = Scalar.lane(3, of: lanes)
    }
}
