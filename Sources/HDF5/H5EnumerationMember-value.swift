import HDF5Format

extension H5EnumerationMember {
    /// The value as a Swift number; nil where it does not fit.
    ///
    /// - Parameters:
    ///   - type: The Swift type.
    ///   - base: The integer type that the enumeration is made of.
    public func value<Value: H5Number>(as type: Value.Type, base: H5Datatype) -> Value? {
        guard let conversion = try? NumericConversion<Value>(from: base, policy: .exact), storedValue.count >= base.size
        else { return nil }
        return try? storedValue.withUnsafeBytes { bytes in
            try withUnsafeTemporaryAllocation(of: Value.self, capacity: 1) { buffer -> Value? in
                guard let source = bytes.baseAddress, let target = buffer.baseAddress else { return nil }
                try conversion.convert(
                    from: source, stride: base.size, to: target, destinationStride: 1, count: 1, firstIndex: 0)
                return target.pointee
            }
        }
    }
}
