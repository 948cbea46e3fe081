import HDF5Format

/// The attributes of an object.
public struct H5Attributes: Sendable {
    private let handle: H5ObjectHandle

    init(_ handle: H5ObjectHandle) { self.handle = handle }

    private func table() throws -> AttributeTable { try AttributeTable(handle.header, context: handle.context) }

    /// The number of attributes.
    public var count: Int {
        get throws { try handle.locating { try table().count() } }
    }

    /// All attributes, by name or by creation (by name where the object does not track creation).
    public func all(_ order: H5Order = .name) throws -> [H5Attribute] {
        try handle.locating {
            let table = try table()
            return table.isEmpty ? [] : try table.attributes(order).map { H5Attribute($0, of: handle) }
        }
    }

    /// The names of all attributes.
    public func names(_ order: H5Order = .name) throws -> [String] { try all(order).map(\.name) }

    /// The attribute of a name; nil where there is none.
    public func find(_ name: String) throws -> H5Attribute? {
        try handle.locating { try table().attribute(named: H5Name(name)).map { H5Attribute($0, of: handle) } }
    }

    /// The attribute of a name.
    ///
    /// - Throws: `H5Error` with code `notFound` where there is none; the message lists what there is.
    public func require(_ name: String) throws -> H5Attribute {
        if let found = try find(name) { return found }
        let names = try names()
        let listed = names.prefix(8).joined(separator: ", ") + (names.count > 8 ? ", …" : "")
        throw H5Error(
            .notFound, "no attribute '\(name)' (\(names.isEmpty ? "there are none" : "there are: " + listed))",
            file: handle.context.storage.name, path: handle.path)
    }
}

/// What groups, datasets and committed datatypes have in common: attributes, a path, an address.
public protocol H5Attributed: Sendable {
    /// The attributes of the object.
    var attributes: H5Attributes { get }
    /// The path by which the object was reached.
    var path: String { get }
}

extension H5Attributed {
    /// The value of an attribute as one text.
    ///
    /// - Throws: `H5Error` with code `notFound` or `conversion`.
    public func attribute(_ name: String) throws -> String { try attributes.require(name).string() }

    /// The value of an attribute as one number, Boolean or complex number.
    ///
    /// - Throws: `H5Error` with code `notFound` or `conversion`.
    public func attribute<Element: H5Element>(_ name: String, as type: Element.Type = Element.self) throws -> Element {
        try attributes.require(name).scalar(as: type)
    }

    /// The value of an attribute as one reference.
    ///
    /// - Throws: `H5Error` with code `notFound` or `conversion`.
    public func attribute(_ name: String, as type: H5ReferenceValue.Type = H5ReferenceValue.self) throws
        -> H5ReferenceValue
    { try attributes.require(name).reference() }
}

/// An attribute: a small named value of an object.
public struct H5Attribute: Sendable {
    private let entry: AttributeTable.Entry
    private let handle: H5ObjectHandle

    init(_ entry: AttributeTable.Entry, of handle: H5ObjectHandle) {
        self.entry = entry
        self.handle = handle
    }

    /// The name; bytes that are not valid UTF-8 appear as `\xHH`.
    public var name: String { entry.name.string }
    /// The bytes of the name as stored.
    public var nameBytes: [UInt8] { entry.name.bytes }
    /// The type of the elements.
    public var datatype: H5Datatype { entry.datatype }
    /// The address of the committed datatype that the attribute uses; nil where its type is its own.
    public var committedDatatypeAddress: UInt64? { entry.committedDatatype }
    /// The extent.
    public var dataspace: H5Dataspace { entry.dataspace }
    /// The extent of each axis; empty for a single value.
    public var shape: [Int] { entry.dataspace.shape }
    /// The stored bytes of all elements.
    public var storedBytes: [UInt8] { entry.value }

    private func locating<R>(_ body: () throws -> R) throws -> R {
        do {
            return try body()
        } catch let error as H5Error {
            throw error.located(
                file: handle.context.storage.name, path: handle.path + "@" + name, address: entry.address)
        }
    }

    private var resultShape: [Int] { entry.dataspace.kind == .null ? [0] : entry.dataspace.shape }

    /// The number of values in all elements, which lie side by side, each of `size` bytes in memory.
    private func valueCount(_ part: FlattenedElement, of size: Int) throws -> Int {
        guard part.size == datatype.size else {
            throw H5Error(.damaged, "an array type of \(datatype.size) bytes holds values of \(part.size) bytes")
        }
        let count = try checkedProduct(dataspace.elementCount, part.count, "the values of the attribute")
        try handle.context.storage.checkResult(
            try checkedProduct(count, size, "the size of the attribute"), "the attribute")
        return count
    }

    /// The elements as numbers, Booleans or complex numbers; every value must be representable exactly.
    ///
    /// Where the elements are arrays of numbers (the array datatype), the axes of the arrays follow those of the
    /// attribute.
    public func read<Element: H5Element>(as type: Element.Type) throws -> H5Array<Element> {
        // Without a policy of its own this has the shape of the reading of rows, so the compiler prefers it for numbers.
        try read(as: type, policy: .exact)
    }

    /// The elements as numbers, Booleans or complex numbers.
    public func read<Element: H5Element>(
        as type: Element.Type, policy: H5ConversionPolicy
    ) throws -> H5Array<Element> {
        try locating {
            let part = try FlattenedElement(datatype)
            let conversion = try NumericConversion<Element>(from: part.datatype, policy: policy)
            let count = try valueCount(part, of: MemoryLayout<Element>.stride)
            let stored = entry.value
            let size = part.datatype.size
            let elements = try [Element](unsafeUninitializedCapacity: count) { buffer, filled in
                // `AttributeTable` made sure that there are as many bytes, `valueCount` that elements have no gaps.
                try stored.withUnsafeBytes { source in
                    guard let from = source.baseAddress, let to = buffer.baseAddress, count > 0 else { return }
                    try conversion.convert(
                        from: from, stride: size, to: to, destinationStride: 1, count: count, firstIndex: 0)
                }
                filled = count
            }
            return H5Array(trusted: resultShape + part.extents, elements)
        }
    }

    /// The one element as a number, Boolean or complex number.
    ///
    /// - Throws: `H5Error` with code `conversion`, also when there is not exactly one element.
    public func scalar<Element: H5Element>(as type: Element.Type = Element.self) throws -> Element {
        let array = try read(as: type)
        guard let first = array.elements.first, array.count == 1 else { throw notOne() }
        return first
    }

    /// The elements as texts, fixed or variable-length; bytes that are not valid UTF-8 appear as `\xHH`.
    public func strings() throws -> H5Array<String> {
        try locating {
            let strings = try stringArray()
            return H5Array(trusted: strings.shape, Array(strings))
        }
    }

    /// The elements as texts, by offsets into their bytes.
    public func stringArray() throws -> H5StringArray {
        try locating {
            let stored = entry.value
            let part = try FlattenedElement(datatype)
            var decoder = try StringDecoder(datatype: part.datatype, context: handle.context)
            try decoder.append(stored.span.bytes, count: try valueCount(part, of: part.datatype.size))
            return decoder.finish(shape: resultShape + part.extents)
        }
    }

    /// The one element as text.
    ///
    /// - Throws: `H5Error` with code `conversion`, also when there is not exactly one element.
    public func string() throws -> String {
        // Decoded without the arrays that many texts would need.
        let text = try locating { () -> String? in
            let part = try FlattenedElement(datatype)
            var decoder = try StringDecoder(datatype: part.datatype, context: handle.context)
            guard try valueCount(part, of: part.datatype.size) == 1 else { return nil }
            let stored = entry.value
            var text = ""
            try decoder.withText(stored.span.bytes, 0) { text = $0.string }
            return text
        }
        guard let text else { throw notOne() }
        return text
    }

    /// The elements as references.
    public func references() throws -> H5Array<H5ReferenceValue> {
        try locating {
            guard case .reference = datatype.kind else {
                throw H5Error(.conversion, "elements are \(datatype), which are no references")
            }
            let references = try values().elements.map { value -> H5ReferenceValue in
                if case .reference(let reference) = value { return reference }
                return .null
            }
            return H5Array(trusted: resultShape, references)
        }
    }

    /// The one element as a reference.
    ///
    /// - Throws: `H5Error` with code `conversion`, also when there is not exactly one element.
    public func reference() throws -> H5ReferenceValue {
        let array = try references()
        guard let first = array.elements.first, array.count == 1 else { throw notOne() }
        return first
    }

    /// The elements of a compound attribute as rows of a `Decodable` type; members are matched by name.
    public func read<Row: Decodable>(as type: Row.Type) throws -> H5Array<Row> {
        try locating {
            let stored = entry.value
            var rows: [Row] = []
            try RowDecoder<Row>(datatype: datatype, context: handle.context).append(
                stored.span.bytes, count: dataspace.elementCount, firstIndex: 0, to: &rows)
            return H5Array(trusted: resultShape, rows)
        }
    }

    /// The elements as values of any type, for tools that show what is there.
    public func values() throws -> H5Array<H5Value> {
        try locating {
            let decoder = ElementDecoder(datatype: datatype, context: handle.context)
            let stored = entry.value
            return H5Array(
                trusted: resultShape, try decoder.values(stored.span.bytes, count: dataspace.elementCount))
        }
    }

    private func notOne() -> H5Error {
        H5Error(
            .conversion, "the attribute has \(dataspace.elementCount) elements, not one",
            file: handle.context.storage.name, path: handle.path + "@" + name)
    }
}
