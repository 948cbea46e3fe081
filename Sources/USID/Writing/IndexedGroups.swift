import HDF5

extension H5File {
    /// Makes the next measurement group, `/Measurement_000` and so on (R50).
    ///
    /// A new group is due whenever parameters of the measurement changed. The root group of a file that holds nothing
    /// gets book-keeping attributes too.
    ///
    /// - Parameters:
    ///   - parameters: What is known about the measurement, one attribute each.
    ///   - bookKeeping: When, where and by what the group was made (R70).
    /// - Throws: As `H5Group.createIndexedGroup`.
    @discardableResult
    public func createMeasurementGroup(
        parameters: USIDParameters = [:], bookKeeping: USIDBookKeeping = USIDBookKeeping()
    ) throws -> H5Group {
        let root = try self.root
        let isNew = try root.count == 0 && root.attributes.count == 0
        let made = try root.createIndexedGroup("Measurement", parameters: parameters, bookKeeping: bookKeeping)
        if isNew { try bookKeeping.write(to: root) }
        return made
    }
}

extension H5Group {
    /// Makes the next channel group of a measurement group, `Channel_000` and so on (R50, R52).
    ///
    /// - Parameters:
    ///   - parameters: What is known about the channel, one attribute each.
    ///   - bookKeeping: When, where and by what the group was made (R70).
    /// - Throws: As `createIndexedGroup`.
    @discardableResult
    public func createChannelGroup(
        parameters: USIDParameters = [:], bookKeeping: USIDBookKeeping = USIDBookKeeping()
    ) throws -> H5Group {
        try createIndexedGroup("Channel", parameters: parameters, bookKeeping: bookKeeping)
    }

    /// Makes a group whose name ends with the next free index: the largest there is plus 1, of at least three digits
    /// (R51).
    ///
    /// - Parameters:
    ///   - base: The name before the underscore, without `-` and `/`.
    ///   - parameters: What is known about the group, one attribute each.
    ///   - bookKeeping: When, where and by what the group was made (R70).
    /// - Throws: `USIDError` before anything is written: `readOnly`, or `invalidArgument` for a name or parameters that
    ///   cannot be written.
    @discardableResult
    public func createIndexedGroup(
        _ base: String, parameters: USIDParameters = [:], bookKeeping: USIDBookKeeping = USIDBookKeeping()
    ) throws -> H5Group {
        try WrittenText.checkName(base, "an indexed group", path: path)
        return try createIndexedGroup(prefix: base, parameters: parameters, bookKeeping: bookKeeping) { _ in }
    }

    /// Makes an indexed group, whose name has been checked, and writes what belongs to it.
    ///
    /// What fails half-way leaves nothing behind.
    func createIndexedGroup(
        prefix: String, reserved: Set<String> = [], parameters: USIDParameters, bookKeeping: USIDBookKeeping,
        _ fill: (H5Group) throws -> Void
    ) throws -> H5Group {
        guard file.isWritable else {
            throw USIDError(
                .readOnly, path: path,
                "the file is open for reading only: open it with H5File.openForUpdate or H5File.update")
        }
        try bookKeeping.check(path: path)
        let attributes = try parameters.attributes(reserved: reserved, path: path)
        var last = -1
        for name in try names() {
            guard let indexed = IndexedName(Substring(name)), String(indexed.base).hasSameBytes(as: prefix) else {
                continue
            }
            last = max(last, indexed.index)
        }
        guard last < Int.max else {
            throw USIDError(
                .invalidArgument, rule: "R51", path: path, "there is no index after \(last): rename that group")
        }
        let digits = String(last + 1)
        let name = prefix + "_" + String(repeating: "0", count: max(0, 3 - digits.utf8.count)) + digits
        let made = try createGroup(name)
        do {
            try fill(made)
            for attribute in attributes { try attribute.value.write(attribute.name, to: made) }
            try bookKeeping.write(to: made)
        } catch {
            try? remove(name)
            throw error
        }
        return made
    }
}
