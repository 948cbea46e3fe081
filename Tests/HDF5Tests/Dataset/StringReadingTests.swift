import HDF5Format
import Testing

@testable import HDF5

/// Texts that several threads decode are those that one thread decodes.
@Suite struct StringReadingTests {
    /// Many descriptors that lead to a few hundred texts of a heap, in an order that is the same in every run.
    private func variable(_ count: Int) throws -> (StringReading, [String]) {
        var file = HeapFile()
        let texts = (0..<300).map { number in number % 50 == 0 ? "" : "text \(number) " + (number % 3 == 0 ? "µ" : "x")
        }
        let descriptors = texts.map { file.string($0) }
        var generator = SeededGenerator(seed: 8)
        var stored: [UInt8] = []
        stored.reserveCapacity(count * 16)
        var expected: [String] = []
        for _ in 0..<count {
            let number = Int.random(in: 0..<texts.count, using: &generator)
            stored += descriptors[number]
            expected.append(texts[number])
        }
        let context = try file.context(limits: .standard)
        let reading = StringReading(
            stored: StoredElements(stored, count: count, elementSize: 16, context: context), count: count,
            part: try FlattenedElement(.variableString), context: context)
        return (reading, expected)
    }

    @Test("as values and as offsets, in order, for few and for many", arguments: [0, 1, 1_000, 70_001])
    func order(_ count: Int) throws {
        let (reading, expected) = try variable(count)
        #expect(try reading.strings() == expected)
        let array = try reading.array(shape: [count])
        #expect(array.shape == [count])
        #expect(array.count == count)
        #expect(Array(array) == expected)
    }

    @Test("a descriptor that leads nowhere is an error, in whichever part it lies", arguments: [5, 69_990])
    func damage(_ place: Int) throws {
        let (reading, _) = try variable(70_001)
        var bytes = reading.stored.bytes
        bytes.replaceSubrange((place * 16)..<(place * 16 + 16), with: HeapFile.descriptor(3, 9_999))
        let damaged = StringReading(
            stored: StoredElements(bytes, count: 70_001, elementSize: 16, context: reading.context), count: 70_001,
            part: reading.part, context: reading.context)
        #expect(errorCode { _ = try damaged.strings() } == .damaged)
        #expect(errorCode { _ = try damaged.array(shape: [70_001]) } == .damaged)
    }

    @Test("what one call may cost holds for all threads together, and is enough where one part needs most of it")
    func budget() throws {
        var file = HeapFile()
        let large = file.string(String(repeating: "a", count: 4_000))
        let small = file.string("b")
        // All large texts are in the first half: more than half of what is allowed, and less than all.
        let stored = (0..<40_000).flatMap { $0 < 300 ? large : small }
        for (limit, isEnough) in [(2_000_000, true), (1_000_000, false)] {
            let context = try file.context(limits: H5Limits(bytesPerCall: limit))
            let reading = StringReading(
                stored: StoredElements(stored, count: 40_000, elementSize: 16, context: context), count: 40_000,
                part: try FlattenedElement(.variableString), context: context)
            if isEnough {
                #expect(try reading.strings().reduce(0) { $0 + $1.utf8.count } == 300 * 4_000 + 39_700)
            } else {
                #expect(errorCode { _ = try reading.strings() } == .limitExceeded)
            }
        }
    }
}
