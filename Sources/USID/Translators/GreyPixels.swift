/// One number per pixel, as a Main of a picture holds it, and what may be done to them on the way.
struct GreyPixels {
    private(set) var width: Int
    private(set) var height: Int
    private(set) var elements: RasterElements

    /// Takes the brightness of a picture; opacity is left out.
    init(_ image: RasterImage) {
        width = image.width
        height = image.height
        let samples = image.channels.rawValue
        guard samples > 1 else {
            elements = image.elements
            return
        }
        let isColour = samples > 2
        switch image.elements {
        case .uint8(let values): elements = .uint8(Self.brightness(values, samples, isColour))
        case .uint16(let values): elements = .uint16(Self.brightness(values, samples, isColour))
        case .uint32(let values): elements = .uint32(Self.brightness(values, samples, isColour))
        case .int8(let values): elements = .int8(Self.brightness(values, samples, isColour))
        case .int16(let values): elements = .int16(Self.brightness(values, samples, isColour))
        case .int32(let values): elements = .int32(Self.brightness(values, samples, isColour))
        case .float32(let values): elements = .float32(Self.brightness(values, samples, isColour))
        case .float64(let values): elements = .float64(Self.brightness(values, samples, isColour))
        }
    }

    /// The weights of red, green and blue (ITU-R BT.601) in parts of 65536.
    private static let weights = (red: 19595, green: 38470, blue: 7471)

    private static func brightness<Value: FixedWidthInteger>(
        _ values: [Value], _ samples: Int, _ isColour: Bool
    ) -> [Value] {
        stride(from: 0, to: values.count, by: samples).map { index in
            guard isColour else { return values[index] }
            let sum =
                Int(values[index]) * weights.red + Int(values[index + 1]) * weights.green
                + Int(values[index + 2]) * weights.blue
            // A mean of the three lies between them.
            return Value(truncatingIfNeeded: (sum + 0x8000) >> 16)
        }
    }

    private static func brightness<Value: BinaryFloatingPoint>(
        _ values: [Value], _ samples: Int, _ isColour: Bool
    ) -> [Value] {
        stride(from: 0, to: values.count, by: samples).map { index in
            guard isColour else { return values[index] }
            let sum =
                values[index] * Value(weights.red) + values[index + 1] * Value(weights.green)
                + values[index + 2] * Value(weights.blue)
            return sum / 65536
        }
    }

    // MARK: Least and greatest

    /// The least and the greatest value.
    struct Ends {
        var least: Double
        var greatest: Double
    }

    /// The least and the greatest value, NaN left out; nil where there are only NaN.
    var range: Ends? {
        func ends<Value: Comparable>(_ values: [Value], _ convert: (Value) -> Double) -> Ends? {
            guard let least = values.min(), let greatest = values.max() else { return nil }
            return Ends(least: convert(least), greatest: convert(greatest))
        }
        switch elements {
        case .uint8(let values): return ends(values) { Double($0) }
        case .uint16(let values): return ends(values) { Double($0) }
        case .uint32(let values): return ends(values) { Double($0) }
        case .int8(let values): return ends(values) { Double($0) }
        case .int16(let values): return ends(values) { Double($0) }
        case .int32(let values): return ends(values) { Double($0) }
        case .float32(let values): return ends(values.filter { !$0.isNaN }) { Double($0) }
        case .float64(let values): return ends(values.filter { !$0.isNaN }) { $0 }
        }
    }

    // MARK: Binning

    /// Takes the mean of blocks of pixels; what is left over at the right and at the bottom is dropped.
    ///
    /// Integers are rounded to the nearest, half away from zero. Both sizes fit in the picture.
    mutating func bin(rows: Int, columns: Int) {
        guard rows > 1 || columns > 1 else { return }
        switch elements {
        case .uint8(let values): elements = .uint8(whole(values, rows, columns))
        case .uint16(let values): elements = .uint16(whole(values, rows, columns))
        case .uint32(let values): elements = .uint32(whole(values, rows, columns))
        case .int8(let values): elements = .int8(whole(values, rows, columns))
        case .int16(let values): elements = .int16(whole(values, rows, columns))
        case .int32(let values): elements = .int32(whole(values, rows, columns))
        case .float32(let values): elements = .float32(means(values, rows, columns) { Double($0) }.map { Float($0) })
        case .float64(let values): elements = .float64(means(values, rows, columns) { $0 })
        }
        width /= columns
        height /= rows
    }

    private func whole<Value: FixedWidthInteger>(_ values: [Value], _ rows: Int, _ columns: Int) -> [Value] {
        means(values, rows, columns) { Double($0) }.map { Value(clamping: Int($0.rounded())) }
    }

    private func means<Value>(
        _ values: [Value], _ rows: Int, _ columns: Int, _ convert: (Value) -> Double
    ) -> [Double] {
        let across = width / columns
        let down = height / rows
        var sums = [Double](repeating: 0, count: across * down)
        for row in 0..<(down * rows) {
            for column in 0..<(across * columns) {
                sums[row / rows * across + column / columns] += convert(values[row * width + column])
            }
        }
        let count = Double(rows * columns)
        for index in sums.indices { sums[index] /= count }
        return sums
    }

    // MARK: Normalisation

    /// The type of values that were brought to 0 to 1.
    static func normalisedType(_ type: RasterElementType) -> RasterElementType {
        switch type {
        case .uint8, .uint16, .int8, .int16, .float32: .float32
        case .uint32, .int32, .float64: .float64
        }
    }

    /// Brings the values to 0 to 1; integers of 8 and 16 bits become single precision, those of 32 bits double precision.
    ///
    /// - Parameter ends: What becomes 0 and 1; nil: the least and the greatest value.
    /// - Returns: False where all values are equal, so that nothing can be brought to that range.
    mutating func normalise(_ ends: Ends? = nil) -> Bool {
        guard let range = ends ?? range, range.greatest > range.least, (range.greatest - range.least).isFinite else {
            return false
        }
        func single(_ values: some Sequence<Double>) -> RasterElements {
            let greatest = Float(range.greatest - range.least)
            return .float32(values.map { Float($0 - range.least) / greatest })
        }
        func double(_ values: some Sequence<Double>) -> RasterElements {
            let greatest = range.greatest - range.least
            return .float64(values.map { ($0 - range.least) / greatest })
        }
        switch elements {
        case .uint8(let values): elements = single(values.lazy.map { Double($0) })
        case .uint16(let values): elements = single(values.lazy.map { Double($0) })
        case .int8(let values): elements = single(values.lazy.map { Double($0) })
        case .int16(let values): elements = single(values.lazy.map { Double($0) })
        case .float32(let values): elements = single(values.lazy.map { Double($0) })
        case .uint32(let values): elements = double(values.lazy.map { Double($0) })
        case .int32(let values): elements = double(values.lazy.map { Double($0) })
        case .float64(let values): elements = double(values)
        }
        return true
    }

    /// Exchanges rows and columns of the elements, for scans whose fastest dimension runs down the picture.
    mutating func transpose() {
        func turned<Value>(_ values: [Value]) -> [Value] {
            var result: [Value] = []
            result.reserveCapacity(values.count)
            for column in 0..<width {
                for row in 0..<height { result.append(values[row * width + column]) }
            }
            return result
        }
        switch elements {
        case .uint8(let values): elements = .uint8(turned(values))
        case .uint16(let values): elements = .uint16(turned(values))
        case .uint32(let values): elements = .uint32(turned(values))
        case .int8(let values): elements = .int8(turned(values))
        case .int16(let values): elements = .int16(turned(values))
        case .int32(let values): elements = .int32(turned(values))
        case .float32(let values): elements = .float32(turned(values))
        case .float64(let values): elements = .float64(turned(values))
        }
        swap(&width, &height)
    }
}
