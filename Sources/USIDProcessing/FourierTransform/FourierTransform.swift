import RealModule

/// A plan for the discrete Fourier transform of complex signals of one length, four positions at a time.
///
/// X[k] = Σ x[j]·exp(−2πi jk/n), and the inverse with the opposite sign, divided by n (the convention of NumPy and
/// SciPy). Any length from 1 is fast: factors 8, 4, 2, 3, 5 and small primes go through self-sorting (Stockham) stages,
/// lengths with larger prime factors through Bluestein's convolution where it costs less. Make the plan once; it is immutable and may be
/// used by many threads, each with a ``Workspace`` of its own.
///
/// ```swift
/// let transform = try FourierTransform<Float>(length: 512)
/// var workspace = transform.makeWorkspace()
/// transform.forward(&samples, &workspace)    // samples: [ComplexLanes<Float>], 512 elements
/// ```
struct FourierTransform<Scalar: FourierScalar>: Sendable {
    /// One stage: the sub-transforms of length `radix`·`groups` that lie interleaved with the given stride.
    struct Stage: Sendable {
        let radix: Int
        let groups: Int
        let stride: Int
        /// Where the stage's roots begin in `roots`: radix − 1 for each group.
        let firstRoot: Int
        /// The roots of unity of the radix, where it has no butterfly of its own.
        let unitRoots: [UnitRoot<Scalar>]
    }

    /// Scratch memory of a transform; one a thread, made by ``makeWorkspace()``.
    struct Workspace: Sendable {
        fileprivate(set) var scratch: [ComplexLanes<Scalar>]
        var padded: [ComplexLanes<Scalar>]
        var paddedScratch: [ComplexLanes<Scalar>]
    }

    /// The number of samples of a signal, n.
    let length: Int
    let stages: [Stage]
    let roots: [UnitRoot<Scalar>]
    let convolution: BluesteinConvolution<Scalar>?

    /// Makes the tables for signals of a length.
    ///
    /// - Throws: `FourierTransformError.length` when the length is smaller than 1.
    init(length: Int) throws(FourierTransformError) {
        guard length >= 1 else { throw .length(length) }
        self.length = length
        var stages: [Stage] = []
        var roots: [UnitRoot<Scalar>] = []
        let radices = Self.radices(of: length)
        if Self.isConvolved(length, radices) {
            convolution = try BluesteinConvolution(length: length)
        } else {
            convolution = nil
            var rest = length
            for radix in radices {
                let groups = rest / radix
                stages.append(
                    Stage(
                        radix: radix, groups: groups, stride: length / rest, firstRoot: roots.count,
                        unitRoots: radix > 5 && radix != 8 ? (0..<radix).map { UnitRoot($0, of: radix) } : []))
                for group in 0..<groups {
                    for arm in 1..<radix { roots.append(UnitRoot(group * arm, of: rest)) }
                }
                rest = groups
            }
        }
        self.stages = stages
        self.roots = roots
    }

    /// The factors of a length in the order in which the stages take them.
    static func radices(of length: Int) -> [Int] {
        var radices: [Int] = []
        var rest = length
        while rest % 8 == 0 {
            radices.append(8)
            rest /= 8
        }
        for radix in [4, 2] where rest % radix == 0 {
            radices.append(radix)
            rest /= radix
        }
        var candidate = 3
        while rest > 1 {
            if candidate * candidate > rest { candidate = rest }
            while rest % candidate == 0 {
                radices.append(candidate)
                rest /= candidate
            }
            candidate += 2
        }
        return radices
    }

    /// Whether a convolution, which takes two transforms of more than twice the length, costs less than the stages.
    private static func isConvolved(_ length: Int, _ radices: [Int]) -> Bool {
        guard let largest = radices.max(), largest > 31 else { return false }
        let padded = BluesteinConvolution<Scalar>.smoothLength(atLeast: 2 * length - 1)
        return cost(of: length) > 2 * cost(of: padded)
    }

    /// About how long the stages of a length take, measured in units of some 0.3 ns for a position.
    static func cost(of length: Int) -> Double {
        let perSample = radices(of: length).reduce(0.0) { total, radix in
            switch radix {
            case 2: total + 1.3
            case 3: total + 2.3
            case 4: total + 2.1
            case 5: total + 3.6
            case 8: total + 3.3
            default: total + 4 + 0.6 * Double(radix)
            }
        }
        return perSample * Double(length)
    }

    /// The scratch memory that calls of this plan need.
    func makeWorkspace() -> Workspace {
        let padded = convolution?.paddedLength ?? 0
        return Workspace(
            scratch: Array(repeating: .zero, count: length), padded: Array(repeating: .zero, count: padded),
            paddedScratch: Array(repeating: .zero, count: padded))
    }

    /// Replaces signals by their spectra.
    ///
    /// `values` holds exactly ``length`` elements.
    func forward(_ values: inout [ComplexLanes<Scalar>], _ workspace: inout Workspace) {
        if let convolution {
            convolution.forward(&values, &workspace.padded, &workspace.paddedScratch)
        } else {
            run(&values, &workspace.scratch)
        }
    }

    /// Replaces spectra by their signals (divided by n, so that it undoes ``forward(_:_:)``).
    func inverse(_ values: inout [ComplexLanes<Scalar>], _ workspace: inout Workspace) {
        forward(&values, &workspace)
        // The inverse transform is the forward one with its result read backwards.
        let scale = 1 / Scalar(length)
        var span = values.mutableSpan
        span[0] = span[0].scaled(by: scale)
        var (low, high) = (1, length - 1)
        while low <= high {
            let value = span[low].scaled(by: scale)
            span[low] = span[high].scaled(by: scale)
            span[high] = value
            low += 1
            high -= 1
        }
    }

    /// The stages, from `values` to `scratch` and back; the result is in `values`.
    func run(_ values: inout [ComplexLanes<Scalar>], _ scratch: inout [ComplexLanes<Scalar>]) {
        for stage in stages {
            var output = scratch.mutableSpan
            switch stage.radix {
            case 2: radix2(stage, values.span, &output)
            case 3: radix3(stage, values.span, &output)
            case 4: radix4(stage, values.span, &output)
            case 5: radix5(stage, values.span, &output)
            case 8: radix8(stage, values.span, &output)
            default:
                var input = values.mutableSpan
                anyRadix(stage, &input, &output)
            }
            swap(&values, &scratch)
        }
    }
}

/// Why a Fourier transform cannot be planned.
enum FourierTransformError: Error, Equatable, CustomStringConvertible {
    /// The length of the signals is smaller than 1.
    case length(Int)

    var description: String {
        switch self {
        case .length(let length):
            "A Fourier transform of length \(length) does not exist; give the number of samples of a row, at least 1."
        }
    }
}
