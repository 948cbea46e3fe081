/// A picture in memory: rows from top to bottom, pixels from left to right, the samples of a pixel side by side.
public struct RasterImage: Hashable, Sendable {
    /// What the samples of a pixel are.
    public enum Channels: Int, Hashable, Sendable, CaseIterable {
        /// One sample.
        case grey = 1
        /// Brightness and opacity.
        case greyAlpha = 2
        /// Red, green and blue.
        case rgb = 3
        /// Red, green, blue and opacity.
        case rgba = 4
    }

    /// Something that the file says about the picture.
    public struct Property: Hashable, Sendable {
        /// The name, in the words of the file format.
        public var name: String
        /// The value as text.
        public var value: String

        /// Makes a property.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// The number of pixels of a row.
    public let width: Int
    /// The number of rows.
    public let height: Int
    /// What the samples of a pixel are.
    public let channels: Channels
    /// The bits of a sample in the file; samples of fewer than 8 bits are given as they are stored, not stretched to 255.
    public let bitsPerSample: Int
    /// The samples, width × height × number of channels.
    public let elements: RasterElements
    /// What the file says, in the order of the file; nothing that it does not say.
    public let metadata: [Property]

    /// Makes a picture.
    ///
    /// - Parameter bitsPerSample: By default the width of the elements.
    /// - Throws: `USIDError` with code `invalidArgument` where width, height and channels do not make the number of elements.
    public init(
        width: Int, height: Int, channels: Channels, elements: RasterElements, bitsPerSample: Int? = nil,
        metadata: [Property] = []
    ) throws {
        let (pixels, overflow) = width.multipliedReportingOverflow(by: height)
        let (samples, overflows) = pixels.multipliedReportingOverflow(by: channels.rawValue)
        guard width > 0, height > 0, !overflow, !overflows, samples == elements.count else {
            throw USIDError(
                .invalidArgument, path: "",
                "\(width) × \(height) pixels of \(channels.rawValue) samples are not the \(elements.count) elements that "
                    + "are given")
        }
        self.width = width
        self.height = height
        self.channels = channels
        self.elements = elements
        self.bitsPerSample = bitsPerSample ?? elements.type.bits
        self.metadata = metadata
    }
}

/// The type of the samples of a picture.
public enum RasterElementType: String, Hashable, Sendable, CaseIterable {
    /// Unsigned, 8 bits; also for fewer bits.
    case uint8
    /// Unsigned, 16 bits.
    case uint16
    /// Unsigned, 32 bits.
    case uint32
    /// Signed, 8 bits.
    case int8
    /// Signed, 16 bits.
    case int16
    /// Signed, 32 bits.
    case int32
    /// Single precision; also for half precision, which it holds exactly.
    case float32
    /// Double precision.
    case float64

    /// The bits of an element.
    public var bits: Int {
        switch self {
        case .uint8, .int8: 8
        case .uint16, .int16: 16
        case .uint32, .int32, .float32: 32
        case .float64: 64
        }
    }
}

/// The samples of a picture, in the type that holds those of the file.
public enum RasterElements: Hashable, Sendable {
    /// Unsigned, 8 bits.
    case uint8([UInt8])
    /// Unsigned, 16 bits.
    case uint16([UInt16])
    /// Unsigned, 32 bits.
    case uint32([UInt32])
    /// Signed, 8 bits.
    case int8([Int8])
    /// Signed, 16 bits.
    case int16([Int16])
    /// Signed, 32 bits.
    case int32([Int32])
    /// Single precision.
    case float32([Float])
    /// Double precision.
    case float64([Double])

    /// The number of samples.
    public var count: Int {
        switch self {
        case .uint8(let elements): elements.count
        case .uint16(let elements): elements.count
        case .uint32(let elements): elements.count
        case .int8(let elements): elements.count
        case .int16(let elements): elements.count
        case .int32(let elements): elements.count
        case .float32(let elements): elements.count
        case .float64(let elements): elements.count
        }
    }

    /// The type of the samples.
    public var type: RasterElementType {
        switch self {
        case .uint8: .uint8
        case .uint16: .uint16
        case .uint32: .uint32
        case .int8: .int8
        case .int16: .int16
        case .int32: .int32
        case .float32: .float32
        case .float64: .float64
        }
    }
}

/// What is known of a picture before it is decoded.
public struct RasterLayout: Hashable, Sendable {
    /// The number of pixels of a row.
    public let width: Int
    /// The number of rows.
    public let height: Int
    /// What the samples of a pixel are.
    public let channels: RasterImage.Channels
    /// The type that the samples have in memory.
    public let elementType: RasterElementType
    /// The bits of a sample in the file.
    public let bitsPerSample: Int
    /// What the file says.
    public let metadata: [RasterImage.Property]

    /// The number of samples; making the layout checked that it is an `Int`.
    var sampleCount: Int { width &* height &* channels.rawValue }
}
