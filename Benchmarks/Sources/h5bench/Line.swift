import BenchSupport

/// A line of text that is made again and again in the same memory.
struct Line {
    private var bytes: [UInt8] = []

    mutating func clear() { bytes.removeAll(keepingCapacity: true) }
    mutating func append(_ text: String) { bytes.append(contentsOf: text.utf8) }
    mutating func append(_ more: [UInt8]) { bytes.append(contentsOf: more) }

    mutating func append(_ number: Int) {
        let start = bytes.count
        var rest = number
        repeat {
            bytes.append(UInt8(ascii: "0") + UInt8(rest % 10))
            rest /= 10
        } while rest > 0
        bytes[start...].reverse()
    }

    var checksum: UInt64 { BenchSupport.checksum(bytes.span.bytes) }
}
