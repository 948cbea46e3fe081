import HDF5

extension USIDDataset {
    /// Writes the data of some positions.
    ///
    /// ```swift
    /// try main.write(spectra, atPositions: 0..<256)
    /// ```
    ///
    /// - Parameters:
    ///   - rows: All spectroscopic points of each position, position after position.
    ///   - positions: The numbers of the positions: rows of the dataset.
    ///   - policy: What happens to numbers that the stored type cannot hold exactly.
    /// - Throws: `USIDError` before anything is written: `readOnly`, `outOfRange` for positions that there are not, or
    ///   `invalidArgument` for another number of values; `H5Error` as writing the dataset does.
    public func write<Element: H5Element>(
        _ rows: [Element], atPositions positions: Range<Int>, policy: H5ConversionPolicy = .exact
    ) throws {
        guard let selection = try rowSelection(positions, count: rows.count) else { return }
        try dataset.write(rows, at: selection, policy: policy)
    }

    /// Writes the data of some positions as rows of a compound; members are matched by name.
    ///
    /// - Throws: As for numbers.
    @_disfavoredOverload
    public func write<Row: Encodable>(_ rows: [Row], atPositions positions: Range<Int>) throws {
        guard let selection = try rowSelection(positions, count: rows.count) else { return }
        try dataset.write(rows, at: selection)
    }

    /// Writes batches of whole positions one behind the other, as they come.
    ///
    /// One batch is in memory at a time.
    ///
    /// - Parameters:
    ///   - batches: Each with all spectroscopic points of some positions, position after position.
    ///   - first: The position that the first batch starts with.
    ///   - policy: What happens to numbers that the stored type cannot hold exactly.
    /// - Returns: The number of positions that were written.
    /// - Throws: `USIDError` as for one batch, before that batch is written; what `batches` throws.
    @discardableResult
    public func write<Element: H5Element, Batches: AsyncSequence>(
        _ batches: Batches, fromPosition first: Int = 0, policy: H5ConversionPolicy = .exact
    ) async throws -> Int where Batches.Element == [Element] {
        try checkWritable()
        guard (0...positionCount).contains(first) else { throw outside("position \(first)") }
        var next = first
        for try await batch in batches {
            let width = spectroscopicPointCount
            guard width > 0, batch.count % width == 0 else {
                throw USIDError(
                    .invalidArgument, path: path,
                    "\(batch.count) values make no whole positions of "
                        + "\(NumberText.count(width, "spectroscopic point")): give whole positions in every batch")
            }
            let count = batch.count / width
            guard count <= positionCount - next else {
                throw outside("a batch of \(NumberText.count(count, "position")) from position \(next) on")
            }
            try write(batch, atPositions: next..<next + count, policy: policy)
            next += count
        }
        return next - first
    }

    // MARK: Parts

    private func outside(_ what: String) -> USIDError {
        USIDError(
            .outOfRange, path: path, "\(what) lies outside the \(NumberText.count(positionCount, "position")) there are"
        )
    }

    private func checkWritable() throws {
        guard dataset.file.isWritable else {
            throw USIDError(
                .readOnly, path: path,
                "the file is open for reading only: open it with H5File.openForUpdate or H5File.update")
        }
    }

    /// The elements of positions, once it is known that `count` elements fill them; nil where there are none.
    private func rowSelection(_ positions: Range<Int>, count: Int) throws -> H5Selection? {
        try checkWritable()
        guard positions.lowerBound >= 0, positions.upperBound <= positionCount else {
            throw outside("positions \(positions)")
        }
        let expected = positions.count * spectroscopicPointCount
        guard count == expected else {
            throw USIDError(
                .invalidArgument, path: path,
                "\(count) values are given; \(NumberText.count(positions.count, "position")) of "
                    + "\(NumberText.count(spectroscopicPointCount, "spectroscopic point")) take \(expected)")
        }
        guard count > 0 else { return nil }
        return .axes([.range(lower: positions.lowerBound, upper: positions.upperBound, stride: 1), .whole])
    }
}
