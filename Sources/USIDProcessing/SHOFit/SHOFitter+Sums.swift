import ComplexModule
import RealModule

/// Two neighbouring points of a spectrum.
struct SHOPoints: BitwiseCopyable, Sendable {
    var real: SIMD2<Double>
    var imaginary: SIMD2<Double>
}

/// Two neighbouring frequencies, in units of the largest one, and their squares.
struct SHOFrequencies: BitwiseCopyable, Sendable {
    var frequency: SIMD2<Double>
    var square: SIMD2<Double>
}

/// Sums over a spectrum alone.
struct SHOMoments {
    /// Σ|H|².
    var squares: Double
    /// ΣH.
    var sum: Complex<Double>

    /// SStot: the sum of squares about the mean.
    func variation(count: Int) -> Double {
        max(0, squares - (sum.real * sum.real + sum.imaginary * sum.imaginary) / Double(count))
    }
}

/// Where the iteration is, or the step that it takes: the width B and the squared frequency C, in units of the fitter.
struct SHOPoint {
    var width: Double
    var square: Double

    func moved(by step: SHOPoint) -> SHOPoint { SHOPoint(width: width + step.width, square: square + step.square) }

    /// The size of a step: the relative change of the width or, if larger, the change of the frequency over the width.
    func size(at point: SHOPoint) -> Double {
        max(abs(width / point.width), abs(square / (point.width * point.square.squareRoot())))
    }
}

/// The parameters in the form in which they are fitted.
struct SHOOptimum {
    var point: SHOPoint
    var numerator: Complex<Double>
}

/// The sums over a spectrum at one width B and squared frequency C, with G = 1/(w² − i·w·B − C) and d = |G|².
struct SHOSums {
    var point: SHOPoint
    /// Σ d.
    var powers: Double
    /// Σ d².
    var squaredPowers: Double
    /// Σ d²·(w² − C).
    var offsets: Double
    /// Σ w·d².
    var frequencies: Double
    /// Σ w·d²·(w² − C).
    var frequencyOffsets: Double
    /// Σ Ḡ·H.
    var projection: Complex<Double>
    /// Σ Ḡ²·H.
    var squareProjection: Complex<Double>
    /// Σ w·Ḡ²·H.
    var widthProjection: Complex<Double>

    /// N at the least sum of squares for this B and C.
    var numerator: Complex<Double> { Complex(projection.real / powers, projection.imaginary / powers) }

    /// Whether an iteration can go on from here.
    var isUsable: Bool {
        point.square > 0 && powers.isFinite && powers > 0 && projection.isFinite && squareProjection.isFinite
            && widthProjection.isFinite && squaredPowers.isFinite
    }

    /// SSres for this B and C.
    func residual(_ moments: SHOMoments) -> Double {
        let explained = projection.real * projection.real + projection.imaginary * projection.imaginary
        return max(0, moments.squares - explained / powers)
    }

    /// Σ w²·d².
    var squaredFrequencies: Double { offsets + point.square * squaredPowers }
    /// Σ d·G, the part of the derivative by C that a change of N can make good (over N).
    private var squareOverlap: Complex<Double> { Complex(offsets, point.width * frequencies) }
    /// Σ w·d·G, likewise for B (over i·N).
    private var widthOverlap: Complex<Double> { Complex(frequencyOffsets, point.width * squaredFrequencies) }

    /// The Levenberg–Marquardt step from here.
    ///
    /// ∂/∂C of the model is N·G², ∂/∂B is i·w·N·G²; from both the part along G is taken away, because N follows.
    func step(damping: Double) -> SHOPoint {
        let (n, a, b) = (numerator, squareOverlap, widthOverlap)
        let squareSquare = squaredPowers - (a.real * a.real + a.imaginary * a.imaginary) / powers
        let widthWidth = squaredFrequencies - (b.real * b.real + b.imaginary * b.imaginary) / powers
        let widthSquare = -(b.real * a.imaginary - b.imaginary * a.real) / powers
        let size = n.real * n.real + n.imaginary * n.imaginary
        // Gradients over |N|²: Re(p/N) and Im(p/N) of the projections of the residual.
        let p = Complex(
            squareProjection.real - (n.real * a.real + n.imaginary * a.imaginary),
            squareProjection.imaginary - (n.imaginary * a.real - n.real * a.imaginary))
        let q = Complex(
            widthProjection.real - (n.real * b.real + n.imaginary * b.imaginary),
            widthProjection.imaginary - (n.imaginary * b.real - n.real * b.imaginary))
        let squareGradient = (n.real * p.real + n.imaginary * p.imaginary) / size
        let widthGradient = (n.real * q.imaginary - n.imaginary * q.real) / size
        let (m11, m22) = (widthWidth * (1 + damping), squareSquare * (1 + damping))
        let determinant = m11 * m22 - widthSquare * widthSquare
        return SHOPoint(
            width: (m22 * widthGradient - widthSquare * squareGradient) / determinant,
            square: (m11 * squareGradient - widthSquare * widthGradient) / determinant)
    }

    /// The parameters here.
    var optimum: SHOOptimum { SHOOptimum(point: point, numerator: numerator) }

    /// The parameters after a small step: N to first order.
    func optimum(after step: SHOPoint) -> SHOOptimum {
        let (n, a, b) = (numerator, squareOverlap, widthOverlap)
        let change = Complex(
            (a.real * step.square - b.imaginary * step.width) / powers,
            (a.imaginary * step.square + b.real * step.width) / powers)
        return SHOOptimum(point: point.moved(by: step), numerator: n - n * change)
    }
}

extension SHOFitter {
    /// All sums at one point: the inner loop of the fit.
    func sums(_ spectrum: [SHOPoints], at point: SHOPoint) -> SHOSums {
        let points = spectrum.span
        let frequencies = frequencies.span
        let (widths, squares) = (SIMD2(repeating: point.width), SIMD2(repeating: point.square))
        var (powers, squaredPowers, offsets) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (weighted, weightedOffsets) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (projectionReal, projectionImaginary) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (squareReal, squareImaginary) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (widthReal, widthImaginary) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        for index in 0..<min(points.count, frequencies.count) {
            let w = frequencies[index].frequency
            let x = frequencies[index].square - squares
            let y = w * widths
            let power = 1 / (x * x + y * y)
            let (real, imaginary) = (x * power, y * power)
            let squaredPower = power * power
            let offset = squaredPower * x
            powers += power
            squaredPowers += squaredPower
            offsets += offset
            weighted += squaredPower * w
            weightedOffsets += offset * w
            let (h, k) = (points[index].real, points[index].imaginary)
            let (p, q) = (real * h + imaginary * k, real * k - imaginary * h)
            projectionReal += p
            projectionImaginary += q
            let (r, s) = (real * p + imaginary * q, real * q - imaginary * p)
            squareReal += r
            squareImaginary += s
            widthReal += r * w
            widthImaginary += s * w
        }
        return SHOSums(
            point: point, powers: powers.sum(), squaredPowers: squaredPowers.sum(),
            offsets: offsets.sum(), frequencies: weighted.sum(), frequencyOffsets: weightedOffsets.sum(),
            projection: Complex(projectionReal.sum(), projectionImaginary.sum()),
            squareProjection: Complex(squareReal.sum(), squareImaginary.sum()),
            widthProjection: Complex(widthReal.sum(), widthImaginary.sum()))
    }

    /// Brings a spectrum into vectors and sums it up.
    func load<Scalar: BinaryFloatingPoint & Real>(
        _ spectrum: Span<Complex<Scalar>>, _ points: inout [SHOPoints]
    ) -> SHOMoments {
        var points = points.mutableSpan
        var (squares, sumReal, sumImaginary) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        var index = 0
        while 2 * index + 1 < spectrum.count {
            let (a, b) = (spectrum[2 * index], spectrum[2 * index + 1])
            let real = SIMD2(Double(a.real), Double(b.real))
            let imaginary = SIMD2(Double(a.imaginary), Double(b.imaginary))
            squares += real * real + imaginary * imaginary
            sumReal += real
            sumImaginary += imaginary
            points[index] = SHOPoints(real: real, imaginary: imaginary)
            index += 1
        }
        if 2 * index < spectrum.count {
            let last = spectrum[2 * index]
            let real = SIMD2(Double(last.real), 0)
            let imaginary = SIMD2(Double(last.imaginary), 0)
            squares += real * real + imaginary * imaginary
            sumReal += real
            sumImaginary += imaginary
            points[index] = SHOPoints(real: real, imaginary: imaginary)
        }
        return SHOMoments(squares: squares.sum(), sum: Complex(sumReal.sum(), sumImaginary.sum()))
    }

    /// The largest real or imaginary part; nil when one is NaN or infinite.
    func largestMagnitude(_ spectrum: [SHOPoints]) -> Double? {
        var largest = 0.0
        for points in spectrum {
            for lane in 0..<2 {
                let (real, imaginary) = (points.real[lane], points.imaginary[lane])
                guard real.isFinite, imaginary.isFinite else { return nil }
                largest = max(largest, abs(real), abs(imaginary))
            }
        }
        return largest
    }

    /// Divides a spectrum by a number and sums it up.
    func rescale(_ spectrum: inout [SHOPoints], by unit: Double) -> SHOMoments {
        var (squares, sumReal, sumImaginary) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        for index in spectrum.indices {
            let (real, imaginary) = (spectrum[index].real / unit, spectrum[index].imaginary / unit)
            squares += real * real + imaginary * imaginary
            sumReal += real
            sumImaginary += imaginary
            spectrum[index] = SHOPoints(real: real, imaginary: imaginary)
        }
        return SHOMoments(squares: squares.sum(), sum: Complex(sumReal.sum(), sumImaginary.sum()))
    }
}
