/// The elements of a pair of ancillary datasets, row-major as they are stored.
///
/// Pure arithmetic, no file. Dimensions come in the order of the file.
struct PointTable: Sendable {
    /// Values in the narrower type that keeps their steps apart (R24).
    enum Values: Sendable {
        case float32([Float])
        case float64([Double])
    }

    let pointCount: Int
    let dimensionCount: Int
    let indices: [UInt32]
    let values: Values

    /// One dimension of a grid.
    struct Axis {
        var values: [Double]
        /// How many neighbouring points have one index: the product of the sizes of the faster dimensions.
        var block: Int
    }

    /// The first points of a grid.
    ///
    /// - Parameters:
    ///   - axes: The dimensions in the order of the file, none of them empty.
    ///   - pointCount: At most as many points as the grid has.
    ///   - turns: Whether a dimension turns whenever the next slower one steps.
    init(grid axes: [Axis], pointCount: Int, turns: Bool, pointsAreRows: Bool) {
        let layout = Layout(pointCount: pointCount, dimensionCount: axes.count, pointsAreRows: pointsAreRows)
        self.pointCount = pointCount
        dimensionCount = axes.count
        indices = layout.fill(0) { number, place, step, target in
            let axis = axes[number]
            Self.sweep(axis, pointCount, turns) { index in
                target[place] = UInt32(truncatingIfNeeded: index)
                place &+= step
            }
        }
        if axes.allSatisfy({ ValuePrecision.isSingleEnough($0.values) }) {
            values = .float32(
                layout.fill(0) { number, place, step, target in
                    let stored = axes[number].values.map(Float.init)
                    Self.sweep(axes[number], pointCount, turns) { index in
                        target[place] = stored[index]
                        place &+= step
                    }
                })
        } else {
            values = .float64(
                layout.fill(0) { number, place, step, target in
                    let stored = axes[number].values
                    Self.sweep(axes[number], pointCount, turns) { index in
                        target[place] = stored[index]
                        place &+= step
                    }
                })
        }
    }

    /// Points one by one.
    ///
    /// - Parameters:
    ///   - indices: One list per dimension, of the length `pointCount`; nil where the points are counted.
    ///   - values: One list per dimension, of the length `pointCount`.
    init(indices given: [[UInt32]?], values columns: [[Double]], pointCount: Int, pointsAreRows: Bool) {
        let layout = Layout(pointCount: pointCount, dimensionCount: columns.count, pointsAreRows: pointsAreRows)
        self.pointCount = pointCount
        dimensionCount = columns.count
        indices = layout.fill(0) { number, place, step, target in
            let column = given[number]
            for point in 0..<pointCount {
                target[place] = column?[point] ?? UInt32(truncatingIfNeeded: point)
                place &+= step
            }
        }
        if columns.allSatisfy({ ValuePrecision.isSingleEnough($0) }) {
            values = .float32(
                layout.fill(0) { number, place, step, target in
                    for value in columns[number] {
                        target[place] = Float(value)
                        place &+= step
                    }
                })
        } else {
            values = .float64(
                layout.fill(0) { number, place, step, target in
                    for value in columns[number] {
                        target[place] = value
                        place &+= step
                    }
                })
        }
    }

    /// Calls `body` with the index of each of the first `count` points.
    @inline(__always)
    private static func sweep(_ axis: Axis, _ count: Int, _ turns: Bool, _ body: (Int) -> Void) {
        let size = axis.values.count
        var point = 0
        var isBackward = false
        while point < count {
            for step in 0..<size {
                let index = isBackward ? size - 1 - step : step
                let end = axis.block > count - point ? count : point + axis.block
                while point < end {
                    body(index)
                    point += 1
                }
                if point == count { return }
            }
            isBackward = turns && !isBackward
        }
    }

    /// Where the elements of each dimension are.
    private struct Layout {
        var pointCount: Int
        var dimensionCount: Int
        var pointsAreRows: Bool

        /// Makes the elements, dimension by dimension: `body` puts one at `place` and goes on by `step`.
        @inline(__always)
        func fill<Element>(
            _ zero: Element, _ body: (_ number: Int, _ place: inout Int, _ step: Int, _ target: inout [Element]) -> Void
        ) -> [Element] {
            var target = [Element](repeating: zero, count: pointCount * dimensionCount)
            for number in 0..<dimensionCount {
                var place = pointsAreRows ? number : number * pointCount
                body(number, &place, pointsAreRows ? dimensionCount : 1, &target)
            }
            return target
        }
    }
}

/// Whether single precision holds values well enough (R24).
enum ValuePrecision {
    /// Whether rounding moves no value by more than a hundredth of the mean distance of neighbours, nor makes
    /// neighbours equal that differ.
    static func isSingleEnough(_ values: [Double]) -> Bool {
        let finite = values.filter(\.isFinite)
        var distance = 0.0
        for index in finite.indices.dropFirst() { distance += (finite[index] - finite[index - 1]).magnitude }
        let mean = finite.count > 1 ? distance / Double(finite.count - 1) : 0
        for (index, value) in finite.enumerated() {
            let stored = Double(Float(value))
            let error = (stored - value).magnitude
            if error == 0 { continue }
            // What lies beyond the range of single precision, or at its lower end.
            guard error <= value.magnitude * 1e-6, mean == 0 || error <= mean / 100 else { return false }
            guard index > 0 else { continue }
            let before = finite[index - 1]
            // Differences in the last digits of double precision come from arithmetic and mean nothing.
            if stored == Double(Float(before)), (value - before).magnitude > value.magnitude * 1e-12 { return false }
        }
        return true
    }
}
