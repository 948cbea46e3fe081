import HDF5

/// The results of a batch of positions for one dataset, in memory as they are stored.
///
/// ```swift
/// results[0][i] = peak                                         // one number for position i of the batch
/// try results[1].withRow(i, as: Float.self) { row in … }       // all numbers of a position
/// ```
public struct ResultColumn: Sendable {
    /// The name of the dataset.
    public let name: String
    /// The number of positions.
    public private(set) var positionCount: Int
    /// The numbers of a position: its spectroscopic points, times the members where elements are compounds.
    public let width: Int
    private let representation: H5Representation
    private let numberSize: Int
    /// Memory for the numbers; of words, so that numbers of every type may lie in it.
    private var words: [UInt64]
    /// Which positions have their values.
    private var isGiven: [Bool]
    /// What was wrong first with what the process gave.
    private(set) var mistake: String?

    init(_ dataset: ResultDataset, width: Int, positionCount: Int) {
        name = dataset.name
        self.width = width
        self.positionCount = positionCount
        representation = dataset.representation
        numberSize = dataset.numberSize
        words = [UInt64](repeating: 0, count: (positionCount * width * dataset.numberSize + 7) / 8)
        isGiven = [Bool](repeating: false, count: positionCount)
    }

    /// Forgets all values, for another batch of at most as many positions as there was room for.
    mutating func reset(positionCount count: Int) {
        positionCount = count
        mistake = nil
        for index in isGiven.indices { isGiven[index] = false }
    }

    /// The number of positions that there is room for.
    var capacity: Int { isGiven.count }
    /// The bytes of all values.
    var byteCount: Int { positionCount * width * numberSize }
    /// The first position without values; nil where all have theirs.
    var firstMissing: Int? { isGiven[..<positionCount].firstIndex(of: false) }

    // MARK: Values

    /// The number of a position that has one: nil, and without effect, where there is no such position, or where its
    /// results are several numbers or of another type, with which the run ends.
    public subscript<Element: H5Element>(index: Int) -> Element? {
        get {
            guard width == 1, isGiven.indices.contains(index), Element.h5Representation == representation else {
                return nil
            }
            return read(as: Element.self) { $0[index] }
        }
        set {
            guard let newValue else { return note("a result was given as nil") }
            guard width == 1 else {
                return note("one number was given for position \(index) of the batch where there are \(width)")
            }
            do {
                try withRow(index, as: Element.self) { $0[0] = newValue }
            } catch {
                note(USIDProcessError.text(of: error))
            }
        }
    }

    /// Gives a position all its numbers.
    ///
    /// - Throws: `USIDProcessError` with code `wrongResults` for another number of numbers, another type, or a position
    ///   that the batch does not have.
    public mutating func set<Element: H5Element>(_ values: [Element], at index: Int) throws {
        guard values.count == width else {
            throw wrong(
                "\(values.count) numbers were given for position \(index) of the batch where there are \(width)")
        }
        try withRow(index, as: Element.self) { row in
            for number in values.indices { row[number] = values[number] }
        }
    }

    /// Gives all positions their numbers, position after position.
    ///
    /// - Throws: As `set(_:at:)`.
    public mutating func set<Element: H5Element>(_ values: [Element]) throws {
        guard values.count == positionCount * width else {
            throw wrong(
                "\(values.count) numbers were given for \(positionCount) positions of \(width), which take "
                    + "\(positionCount * width)")
        }
        try withValues(as: Element.self) { all in
            for number in values.indices { all[number] = values[number] }
        }
    }

    /// Lets `body` write the numbers of a position.
    ///
    /// - Parameters:
    ///   - index: The position, counted from the start of the batch.
    ///   - type: The type that the result was declared with.
    ///   - body: Gets `width` numbers, whatever they were before.
    /// - Throws: As `set(_:at:)`, and what `body` throws.
    public mutating func withRow<Element: H5Element, R>(
        _ index: Int, as type: Element.Type, _ body: (inout MutableSpan<Element>) throws -> R
    ) throws -> R {
        guard (0..<positionCount).contains(index) else {
            throw wrong("the batch has \(positionCount) positions and none \(index)")
        }
        let result = try withMemory(as: type, index * width..<(index + 1) * width) { try body(&$0) }
        isGiven[index] = true
        return result
    }

    /// Lets `body` write the numbers of all positions, position after position.
    ///
    /// - Parameters:
    ///   - type: The type that the result was declared with.
    ///   - body: Gets `positionCount * width` numbers, whatever they were before.
    /// - Throws: As `set(_:at:)`, and what `body` throws.
    public mutating func withValues<Element: H5Element, R>(
        as type: Element.Type, _ body: (inout MutableSpan<Element>) throws -> R
    ) throws -> R {
        let result = try withMemory(as: type, 0..<positionCount * width) { try body(&$0) }
        for index in 0..<positionCount { isGiven[index] = true }
        return result
    }

    /// All numbers, position after position.
    ///
    /// - Throws: `USIDProcessError` with code `wrongResults` for another type than that of the result.
    public func values<Element: H5Element>(as type: Element.Type) throws -> [Element] {
        guard type.h5Representation == representation else { throw wrongType(type) }
        return read(as: type) { Array($0) }
    }

    /// Copies the values of the first position of another column of the same dataset.
    mutating func copyRow(from other: ResultColumn, to index: Int) {
        let count = width * numberSize
        guard index < positionCount, other.byteCount >= count else { return }
        // The row lies in the memory of both, which are arrays of their own.
        words.withUnsafeMutableBytes { target in
            other.withBytes { source in
                for offset in 0..<count {
                    target[index * count + offset] = source.unsafeLoad(fromByteOffset: offset, as: UInt8.self)
                }
            }
        }
        isGiven[index] = true
    }

    // MARK: Parts

    private func wrong(_ message: String) -> USIDProcessError {
        USIDProcessError(.wrongResults, path: "", "'\(name)': \(message)")
    }

    private func wrongType<Element>(_ type: Element.Type) -> USIDProcessError {
        wrong("\(type) was given, which is not the type that the result was declared with")
    }

    private mutating func note(_ message: String) { if mistake == nil { mistake = message } }

    /// A part of the memory as numbers of the type that it is for.
    ///
    /// All that `H5Element` types are is plain, none is aligned to more than a word but `Complex<Double>`, whose parts
    /// are; and the memory, which is the array's own for the time of the call, holds as many as its positions take.
    private mutating func withMemory<Element: H5Element, R>(
        as type: Element.Type, _ range: Range<Int>, _ body: (inout MutableSpan<Element>) throws -> R
    ) throws -> R {
        guard type.h5Representation == representation else { throw wrongType(type) }
        return try words.withUnsafeMutableBytes { bytes in
            try bytes.withMemoryRebound(to: Element.self) { numbers in
                var span = UnsafeMutableBufferPointer(rebasing: numbers[range]).mutableSpan
                return try body(&span)
            }
        }
    }

    /// As `withMemory`, to read.
    private func read<Element: H5Element, R>(
        as type: Element.Type, _ body: (UnsafeBufferPointer<Element>) -> R
    ) -> R {
        words.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: Element.self) {
                body(UnsafeBufferPointer(rebasing: $0[..<(positionCount * width)]))
            }
        }
    }

    /// The first real number that is NaN or infinite: the bits but the sign are those of infinity or above.
    ///
    /// - Parameter infinity: The bits of infinity, of a type as large as the numbers are.
    func firstNonFinite<Bits: FixedWidthInteger & UnsignedInteger>(infinity: Bits) -> Int? {
        // The memory holds as many words of any size as fit; it is only read, while the array lends it.
        words.withUnsafeBytes { bytes in
            bytes.withMemoryRebound(to: Bits.self) { all in
                let numbers = all[..<(byteCount / MemoryLayout<Bits>.size)]
                // The largest of many is found several at a time; which one it was matters where it is too large.
                var start = 0
                while start < numbers.count {
                    let end = min(start + 1_024, numbers.count)
                    var largest: Bits = 0
                    for index in start..<end { largest = max(largest, numbers[index] & (Bits.max >> 1)) }
                    if largest >= infinity {
                        return numbers[start..<end].firstIndex { $0 & (Bits.max >> 1) >= infinity }
                    }
                    start = end
                }
                return nil
            }
        }
    }

    /// Gives `body` the bytes of all values, as they are stored.
    func withBytes<R>(_ body: (RawSpan) throws -> R) rethrows -> R {
        // Only read, while the array lends them.
        try words.withUnsafeBytes { try body(RawSpan(_unsafeBytes: $0).extracting(0..<byteCount)) }
    }
}
