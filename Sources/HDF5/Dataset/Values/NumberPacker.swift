import HDF5Format

/// Puts numbers of a machine together as stored numbers of any fields.
struct NumberPacker: Sendable {
    /// Packs `count` numbers that lie side by side into elements `stride` bytes apart; gives the index of the first that
    /// the policy refuses, or `count`.
    ///
    /// Pointers, because source and target have types that are known only when a write starts, and lie unaligned; the
    /// caller answers for both memory areas.
    typealias Kernel =
        @Sendable (_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ stride: Int, _ count: Int) -> Int

    let kernel: Kernel

    /// Nil where the stored type has more bits than can be packed, or the source is no number.
    init?(from source: H5Representation.Kind, to datatype: H5Datatype, _ policy: H5ConversionPolicy) {
        let made: Kernel?
        switch source {
        case .int8: made = Self.kernel(Int8.self, datatype, policy)
        case .int16: made = Self.kernel(Int16.self, datatype, policy)
        case .int32: made = Self.kernel(Int32.self, datatype, policy)
        case .int64: made = Self.kernel(Int64.self, datatype, policy)
        case .uint8: made = Self.kernel(UInt8.self, datatype, policy)
        case .uint16: made = Self.kernel(UInt16.self, datatype, policy)
        case .uint32: made = Self.kernel(UInt32.self, datatype, policy)
        case .uint64: made = Self.kernel(UInt64.self, datatype, policy)
        case .float16: made = Self.kernel(StoredHalf.self, datatype, policy)
        case .float: made = Self.brainFloatKernel(datatype, policy) ?? Self.kernel(Float.self, datatype, policy)
        case .double: made = Self.kernel(Double.self, datatype, policy)
        case .boolean, .complexFloat, .complexDouble: made = nil
        }
        guard let made else { return nil }
        kernel = made
    }

    private static func kernel<Source: PackableNumber>(
        _ source: Source.Type, _ datatype: H5Datatype, _ policy: H5ConversionPolicy
    ) -> Kernel? {
        if let fields = datatype.integerFields {
            return { source, target, stride, count in
                for index in 0..<count {
                    let number = source.loadUnaligned(
                        fromByteOffset: index &* MemoryLayout<Source>.size, as: Source.self
                    ).unpacked
                    guard let bits = fields.pack(number, policy) else { return index }
                    fields.store(bits, to: target + index &* stride)
                }
                return count
            }
        }
        guard case .float(let format) = datatype.kind, let fields = FloatFields(format, size: datatype.size) else {
            return nil
        }
        return { source, target, stride, count in
            for index in 0..<count {
                let number = source.loadUnaligned(
                    fromByteOffset: index &* MemoryLayout<Source>.size, as: Source.self
                ).unpacked
                guard let bits = fields.pack(number, policy) else { return index }
                fields.window.store(bits, to: target + index &* stride)
            }
            return count
        }
    }

    /// From single precision to its upper half, which needs no fields.
    private static func brainFloatKernel(_ datatype: H5Datatype, _ policy: H5ConversionPolicy) -> Kernel? {
        guard case .float(let format) = datatype.kind, format.hasSameFields(as: .brainFloat16), datatype.size == 2,
            format.order != .vax
        else { return nil }
        let isSwapped = (format.order == .littleEndian) != (1.littleEndian == 1)
        let isExact = policy == .exact
        return { source, target, stride, count in
            for index in 0..<count {
                let value = source.loadUnaligned(fromByteOffset: index &* 4, as: Float.self)
                let bits = value.bitPattern
                // Half of the last place, and one less where that place is even: ties go to even.
                var upper = UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
                // A NaN whose payload lies in the lower half alone must not become an infinity.
                if value.isNaN { upper = UInt16(truncatingIfNeeded: bits >> 16) | 0x40 }
                if isExact, bits & 0xFFFF != 0, !value.isNaN { return index }
                target.storeBytes(
                    of: isSwapped ? upper.byteSwapped : upper, toByteOffset: index &* stride, as: UInt16.self)
            }
            return count
        }
    }
}

/// A number of a machine that can be taken apart.
protocol PackableNumber: BitwiseCopyable, Sendable {
    var unpacked: UnpackedFloat { get }
}

extension PackableNumber where Self: FixedWidthInteger {
    @inline(__always)
    var unpacked: UnpackedFloat {
        UnpackedFloat(.finite, isNegative: self < 0, significand: UInt128(truncatingIfNeeded: magnitude))
    }
}

extension PackableNumber where Self: StoredFloat {
    @inline(__always)
    var unpacked: UnpackedFloat { UnpackedFloat(asDouble) }
}

extension Int8: PackableNumber {}
extension Int16: PackableNumber {}
extension Int32: PackableNumber {}
extension Int64: PackableNumber {}
extension UInt8: PackableNumber {}
extension UInt16: PackableNumber {}
extension UInt32: PackableNumber {}
extension UInt64: PackableNumber {}
extension StoredHalf: PackableNumber {}
extension Float: PackableNumber {}
extension Double: PackableNumber {}

extension UnpackedFloat {
    /// The parts of a number of double precision.
    init(_ value: Double) {
        let isNegative = value.sign == .minus
        guard value.isFinite else {
            self.init(value.isNaN ? .notANumber : .infinite, isNegative: isNegative)
            return
        }
        let exponent = Int(value.exponentBitPattern)
        let mantissa = UInt128(value.significandBitPattern)
        self.init(
            .finite, isNegative: isNegative, significand: exponent == 0 ? mantissa : mantissa | 1 << 52,
            exponent: max(exponent, 1) &- 1075)
    }

    /// The number without its fraction as an integer of some bits; nil where these cannot hold it.
    func integer(precision: Int, isSigned: Bool) -> (bits: UInt128, isExact: Bool)? {
        guard category == .finite else { return nil }
        guard significand != 0 else { return (0, true) }
        var magnitude = significand
        var isExact = true
        if exponent > 0 {
            guard exponent <= significand.leadingZeroBitCount else { return nil }
            magnitude <<= UInt128(exponent)
        } else if exponent < 0 {
            let dropped = 0 &- exponent
            magnitude = dropped < 128 ? significand >> UInt128(dropped) : 0
            isExact = dropped <= significand.trailingZeroBitCount
        }
        let allOnes = UInt128.max >> UInt128(128 - precision)
        if isNegative {
            guard magnitude <= (isSigned ? (allOnes >> 1) &+ 1 : 0) else { return nil }
            return ((0 &- magnitude) & allOnes, isExact)
        }
        guard magnitude <= (isSigned ? allOnes >> 1 : allOnes) else { return nil }
        return (magnitude, isExact)
    }

    /// Whether two numbers have the same value; NaN has that of NaN, and the sign of zero does not count.
    func hasSameValue(as other: UnpackedFloat) -> Bool {
        guard category == other.category else { return false }
        switch category {
        case .notANumber: return true
        case .infinite: return isNegative == other.isNegative
        case .finite: break
        }
        guard significand != 0, other.significand != 0 else { return significand == other.significand }
        let (zeros, otherZeros) = (significand.trailingZeroBitCount, other.significand.trailingZeroBitCount)
        return isNegative == other.isNegative && exponent &+ zeros == other.exponent &+ otherZeros
            && significand >> UInt128(zeros) == other.significand >> UInt128(otherZeros)
    }
}

extension IntegerFields {
    /// The bits of a number; nil where the policy refuses it.
    func pack(_ number: UnpackedFloat, _ policy: H5ConversionPolicy) -> UInt128? {
        if let (bits, isExact) = number.integer(precision: precision, isSigned: isSigned) {
            return isExact || policy != .exact ? bits : nil
        }
        return policy == .clamping ? number.clamped(precision: precision, isSigned: isSigned) : nil
    }

    /// A 64-bit integer of the same sign, which may be clamped to the range; nil where it does not fit.
    @inline(__always)
    func fitting(_ bits: UInt64, clamps: Bool) -> UInt64? {
        let unused = 64 &- precision
        let kept =
            isSigned ? UInt64(bitPattern: Int64(bitPattern: bits &<< unused) &>> unused) : (bits &<< unused) &>> unused
        if kept == bits { return bits }
        guard clamps else { return nil }
        let allOnes = UInt64.max &>> unused
        guard isSigned else { return allOnes }
        return Int64(bitPattern: bits) < 0 ? ~(allOnes >> 1) : allOnes >> 1
    }

    /// Writes the lowest bits of a value into the element at `element`, where its window has at most eight bytes.
    @inline(__always)
    func storeNarrow(_ value: UInt64, to element: UnsafeMutableRawPointer) {
        let unused = 64 &- precision
        window.storeNarrow(((value &<< unused) &>> unused) &<< shift, to: element)
    }
}

extension FloatFields {
    /// The window of a number, rounded where the policy allows it; nil where it refuses the number.
    ///
    /// Formats without infinities and NaN refuse them, and what is too large, unless it may be clamped.
    func pack(_ number: UnpackedFloat, _ policy: H5ConversionPolicy) -> UInt128? {
        let bits = pack(number)
        switch policy {
        case .exact: return unpack(bits).hasSameValue(as: number) ? bits : nil
        case .rounding: return hasInfinities || !overflows(number) ? bits : nil
        case .clamping: return bits
        }
    }
}

extension H5Datatype {
    /// The number of a machine that a stored one is, and its byte order; nil for others.
    var machineNumber: (kind: H5Representation.Kind, order: H5ByteOrder)? {
        switch kind {
        case .integer(let format), .bitfield(let format):
            guard format.bitOffset == 0, format.precision == size * 8, format.order != .vax else { return nil }
            switch (size, format.isSigned) {
            case (1, true): return (.int8, format.order)
            case (2, true): return (.int16, format.order)
            case (4, true): return (.int32, format.order)
            case (8, true): return (.int64, format.order)
            case (1, false): return (.uint8, format.order)
            case (2, false): return (.uint16, format.order)
            case (4, false): return (.uint32, format.order)
            case (8, false): return (.uint64, format.order)
            default: return nil
            }
        case .float(let format) where format.order != .vax && format.precision == size * 8:
            if format.hasSameFields(as: .binary32) { return (.float, format.order) }
            if format.hasSameFields(as: .binary64) { return (.double, format.order) }
            #if !(os(macOS) && arch(x86_64))
            if format.hasSameFields(as: .binary16) { return (.float16, format.order) }
            #endif
            return nil
        default: return nil
        }
    }

    /// The type of the numbers of an enumeration; others are their own.
    var numberBase: H5Datatype {
        if case .enumeration(let base, _) = kind { return base }
        return self
    }

    /// Where the bits of an integer, a bit field or a time lie; nil for other types and for more than 128 bits.
    var integerFields: IntegerFields? {
        switch kind {
        case .integer(let format), .bitfield(let format): return IntegerFields(format, size: size)
        case .time(let order, let precision):
            return IntegerFields(H5IntegerFormat(order: order, isSigned: true, precision: precision), size: size)
        default: return nil
        }
    }

    /// The bits of an element of a number type that are set whatever its value; empty where there are none.
    func paddingBits() throws -> [UInt8] {
        let order: H5ByteOrder
        var ones: [Range<Int>] = []
        func add(_ padding: H5BitPadding, _ lower: Int, _ upper: Int) {
            if padding == .one, lower < upper { ones.append(lower..<upper) }
        }
        switch kind {
        case .integer(let format), .bitfield(let format):
            order = format.order
            let (end, overflow) = format.bitOffset.addingReportingOverflow(format.precision)
            guard !overflow else { return [] }
            add(format.lowPadding, 0, format.bitOffset)
            add(format.highPadding, end, size.multipliedReportingOverflow(by: 8).partialValue)
        case .float(let format):
            order = format.order
            // Positions of fields come from single bytes, so these sums are small.
            let fields = [
                (format.signPosition, 1), (format.exponentPosition, format.exponentSize),
                (format.mantissaPosition, format.mantissaSize),
            ].sorted { $0.0 < $1.0 }
            var end = format.bitOffset
            add(format.lowPadding, 0, end)
            for (position, count) in fields {
                add(format.internalPadding, end, position)
                end = max(end, position &+ count)
            }
            let (last, overflow) = format.bitOffset.addingReportingOverflow(format.precision)
            guard !overflow else { return [] }
            add(format.internalPadding, end, last)
            add(format.highPadding, max(end, last), size.multipliedReportingOverflow(by: 8).partialValue)
        default: return []
        }
        guard !ones.isEmpty else { return [] }
        guard (1...4096).contains(size), ones.allSatisfy({ $0.upperBound <= size * 8 && $0.lowerBound >= 0 }) else {
            throw H5Error(.unsupported, "the unused bits of \(self) are ones, in more bytes than can be written")
        }
        var bytes = [UInt8](repeating: 0, count: size)
        for bit in ones.joined() {
            let significance = bit / 8
            let place: Int
            switch order {
            case .littleEndian: place = significance
            case .bigEndian: place = size - 1 - significance
            case .vax: place = size - 2 - (significance & ~1) + (significance & 1)
            }
            if bytes.indices.contains(place) { bytes[place] |= 1 << UInt8(bit % 8) }
        }
        return bytes
    }
}
