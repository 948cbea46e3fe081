import RealModule

/// A precision in which Fourier transforms are computed: `Float` or `Double`.
///
/// All of this folder works on vectors of four lanes, a lane for a position, so that every butterfly is vectorised
/// without a shuffle and no position can influence another. The arithmetic is required here because generic code over
/// `SIMD` does not compile to vector instructions, whereas these witnesses are concrete.
protocol FourierScalar: Real, BinaryFloatingPoint, BitwiseCopyable, Sendable {
    /// A vector of four positions.
    associatedtype Lanes: BitwiseCopyable, Sendable

    static func splat(_ value: Self) -> Lanes
    static func lanes(_ a: Self, _ b: Self, _ c: Self, _ d: Self) -> Lanes
    static func lane(_ lane: Int, of lanes: Lanes) -> Self
    static func setLane(_ lane: Int, of lanes: inout Lanes, to value: Self)
    static func sum(_ a: Lanes, _ b: Lanes) -> Lanes
    static func difference(_ a: Lanes, _ b: Lanes) -> Lanes
    static func product(_ a: Lanes, _ b: Lanes) -> Lanes
    static func magnitude(_ a: Lanes) -> Lanes
    /// The larger of two numbers, lane by lane; NaN when one is NaN.
    static func maximum(_ a: Lanes, _ b: Lanes) -> Lanes
    /// One over the lanes that are at least the least normal number, zero for the smaller ones; NaN stays.
    static func reciprocalOrZero(_ a: Lanes) -> Lanes

    /// `value` with zero in the lanes where `key` is below the threshold (NaN is not below).
    static func clear(_ value: Lanes, where key: Lanes, isBelow threshold: Lanes) -> Lanes

    /// `value` with zero in the lanes where it is above the threshold (NaN is not above).
    static func clear(_ value: Lanes, above threshold: Lanes) -> Lanes

    /// The columns of the 4 × 4 block whose rows are given.
    static func transpose(_ a: Lanes, _ b: Lanes, _ c: Lanes, _ d: Lanes) -> (Lanes, Lanes, Lanes, Lanes)
}

extension Float: FourierScalar {
    @inline(__always)
    static func splat(_ value: Float) -> SIMD4<Float> { SIMD4(repeating: value) }
    @inline(__always)
    static func sum(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> { a + b }
    @inline(__always)
    static func difference(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> { a - b }
    @inline(__always)
    static func product(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> { a * b }
    @inline(__always)
    static func magnitude(_ a: SIMD4<Float>) -> SIMD4<Float> { a.replacing(with: 0 - a, where: a .< 0) }
    @inline(__always)
    static func maximum(_ a: SIMD4<Float>, _ b: SIMD4<Float>) -> SIMD4<Float> {
        // Keeps `a` where it is larger or NaN, and takes `b` where that is NaN.
        b.replacing(with: a, where: (a .> b) .| (a .!= a))
    }
    @inline(__always)
    static func reciprocalOrZero(_ a: SIMD4<Float>) -> SIMD4<Float> {
        (1 / a).replacing(with: 0, where: a .< Float.leastNormalMagnitude)
    }
    @inline(__always)
    static func setLane(_ lane: Int, of lanes: inout SIMD4<Float>, to value: Float) { lanes[lane] = value }
    @inline(__always)
    static func clear(_ value: SIMD4<Float>, where key: SIMD4<Float>, isBelow threshold: SIMD4<Float>) -> SIMD4<Float> {
        value.replacing(with: 0, where: key .< threshold)
    }
    @inline(__always)
    static func clear(_ value: SIMD4<Float>, above threshold: SIMD4<Float>) -> SIMD4<Float> {
        value.replacing(with: 0, where: value .> threshold)
    }
    @inline(__always)
    static func lane(_ lane: Int, of lanes: SIMD4<Float>) -> Float { lanes[lane] }
    @inline(__always)
    static func lanes(_ a: Float, _ b: Float, _ c: Float, _ d: Float) -> SIMD4<Float> { SIMD4(a, b, c, d) }
    @inline(__always)
    static func transpose(
        _ a: SIMD4<Float>, _ b: SIMD4<Float>, _ c: SIMD4<Float>, _ d: SIMD4<Float>
    ) -> (SIMD4<Float>, SIMD4<Float>, SIMD4<Float>, SIMD4<Float>) {
        let (low01, low23) = (SIMD4(a.x, b.x, a.y, b.y), SIMD4(c.x, d.x, c.y, d.y))
        let (high01, high23) = (SIMD4(a.z, b.z, a.w, b.w), SIMD4(c.z, d.z, c.w, d.w))
        return (
            SIMD4(lowHalf: low01.lowHalf, highHalf: low23.lowHalf),
            SIMD4(lowHalf: low01.highHalf, highHalf: low23.highHalf),
            SIMD4(lowHalf: high01.lowHalf, highHalf: high23.lowHalf),
            SIMD4(lowHalf: high01.highHalf, highHalf: high23.highHalf)
        )
    }
}

extension Double: FourierScalar {
    @inline(__always)
    static func splat(_ value: Double) -> SIMD4<Double> { SIMD4(repeating: value) }
    @inline(__always)
    static func sum(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> { a + b }
    @inline(__always)
    static func difference(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> { a - b }
    @inline(__always)
    static func product(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> { a * b }
    @inline(__always)
    static func magnitude(_ a: SIMD4<Double>) -> SIMD4<Double> { a.replacing(with: 0 - a, where: a .< 0) }
    @inline(__always)
    static func maximum(_ a: SIMD4<Double>, _ b: SIMD4<Double>) -> SIMD4<Double> {
        // Keeps `a` where it is larger or NaN, and takes `b` where that is NaN.
        b.replacing(with: a, where: (a .> b) .| (a .!= a))
    }
    @inline(__always)
    static func reciprocalOrZero(_ a: SIMD4<Double>) -> SIMD4<Double> {
        (1 / a).replacing(with: 0, where: a .< Double.leastNormalMagnitude)
    }
    @inline(__always)
    static func setLane(_ lane: Int, of lanes: inout SIMD4<Double>, to value: Double) { lanes[lane] = value }
    @inline(__always)
    static func clear(_ value: SIMD4<Double>, where key: SIMD4<Double>, isBelow threshold: SIMD4<Double>) -> SIMD4<
        Double
    > {
        value.replacing(with: 0, where: key .< threshold)
    }
    @inline(__always)
    static func clear(_ value: SIMD4<Double>, above threshold: SIMD4<Double>) -> SIMD4<Double> {
        value.replacing(with: 0, where: value .> threshold)
    }
    @inline(__always)
    static func lane(_ lane: Int, of lanes: SIMD4<Double>) -> Double { lanes[lane] }
    @inline(__always)
    static func lanes(_ a: Double, _ b: Double, _ c: Double, _ d: Double) -> SIMD4<Double> { SIMD4(a, b, c, d) }
    @inline(__always)
    static func transpose(
        _ a: SIMD4<Double>, _ b: SIMD4<Double>, _ c: SIMD4<Double>, _ d: SIMD4<Double>
    ) -> (SIMD4<Double>, SIMD4<Double>, SIMD4<Double>, SIMD4<Double>) {
        let (low01, low23) = (SIMD4(a.x, b.x, a.y, b.y), SIMD4(c.x, d.x, c.y, d.y))
        let (high01, high23) = (SIMD4(a.z, b.z, a.w, b.w), SIMD4(c.z, d.z, c.w, d.w))
        return (
            SIMD4(lowHalf: low01.lowHalf, highHalf: low23.lowHalf),
            SIMD4(lowHalf: low01.highHalf, highHalf: low23.highHalf),
            SIMD4(lowHalf: high01.lowHalf, highHalf: high23.lowHalf),
            SIMD4(lowHalf: high01.highHalf, highHalf: high23.highHalf)
        )
    }
}
