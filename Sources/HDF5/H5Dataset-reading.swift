import HDF5Format

extension H5Dataset {
    // MARK: Numbers

    /// Reads elements as numbers, Booleans or complex numbers; every value must be representable exactly.
    ///
    /// Where the elements are arrays of numbers (the array datatype), the axes of the arrays follow those of the
    /// selection: three elements that are arrays of shape (2, 4) read as the shape (3, 2, 4).
    ///
    /// - Parameters:
    ///   - type: The Swift type, whatever number type the file uses.
    ///   - selection: The elements; by default all.
    /// - Returns: The elements with the shape of the selection; axes selected by a single index are dropped.
    /// - Throws: `H5Error` with code `conversion` (the type does not fit), `selection` (it reaches outside the extent),
    ///   `limitExceeded`, or what damaged files give.
    public func read<Element: H5Element>(
        as type: Element.Type, _ selection: H5Selection = .all
    ) throws -> H5Array<Element> {
        // Without a policy of its own this has the shape of the reading of rows, so the compiler prefers it for numbers.
        try read(as: type, selection, policy: .exact)
    }

    /// Reads elements as numbers, Booleans or complex numbers.
    ///
    /// - Parameters:
    ///   - type: The Swift type, whatever number type the file uses.
    ///   - selection: The elements; by default all.
    ///   - policy: What to do with values that the type cannot hold.
    /// - Returns: The elements with the shape of the selection; axes selected by a single index are dropped.
    /// - Throws: As `read(as:_:)`.
    public func read<Element: H5Element>(
        as type: Element.Type, _ selection: H5Selection = .all, policy: H5ConversionPolicy
    ) throws -> H5Array<Element> {
        try locating {
            try values(selection, part: FlattenedElement(datatype), offset: 0, policy: policy)
        }
    }

    /// Reads one member of a compound as a column, without the other members.
    ///
    /// - Parameters:
    ///   - field: The name of the member; `outer.inner` for a member of a member.
    ///   - type: The Swift type of the column.
    ///   - selection: The rows; by default all.
    ///   - policy: What to do with values that the type cannot hold.
    /// - Throws: `H5Error` with code `notFound` when there is no such member, else as `read(as:_:)`.
    public func read<Element: H5Element>(
        field: String, as type: Element.Type, _ selection: H5Selection = .all, policy: H5ConversionPolicy = .exact
    ) throws -> H5Array<Element> {
        try locating {
            let member = try datatype.member(atPath: field)
            return try values(
                selection, part: FlattenedElement(member.type), offset: member.offset, policy: policy)
        }
    }

    /// Reads elements into memory that the caller owns.
    ///
    /// - Parameters:
    ///   - buffer: Exactly as many elements as are selected (of array types: as their arrays hold), in row-major order.
    ///   - selection: The elements; by default all.
    ///   - policy: What to do with values that the type cannot hold.
    /// - Throws: `H5Error` with code `invalidArgument` when the buffer has another size, else as `read(as:_:)`.
    ///   After an error the contents of the buffer are undefined.
    public func read<Element: H5Element>(
        into buffer: inout [Element], _ selection: H5Selection = .all, policy: H5ConversionPolicy = .exact
    ) throws {
        try buffer.withUnsafeMutableBufferPointer { buffer in
            var span = buffer.mutableSpan
            try read(into: &span, selection, policy: policy)
        }
    }

    /// Reads elements into a span of memory that the caller owns.
    ///
    /// - Parameters:
    ///   - span: Exactly as many elements as are selected, in row-major order.
    ///   - selection: The elements; by default all.
    ///   - policy: What to do with values that the type cannot hold.
    /// - Throws: `H5Error` with code `invalidArgument` when the span has another size, else as `read(as:_:)`.
    public func read<Element: H5Element>(
        into span: inout MutableSpan<Element>, _ selection: H5Selection = .all, policy: H5ConversionPolicy = .exact
    ) throws {
        try locating {
            try fill(
                &span, selection, part: FlattenedElement(datatype), offset: 0, policy: policy, threads: nil)
        }
    }

    /// Reads elements, or one member of them, on the calling thread alone: for callers whose threads each read a share.
    ///
    /// - Throws: As `read(into:_:policy:)` and `read(field:as:_:policy:)`.
    package func readAlone<Element: H5Element>(
        field: String?, into span: inout MutableSpan<Element>, _ selection: H5Selection, policy: H5ConversionPolicy
    ) throws {
        try locating {
            let member = try field.map { try datatype.member(atPath: $0) }
            try fill(
                &span, selection, part: FlattenedElement(member?.type ?? datatype), offset: member?.offset ?? 0,
                policy: policy, threads: 1)
        }
    }

    /// Fills a span with a part of each selected element, `offset` bytes into it.
    private func fill<Element: H5Element>(
        _ span: inout MutableSpan<Element>, _ selection: H5Selection, part: FlattenedElement, offset: Int,
        policy: H5ConversionPolicy, threads: Int?
    ) throws {
        let size = try checkedProduct(part.count, MemoryLayout<Element>.stride, "the size of an element")
        let plan = try plan(selection, elementSize: size)
        let count = plan.count * part.count
        guard count == span.count else {
            throw H5Error(.invalidArgument, "\(count) elements are selected, the memory holds \(span.count)")
        }
        // The span is exclusively ours for the time of the call.
        try span.withUnsafeMutableBufferPointer {
            LargePages.prefer(for: UnsafeMutableRawBufferPointer($0))
            try fill($0, plan, part: part, offset: offset, policy: policy, threads: threads)
        }
    }

    /// The values of a part of each selected element, `offset` bytes into it.
    private func values<Element: H5Element>(
        _ selection: H5Selection, part: FlattenedElement, offset: Int, policy: H5ConversionPolicy
    ) throws -> H5Array<Element> {
        let size = try checkedProduct(part.count, MemoryLayout<Element>.stride, "the size of an element")
        let plan = try plan(selection, elementSize: size)
        let count = plan.count * part.count
        let capacity = LargePages.capacity(count, stride: MemoryLayout<Element>.stride)
        let values = try [Element](unsafeUninitializedCapacity: capacity) { buffer, filled in
            LargePages.prefer(for: UnsafeMutableRawBufferPointer(buffer))
            try fill(
                UnsafeMutableBufferPointer(rebasing: buffer[..<count]), plan, part: part, offset: offset,
                policy: policy)
            filled = count
        }
        return H5Array(trusted: plan.resultShape + part.extents, values)
    }

    private func fill<Element: H5Element>(
        _ buffer: UnsafeMutableBufferPointer<Element>, _ plan: SelectionPlan, part: FlattenedElement, offset: Int,
        policy: H5ConversionPolicy, threads: Int? = nil
    ) throws {
        let conversion = try NumericConversion<Element>(from: part.datatype, policy: policy)
        // Arrays may have an extent of 0.
        guard part.count > 0 else { return }
        if conversion.isPlainCopy {
            try read(
                plan,
                into: RawSink(
                    UnsafeMutableRawBufferPointer(buffer), partOffset: offset, partSize: part.size,
                    storedSize: datatype.size),
                threads: threads)
        } else {
            try read(
                plan, into: ConvertingSink(buffer, conversion: conversion, partOffset: offset, part: part),
                threads: threads)
        }
    }

    // MARK: Text

    /// Reads elements as texts, fixed or variable-length.
    ///
    /// Bytes that are not valid UTF-8 appear as `\xHH`; `readStrings(_:)` gives the bytes themselves. Where the elements
    /// are arrays of texts, the axes of the arrays follow those of the selection.
    public func read(as type: String.Type, _ selection: H5Selection = .all) throws -> H5Array<String> {
        try locating {
            let (reading, shape) = try stringReading(selection, textSize: MemoryLayout<String>.stride)
            return H5Array(trusted: shape, try reading.strings())
        }
    }

    /// Reads texts as offsets into their bytes: two allocations instead of one per text.
    public func readStrings(_ selection: H5Selection = .all) throws -> H5StringArray {
        try locating {
            let (reading, shape) = try stringReading(selection, textSize: 0)
            return try reading.array(shape: shape)
        }
    }

    /// - Parameter textSize: The bytes that a text takes in the result, beside those of its characters.
    private func stringReading(_ selection: H5Selection, textSize: Int) throws -> (StringReading, [Int]) {
        let part = try FlattenedElement(datatype)
        guard part.size == datatype.size else {
            throw H5Error(.damaged, "an array type of \(datatype.size) bytes holds texts of \(part.size) bytes")
        }
        try StringDecoder.check(part.datatype)
        let size = try checkedProduct(part.count, textSize, "the size of an element's texts")
        let plan = try plan(selection, elementSize: max(size, datatype.size))
        return (
            StringReading(stored: try storedElements(plan), count: plan.count, part: part, context: context),
            plan.resultShape + part.extents
        )
    }

    // MARK: Records and values of any type

    /// Reads the elements of a compound as rows of a `Decodable` type; members are matched by name.
    ///
    /// - Throws: `H5Error` with code `conversion` that names the member and the row.
    public func read<Row: Decodable>(as type: Row.Type, _ selection: H5Selection = .all) throws -> H5Array<Row> {
        try locating {
            let plan = try plan(selection, elementSize: max(datatype.size, MemoryLayout<Row>.stride))
            let decoder = try RowDecoder<Row>(datatype: datatype, context: context)
            var rows: [Row] = []
            try storedElements(plan).forEachRun { bytes, elements, context in
                decoder.move(to: context)
                try decoder.append(bytes, count: elements.count, firstIndex: elements.lowerBound, to: &rows)
            }
            return H5Array(trusted: plan.resultShape, rows)
        }
    }

    /// Reads elements as references.
    ///
    /// - Throws: `H5Error` with code `conversion` when the elements are no references.
    public func readReferences(_ selection: H5Selection = .all) throws -> H5Array<H5ReferenceValue> {
        guard case .reference = datatype.kind else {
            throw H5Error(.conversion, "elements are \(datatype), which are no references", path: path)
        }
        let values = try readValues(selection)
        let references = values.elements.map { value -> H5ReferenceValue in
            if case .reference(let reference) = value { return reference }
            return .null
        }
        return H5Array(trusted: values.shape, references)
    }

    /// Reads elements as values of any type, for tools that show what is there.
    public func readValues(_ selection: H5Selection = .all) throws -> H5Array<H5Value> {
        try locating {
            let plan = try plan(selection, elementSize: max(datatype.size, MemoryLayout<H5Value>.stride))
            var decoder = ElementDecoder(datatype: datatype, context: context)
            var values: [H5Value] = []
            values.reserveCapacity(plan.count)
            try storedElements(plan).forEachRun { bytes, elements, context in
                decoder.move(to: context)
                try decoder.append(bytes, count: elements.count, to: &values)
            }
            return H5Array(trusted: plan.resultShape, values)
        }
    }

    /// The user's fill value as one element; nil where there is none.
    public func fillElement() throws -> H5Value? {
        guard case .user(let bytes) = fillValue.status else { return nil }
        return try locating { try ElementDecoder(datatype: datatype, context: context).value(bytes.span.bytes) }
    }

    // MARK: Stored bytes

    /// Reads elements as the bytes that are stored, in the file's own type and byte order.
    ///
    /// Of variable-length data and references these are places in a file: of a virtual dataset, in the source's file.
    public func readBytes(_ selection: H5Selection = .all) throws -> [UInt8] {
        try locating {
            if case .all = selection, let few = try fewStoredElements() { return few }
            return try storedElements(try plan(selection, elementSize: datatype.size)).bytes
        }
    }

    /// All elements as they are stored, with the files that they belong to.
    func readStoredElements() throws -> StoredElements {
        try locating { try storedElements(try plan(.all, elementSize: datatype.size)) }
    }
}

extension H5Datatype {
    /// The member at a path such as `outer.inner`, with its offset in the whole element.
    func member(atPath path: String) throws -> H5CompoundMember {
        var current = H5CompoundMember(name: path, offset: 0, type: self)
        // A name may contain dots itself, so the whole path is tried first.
        var rest = Substring(path)
        while true {
            guard case .compound(let members) = current.type.kind else {
                throw H5Error(.wrongKind, "elements are \(current.type), which has no members")
            }
            if let whole = members.first(where: { $0.name.hasSameUTF8(as: String(rest)) }) {
                return H5CompoundMember(name: path, offset: current.offset + whole.offset, type: whole.type)
            }
            guard let dot = rest.firstIndex(of: "."),
                let next = members.first(where: { $0.name.hasSameUTF8(as: String(rest[..<dot])) })
            else {
                let names = members.map(\.name).joined(separator: ", ")
                throw H5Error(.notFound, "no member '\(path)' (there are: \(names))")
            }
            current = H5CompoundMember(name: path, offset: current.offset + next.offset, type: next.type)
            rest = rest[rest.index(after: dot)...]
        }
    }
}
