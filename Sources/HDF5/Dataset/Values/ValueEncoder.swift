import HDF5Format

/// Turns `H5Value`s into stored elements of any datatype.
///
/// The way back of `ElementDecoder`. Numbers must be held exactly; enumerations take the name of a value, or its number;
/// records take their members by name, each exactly once; arrays take as many values as they have.
struct ValueEncoder {
    private let node: RowNode
    private let writer: ElementWriter

    /// Prepares a datatype.
    ///
    /// - Parameter store: What takes variable-length data and regions; types without them need none.
    /// - Throws: `H5Error` (`damaged`) where the type contradicts itself.
    init(datatype: H5Datatype, store: (any VariableLengthStore)?) throws {
        node = try RowNode(datatype)
        writer = ElementWriter(store: store)
    }

    /// The size of one stored element, in bytes.
    var storedSize: Int { node.size }

    /// The stored elements of values, side by side.
    ///
    /// - Throws: `H5Error`: `conversion` with the element, the member and what is wrong with it.
    func encode(_ values: some Collection<H5Value>, firstIndex: Int = 0) throws -> [UInt8] {
        let size = try checkedProduct(values.count, node.size, "the size of the elements")
        let buffer = ElementBuffer(count: size)
        for (index, value) in values.enumerated() {
            let place = Place(index: firstIndex + index)
            try put(value, node, in: buffer, at: index * node.size, place)
        }
        return buffer.bytes
    }

    /// Where a value is, for errors.
    private struct Place {
        var index: Int
        var path: [any CodingKey] = []

        func member(_ name: String) -> Place { Place(index: index, path: path + [MemberKey(stringValue: name)]) }
        func element(_ index: Int) -> Place { Place(index: self.index, path: path + [RowIndex(index)]) }
        var text: String { rowPlace(index, path) }

        func error(_ message: String) -> H5Error { H5Error(.conversion, "\(text): \(message)") }

        func mismatch(_ value: H5Value, _ node: RowNode) -> H5Error {
            let text = value.description
            return error("\(text.prefix(60)) cannot be written to elements that are \(node.datatype)")
        }
    }

    private struct MemberKey: CodingKey {
        var stringValue: String
        var intValue: Int? { nil }
        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    private func put(
        _ value: H5Value, _ node: RowNode, in buffer: ElementBuffer, at offset: Int, _ place: Place
    ) throws {
        // Bytes are what is stored, where that is not a place in the file.
        if case .bytes(let bytes) = value {
            guard !node.datatype.holdsPlaces else { throw place.mismatch(value, node) }
            guard bytes.count == node.size else {
                throw place.error("there are \(bytes.count) bytes for an element of \(node.size)")
            }
            return writer.put(bytes, in: buffer, at: offset)
        }
        switch node.kind {
        case .number(let source): try put(number: value, node, source, in: buffer, at: offset, place)
        case .enumeration(let source, _, let values):
            let name: String?
            switch value {
            case .enumeration(let given, _): name = given
            case .string(let text): name = text
            default: name = nil
            }
            guard let name else {
                return try put(number: value, node, source, in: buffer, at: offset, place)
            }
            guard writer.put(name: name, values, in: buffer, at: offset) else {
                throw place.error("'\(name)' is the name of no value of \(node.datatype)")
            }
        case .string, .variableString:
            guard case .string(let text) = value else { throw place.mismatch(value, node) }
            try writer.put(text, node, in: buffer, at: offset, place: place.text)
        case .compound(let record): try put(record: value, node, record, in: buffer, at: offset, place)
        case .array: try put(array: value, node, in: buffer, at: offset, place)
        case .sequence(let base):
            let values: [H5Value]
            switch value {
            case .sequence(let elements): values = elements
            case .array(let shape, let elements) where shape.count == 1: values = elements
            default: throw place.mismatch(value, node)
            }
            let size = try checkedProduct(values.count, base.size, "the size of a sequence")
            let elements = ElementBuffer(count: size)
            for (index, value) in values.enumerated() {
                try put(value, base, in: elements, at: index * base.size, place.element(index))
            }
            try writer.put(sequence: elements, count: values.count, in: buffer, at: offset, size: node.size)
        case .other: try put(other: value, node, in: buffer, at: offset, place)
        }
    }

    // MARK: Numbers

    private func put(
        number value: H5Value, _ node: RowNode, _ source: ScalarSource, in buffer: ElementBuffer, at offset: Int,
        _ place: Place
    ) throws {
        guard let number = try Self.number(value, place) else { throw place.mismatch(value, node) }
        guard writer.put(number, node, source, in: buffer, at: offset) else {
            throw place.error("\(number.text) cannot be held exactly by \(node.datatype)")
        }
    }

    /// The number that a value is; nil for one that is none.
    private static func number(_ value: H5Value, _ place: Place) throws -> ScalarValue? {
        switch value {
        case .integer(let value), .time(let value): return .signed(value)
        case .unsigned(let value), .bitfield(let value, _): return .unsigned(value)
        case .bigInteger(let text):
            if let value = Int128(text) { return .wide(value) }
            return UInt128(text).map { .wideUnsigned($0) }
        case .float(let value): return try float(value, place)
        case .enumeration(nil, let value): return try number(value, place)
        default: return nil
        }
    }

    private static func float(_ value: H5FloatValue, _ place: Place) throws -> ScalarValue {
        guard value.isExact else {
            throw place.error("\(value) is only near to the number that was read, which has more bits")
        }
        return .float(value.value)
    }

    // MARK: Records and arrays

    private func put(
        record value: H5Value, _ node: RowNode, _ record: RowRecord, in buffer: ElementBuffer, at offset: Int,
        _ place: Place
    ) throws {
        if case .complex(let real, let imaginary) = value, node.datatype.complexBase != nil {
            for (member, part) in zip(record.members, [real, imaginary]) {
                try put(.float(part), member.node, in: buffer, at: offset + member.offset, place.member(member.name))
            }
            return
        }
        guard case .compound(let given) = value else { throw place.mismatch(value, node) }
        var written: Set<Int> = []
        for (index, member) in given.enumerated() {
            // As a rule members come in the order of the type.
            let isExpected = index < record.members.count && record.members[index].name == member.name
            guard let number = isExpected ? index : record.numbers[member.name] else {
                let names = record.members.map(\.name).joined(separator: ", ")
                throw place.error("the record has no member '\(member.name)'; its members are \(names)")
            }
            guard written.insert(number).inserted else {
                throw place.error("there are two values for member '\(member.name)'")
            }
            let target = record.members[number]
            try put(member.value, target.node, in: buffer, at: offset + target.offset, place.member(member.name))
        }
        if let missing = record.members.indices.first(where: { !written.contains($0) }) {
            throw place.error("there is no value for member '\(record.members[missing].name)'")
        }
    }

    private func put(
        array value: H5Value, _ node: RowNode, in buffer: ElementBuffer, at offset: Int, _ place: Place
    ) throws {
        var shape: [Int] = []
        var base = node
        switch (node.datatype.kind, value) {
        case (.complex, .complex(let real, let imaginary)):
            guard case .array(let part, _) = node.kind else { throw place.mismatch(value, node) }
            try put(.float(real), part, in: buffer, at: offset, place)
            return try put(.float(imaginary), part, in: buffer, at: offset + part.size, place)
        case (.array(let extents, _), _):
            shape = extents
            // A node holds one axis, and the node of its elements the next one.
            for _ in extents { if case .array(let inner, _) = base.kind { base = inner } }
        default: throw place.mismatch(value, node)
        }
        let values: [H5Value]
        switch value {
        case .array(let extents, let elements):
            guard extents == shape else {
                throw place.error("an array of shape \(extents) cannot be written to one of shape \(shape)")
            }
            values = elements
        case .sequence(let elements) where shape.count == 1: values = elements
        default: throw place.mismatch(value, node)
        }
        let total = try checkedProduct(shape, "the elements of an array type")
        guard values.count == total else {
            throw place.error("there are \(values.count) values for an array of \(total)")
        }
        for (index, value) in values.enumerated() {
            try put(value, base, in: buffer, at: offset + index * base.size, place.element(index))
        }
    }

    // MARK: References and numbers that no machine has

    private func put(
        other value: H5Value, _ node: RowNode, in buffer: ElementBuffer, at offset: Int, _ place: Place
    ) throws {
        switch (node.datatype.kind, value) {
        case (.reference(let kind), .reference(let reference)):
            do {
                let bytes = try writer.encoded(reference, kind, size: node.size)
                writer.put(bytes, in: buffer, at: offset)
            } catch let error as H5Error where error.code == .invalidArgument {
                throw place.error(error.message)
            }
        case (.integer(let format), .bigInteger(let text)):
            guard let bytes = Self.bytes(text, count: node.size) else {
                throw place.error("\(text) is not written as 0x and the digits of \(node.size) bytes")
            }
            writer.put(format.order == .bigEndian ? bytes : bytes.reversed(), in: buffer, at: offset)
        default: throw place.mismatch(value, node)
        }
    }

    /// The bytes of a hexadecimal number with all its digits, highest first.
    private static func bytes(_ text: String, count: Int) -> [UInt8]? {
        let digits = Array(text.utf8)
        guard digits.count - 2 == count * 2, digits.starts(with: "0x".utf8) else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        for index in 0..<count {
            let pair = String(decoding: digits[(2 + 2 * index)..<(4 + 2 * index)], as: UTF8.self)
            guard let byte = UInt8(pair, radix: 16), pair.first != "+" else { return nil }
            bytes.append(byte)
        }
        return bytes
    }
}
