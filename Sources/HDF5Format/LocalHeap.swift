/// Local heap: the names of an old-style group, NUL-terminated, at multiples of 8.
///
/// | bytes   | field                                             |
/// |---------|---------------------------------------------------|
/// | 4       | `HEAP`                                            |
/// | 1 + 3   | version 0, reserved                               |
/// | length  | size of the data segment                          |
/// | length  | first free block; 1 where none                    |
/// | address | the data segment                                  |
package struct LocalHeap: Hashable, Sendable {
    package var dataSize: UInt64
    package var freeListOffset: UInt64
    package var dataAddress: UInt64

    /// The size of the header.
    package static func headerSize(_ sizes: FieldSizes) -> Int { 8 + 2 * sizes.lengths + sizes.offsets }

    package init(from cursor: inout ByteCursor) throws {
        try cursor.expectSignature(.localHeap, "local heap")
        _ = try cursor.expectVersion(0...0, "local heap")
        try cursor.skip(3)
        dataSize = try cursor.readLength()
        freeListOffset = try cursor.readLength()
        dataAddress = try cursor.readDefinedAddress("data of the local heap")
    }
}
