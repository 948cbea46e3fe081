import HDF5Format

/// Canonical encoding of elements whose parts all have fixed places and sizes.
///
/// Fields are moved from where they lie in an element to where they lie in its encoding, field by field over many
/// elements, so that each field is one loop.
struct PackedMoves: Sendable {
    private enum Operation: Hashable {
        case copy
        case reverse
        case integer(IntegerFields)
    }

    private struct Move {
        var operation: Operation
        var offset: Int
        var target: Int
        var width: Int
    }

    private let moves: [Move]
    /// The bytes of an element in the file.
    let size: Int
    /// The bytes of an element's encoding.
    let packedSize: Int

    /// Elements of more bytes or parts gain nothing from being moved field by field.
    private static let mostBytes = 4096
    private static let mostMoves = 256

    /// The moves of an element of `size` bytes; nil where its encoding has no fixed size.
    init?(_ steps: [CanonicalStep], size: Int) {
        guard size > 0, size <= Self.mostBytes else { return nil }
        var moves: [Move] = []
        var target = 0
        func add(_ operation: Operation, _ offset: Int, _ width: Int, count: Int = 1) -> Bool {
            guard width > 0, offset >= 0, count >= 0, count <= Self.mostMoves - moves.count,
                width <= size, count <= (size - min(offset, size)) / width
            else { return false }
            for index in 0..<count {
                moves.append(Move(operation: operation, offset: offset + index * width, target: target, width: width))
                target += width
            }
            return true
        }
        for step in steps {
            switch step {
            case .copy(let offset, let count):
                guard add(.copy, offset, count) else { return nil }
            case .reverse(let offset, let width, let count):
                guard add(.reverse, offset, width, count: count) else { return nil }
            case .integer(let fields, let offset, let width):
                guard fields.isNarrow, [1, 2, 4, 8].contains(width), add(.integer(fields), offset, width) else {
                    return nil
                }
            default: return nil
            }
        }
        // Members of a damaged type may overlap, and so come to more than the element.
        guard target > 0, target <= Self.mostBytes else { return nil }
        self.moves = moves
        self.size = size
        packedSize = target
    }

    /// Encodes `count` elements, side by side, into `count` · `packedSize` bytes; the caller answers for both areas.
    func run(_ source: UnsafeRawPointer, to target: UnsafeMutableRawPointer, count: Int) {
        for move in moves {
            let from = source + move.offset
            let to = target + move.target
            switch (move.operation, move.width) {
            case (.copy, let width):
                NumberPlan.copy(from, stride: size, to: to, targetStride: packedSize, size: width, count: count)
            case (.reverse, 2): each(UInt16.self, from, to, count) { $0.byteSwapped }
            case (.reverse, 4): each(UInt32.self, from, to, count) { $0.byteSwapped }
            case (.reverse, 8): each(UInt64.self, from, to, count) { $0.byteSwapped }
            case (.reverse, let width):
                for index in 0..<count {
                    for byte in 0..<width {
                        let value = from.load(
                            fromByteOffset: index &* size &+ width &- 1 &- byte, as: UInt8.self)
                        to.storeBytes(of: value, toByteOffset: index &* packedSize &+ byte, as: UInt8.self)
                    }
                }
            case (.integer(let fields), 1): integers(UInt8.self, fields, from, to, count)
            case (.integer(let fields), 2): integers(UInt16.self, fields, from, to, count)
            case (.integer(let fields), 4): integers(UInt32.self, fields, from, to, count)
            case (.integer(let fields), _): integers(UInt64.self, fields, from, to, count)
            }
        }
    }

    @inline(__always)
    private func each<Word: FixedWidthInteger & BitwiseCopyable>(
        _ word: Word.Type, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int,
        _ body: (Word) -> Word
    ) {
        for index in 0..<count {
            let value = source.loadUnaligned(fromByteOffset: index &* size, as: Word.self)
            target.storeBytes(of: body(value), toByteOffset: index &* packedSize, as: Word.self)
        }
    }

    @inline(__always)
    private func integers<Word: FixedWidthInteger & BitwiseCopyable>(
        _ word: Word.Type, _ fields: IntegerFields, _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer,
        _ count: Int
    ) {
        for index in 0..<count {
            let value = Word(truncatingIfNeeded: fields.loadNarrow(source + index &* size))
            target.storeBytes(of: value.littleEndian, toByteOffset: index &* packedSize, as: Word.self)
        }
    }
}
