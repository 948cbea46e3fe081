/// External File List message (0x0007): raw data that lies in other files, one piece after the other.
///
/// | bytes   | field                                                                       |
/// |---------|-----------------------------------------------------------------------------|
/// | 1 + 3   | version 1, reserved                                                         |
/// | 2 + 2   | allocated slots, used slots                                                 |
/// | address | local heap with the file names                                              |
/// | 3 × len | per used slot: offset of the name, offset in the file, size (all ones: to the end) |
package struct ExternalFileListMessage: Hashable, Sendable {
    /// One piece of the data.
    package struct Slot: Hashable, Sendable {
        package var nameOffset: UInt64
        package var fileOffset: UInt64
        /// nil: as far as the dataset goes.
        package var size: UInt64?

        package init(nameOffset: UInt64, fileOffset: UInt64, size: UInt64?) {
            self.nameOffset = nameOffset
            self.fileOffset = fileOffset
            self.size = size
        }
    }

    /// The number of slots that the list was made for; only those in use are stored.
    package var allocatedSlots: UInt16
    package var heapAddress: UInt64
    package var slots: [Slot]

    package init(heapAddress: UInt64, slots: [Slot], allocatedSlots: UInt16) {
        self.heapAddress = heapAddress
        self.slots = slots
        self.allocatedSlots = allocatedSlots
    }

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(1...1, "external file list")
        try cursor.skip(3)
        allocatedSlots = try cursor.readUInt16()
        let count = Int(try cursor.readUInt16())
        heapAddress = try cursor.readDefinedAddress("heap of external file names")
        slots = []
        for _ in 0..<count {
            let nameOffset = try cursor.readLength()
            let fileOffset = try cursor.readLength()
            slots.append(Slot(nameOffset: nameOffset, fileOffset: fileOffset, size: try cursor.readLimitedLength()))
        }
    }

    package func encode(to builder: inout ByteBuilder) throws {
        builder.writeUInt8(1)
        builder.writeZeros(3)
        builder.writeUInt16(allocatedSlots)
        try builder.writeUInt16(slots.count, "the number of external files")
        try builder.writeAddress(heapAddress)
        for slot in slots {
            try builder.writeLength(slot.nameOffset, "the place of a file name")
            try builder.writeLength(slot.fileOffset, "an offset in an external file")
            try builder.writeLimitedLength(slot.size, "the size of a piece of an external file")
        }
    }
}
