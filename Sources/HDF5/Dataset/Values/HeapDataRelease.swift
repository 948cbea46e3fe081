import HDF5Format

/// Gives back what stored elements hold in the global heap, before they are overwritten or removed.
///
/// Sequences of sequences are followed to their last object. Each object is removed before what it holds is looked at, so
/// that no damaged file makes this go in circles: the second who leads to an object gets an error.
struct HeapDataRelease {
    private let steps: [Step]
    private let size: Int

    private indirect enum Step {
        /// Text, or a sequence of elements that hold nothing of the heap.
        case descriptor(offset: Int)
        case sequence(offset: Int, base: HeapDataRelease)
        case reference(H5ReferenceKind, offset: Int, size: Int)
        case array(offset: Int, count: Int, base: HeapDataRelease)
    }

    /// Prepares a datatype; nil where its elements hold nothing of the heap.
    init?(_ datatype: H5Datatype) throws {
        guard datatype.hasHeapData else { return nil }
        size = datatype.size
        guard size > 0 else { throw H5Error(.damaged, "elements of \(size) bytes are not possible") }
        steps = try Self.steps(datatype, at: 0, in: datatype.size)
    }

    private static func steps(_ datatype: H5Datatype, at offset: Int, in size: Int) throws -> [Step] {
        guard offset >= 0, offset <= size, datatype.size >= 0, datatype.size <= size - offset else {
            throw H5Error(.damaged, "a member of \(datatype.size) bytes lies outside its record of \(size) bytes")
        }
        switch datatype.kind {
        case .variableLengthString: return [.descriptor(offset: offset)]
        case .variableLength(let base):
            guard let inner = try HeapDataRelease(base) else { return [.descriptor(offset: offset)] }
            return [.sequence(offset: offset, base: inner)]
        case .reference(let kind) where kind != .object:
            return [.reference(kind, offset: offset, size: datatype.size)]
        case .compound(let members):
            return try members.flatMap { member -> [Step] in
                let (place, overflow) = offset.addingReportingOverflow(member.offset)
                guard member.offset >= 0, !overflow else {
                    throw H5Error(.damaged, "member \(member.name) lies outside its record of \(size) bytes")
                }
                return member.type.hasHeapData ? try steps(member.type, at: place, in: size) : []
            }
        case .array(let shape, let base):
            guard let inner = try HeapDataRelease(base) else { return [] }
            let count = try checkedProduct(shape, "the elements of an array type")
            guard count >= 0, try checkedProduct(count, base.size, "the size of an array type") <= datatype.size else {
                throw H5Error(.damaged, "an array type of \(datatype.size) bytes holds \(count) of \(base.size) bytes")
            }
            return [.array(offset: offset, count: count, base: inner)]
        default: return []
        }
    }

    /// Removes all objects that `count` stored elements, which lie side by side, lead to.
    func release(_ elements: RawSpan, count: Int, from store: some VariableLengthStore) throws {
        guard count >= 0, count <= elements.byteCount / size else {
            throw H5Error(
                .damaged, "\(count) elements of \(size) bytes do not lie in \(elements.byteCount) bytes")
        }
        for index in 0..<count {
            let element = elements.extracting((index &* size)..<(index &* size &+ size))
            for step in steps { try release(element, step, from: store) }
        }
    }

    private func release(_ element: RawSpan, _ step: Step, from store: some VariableLengthStore) throws {
        switch step {
        case .descriptor(let offset):
            let descriptor = try descriptor(element, at: offset, store.sizes)
            // Empty text has an object, too.
            if !descriptor.identifier.isNull { try store.remove(descriptor.identifier) }
        case .sequence(let offset, let base):
            let descriptor = try descriptor(element, at: offset, store.sizes)
            guard !descriptor.identifier.isNull else { return }
            let elements = try store.take(descriptor.identifier)
            try base.release(elements.span.bytes, count: Int(descriptor.count), from: store)
        case .reference(let kind, let offset, let size):
            var cursor = ByteCursor(element.extracting(offset..<(offset + size)), sizes: store.sizes)
            switch try ReferenceElement(from: &cursor, kind: kind) {
            case .null, .object: break
            case .region(let identifier), .standard(_, _, let identifier):
                if !identifier.isNull { try store.remove(identifier) }
            }
        case .array(let offset, let count, let base):
            let (end, overflow) = offset.addingReportingOverflow(count &* base.size)
            guard !overflow, end <= element.byteCount else {
                throw H5Error(.damaged, "an array lies outside its element of \(element.byteCount) bytes")
            }
            try base.release(element.extracting(offset..<end), count: count, from: store)
        }
    }

    private func descriptor(_ element: RawSpan, at offset: Int, _ sizes: FieldSizes) throws -> VariableLengthDescriptor
    {
        var cursor = ByteCursor(element.extracting(offset..<element.byteCount), sizes: sizes)
        return try VariableLengthDescriptor(from: &cursor)
    }
}
