/// An amount of memory: `.mebibytes(64)`.
public struct H5ByteCount: Hashable, Comparable, Sendable {
    /// The number of bytes, not negative.
    public let bytes: Int

    /// Some bytes; less than none is none.
    public init(bytes: Int) { self.bytes = max(0, bytes) }

    /// Units of 1,024 bytes.
    public static func kibibytes(_ count: Int) -> H5ByteCount { H5ByteCount(count, of: 1 << 10) }
    /// Units of 1,024 kibibytes.
    public static func mebibytes(_ count: Int) -> H5ByteCount { H5ByteCount(count, of: 1 << 20) }
    /// Units of 1,024 mebibytes.
    public static func gibibytes(_ count: Int) -> H5ByteCount { H5ByteCount(count, of: 1 << 30) }

    /// More than an `Int` holds is as much as it holds.
    private init(_ count: Int, of unit: Int) {
        let (product, overflow) = count.multipliedReportingOverflow(by: unit)
        self.init(bytes: overflow ? .max : product)
    }

    /// Orders amounts by their size.
    public static func < (left: H5ByteCount, right: H5ByteCount) -> Bool { left.bytes < right.bytes }
}
