import RealModule

/// One complex sample of four positions, real and imaginary parts in vectors of their own; lane = position.
struct ComplexLanes<Scalar: FourierScalar>: BitwiseCopyable, Sendable {
    var real: Scalar.Lanes
    var imaginary: Scalar.Lanes

    @inline(__always)
    init(real: Scalar.Lanes, imaginary: Scalar.Lanes) {
        self.real = real
        self.imaginary = imaginary
    }

    static var zero: Self { Self(real: Scalar.splat(0), imaginary: Scalar.splat(0)) }

    @inline(__always)
    static func + (a: Self, b: Self) -> Self {
        Self(real: Scalar.sum(a.real, b.real), imaginary: Scalar.sum(a.imaginary, b.imaginary))
    }

    @inline(__always)
    static func - (a: Self, b: Self) -> Self {
        Self(real: Scalar.difference(a.real, b.real), imaginary: Scalar.difference(a.imaginary, b.imaginary))
    }

    /// `self` + i·`other`.
    @inline(__always)
    func plusI(_ other: Self) -> Self {
        Self(real: Scalar.difference(real, other.imaginary), imaginary: Scalar.sum(imaginary, other.real))
    }

    /// `self` − i·`other`.
    @inline(__always)
    func minusI(_ other: Self) -> Self {
        Self(real: Scalar.sum(real, other.imaginary), imaginary: Scalar.difference(imaginary, other.real))
    }

    @inline(__always)
    func scaled(by factor: Scalar) -> Self {
        let factor = Scalar.splat(factor)
        return Self(real: Scalar.product(real, factor), imaginary: Scalar.product(imaginary, factor))
    }

    /// The product with a real number of each position.
    @inline(__always)
    func scaled(byLanes factors: Scalar.Lanes) -> Self {
        Self(real: Scalar.product(real, factors), imaginary: Scalar.product(imaginary, factors))
    }

    /// The product with a number on the unit circle that is the same for every position.
    @inline(__always)
    func rotated(by root: UnitRoot<Scalar>) -> Self {
        let cosine = Scalar.splat(root.cosine)
        let sine = Scalar.splat(root.sine)
        return Self(
            real: Scalar.difference(Scalar.product(real, cosine), Scalar.product(imaginary, sine)),
            imaginary: Scalar.sum(Scalar.product(real, sine), Scalar.product(imaginary, cosine)))
    }

    var conjugate: Self {
        @inline(__always) get {
            Self(real: real, imaginary: Scalar.difference(Scalar.splat(0), imaginary))
        }
    }

    /// The squared modulus of each position.
    var squaredLength: Scalar.Lanes {
        @inline(__always) get {
            Scalar.sum(Scalar.product(real, real), Scalar.product(imaginary, imaginary))
        }
    }
}

/// A number on the unit circle.
struct UnitRoot<Scalar: FourierScalar>: BitwiseCopyable, Sendable {
    var cosine: Scalar
    var sine: Scalar

    /// exp(−2πi `index` / `order`), each part correct to about one rounding.
    ///
    /// The angle is brought into the first octant with integers before it is rounded, so that its error does not grow
    /// with the index.
    init(_ index: Int, of order: Int) {
        let reduced = (index % order + order) % order
        // Eighths of a turn, exactly: 8·index = octant·order + rest.
        let (octant, rest) = (8 * reduced).quotientAndRemainder(dividingBy: order)
        // Odd octants count backwards from their end, so that the angle stays within π/4.
        let eighths = octant % 2 == 0 ? rest : order - rest
        let angle = Double.pi * Double(eighths) / (4 * Double(order))
        let (c, s) = (Double.cos(angle), Double.sin(angle))
        let (x, y): (Double, Double) =
            switch octant {
            case 0: (c, s)
            case 1: (s, c)
            case 2: (-s, c)
            case 3: (-c, s)
            case 4: (-c, -s)
            case 5: (-s, -c)
            case 6: (s, -c)
            default: (c, -s)
            }
        cosine = Scalar(x)
        sine = Scalar(-y)
    }
}
