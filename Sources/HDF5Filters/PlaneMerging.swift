/// Puts one plane of shuffled data, or a part of it, to the bytes of the elements that it belongs to.
///
/// The plane of rank 0 comes first: it clears the other bytes of its elements.
///
/// - Parameters:
///   - plane: The bytes of equal rank of neighbouring elements.
///   - rank: Which byte of each element they are.
///   - size: The bytes of an element.
///   - output: These elements, side by side.
package func mergePlane(_ plane: RawSpan, rank: Int, elementSize size: Int, into output: inout MutableRawSpan) {
    let count = min(plane.byteCount, size > 0 ? output.byteCount / size : 0)
    guard rank >= 0, rank < size else { return }
    var done = 0
    #if _endian(little)
    switch size {
    case 2: done = mergeWords(UInt16.self, plane, rank, &output, count)
    case 4: done = mergeWords(UInt32.self, plane, rank, &output, count)
    case 8: done = mergeWords(UInt64.self, plane, rank, &output, count)
    default: break
    }
    #endif
    while done < count {
        let element = done &* size
        if rank == 0 { output.clear(size, at: element) }
        output.store(plane.byte(at: done), at: element &+ rank)
        done &+= 1
    }
}

/// Handles 16 elements at a time; the number of those that are done.
@inline(__always)
private func mergeWords<Word: FixedWidthInteger & SIMDScalar & BitwiseCopyable>(
    _ word: Word.Type, _ plane: RawSpan, _ rank: Int, _ output: inout MutableRawSpan, _ count: Int
) -> Int where Word.SIMD16Storage: BitwiseCopyable {
    let size = MemoryLayout<Word>.size
    var done = 0
    if rank == 0 {
        while done &+ 16 <= count {
            let words = SIMD16<Word>(truncatingIfNeeded: plane.load(done, as: SIMD16<UInt8>.self))
            output.store(words, at: done &* size)
            done &+= 16
        }
        return done
    }
    let shift = SIMD16<Word>(repeating: Word(truncatingIfNeeded: 8 &* rank))
    while done &+ 16 <= count {
        let words = SIMD16<Word>(truncatingIfNeeded: plane.load(done, as: SIMD16<UInt8>.self)) &<< shift
        output.store(output.load(done &* size, as: SIMD16<Word>.self) | words, at: done &* size)
        done &+= 16
    }
    return done
}
