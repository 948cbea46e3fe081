import HDF5Filters
import HDF5Format

/// Takes the content of a zlib stream piece by piece.
struct InflatingReader {
    private let stream: [UInt8]
    private let workspace = FilterWorkspace()
    private var next = 0
    /// Whether the stream ended, with the right checksum.
    private(set) var isEnd = false

    /// The most bytes that a byte of a deflate stream can stand for.
    static let largestRatio = 1032

    init(_ stream: [UInt8]) throws(FilterError) {
        self.stream = stream
        try workspace.beginInflating()
    }

    /// Fills a buffer, and returns how many bytes there were.
    mutating func fill(_ buffer: inout [UInt8]) throws(FilterError) -> Int {
        guard !isEnd, !buffer.isEmpty else { return 0 }
        var elements = buffer.mutableSpan
        var target = elements.mutableBytes
        let progress = try workspace.inflate(stream.span.bytes.extracting(next..<stream.count), into: &target)
        next += progress.consumed
        isEnd = progress.isEnd
        return progress.produced
    }

    /// Decompresses a whole stream; nil where it holds more than `limit` bytes.
    static func all(_ stream: [UInt8], limit: Int) throws(FilterError) -> [UInt8]? {
        var reader = try InflatingReader(stream)
        var result: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: 4096)
        while !reader.isEnd {
            let count = try reader.fill(&piece)
            guard count > 0 || reader.isEnd else { throw FilterError(.damaged, "the deflate stream is cut short") }
            guard result.count + count <= limit else { return nil }
            result += piece[..<count]
        }
        return result
    }
}
