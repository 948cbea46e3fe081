import HDF5Format

/// Turns values of callers into elements as they are stored.
enum StoredEncoding {
    /// Numbers, Booleans and complex numbers.
    static func bytes<Element: H5Element>(
        _ values: [Element], _ datatype: H5Datatype, _ policy: H5ConversionPolicy
    ) throws -> [UInt8] {
        let encoding = try NumericEncoding<Element>(to: datatype, policy: policy)
        let count = try checkedProduct(values.count, datatype.size, "the size of the elements")
        return try values.withUnsafeBufferPointer { values in
            try bytes(count) { try encoding.encode(values, into: $0) }
        }
    }

    /// Text.
    static func bytes(_ strings: [String], _ datatype: H5Datatype, in editor: FileEditor) throws -> [UInt8] {
        let encoder = try StringEncoder(datatype: datatype, store: editor.globalHeap)
        let count = try checkedProduct(strings.count, datatype.size, "the size of the elements")
        if encoder.isVariable, strings.count >= TextCollections.fewestTexts {
            return try bytes(count) { elements in
                try editor.globalHeap.store(strings, elements: SharedMemory(elements), check: encoder.variableCheck)
            }
        }
        return try bytes(count) { try encoder.encode(strings, count: strings.count, into: $0) }
    }

    /// Rows.
    static func bytes<Row: Encodable>(_ rows: [Row], _ datatype: H5Datatype, in editor: FileEditor) throws -> [UInt8] {
        let encoder = try RowEncoder<Row>(datatype: datatype, store: editor.globalHeap)
        let count = try checkedProduct(rows.count, datatype.size, "the size of the elements")
        return try bytes(count) { try encoder.encode(rows, count: rows.count, into: $0) }
    }

    /// Values of any type.
    static func bytes(values: [H5Value], _ datatype: H5Datatype, in editor: FileEditor) throws -> [UInt8] {
        try ValueEncoder(datatype: datatype, store: editor.globalHeap).encode(values)
    }

    private static func bytes(_ count: Int, _ body: (UnsafeMutableRawBufferPointer) throws -> Void) throws -> [UInt8] {
        // Zeros first, as encoders leave gaps alone.
        var bytes = [UInt8](repeating: 0, count: count)
        try bytes.withUnsafeMutableBytes { try body($0) }
        return bytes
    }
}
