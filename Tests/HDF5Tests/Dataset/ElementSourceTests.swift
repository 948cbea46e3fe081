import HDF5Format
import Testing

@testable import HDF5

@Suite("Elements as callers hold them, written run by run")
struct ElementSourceTests {
    /// Gathers all elements by runs with strides, and compares them with what one call gives.
    private func check(_ source: some ElementSource, _ expected: [UInt8]) throws {
        #expect(try source.storedBytes() == expected)
        let size = source.storedSize
        for stride in 1...3 {
            let distance = size + 5
            for first in 0..<stride {
                let count = (source.count - first + stride - 1) / stride
                var bytes = [UInt8](repeating: 7, count: count * distance)
                try bytes.withUnsafeMutableBytes {
                    try source.transfer(from: first, stride: stride, to: $0, targetStride: distance, count: count)
                }
                for index in 0..<count {
                    let element = bytes[(index * distance)..<((index + 1) * distance)]
                    let number = first + index * stride
                    #expect(Array(element.prefix(size)) == Array(expected[(number * size)..<((number + 1) * size)]))
                    #expect(element.dropFirst(size).allSatisfy { $0 == 7 })
                }
            }
        }
        var bytes = [UInt8](repeating: 0, count: (source.count + 1) * size)
        for (first, stride, count) in [
            (0, 1, source.count + 1), (1, 1, source.count), (-1, 1, 1), (0, 2, source.count),
        ] {
            let code = errorCode {
                try bytes.withUnsafeMutableBytes {
                    try source.transfer(from: first, stride: stride, to: $0, targetStride: size, count: count)
                }
            }
            #expect(code == .invalidArgument)
        }
    }

    @Test("numbers, and arrays of them")
    func numbers() throws {
        let values: [Int32] = (0..<24).map { $0 * 1000 - 5000 }
        try values.withUnsafeBufferPointer { values in
            let plain = try NumberSource(values, datatype: .int32)
            #expect(plain.rawMemory(first: 1, count: 2).map { Array($0) } == memory([Int32(-4000), -3000]))
            #expect(plain.rawMemory(first: 23, count: 2) == nil)
            try check(plain, memory(Array(values)))
            let turned = try NumberSource(values, datatype: .int16.bigEndian)
            #expect(turned.rawMemory(first: 0, count: 1) == nil)
            try check(turned, values.flatMap { stored($0, 2, .bigEndian) })
            let arrays = try NumberSource(values, datatype: .array([2, 3], of: .int32))
            #expect(arrays.count == 4 && arrays.rawMemory(first: 0, count: 4)?.count == 96)
            try check(arrays, memory(Array(values)))
            try check(
                try NumberSource(values, datatype: .array([6], of: .int64)), memory(values.map { Int64($0) }))
            #expect(errorCode { _ = try NumberSource(values, datatype: .array([5], of: .int32)) } == .invalidArgument)
        }
    }

    @Test("text, and arrays of it")
    func text() throws {
        let strings = (0..<12).map { "t\($0)" }
        let text = try strings.flatMap { try ValueEncoder(datatype: .fixedString(4), store: nil).encode([.string($0)]) }
        try check(try StringSource(strings, datatype: .fixedString(4), store: nil), text)
        try check(try StringSource(strings, datatype: .array([3], of: .fixedString(4)), store: nil), text)
        let store = try HeapStore()
        #expect(try StringSource(strings, datatype: .string, store: store).storedBytes().count == 12 * 16)
        #expect(store.count == 12)
    }
}
