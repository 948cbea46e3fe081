import HDF5
import RealModule

extension USIDDataset {
    /// How the elements are laid out as real numbers.
    ///
    /// - Throws: `USIDError` with rule R4 for elements that are no numbers.
    public var realForm: USIDRealForm { get throws { try USIDRealForm(dataset.datatype) } }

    /// Reads positions as real numbers of single precision: complex and compound elements part after part.
    ///
    /// ```swift
    /// for start in stride(from: 0, to: main.positionCount, by: 256) {
    ///     let rows = try main.readReal(as: Float.self, positions: start..<min(start + 256, main.positionCount))
    ///     …                                        // (positions, parts × spectroscopic points)
    /// }
    /// ```
    ///
    /// - Parameter positions: The numbers of the positions; by default all.
    /// - Returns: One row per position, in which all spectroscopic points have their first part, then all their second
    ///   one, as `realForm` names them. Numbers are rounded to the nearest.
    /// - Throws: `USIDError` with code `outOfRange` for positions that there are not; `H5Error` as reading does.
    public func readReal(as type: Float.Type, positions: Range<Int>? = nil) throws -> H5Array<Float> {
        try readReal(positions) { $0.map { Float($0) } }
    }

    /// Reads positions as real numbers of double precision: complex and compound elements part after part.
    ///
    /// - Throws: As in single precision.
    public func readReal(as type: Double.Type, positions: Range<Int>? = nil) throws -> H5Array<Double> {
        try readReal(positions) { $0 }
    }

    /// Writes positions from real numbers of single precision, part after part as `readReal` gives them.
    ///
    /// - Parameters:
    ///   - rows: One row per position: parts × spectroscopic points numbers.
    ///   - positions: The numbers of the positions.
    ///   - policy: What happens to numbers that the stored type cannot hold exactly.
    /// - Throws: As `write(_:atPositions:policy:)`, before anything is written.
    public func writeReal(
        _ rows: [Float], atPositions positions: Range<Int>, policy: H5ConversionPolicy = .rounding
    ) throws {
        try writeReal(rows, positions, policy) { zip($0, $1).map { Complex(Double($0), Double($1)) } }
    }

    /// Writes positions from real numbers of double precision, part after part as `readReal` gives them.
    ///
    /// - Throws: As in single precision.
    public func writeReal(
        _ rows: [Double], atPositions positions: Range<Int>, policy: H5ConversionPolicy = .rounding
    ) throws {
        try writeReal(rows, positions, policy) { zip($0, $1).map { Complex($0, $1) } }
    }

    // MARK: Parts

    private func selection(_ positions: Range<Int>) throws -> H5Selection {
        guard positions.lowerBound >= 0, positions.upperBound <= positionCount else {
            throw USIDError(
                .outOfRange, path: path,
                "positions \(positions) lie outside the \(NumberText.count(positionCount, "position")) there are")
        }
        return .axes([.range(lower: positions.lowerBound, upper: positions.upperBound, stride: 1), .whole])
    }

    private func readReal<Number: H5Number>(
        _ positions: Range<Int>?, _ rounded: ([Double]) -> [Number]
    ) throws -> H5Array<Number> {
        let positions = positions ?? 0..<positionCount
        let selection = try selection(positions)
        var parts: [[Number]] = []
        for part in try realForm.parts {
            switch part.component {
            case nil:
                parts.append(
                    try part.member.map {
                        try dataset.read(field: $0, as: Number.self, selection, policy: .rounding).elements
                    } ?? dataset.read(as: Number.self, selection, policy: .rounding).elements)
            case .real:
                // Double precision holds what either precision stores.
                let complex =
                    try part.member.map {
                        try dataset.read(field: $0, as: Complex<Double>.self, selection, policy: .rounding).elements
                    } ?? dataset.read(as: Complex<Double>.self, selection, policy: .rounding).elements
                parts.append(rounded(complex.map(\.real)))
                parts.append(rounded(complex.map(\.imaginary)))
            // Came with the real part.
            case .imaginary: continue
            }
        }
        return try LastAxis.join(parts, shape: [positions.count, spectroscopicPointCount])
    }

    private func writeReal<Number: H5Number>(
        _ rows: [Number], _ positions: Range<Int>, _ policy: H5ConversionPolicy,
        _ paired: ([Number], [Number]) -> [Complex<Double>]
    ) throws {
        guard dataset.file.isWritable else {
            throw USIDError(
                .readOnly, path: path,
                "the file is open for reading only: open it with H5File.openForUpdate or H5File.update")
        }
        let selection = try selection(positions)
        let form = try realForm
        let width = form.parts.count * spectroscopicPointCount
        guard rows.count == positions.count * width else {
            throw USIDError(
                .invalidArgument, path: path,
                "\(rows.count) numbers are given; \(NumberText.count(positions.count, "position")) of "
                    + "\(NumberText.count(spectroscopicPointCount, "spectroscopic point")) with "
                    + "\(NumberText.count(form.parts.count, "part")) take \(positions.count * width)")
        }
        guard !rows.isEmpty else { return }
        let parts = try LastAxis.split(
            H5Array(shape: [positions.count, width], elements: rows), into: form.parts.count
        ).parts
        for (number, part) in form.parts.enumerated() {
            switch part.component {
            case nil:
                if let member = part.member {
                    try dataset.write(field: member, parts[number], at: selection, policy: policy)
                } else {
                    try dataset.write(parts[number], at: selection, policy: policy)
                }
            case .real:
                let complex = paired(parts[number], parts[number + 1])
                if let member = part.member {
                    try dataset.write(field: member, complex, at: selection, policy: policy)
                } else {
                    try dataset.write(complex, at: selection, policy: policy)
                }
            // Went with the real part.
            case .imaginary: continue
            }
        }
    }
}
