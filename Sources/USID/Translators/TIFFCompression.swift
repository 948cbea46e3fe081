import HDF5Filters
import HDF5Format

/// Undoes the compressions of TIFF (TIFF 6.0, 9, 13 and 14; Adobe's supplements).
enum TIFFCompression {
    /// Why bytes cannot be decompressed.
    struct Problem: Error {
        let message: String
        static let short = Problem(message: "it ends before it is full")
    }

    /// Decompresses a strip or tile of `count` bytes; what it holds beyond them is left out, as padding.
    static func decompress(_ input: [UInt8], _ method: TIFFForm.Compression, count: Int) throws -> [UInt8] {
        switch method {
        case .none:
            guard input.count >= count else { throw Problem.short }
            return input.count == count ? input : Array(input[..<count])
        case .packBits: return try packBits(input, count: count)
        case .lzw: return try lzw(input, count: count)
        case .deflate, .oldDeflate:
            do {
                var reader = try InflatingReader(input)
                var result = [UInt8](repeating: 0, count: count)
                guard try reader.fill(&result) == count else { throw Problem.short }
                // The checksum comes after the last byte.
                var probe: [UInt8] = [0]
                if try reader.fill(&probe) == 0, !reader.isEnd { throw Problem(message: "its checksum is missing") }
                return result
            } catch let error as FilterError {
                throw Problem(message: error.message)
            }
        }
    }

    private static func packBits(_ input: [UInt8], count: Int) throws -> [UInt8] {
        var result: [UInt8] = []
        result.reserveCapacity(count)
        var next = 0
        while result.count < count {
            guard next < input.count else { throw Problem.short }
            let code = Int(input[next])
            next += 1
            if code < 128 {
                guard input.count - next > code else { throw Problem.short }
                result += input[next...(next + code)]
                next += code + 1
            } else if code > 128 {
                guard next < input.count else { throw Problem.short }
                result += repeatElement(input[next], count: 257 - code)
                next += 1
            }
        }
        if result.count > count { result.removeLast(result.count - count) }
        return result
    }

    private static func lzw(_ input: [UInt8], count: Int) throws -> [UInt8] {
        if input.count > 1, input[0] == 0, input[1] & 1 == 1 {
            throw Problem(message: "it is LZW of the time before TIFF 5.0: save the picture anew")
        }
        var result: [UInt8] = []
        result.reserveCapacity(count)
        // Where in the result the string of each code lies; the string of a code is one that was written, and one byte more.
        var starts = [Int](repeating: 0, count: 4096)
        var lengths = [Int](repeating: 1, count: 4096)
        var size = 258
        var width = 9
        var bits = 0
        var window: UInt32 = 0
        var next = 0
        var previous: (start: Int, length: Int)?
        while result.count < count {
            while bits < width {
                guard next < input.count else { throw Problem.short }
                window = window << 8 | UInt32(input[next])
                next += 1
                bits += 8
            }
            bits -= width
            let code = Int(window >> UInt32(bits) & ((1 << UInt32(width)) - 1))
            if code == 257 { throw Problem.short }
            if code == 256 {
                size = 258
                width = 9
                previous = nil
                continue
            }
            let start = result.count
            if code < 256 {
                result.append(UInt8(code))
            } else {
                guard let last = previous, code < size || code == size && size < 4096 else {
                    throw Problem(message: "it has a code that was not defined")
                }
                let from = code < size ? starts[code] : last.start
                let length = code < size ? lengths[code] : last.length + 1
                let kept = min(length, count - start)
                // A string may reach into the byte that it is the first to write.
                for index in from..<(from + kept) { result.append(result[index]) }
            }
            if let last = previous, size < 4096 {
                starts[size] = last.start
                lengths[size] = last.length + 1
                size += 1
            }
            previous = (start, result.count - start)
            // The width grows one code early.
            if size >= (1 << width) - 1, width < 12 { width += 1 }
        }
        return result
    }

    // MARK: Predictors

    /// Undoes the differences of neighbours in each row.
    ///
    /// - Parameters:
    ///   - distance: Samples from one pixel to the next.
    ///   - width: The bytes of a sample.
    static func undoDifferences(
        _ bytes: inout [UInt8], rowBytes: Int, distance: Int, width: Int, isBigEndian: Bool
    ) {
        guard rowBytes > 0 else { return }
        let step = distance * width
        for row in stride(from: 0, to: bytes.count - rowBytes + 1, by: rowBytes) {
            var index = row + step
            while index + width <= row + rowBytes {
                var carry: UInt16 = 0
                for part in 0..<width {
                    let place = index + (isBigEndian ? width - 1 - part : part)
                    carry += UInt16(bytes[place]) + UInt16(bytes[place - step])
                    bytes[place] = UInt8(truncatingIfNeeded: carry)
                    carry >>= 8
                }
                index += width
            }
        }
    }

    /// Undoes the differences of the bytes of floating-point numbers, which are stored plane by plane, highest first.
    static func undoFloatDifferences(
        _ bytes: inout [UInt8], rowBytes: Int, distance: Int, width: Int, isBigEndian: Bool
    ) {
        undoDifferences(&bytes, rowBytes: rowBytes, distance: distance, width: 1, isBigEndian: false)
        guard rowBytes > 0 else { return }
        let count = rowBytes / width
        var planes = [UInt8](repeating: 0, count: rowBytes)
        for row in stride(from: 0, to: bytes.count - rowBytes + 1, by: rowBytes) {
            for index in 0..<rowBytes { planes[index] = bytes[row + index] }
            for number in 0..<count {
                for part in 0..<width {
                    let place = row + number * width + (isBigEndian ? part : width - 1 - part)
                    bytes[place] = planes[part * count + number]
                }
            }
        }
    }
}
