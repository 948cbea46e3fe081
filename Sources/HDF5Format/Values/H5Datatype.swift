/// The type of the elements of a dataset or attribute, exactly as the file describes it.
public struct H5Datatype: Hashable, Sendable {
    /// The class of the type with all that belongs to it.
    public var kind: Kind
    /// The size of one element in the file, in bytes.
    public var size: Int
    /// The version of the message that described the type (1 to 5); informative.
    public var encodingVersion: UInt8

    /// The eleven datatype classes of the format, with what each needs to be understood.
    public indirect enum Kind: Hashable, Sendable {
        /// A fixed-point number.
        case integer(H5IntegerFormat)
        /// A floating-point number.
        case float(H5FloatFormat)
        /// A time stamp, kept as stored.
        case time(order: H5ByteOrder, precision: Int)
        /// Text of a fixed number of bytes.
        case string(H5StringFormat)
        /// A set of bits.
        case bitfield(H5IntegerFormat)
        /// Bytes without meaning to the library; the tag says what they are.
        case opaque(tag: String)
        /// A record with named members.
        case compound([H5CompoundMember])
        /// A reference to an object, a region or an attribute.
        case reference(H5ReferenceKind)
        /// An integer with named values.
        case enumeration(base: H5Datatype, members: [H5EnumerationMember])
        /// A sequence of any length of elements of one type.
        case variableLength(base: H5Datatype)
        /// Text of any length.
        case variableLengthString(H5StringFormat)
        /// A fixed number of elements of one type, with a shape.
        case array(shape: [Int], base: H5Datatype)
        /// A complex number: real part, imaginary part (HDF5 2.0).
        case complex(base: H5Datatype)
    }

    /// Makes a type from its parts.
    public init(kind: Kind, size: Int, encodingVersion: UInt8 = 1) {
        self.kind = kind
        self.size = size
        self.encodingVersion = encodingVersion
    }

    /// Whether both describe the same elements; how the file encodes the description does not count.
    public static func == (left: H5Datatype, right: H5Datatype) -> Bool {
        left.size == right.size && left.kind == right.kind
    }

    /// Hashes what equality compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(size)
        hasher.combine(kind)
    }
}

/// The order of the bytes of a number in the file.
public enum H5ByteOrder: Hashable, Sendable {
    /// Least significant byte first.
    case littleEndian
    /// Most significant byte first.
    case bigEndian
    /// VAX order: 16-bit little-endian words, the most significant word first.
    case vax
}

/// What fills the bits of a number that carry no value.
public enum H5BitPadding: Hashable, Sendable {
    /// The bits are zero.
    case zero
    /// The bits are one.
    case one
    /// The bits keep what was there.
    case background
}

/// How a fixed-point number or a bit field lies in its bytes.
public struct H5IntegerFormat: Hashable, Sendable {
    /// The byte order.
    public var order: H5ByteOrder
    /// Whether the number has a sign (two's complement).
    public var isSigned: Bool
    /// The position of the lowest bit of the value.
    public var bitOffset: Int
    /// The number of bits of the value.
    public var precision: Int
    /// What lies below the value's bits.
    public var lowPadding: H5BitPadding
    /// What lies above the value's bits.
    public var highPadding: H5BitPadding

    /// Makes a format; by default a plain number that fills its bytes.
    public init(
        order: H5ByteOrder = .littleEndian, isSigned: Bool, bitOffset: Int = 0, precision: Int,
        lowPadding: H5BitPadding = .zero, highPadding: H5BitPadding = .zero
    ) {
        self.order = order
        self.isSigned = isSigned
        self.bitOffset = bitOffset
        self.precision = precision
        self.lowPadding = lowPadding
        self.highPadding = highPadding
    }
}

/// How a floating-point number lies in its bytes; bit positions count from the least significant bit.
public struct H5FloatFormat: Hashable, Sendable {
    /// How the most significant bit of the mantissa is kept.
    public enum Normalization: Hashable, Sendable {
        /// The mantissa is stored whole.
        case none
        /// The most significant bit is always set, and stored.
        case mostSignificantBitSet
        /// The most significant bit is always set, and not stored (IEEE 754).
        case implied
    }

    /// The byte order.
    public var order: H5ByteOrder
    /// The position of the lowest bit of the value.
    public var bitOffset: Int
    /// The number of bits of the value.
    public var precision: Int
    /// The position of the sign bit.
    public var signPosition: Int
    /// The position of the exponent's lowest bit.
    public var exponentPosition: Int
    /// The number of bits of the exponent.
    public var exponentSize: Int
    /// What is subtracted from the stored exponent.
    public var exponentBias: UInt32
    /// The position of the mantissa's lowest bit.
    public var mantissaPosition: Int
    /// The number of stored bits of the mantissa.
    public var mantissaSize: Int
    /// How the mantissa's most significant bit is kept.
    public var normalization: Normalization
    /// What lies below the value's bits.
    public var lowPadding: H5BitPadding
    /// What lies above the value's bits.
    public var highPadding: H5BitPadding
    /// What lies between the fields.
    public var internalPadding: H5BitPadding

    /// Makes a format with all paddings zero.
    public init(
        order: H5ByteOrder = .littleEndian, bitOffset: Int = 0, precision: Int, signPosition: Int,
        exponentPosition: Int, exponentSize: Int, exponentBias: UInt32, mantissaPosition: Int = 0, mantissaSize: Int,
        normalization: Normalization = .implied
    ) {
        self.order = order
        self.bitOffset = bitOffset
        self.precision = precision
        self.signPosition = signPosition
        self.exponentPosition = exponentPosition
        self.exponentSize = exponentSize
        self.exponentBias = exponentBias
        self.mantissaPosition = mantissaPosition
        self.mantissaSize = mantissaSize
        self.normalization = normalization
        self.lowPadding = .zero
        self.highPadding = .zero
        self.internalPadding = .zero
    }

    /// IEEE 754 half precision, little-endian.
    public static let binary16 = H5FloatFormat(
        precision: 16, signPosition: 15, exponentPosition: 10, exponentSize: 5, exponentBias: 15, mantissaSize: 10)
    /// IEEE 754 single precision, little-endian.
    public static let binary32 = H5FloatFormat(
        precision: 32, signPosition: 31, exponentPosition: 23, exponentSize: 8, exponentBias: 127, mantissaSize: 23)
    /// IEEE 754 double precision, little-endian.
    public static let binary64 = H5FloatFormat(
        precision: 64, signPosition: 63, exponentPosition: 52, exponentSize: 11, exponentBias: 1023, mantissaSize: 52)

    /// Whether the fields are those of `other`, whatever the byte order and the paddings.
    public func hasSameFields(as other: H5FloatFormat) -> Bool {
        bitOffset == other.bitOffset && precision == other.precision && signPosition == other.signPosition
            && exponentPosition == other.exponentPosition && exponentSize == other.exponentSize
            && exponentBias == other.exponentBias && mantissaPosition == other.mantissaPosition
            && mantissaSize == other.mantissaSize && normalization == other.normalization
    }
}

/// How text ends inside its bytes, and how its characters are encoded.
public struct H5StringFormat: Hashable, Sendable {
    /// How unused bytes of a fixed-length string are filled.
    public enum Padding: UInt8, Hashable, Sendable {
        /// The text ends at the first NUL.
        case nullTerminated = 0
        /// Trailing NULs do not belong to the text.
        case nullPadded = 1
        /// Trailing spaces do not belong to the text (Fortran).
        case spacePadded = 2
    }

    /// The character set that the file declares; UTF-8 occurs under the ASCII flag.
    public enum CharacterSet: UInt8, Hashable, Sendable {
        /// US-ASCII.
        case ascii = 0
        /// UTF-8.
        case utf8 = 1
    }

    /// How the text is padded.
    public var padding: Padding
    /// The declared character set.
    public var characterSet: CharacterSet

    /// Makes a string format.
    public init(padding: Padding, characterSet: CharacterSet) {
        self.padding = padding
        self.characterSet = characterSet
    }
}

/// One member of a compound type.
public struct H5CompoundMember: Hashable, Sendable {
    /// The member's name; a byte that is not part of valid UTF-8 appears as `\xHH`.
    public var name: String {
        get { storedName.string }
        set { storedName = H5Name(newValue) }
    }
    /// The name as it is stored, which a copy keeps where it is not UTF-8.
    package var storedName: H5Name
    /// The position of the member inside the record, in bytes.
    public var offset: Int
    /// The member's type.
    public var type: H5Datatype

    /// Makes a member.
    public init(name: String, offset: Int, type: H5Datatype) {
        self.init(storedName: H5Name(name), offset: offset, type: type)
    }

    package init(storedName: H5Name, offset: Int, type: H5Datatype) {
        self.storedName = storedName
        self.offset = offset
        self.type = type
    }
}

/// One named value of an enumeration.
public struct H5EnumerationMember: Hashable, Sendable {
    /// The value's name; a byte that is not part of valid UTF-8 appears as `\xHH`.
    public var name: String {
        get { storedName.string }
        set { storedName = H5Name(newValue) }
    }
    /// The name as it is stored, which a copy keeps where it is not UTF-8.
    package var storedName: H5Name
    /// The value as the bytes of the base type, as stored.
    public var storedValue: [UInt8]

    /// Makes a member.
    public init(name: String, storedValue: [UInt8]) {
        self.init(storedName: H5Name(name), storedValue: storedValue)
    }

    package init(storedName: H5Name, storedValue: [UInt8]) {
        self.storedName = storedName
        self.storedValue = storedValue
    }
}

/// What a reference leads to.
public enum H5ReferenceKind: Hashable, Sendable {
    /// An object: the address of its header (before HDF5 1.12).
    case object
    /// A region of a dataset: a global heap object (before HDF5 1.12).
    case region
    /// An object, a region or an attribute, as each element says (HDF5 1.12).
    case standard
}
