import ComplexModule
import RealModule

extension SHOFitter {
    /// The starting point in closed form: a linear least squares problem.
    ///
    /// Multiplied by its denominator the model reads H·w² − i·w·H·B − H·C = N, linear in B, C and N. Noise enters this
    /// form multiplied by the denominator, which is as 1/|H|, so that the squares have the weights |H|².
    func guess(_ spectrum: [SHOPoints]) -> SHOPoint {
        let points = spectrum.span
        let frequencies = frequencies.span
        let centers = SIMD2(repeating: center)
        // With t = |H|² and x = w² − center: Σt, Σt², Σt²w², Σt²x, ΣtH, ΣtwH, ΣtxH.
        var (weights, squares) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (widthSquares, offsets) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (meanReal, meanImaginary) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (widthReal, widthImaginary) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (offsetReal, offsetImaginary) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        for index in 0..<min(points.count, frequencies.count) {
            let (h, k) = (points[index].real, points[index].imaginary)
            let w = frequencies[index].frequency
            let x = frequencies[index].square - centers
            let weight = h * h + k * k
            let square = weight * weight
            let (real, imaginary) = (weight * h, weight * k)
            weights += weight
            squares += square
            widthSquares += square * (w * w)
            offsets += square * x
            meanReal += real
            meanImaginary += imaginary
            widthReal += real * w
            widthImaginary += imaginary * w
            offsetReal += real * x
            offsetImaginary += imaginary * x
        }
        let total = weights.sum()
        let mean = Complex(meanReal.sum(), meanImaginary.sum())
        let width = Complex(widthReal.sum(), widthImaginary.sum())
        let offset = Complex(offsetReal.sum(), offsetImaginary.sum())
        func product(_ a: Complex<Double>, _ b: Complex<Double>) -> Double {
            (a.real * b.real + a.imaginary * b.imaginary) / total
        }
        // The columns i·w·H and H are orthogonal before N is eliminated, and i·w·H is orthogonal to x·H.
        let turned = Complex(-width.imaginary, width.real)
        let widthWidth = widthSquares.sum() - product(width, width)
        let squareSquare = squares.sum() - product(mean, mean)
        let widthSquare = -product(turned, mean)
        let widthRight = -product(turned, offset)
        let squareRight = offsets.sum() - product(mean, offset)
        let determinant = widthWidth * squareSquare - widthSquare * widthSquare
        return SHOPoint(
            width: (squareSquare * widthRight - widthSquare * squareRight) / determinant,
            square: center + (widthWidth * squareRight - widthSquare * widthRight) / determinant)
    }

    /// A starting point for noisy spectra: the strongest stretch of neighbouring points.
    ///
    /// A peak as wide as the stretch (full width at half power) is assumed in its middle.
    func peak(_ spectrum: [SHOPoints], stretch: Int) -> SHOPoint {
        func power(_ index: Int) -> Double {
            let (real, imaginary) = (spectrum[index / 2].real[index % 2], spectrum[index / 2].imaginary[index % 2])
            return real * real + imaginary * imaginary
        }
        var sum = (0..<stretch).reduce(0.0) { $0 + power($1) }
        var (strongest, first) = (sum, 0)
        for index in stretch..<max(stretch, frequencyCount) {
            sum += power(index) - power(index - stretch)
            if sum > strongest { (strongest, first) = (sum, index - stretch + 1) }
        }
        let middle = first + stretch / 2
        return SHOPoint(width: Double(stretch) * spacing, square: frequencies[middle / 2].square[middle % 2])
    }
}
