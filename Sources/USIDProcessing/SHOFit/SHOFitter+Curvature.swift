import ComplexModule
import RealModule

/// The sums that the exact second derivatives of the sum of squares need besides ``SHOSums``.
struct SHOCurvature {
    /// Σ wᵏ·Ḡ³·H for k = 0, 1, 2.
    var cubes: (Complex<Double>, Complex<Double>, Complex<Double>)
    /// Σ d³·x², Σ d³·x·w² and Σ d³·w⁴, with x = w² − C.
    var powers: (Double, Double, Double)

    /// Newton's step; nil where the sum of squares is not convex.
    ///
    /// SSres = Σ|H|² − |P|²/S with P = Σ Ḡ·H and S = Σ d; the derivatives follow from ∂Ḡ/∂C = Ḡ² and ∂Ḡ/∂B = −i·w·Ḡ².
    func step(_ sums: SHOSums, damping: Double) -> SHOPoint? {
        let (p, s) = (sums.projection, sums.powers)
        let squared = sums.squaredFrequencies
        let firstByWidth = Complex(sums.widthProjection.imaginary, -sums.widthProjection.real)
        let firstBySquare = sums.squareProjection
        func product(_ a: Complex<Double>, _ b: Complex<Double>) -> Double {
            a.real * b.real + a.imaginary * b.imaginary
        }
        // All derivatives are halved. n = |P|².
        let n = product(p, p)
        let (widthN, squareN) = (product(p, firstByWidth), product(p, firstBySquare))
        let widthWidthN = product(firstByWidth, firstByWidth) - 2 * product(p, cubes.2)
        let widthSquareN =
            product(firstByWidth, firstBySquare) + 2 * product(p, Complex(cubes.1.imaginary, -cubes.1.real))
        let squareSquareN = product(firstBySquare, firstBySquare) + 2 * product(p, cubes.0)
        let b = sums.point.width
        let (widthS, squareS) = (-b * squared, sums.offsets)
        let widthWidthS = -squared + 4 * b * b * powers.2
        let widthSquareS = -4 * b * powers.1
        let squareSquareS = -sums.squaredPowers + 4 * powers.0
        let ratio = n / s
        let widthGradient = (widthN - ratio * widthS) / s
        let squareGradient = (squareN - ratio * squareS) / s
        // −(n/S)″/2 from the halved derivatives of n and S.
        let widthWidth =
            (-widthWidthN + ratio * widthWidthS + 4 * widthS * (widthN - ratio * widthS) / s) / s
        let squareSquare =
            (-squareSquareN + ratio * squareSquareS + 4 * squareS * (squareN - ratio * squareS) / s) / s
        let widthSquare =
            (-widthSquareN + ratio * widthSquareS
                + 2 * (widthS * squareN + squareS * widthN - 2 * ratio * widthS * squareS) / s) / s
        let (m11, m22) = (widthWidth * (1 + damping), squareSquare * (1 + damping))
        let determinant = m11 * m22 - widthSquare * widthSquare
        guard m11 > 0, determinant > 1e-6 * m11 * m22 else { return nil }
        return SHOPoint(
            width: (m22 * widthGradient - widthSquare * squareGradient) / determinant,
            square: (m11 * squareGradient - widthSquare * widthGradient) / determinant)
    }
}

extension SHOFitter {
    /// The sums for second derivatives at one point.
    func curvature(_ spectrum: [SHOPoints], at point: SHOPoint) -> SHOCurvature {
        let points = spectrum.span
        let frequencies = frequencies.span
        let (widths, squares) = (SIMD2(repeating: point.width), SIMD2(repeating: point.square))
        var (real0, imaginary0) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (real1, imaginary1) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (real2, imaginary2) = (SIMD2<Double>.zero, SIMD2<Double>.zero)
        var (offsets, mixed, frequency) = (SIMD2<Double>.zero, SIMD2<Double>.zero, SIMD2<Double>.zero)
        for index in 0..<min(points.count, frequencies.count) {
            let (w, w2) = (frequencies[index].frequency, frequencies[index].square)
            let x = w2 - squares
            let y = w * widths
            let power = 1 / (x * x + y * y)
            // (x + i·y)³·d³ is G³; its conjugate multiplies H.
            let (xx, yy) = (x * x, y * y)
            let cube = power * power * power
            let (real, imaginary) = (x * (xx - 3 * yy) * cube, y * (3 * xx - yy) * cube)
            let (h, k) = (points[index].real, points[index].imaginary)
            let (p, q) = (real * h + imaginary * k, real * k - imaginary * h)
            real0 += p
            imaginary0 += q
            real1 += p * w
            imaginary1 += q * w
            real2 += p * w2
            imaginary2 += q * w2
            offsets += cube * xx
            mixed += cube * x * w2
            frequency += cube * w2 * w2
        }
        return SHOCurvature(
            cubes: (
                Complex(real0.sum(), imaginary0.sum()), Complex(real1.sum(), imaginary1.sum()),
                Complex(real2.sum(), imaginary2.sum())
            ),
            powers: (offsets.sum(), mixed.sum(), frequency.sum()))
    }
}
