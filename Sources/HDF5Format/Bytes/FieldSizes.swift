/// The widths of addresses and lengths in one file, as its superblock states them.
package struct FieldSizes: Hashable, Sendable {
    /// "Size of Offsets": bytes of an address; 2, 4 or 8.
    package var offsets: Int
    /// "Size of Lengths": bytes of a length; 2, 4 or 8.
    package var lengths: Int

    package init(offsets: Int = 8, lengths: Int = 8) {
        self.offsets = offsets
        self.lengths = lengths
    }
}

/// The number of bytes that hold `value`: 1 for 0 and for 255, 2 for 256.
package func encodedWidth(of value: UInt64) -> Int {
    value == 0 ? 1 : (63 - value.leadingZeroBitCount) / 8 + 1
}

/// The position of the highest set bit; 0 for 0.
package func floorLog2(_ value: UInt64) -> Int {
    value == 0 ? 0 : 63 - value.leadingZeroBitCount
}

extension Int {
    /// The value as an `Int`, or an error when it does not fit: for sizes and counts that come from a file.
    package init(checking value: UInt64, _ what: @autoclosure () -> String) throws {
        guard value <= UInt64(Int.max) else {
            throw H5Error(.damaged, "\(what()) is \(value), which no file can hold")
        }
        self = Int(truncatingIfNeeded: value)
    }
}

extension UInt64 {
    /// The sum, or an error when it overflows: for addresses and sizes that come from a file.
    package func adding(_ other: UInt64, _ what: @autoclosure () -> String) throws -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(other)
        guard !overflow else { throw H5Error(.damaged, "\(what()) overflows 64 bits") }
        return sum
    }

    /// The product, or an error when it overflows: for addresses and sizes that come from a file.
    package func multiplied(by other: UInt64, _ what: @autoclosure () -> String) throws -> UInt64 {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        guard !overflow else { throw H5Error(.damaged, "\(what()) overflows 64 bits") }
        return product
    }
}

/// The product of two numbers that are not negative; throws where it overflows.
package func checkedProduct(_ first: Int, _ second: Int, _ what: @autoclosure () -> String) throws -> Int {
    let (product, overflow) = first.multipliedReportingOverflow(by: second)
    guard !overflow else { throw H5Error(.damaged, "\(what()) overflows 64 bits") }
    return product
}

/// The product of extents or sizes, or an error when it overflows an `Int`.
package func checkedProduct(_ factors: [Int], _ what: @autoclosure () -> String) throws -> Int {
    // Specialised here, which the generic one is not in other modules.
    try product(factors, what)
}

/// The product of extents or sizes, or an error when it overflows an `Int`.
package func checkedProduct(_ factors: some Sequence<Int>, _ what: @autoclosure () -> String) throws -> Int {
    try product(factors, what)
}

private func product(_ factors: some Sequence<Int>, _ what: () -> String) throws -> Int {
    var product = 1
    var isZero = false
    for factor in factors {
        // A zero extent makes the whole product zero, whatever the others multiply to.
        if factor == 0 { isZero = true; continue }
        let (next, overflow) = product.multipliedReportingOverflow(by: factor)
        guard !overflow else { throw H5Error(.damaged, "\(what()) overflows 64 bits") }
        product = next
    }
    return isZero ? 0 : product
}
