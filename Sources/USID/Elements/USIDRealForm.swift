import HDF5

/// How elements are laid out as real numbers, as statistics and other tools that know only those need them.
///
/// A complex number has two parts, real and imaginary; a compound has those of its members in order; a real number is
/// itself. An array of elements becomes one of real numbers whose last axis is longer by the number of parts: all first
/// parts, then all second ones, and so on.
///
/// ```swift
/// USIDRealForm(.complex(of: .float32)).parts.map(\.name)         // ["real", "imaginary"]
/// ```
public struct USIDRealForm: Hashable, Sendable {
    /// What one part of an element is.
    public struct Part: Hashable, Sendable {
        /// The component of a complex number.
        public enum Component: String, Hashable, Sendable {
            /// The real part.
            case real
            /// The imaginary part.
            case imaginary
        }

        /// The member of the compound; nil where elements are no compounds.
        public let member: String?
        /// Which component of a complex number; nil for real numbers.
        public let component: Component?

        /// The part in words: `amplitude`, `imaginary`, `response (real)`; empty where elements are real numbers.
        public var name: String {
            switch (member, component) {
            case (let member?, let component?): "\(member) (\(component.rawValue))"
            case (let member?, nil): member
            case (nil, let component?): component.rawValue
            case (nil, nil): ""
            }
        }
    }

    /// The parts of one element in order; at least one.
    public let parts: [Part]

    /// Lays out elements of a type.
    ///
    /// - Throws: `USIDError` with rule R4 for a type that no Main holds.
    public init(_ datatype: H5Datatype) throws {
        if let reason = MainInspection.objection(to: datatype) {
            throw USIDError(.invalidArgument, rule: "R4", path: "", "elements are \(reason), which have no real form")
        }
        func parts(_ type: H5Datatype, _ member: String?) -> [Part] {
            guard type.complexBase != nil else { return [Part(member: member, component: nil)] }
            return [Part(member: member, component: .real), Part(member: member, component: .imaginary)]
        }
        if datatype.complexBase == nil, case .compound(let members) = datatype.kind {
            self.parts = members.flatMap { parts($0.type, $0.name) }
        } else {
            self.parts = parts(datatype, nil)
        }
    }
}

/// Arrays side by side along their last axis, and apart again.
enum LastAxis {
    /// Joins arrays of one shape along the last axis, a scalar counting as one axis of one element.
    static func join<Element: H5Element>(_ parts: [[Element]], shape: [Int]) throws -> H5Array<Element> {
        let width = shape.last ?? 1
        let rows = shape.dropLast().reduce(1, *)
        let joined = (shape.isEmpty ? [] : Array(shape.dropLast())) + [width * parts.count]
        guard parts.count != 1, let first = parts.first else {
            return try H5Array(shape: joined, elements: parts.first ?? [])
        }
        var elements: [Element] = []
        elements.reserveCapacity(first.count * parts.count)
        for part in parts { elements += part }
        return try H5Array(shape: joined, elements: turned(elements, [parts.count, rows, width]))
    }

    /// Takes an array apart along its last axis, into parts of one length.
    ///
    /// - Throws: `USIDError` with code `invalidArgument` where the axis is no multiple of `count`.
    static func split<Element: H5Element>(
        _ array: H5Array<Element>, into count: Int
    ) throws -> (parts: [[Element]], shape: [Int]) {
        guard count > 0, let last = array.shape.last, last % count == 0 else {
            throw USIDError(
                .invalidArgument, path: "",
                "an array of shape \(NumberText.shape(array.shape)) cannot be taken apart into \(count) along its last "
                    + "axis: its length must be a multiple of \(count)")
        }
        let width = last / count
        let rows = array.shape.dropLast().reduce(1, *)
        let shape = Array(array.shape.dropLast()) + [width]
        guard count > 1 else { return ([array.elements], shape) }
        let elements = turned(array.elements, [rows, count, width])
        let size = rows * width
        return ((0..<count).map { Array(elements[$0 * size..<($0 + 1) * size]) }, shape)
    }

    /// Exchanges the first two of three axes.
    private static func turned<Element: H5Element>(_ elements: [Element], _ shape: [Int]) -> [Element] {
        let transposition = AxisTransposition(sourceShape: shape, sourceAxes: [1, 0, 2])
        guard !transposition.isIdentity, !elements.isEmpty else { return elements }
        return ElementMoves.move(elements, count: elements.count, by: .transposition(transposition))
    }
}
