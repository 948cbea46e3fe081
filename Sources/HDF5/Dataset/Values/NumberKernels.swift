// The inner loops: from numbers in the machine's byte order, side by side, to numbers of another type, side by side.
// Pointers, because source and target have types that are known only when a read starts, and lie unaligned.

/// Converts `count` numbers; gives the index of the first that the policy refuses, or `count`.
typealias NumberKernel = @Sendable (_ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int) -> Int

/// A kernel, and how to show the number it refuses.
struct NumberConverter: Sendable {
    let kernel: NumberKernel
    /// The number at a place as text.
    let describe: @Sendable (UnsafeRawPointer) -> String
}

/// Runs one conversion over a block.
///
/// The checks do not branch, so that the loop can be vectorised; only when one failed a second loop looks for it.
@inline(__always)
private func convertBlock<Stored: BitwiseCopyable, Target: BitwiseCopyable>(
    _ source: UnsafeRawPointer, _ target: UnsafeMutableRawPointer, _ count: Int,
    _ convert: (Stored) -> (value: Target, isAllowed: Bool)
) -> Int {
    var allAllowed = true
    for index in 0..<count {
        let stored = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<Stored>.size, as: Stored.self)
        let (value, isAllowed) = convert(stored)
        target.storeBytes(of: value, toByteOffset: index &* MemoryLayout<Target>.size, as: Target.self)
        allAllowed = allAllowed && isAllowed
    }
    if allAllowed { return count }
    for index in 0..<count {
        let stored = source.loadUnaligned(fromByteOffset: index &* MemoryLayout<Stored>.size, as: Stored.self)
        if !convert(stored).isAllowed { return index }
    }
    return count
}

// MARK: - Integers

/// Integers to integers.
private func integerKernel<Stored: FixedWidthInteger & BitwiseCopyable & Sendable, Target: MachineInteger>(
    _ stored: Stored.Type, _ target: Target.Type, _ policy: H5ConversionPolicy
) -> NumberKernel {
    guard policy == .clamping else {
        return { source, target, count in
            convertBlock(source, target, count) { (value: Stored) in
                let result = Target(truncatingIfNeeded: value)
                return (result, Stored(truncatingIfNeeded: result) == value && (result < 0) == (value < 0))
            }
        }
    }
    return { source, target, count in
        convertBlock(source, target, count) { (value: Stored) in (Target(clamping: value), true) }
    }
}

/// An integer as the nearest floating-point number.
@inline(__always)
private func nearest<Stored: FixedWidthInteger, Target: MachineFloat>(_ value: Stored) -> Target {
    if Stored.bitWidth > 64 {
        return Stored.isSigned
            ? Target(wide: Int128(truncatingIfNeeded: value)) : Target(wide: UInt128(truncatingIfNeeded: value))
    }
    return Stored.isSigned ? Target(Int64(truncatingIfNeeded: value)) : Target(UInt64(truncatingIfNeeded: value))
}

/// Integers to floating-point numbers.
private func integerToFloatKernel<Stored: FixedWidthInteger & BitwiseCopyable & Sendable, Target: MachineFloat>(
    _ stored: Stored.Type, _ target: Target.Type, _ policy: H5ConversionPolicy
) -> NumberKernel {
    let valueBits = Stored.isSigned ? Stored.bitWidth - 1 : Stored.bitWidth
    if policy != .exact || valueBits <= Target.precision {
        return { source, target, count in
            convertBlock(source, target, count) { (value: Stored) in (nearest(value) as Target, true) }
        }
    }
    if Stored.bitWidth <= 32 {
        // Double holds these exactly, so the result can be compared with the value.
        return { source, target, count in
            convertBlock(source, target, count) { (value: Stored) in
                let result: Target = nearest(value)
                let exact: Double = nearest(value)
                return (result, result.asDouble == exact)
            }
        }
    }
    return { source, target, count in
        convertBlock(source, target, count) { (value: Stored) in
            let result: Target = nearest(value)
            let magnitude = value.magnitude
            let bits = Stored.bitWidth &- magnitude.leadingZeroBitCount &- magnitude.trailingZeroBitCount
            return (result, bits <= Target.precision && result.asDouble.isFinite)
        }
    }
}

/// The converter from a stored integer type.
func integerConverter<Stored: FixedWidthInteger & BitwiseCopyable & Sendable>(
    _ stored: Stored.Type, to target: H5Representation.Kind, _ policy: H5ConversionPolicy
) -> NumberConverter? {
    let kernel: NumberKernel
    switch target {
    case .int8: kernel = integerKernel(stored, Int8.self, policy)
    case .int16: kernel = integerKernel(stored, Int16.self, policy)
    case .int32: kernel = integerKernel(stored, Int32.self, policy)
    case .int64: kernel = integerKernel(stored, Int64.self, policy)
    case .uint8: kernel = integerKernel(stored, UInt8.self, policy)
    case .uint16: kernel = integerKernel(stored, UInt16.self, policy)
    case .uint32: kernel = integerKernel(stored, UInt32.self, policy)
    case .uint64: kernel = integerKernel(stored, UInt64.self, policy)
    case .float: kernel = integerToFloatKernel(stored, Float.self, policy)
    case .double: kernel = integerToFloatKernel(stored, Double.self, policy)
    #if !(os(macOS) && arch(x86_64))
    case .float16: kernel = integerToFloatKernel(stored, Float16.self, policy)
    #else
    case .float16: return nil
    #endif
    case .boolean, .complexFloat, .complexDouble: return nil
    }
    return NumberConverter(kernel: kernel) { "\($0.loadUnaligned(as: Stored.self))" }
}

// MARK: - Floating-point numbers

/// Floating-point numbers to integers.
private func floatToIntegerKernel<Stored: StoredFloat, Target: MachineInteger>(
    _ stored: Stored.Type, _ target: Target.Type, _ policy: H5ConversionPolicy
) -> NumberKernel {
    switch policy {
    case .exact:
        return { source, target, count in
            convertBlock(source, target, count) { (stored: Stored) in
                let value = stored.asDouble
                let isInRange = value >= Target.lowerBound && value < Target.upperBound
                let result = Target(isInRange ? value : 0)
                return (result, isInRange && Double(result) == value)
            }
        }
    case .rounding:
        return { source, target, count in
            convertBlock(source, target, count) { (stored: Stored) in
                let value = stored.asDouble
                // The second comparison alone would refuse the smallest Int64, where Double cannot tell bound - 1.
                let isInRange =
                    value < Target.upperBound && (value >= Target.lowerBound || value > Target.lowerBound - 1)
                return (Target(isInRange ? value : 0), isInRange)
            }
        }
    case .clamping:
        return { source, target, count in
            convertBlock(source, target, count) { (stored: Stored) in
                let value = stored.asDouble
                let isInRange = value >= Target.lowerBound && value < Target.upperBound
                let outside: Target =
                    value >= Target.upperBound ? Target.max : value < Target.lowerBound ? Target.min : 0
                return (isInRange ? Target(value) : outside, true)
            }
        }
    }
}

/// Floating-point numbers to floating-point numbers.
private func floatKernel<Stored: StoredFloat, Target: MachineFloat>(
    _ stored: Stored.Type, _ target: Target.Type, _ policy: H5ConversionPolicy, isWidening: Bool
) -> NumberKernel {
    if policy == .exact, !isWidening {
        return { source, target, count in
            convertBlock(source, target, count) { (stored: Stored) in
                let value = stored.asDouble
                let result = Target(value)
                return (result, result.asDouble == value || value != value)
            }
        }
    }
    return { source, target, count in
        convertBlock(source, target, count) { (stored: Stored) in (Target(stored.asDouble), true) }
    }
}

/// The converter from a stored floating-point type whose values all fit `Float` when `fitsFloat`.
func floatConverter<Stored: StoredFloat>(
    _ stored: Stored.Type, fitsFloat: Bool, to target: H5Representation.Kind, _ policy: H5ConversionPolicy
) -> NumberConverter? {
    let kernel: NumberKernel
    switch target {
    case .int8: kernel = floatToIntegerKernel(stored, Int8.self, policy)
    case .int16: kernel = floatToIntegerKernel(stored, Int16.self, policy)
    case .int32: kernel = floatToIntegerKernel(stored, Int32.self, policy)
    case .int64: kernel = floatToIntegerKernel(stored, Int64.self, policy)
    case .uint8: kernel = floatToIntegerKernel(stored, UInt8.self, policy)
    case .uint16: kernel = floatToIntegerKernel(stored, UInt16.self, policy)
    case .uint32: kernel = floatToIntegerKernel(stored, UInt32.self, policy)
    case .uint64: kernel = floatToIntegerKernel(stored, UInt64.self, policy)
    case .float: kernel = floatKernel(stored, Float.self, policy, isWidening: fitsFloat)
    case .double: kernel = floatKernel(stored, Double.self, policy, isWidening: true)
    #if !(os(macOS) && arch(x86_64))
    case .float16: kernel = floatKernel(stored, Float16.self, policy, isWidening: false)
    #else
    case .float16: return nil
    #endif
    case .boolean, .complexFloat, .complexDouble: return nil
    }
    return NumberConverter(kernel: kernel) { pointer in
        let value = pointer.loadUnaligned(as: Stored.self).asDouble
        return fitsFloat ? "\(Float(value))" : "\(value)"
    }
}
