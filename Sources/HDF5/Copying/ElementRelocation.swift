import HDF5Format

/// Makes elements of one file elements of another: what they keep in the heap goes to that file's heap, and references lead
/// to the copies.
struct ElementRelocation {
    /// Something in an element that means a place in its file.
    private indirect enum Place {
        case sequence(offset: Int, base: ElementRelocation?, baseSize: Int)
        case reference(offset: Int, H5ReferenceKind, size: Int)
    }

    private let places: [Place]
    private let elementSize: Int
    /// Whether all places lie in their element; a damaged type may say otherwise.
    private let isSound: Bool
    private let target: FileEditor
    /// Whether a reference to what is not copied leads to nothing in the copy, and is not null.
    private let keepsDangling: Bool
    /// The address of the copy of an object; nil where the object is not copied.
    private let copy: (UInt64) throws -> UInt64?

    /// Nil where elements of the type mean the same in every file.
    init?(
        _ datatype: H5Datatype, to target: FileEditor, keepsDangling: Bool, copy: @escaping (UInt64) throws -> UInt64?
    ) {
        guard datatype.holdsPlaces else { return nil }
        self.keepsDangling = keepsDangling
        self.target = target
        self.copy = copy
        elementSize = datatype.size
        var places: [Place] = []
        var isSound = true
        let descriptorSize = 8 + target.storage.sizes.offsets
        func add(_ type: H5Datatype, at offset: Int) {
            let size = datatype.size
            guard isSound, offset >= 0, type.size > 0, offset <= size, type.size <= size - offset else {
                isSound = false
                return
            }
            switch type.kind {
            case .variableLengthString where type.size != descriptorSize: isSound = false
            case .variableLength where type.size != descriptorSize: isSound = false
            case .variableLengthString: places.append(.sequence(offset: offset, base: nil, baseSize: 1))
            case .variableLength(let base):
                places.append(
                    .sequence(
                        offset: offset,
                        base: ElementRelocation(base, to: target, keepsDangling: keepsDangling, copy: copy),
                        baseSize: base.size))
            case .reference(let kind): places.append(.reference(offset: offset, kind, size: type.size))
            case .compound(let members):
                for member in members {
                    add(member.type, at: offset.addingReportingOverflow(member.offset).partialValue)
                }
            case .array(let shape, let base) where base.holdsPlaces:
                guard let count = try? checkedProduct(shape, "the elements of an array type"), base.size > 0,
                    count >= 0, count <= type.size / base.size
                else {
                    isSound = false
                    return
                }
                for index in 0..<count { add(base, at: offset + index * base.size) }
            case .array, .integer, .float, .time, .string, .bitfield, .opaque, .enumeration, .complex: break
            }
        }
        add(datatype, at: 0)
        self.places = places
        self.isSound = isSound
    }

    /// Relocates elements that lie side by side, all of one file.
    func relocate(_ elements: RawSpan, count: Int, from source: FileContext) throws -> [UInt8] {
        guard isSound, source.storage.sizes.offsets == target.storage.sizes.offsets else {
            throw H5Error(.damaged, "a type of \(elementSize) bytes says that parts of it lie outside")
        }
        var bytes = Array(copying: elements)
        guard count >= 0, count <= bytes.count / max(1, elementSize) else {
            throw H5Error(.truncated, "elements are missing")
        }
        for index in 0..<count {
            for place in places { try relocate(place, in: &bytes, at: index * elementSize, from: source) }
        }
        return bytes
    }

    private func relocate(
        _ place: Place, in bytes: inout [UInt8], at start: Int, from source: FileContext
    ) throws {
        switch place {
        case .sequence(let offset, let base, let baseSize):
            let position = start + offset
            let old = source.storage.sizes
            var cursor = ByteCursor(
                bytes.span.bytes.extracting(position..<(position + 8 + old.offsets)), sizes: old)
            let count = Int(try cursor.readUInt32())
            let identifier = try GlobalHeapIdentifier(from: &cursor)
            var builder = ByteBuilder(sizes: target.storage.sizes)
            if count > 0, !identifier.isNull {
                let size = try checkedProduct(count, baseSize, "the size of a sequence")
                let object = try source.globalHeap.withObject(identifier) { object -> [UInt8] in
                    guard object.byteCount >= size else {
                        throw H5Error(
                            .damaged, "a sequence of \(size) bytes has \(object.byteCount) in the global heap",
                            address: identifier.address)
                    }
                    return Array(copying: object.extracting(0..<size))
                }
                let moved = try base?.relocate(object.span.bytes, count: count, from: source) ?? object
                let place = try target.globalHeap.store(moved.span.bytes)
                try builder.writeUInt32(count, "the length of a sequence")
                try place.encode(to: &builder)
            } else {
                builder.writeZeros(8 + builder.sizes.offsets)
            }
            Self.put(builder.bytes, in: &bytes, at: position)
        case .reference(let offset, let kind, let size):
            let position = start + offset
            var cursor = ByteCursor(
                bytes.span.bytes.extracting(position..<(position + size)), sizes: source.storage.sizes)
            let reference = try ReferenceElement(from: &cursor, kind: kind)
            var builder = ByteBuilder(sizes: target.storage.sizes)
            let (moved, payloadSize) = try relocated(reference, from: source)
            try moved.encode(to: &builder, kind: kind, size: size, payloadSize: payloadSize)
            Self.put(builder.bytes, in: &bytes, at: position)
        }
    }

    /// An address at which there is no object.
    private static func nowhere(_ sizes: FieldSizes) -> UInt64 {
        sizes.offsets == 8 ? UInt64(Int64.max) : (1 << UInt64(8 * sizes.offsets - 1)) - 1
    }

    private static func put(_ new: [UInt8], in bytes: inout [UInt8], at position: Int) {
        bytes.replaceSubrange(position..<(position + new.count), with: new)
    }

    /// A reference to the copy; null where there is none.
    private func relocated(
        _ reference: ReferenceElement, from source: FileContext
    ) throws -> (ReferenceElement, payloadSize: UInt32) {
        let (old, new) = (source.storage.sizes, target.storage.sizes)
        switch reference {
        case .null: return (.null, 0)
        case .object(let address):
            if let moved = try copy(address) { return (.object(address: moved), 0) }
            return (keepsDangling ? .object(address: Self.nowhere(new)) : .null, 0)
        case .region(let identifier):
            var payload = try source.globalHeap.withObject(identifier) { bytes in
                var cursor = ByteCursor(bytes, sizes: old, address: identifier.address)
                return try RegionPayload(from: &cursor)
            }
            guard let address = try copy(payload.datasetAddress) else { return (.null, 0) }
            payload.datasetAddress = address
            var builder = ByteBuilder(sizes: new)
            try payload.encode(to: &builder)
            return (.region(try target.globalHeap.store(builder.bytes.span.bytes)), 0)
        case .standard(let kind, let isExternal, let identifier):
            var payload = try source.globalHeap.withObject(identifier) { bytes in
                var cursor = ByteCursor(bytes, sizes: old, address: identifier.address)
                return try StandardReferencePayload(from: &cursor, kind: kind, isExternal: isExternal)
            }
            if !isExternal {
                guard let address = try copy(payload.address) else { return (.null, 0) }
                payload.address = address
            }
            var builder = ByteBuilder(sizes: new)
            try payload.encode(to: &builder)
            return (
                .standard(kind, isExternal: isExternal, try target.globalHeap.store(builder.bytes.span.bytes)),
                UInt32(builder.count)
            )
        }
    }
}
