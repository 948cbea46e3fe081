import HDF5Format

/// Where the data of variable-length elements is put, and given back: the global heap of a file that is being changed.
protocol VariableLengthStore: AnyObject {
    /// The widths of the addresses that elements hold.
    var sizes: FieldSizes { get }
    /// Keeps bytes as an object; gives what leads to it.
    func store(_ bytes: RawSpan) throws -> GlobalHeapIdentifier
    /// Removes an object.
    func remove(_ identifier: GlobalHeapIdentifier) throws
    /// Removes an object and gives its bytes, which may hold what leads to others.
    func take(_ identifier: GlobalHeapIdentifier) throws -> [UInt8]
}

/// What a variable-length element consists of: the number of its elements, and where they are.
///
/// | bytes | field                            |
/// |-------|----------------------------------|
/// | 4     | number of elements               |
/// | 4 + n | global heap identifier           |
struct VariableLengthDescriptor: Hashable {
    var count: UInt32
    var identifier: GlobalHeapIdentifier

    init(count: UInt32, identifier: GlobalHeapIdentifier) {
        self.count = count
        self.identifier = identifier
    }

    init(from cursor: inout ByteCursor) throws {
        count = try cursor.readUInt32()
        identifier = try GlobalHeapIdentifier(from: &cursor)
    }

    /// No elements at all.
    static let empty = VariableLengthDescriptor(count: 0, identifier: GlobalHeapIdentifier(address: 0, index: 0))

    /// Keeps `count` elements that lie side by side.
    init(storing elements: RawSpan, count: Int, in store: (any VariableLengthStore)?) throws {
        guard let store else {
            throw H5Error(.invalidArgument, "variable-length data needs a file that it is written to")
        }
        guard let count = UInt32(exactly: count) else {
            throw H5Error(.invalidArgument, "a variable-length element cannot have \(count) elements")
        }
        self.init(count: count, identifier: try store.store(elements))
    }

    /// The bytes of a descriptor.
    static func size(_ sizes: FieldSizes) -> Int { 8 + sizes.offsets }

    /// Writes the descriptor to memory of as many bytes as it has.
    @inline(__always)
    func write(to element: UnsafeMutableRawPointer, _ sizes: FieldSizes) {
        element.storeBytes(of: count.littleEndian, as: UInt32.self)
        for index in 0..<sizes.offsets {
            let byte = UInt8(truncatingIfNeeded: identifier.address &>> UInt64(8 &* index))
            element.storeBytes(of: byte, toByteOffset: 4 &+ index, as: UInt8.self)
        }
        element.storeBytes(of: identifier.index.littleEndian, toByteOffset: 4 &+ sizes.offsets, as: UInt32.self)
    }
}
