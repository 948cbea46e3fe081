import HDF5
import RealModule

// One function per precision: called from another module, generic code would run unspecialised and far more slowly.

extension H5Array where Element == Complex<Float> {
    /// The real parts, then the imaginary parts, side by side along the last axis: (…, n) becomes (…, 2 n).
    ///
    /// - Throws: `H5Error` where the result is too large.
    public func flattenedToReal() throws -> H5Array<Float> {
        try LastAxis.join([elements.map(\.real), elements.map(\.imaginary)], shape: shape)
    }
}

extension H5Array where Element == Complex<Double> {
    /// The real parts, then the imaginary parts, side by side along the last axis: (…, n) becomes (…, 2 n).
    ///
    /// - Throws: `H5Error` where the result is too large.
    public func flattenedToReal() throws -> H5Array<Double> {
        try LastAxis.join([elements.map(\.real), elements.map(\.imaginary)], shape: shape)
    }
}

extension H5Array where Element == Float {
    /// Complex numbers from real parts and imaginary parts that lie side by side: (…, 2 n) becomes (…, n).
    ///
    /// - Throws: `USIDError` with code `invalidArgument` where the last axis has an odd length.
    public func stackedToComplex() throws -> H5Array<Complex<Float>> {
        let (parts, shape) = try LastAxis.split(self, into: 2)
        return try H5Array<Complex<Float>>(shape: shape, elements: zip(parts[0], parts[1]).map { Complex($0, $1) })
    }
}

extension H5Array where Element == Double {
    /// Complex numbers from real parts and imaginary parts that lie side by side: (…, 2 n) becomes (…, n).
    ///
    /// - Throws: `USIDError` with code `invalidArgument` where the last axis has an odd length.
    public func stackedToComplex() throws -> H5Array<Complex<Double>> {
        let (parts, shape) = try LastAxis.split(self, into: 2)
        return try H5Array<Complex<Double>>(shape: shape, elements: zip(parts[0], parts[1]).map { Complex($0, $1) })
    }
}

extension H5Array {
    /// Members of rows, one after the other along the last axis: (…, n) becomes (…, k n) for k members.
    ///
    /// ```swift
    /// let real = try fits.flattenedToReal([\.amplitude, \.phase])
    /// ```
    ///
    /// - Throws: `USIDError` with code `invalidArgument` where no member is named.
    public func flattenedToReal<Number: H5Number>(_ members: [KeyPath<Element, Number>]) throws -> H5Array<Number> {
        guard !members.isEmpty else { throw Self.noMember() }
        return try LastAxis.join(members.map { elements.map($0.read) }, shape: shape)
    }

    private static func noMember() -> USIDError {
        USIDError(.invalidArgument, path: "", "no member is named: name those that become real numbers, in order")
    }
}

extension H5Array where Element: H5Number {
    /// Rows from members that lie one after the other along the last axis: (…, k n) becomes (…, n) for k members.
    ///
    /// - Parameters:
    ///   - row: The row that all are copies of, but for the members.
    ///   - members: The members in the order of the array.
    /// - Throws: `USIDError` with code `invalidArgument` where the last axis is no multiple of the number of members.
    public func stacked<Row>(to row: Row, _ members: [WritableKeyPath<Row, Element>]) throws -> H5Array<Row> {
        let (parts, shape) = try LastAxis.split(self, into: members.count)
        var rows = [Row](repeating: row, count: parts.first?.count ?? 0)
        for (part, member) in zip(parts, members) {
            for (place, value) in part.enumerated() { rows[place][keyPath: member] = value }
        }
        return try H5Array<Row>(shape: shape, elements: rows)
    }
}

extension KeyPath {
    /// The member of a row.
    fileprivate var read: (Root) -> Value { { $0[keyPath: self] } }
}
