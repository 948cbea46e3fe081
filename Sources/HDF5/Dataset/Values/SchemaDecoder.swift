import HDF5Format

/// A decoder that has no data: it takes note of what is asked for, and answers zeros and empty text.
struct SchemaDecoder: Decoder {
    let schema: RowSchema
    let path: String
    let found = SchemaFinding()

    var codingPath: [any CodingKey] { [] }
    var userInfo: [CodingUserInfoKey: Any] { [:] }

    func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(SchemaKeyedContainer<Key>(schema: schema, path: path, found: found))
    }

    func unkeyedContainer() -> any UnkeyedDecodingContainer { SchemaUnkeyedContainer(path: path) }
    func singleValueContainer() -> any SingleValueDecodingContainer { self }
}

extension SchemaDecoder: SingleValueDecodingContainer {
    func decodeNil() -> Bool { false }

    private func single<Value>(_ datatype: H5Datatype, _ value: Value) -> Value {
        found.single = datatype
        return value
    }

    func decode(_ type: Bool.Type) -> Bool { single(.bool, false) }
    func decode(_ type: String.Type) throws -> String { single(try schema.text(at: path), "") }
    func decode(_ type: Double.Type) -> Double { single(.float64, 0) }
    func decode(_ type: Float.Type) -> Float { single(.float32, 0) }
    func decode(_ type: Int.Type) -> Int { single(.int64, 0) }
    func decode(_ type: Int8.Type) -> Int8 { single(.int8, 0) }
    func decode(_ type: Int16.Type) -> Int16 { single(.int16, 0) }
    func decode(_ type: Int32.Type) -> Int32 { single(.int32, 0) }
    func decode(_ type: Int64.Type) -> Int64 { single(.int64, 0) }
    func decode(_ type: UInt.Type) -> UInt { single(.uint64, 0) }
    func decode(_ type: UInt8.Type) -> UInt8 { single(.uint8, 0) }
    func decode(_ type: UInt16.Type) -> UInt16 { single(.uint16, 0) }
    func decode(_ type: UInt32.Type) -> UInt32 { single(.uint32, 0) }
    func decode(_ type: UInt64.Type) -> UInt64 { single(.uint64, 0) }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        let (datatype, value) = try schema.traced(type, at: path)
        return single(datatype, value)
    }
}

/// Takes note of the members that are asked for.
private struct SchemaKeyedContainer<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let schema: RowSchema
    let path: String
    let found: SchemaFinding

    var codingPath: [any CodingKey] { [] }
    var allKeys: [Key] { [] }
    func contains(_ key: Key) -> Bool { true }

    private func refuse(_ key: Key, _ type: Any.Type) -> H5Error {
        RowSchema.error(
            "\(type)? cannot be stored: HDF5 has no place for nil in a record", RowSchema.path(path, key.stringValue))
    }

    func decodeNil(forKey key: Key) -> Bool { false }

    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T {
        let (datatype, value) = try schema.traced(type, at: RowSchema.path(path, key.stringValue))
        found.add(key.stringValue, datatype)
        return value
    }

    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { throw refuse(key, type) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { throw refuse(key, type) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { throw refuse(key, type) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { throw refuse(key, type) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { throw refuse(key, type) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { throw refuse(key, type) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { throw refuse(key, type) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { throw refuse(key, type) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { throw refuse(key, type) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { throw refuse(key, type) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { throw refuse(key, type) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { throw refuse(key, type) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { throw refuse(key, type) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { throw refuse(key, type) }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? { throw refuse(key, type) }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type, forKey key: Key
    ) throws -> KeyedDecodingContainer<NestedKey> {
        throw unseen
    }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer { throw unseen }

    private var unseen: H5Error {
        RowSchema.error(
            "what is decoded by hand does not show without data; describe it as a compound type by hand", path)
    }

    /// Members of a superclass stand beside the others, as they are read.
    func superDecoder() -> any Decoder { Superclass(schema: schema, path: path, found: found) }
    func superDecoder(forKey key: Key) throws -> any Decoder { throw unseen }

    private struct Superclass: Decoder {
        let schema: RowSchema
        let path: String
        let found: SchemaFinding
        var codingPath: [any CodingKey] { [] }
        var userInfo: [CodingUserInfoKey: Any] { [:] }
        func container<Other: CodingKey>(keyedBy type: Other.Type) -> KeyedDecodingContainer<Other> {
            KeyedDecodingContainer(SchemaKeyedContainer<Other>(schema: schema, path: path, found: found))
        }
        func unkeyedContainer() -> any UnkeyedDecodingContainer { SchemaUnkeyedContainer(path: path) }
        func singleValueContainer() throws -> any SingleValueDecodingContainer {
            throw RowSchema.error("a superclass is not one value", path)
        }
    }
}

/// Complex numbers ask for their parts; others that ask one by one do not tell how many there are.
private struct SchemaUnkeyedContainer: UnkeyedDecodingContainer {
    let path: String
    var codingPath: [any CodingKey] { [] }
    var count: Int? { nil }
    var isAtEnd: Bool { true }
    var currentIndex: Int { 0 }

    private var unseen: H5Error {
        RowSchema.error(
            "the elements of a container do not show without data; describe it as a compound type by hand", path)
    }

    func decodeNil() throws -> Bool { throw unseen }

    func decode<T: Decodable>(_ type: T.Type) throws -> T {
        if let zero = Float(0) as? T { return zero }
        if let zero = Double(0) as? T { return zero }
        throw unseen
    }

    func nestedContainer<NestedKey: CodingKey>(
        keyedBy type: NestedKey.Type
    ) throws -> KeyedDecodingContainer<NestedKey> {
        throw unseen
    }

    func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer { throw unseen }
    func superDecoder() throws -> any Decoder { throw unseen }
}
