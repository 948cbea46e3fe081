import HDF5Format

extension H5Dataset {
    /// Runs a change of the dataset.
    func writing<R>(_ body: (DatasetWriter) throws -> R) throws -> R {
        let editor = try file.writable()
        return try objectHandle.naming {
            try editor.perform {
                let edited = try editor.dataset(address, description)
                let writer = DatasetWriter(edited, in: editor)
                try writer.checkWritable()
                if !edited.appended.isEmpty { try editor.change { try edited.flushAppended(in: editor) } }
                return try body(writer)
            }
        }
    }

    /// Writes selected elements that lie in memory as they are stored.
    ///
    /// - Parameters:
    ///   - bytes: The elements in the order of the selection, each `datatype.size` bytes.
    ///   - selection: What is written, by default everything.
    /// - Throws: `H5Error` with the code `readOnly`, `selection` for a selection outside the extent, or `invalidArgument` for
    ///   another number of bytes, all before anything is written.
    public func write(storedBytes bytes: RawSpan, _ selection: H5Selection = .all) throws {
        try bytes.withUnsafeBytes { try write($0, selection) }
    }

    func write(_ bytes: UnsafeRawBufferPointer, _ selection: H5Selection) throws {
        let size = datatype.size
        try write(StoredSource(bytes, elementSize: size), selection, given: bytes.count / max(1, size)) {
            bytes.count % max(1, size) == 0
        }
    }

    /// Writes the elements of a source.
    func write(
        _ source: some ElementSource & Sendable, _ selection: H5Selection, given count: Int,
        isWhole: () -> Bool = { true }
    ) throws {
        try writing { writer in
            let plan = try SelectionPlan(selection, of: writer.description.dataspace)
            guard count == plan.count, isWhole() else {
                throw H5Error(
                    .invalidArgument, "\(plan.count) elements are selected and \(count) are given")
            }
            try writer.editor.change {
                if writer.description.datatype.hasHeapData {
                    try writer.editor.settle()
                    try VariableLengthRemoval.releaseElements(
                        of: writer.description, at: address, selected: plan, in: writer.editor)
                }
                try writer.write(plan, from: source)
            }
        }
    }

    /// Gives the dataset another extent; it must be stored in chunks, and stay within its maximum shape.
    ///
    /// Elements that are new read as the fill value; elements that no longer fit are gone.
    ///
    /// - Throws: `H5Error` with the code `readOnly` or `invalidArgument`.
    public func resize(to shape: [Int]) throws {
        try writing { try $0.resize(to: shape) }
    }
}

// MARK: Values

extension H5Dataset {
    /// Writes numbers, Booleans or complex numbers: everything, or what a selection takes.
    ///
    /// ```swift
    /// try data.write(values)
    /// try data.write(row, at: [.index(i), .all])
    /// ```
    ///
    /// - Parameters:
    ///   - values: The elements in row-major order of the selection.
    ///   - selection: What is written, by default everything.
    ///   - policy: What happens to numbers that the stored type cannot hold exactly.
    /// - Throws: `H5Error`: `readOnly`, `selection` for a selection outside the extent, `invalidArgument` for another number
    ///   of elements, before anything is written; `conversion` for a value that the policy refuses.
    public func write<Element: H5Element>(
        _ values: [Element], at selection: H5Selection = .all, policy: H5ConversionPolicy = .exact
    ) throws {
        try values.withUnsafeBufferPointer { try write($0, at: selection, policy: policy) }
    }

    /// Writes numbers that lie in memory of the caller.
    public func write<Element: H5Element>(
        _ values: UnsafeBufferPointer<Element>, at selection: H5Selection = .all, policy: H5ConversionPolicy = .exact
    ) throws {
        if case .all = selection {
            // Only read, while the caller lends it.
            let elements = RawSpan(_unsafeBytes: UnsafeRawBufferPointer(values))
            let editor = try file.writable()
            let isDone = try objectHandle.naming { try editor.writeMade(elements, Element.self, of: address) }
            if isDone { return }
        }
        let source = try objectHandle.naming { try NumberSource(values, datatype: datatype, policy: policy) }
        if let bytes = source.rawMemory(first: 0, count: source.count) {
            // What is stored as it is in memory needs no code for its type.
            return try write(StoredSource(bytes, elementSize: source.storedSize), selection, given: source.count)
        }
        try write(source, selection, given: source.count)
    }

    /// Writes numbers that lie in memory of the caller.
    public func write<Element: H5Element>(
        _ values: Span<Element>, at selection: H5Selection = .all, policy: H5ConversionPolicy = .exact
    ) throws { try values.withUnsafeBufferPointer { try write($0, at: selection, policy: policy) } }

    /// Writes an array with its shape.
    public func write<Element: H5Element>(
        _ array: H5Array<Element>, at selection: H5Selection = .all, policy: H5ConversionPolicy = .exact
    ) throws { try write(array.elements, at: selection, policy: policy) }

    /// Writes one value.
    public func write<Element: H5Element>(_ value: Element, at selection: H5Selection = .all) throws {
        try write([value], at: selection)
    }

    /// Writes text, of fixed or of any length.
    public func write(_ strings: [String], at selection: H5Selection = .all) throws {
        try write(strings.count, at: selection) { try StoredEncoding.bytes(strings, datatype, in: $0) }
    }

    // Numbers are `Encodable` too, and have a call of their own, a hundred times as fast.
    /// Writes rows; members are matched by name.
    @_disfavoredOverload
    public func write<Row: Encodable>(_ rows: [Row], at selection: H5Selection = .all) throws {
        try write(rows.count, at: selection) { try StoredEncoding.bytes(rows, datatype, in: $0) }
    }

    /// Writes values of any type, as tools have them.
    public func write(values: [H5Value], at selection: H5Selection = .all) throws {
        try write(values.count, at: selection) { try StoredEncoding.bytes(values: values, datatype, in: $0) }
    }

    /// Encodes elements once it is known that they fit, and writes them.
    private func write(_ count: Int, at selection: H5Selection, _ encode: (FileEditor) throws -> [UInt8]) throws {
        let editor = try file.writable()
        try editor.perform {
            let plan = try objectHandle.naming { try SelectionPlan(selection, of: dataspace) }
            guard plan.count == count else {
                throw H5Error(
                    .invalidArgument, "\(plan.count) elements are selected and \(count) are given", path: path)
            }
            let bytes = try objectHandle.naming { try editor.encoding { try encode(editor) } }
            try bytes.withUnsafeBytes { try write($0, selection) }
        }
    }

    /// Writes one member of all selected rows; the other members stay as they are.
    public func write<Element: H5Element>(
        field name: String, _ values: [Element], at selection: H5Selection = .all,
        policy: H5ConversionPolicy = .exact
    ) throws {
        guard case .compound(let members) = datatype.kind, let member = members.first(where: { $0.name == name }) else {
            throw H5Error(.notFound, "the elements have no member '\(name)'", path: path)
        }
        let editor = try file.writable()
        try editor.perform {
            let encoding = try objectHandle.naming { try NumericEncoding<Element>(to: member.type, policy: policy) }
            let plan = try objectHandle.naming { try SelectionPlan(selection, of: dataspace) }
            guard plan.count == values.count else {
                throw H5Error(
                    .invalidArgument, "\(plan.count) elements are selected and \(values.count) are given", path: path)
            }
            try editor.settle()
            var rows = try storedElements(try self.plan(selection, elementSize: datatype.size)).bytes
            try values.withUnsafeBufferPointer { values in
                try rows.withUnsafeMutableBytes {
                    try encoding.encode(values, into: $0, offset: member.offset, stride: datatype.size)
                }
            }
            // What the other members own in the heap stays theirs.
            try writing { writer in
                let plan = try SelectionPlan(selection, of: writer.description.dataspace)
                try editor.change {
                    try rows.withUnsafeBytes {
                        try writer.write(plan, from: StoredSource($0, elementSize: datatype.size))
                    }
                }
            }
        }
    }

    // MARK: Appending

    /// Adds elements behind the last ones along an axis that may grow.
    ///
    /// - Parameters:
    ///   - values: As many as make whole layers across the other axes.
    ///   - axis: The axis; by default the first one without a limit.
    public func append<Element: H5Element>(
        _ values: [Element], axis: Int? = nil, policy: H5ConversionPolicy = .exact
    ) throws {
        try values.withUnsafeBufferPointer { try append($0, axis: axis, policy: policy) }
    }

    /// Adds elements that lie in memory of the caller.
    public func append<Element: H5Element>(
        _ values: UnsafeBufferPointer<Element>, axis: Int? = nil, policy: H5ConversionPolicy = .exact
    ) throws {
        if try gather(values, axis, policy) { return }
        try append(try elementCount(values.count), axis) { try write(values, at: $0, policy: policy) }
    }

    /// Adds rows behind the last ones along an axis that may grow.
    @_disfavoredOverload
    public func append<Row: Encodable>(_ rows: [Row], axis: Int? = nil) throws {
        try append(rows.count, axis) { try write(rows, at: $0) }
    }

    /// Adds text behind the last along an axis that may grow.
    public func append(_ strings: [String], axis: Int? = nil) throws {
        try append(strings.count, axis) { try write(strings, at: $0) }
    }

    /// Adds batches behind the last elements along an axis that may grow, as they come.
    public func append<Element: H5Element, Batches: AsyncSequence>(
        _ batches: Batches, axis: Int? = nil, policy: H5ConversionPolicy = .exact
    ) async throws where Batches.Element == [Element] {
        for try await batch in batches { try append(batch, axis: axis, policy: policy) }
    }

    /// The elements that numbers make: those of an array type take several each.
    private func elementCount(_ values: Int) throws -> Int {
        let part = try FlattenedElement(datatype)
        guard part.count > 1 else { return values }
        guard values % part.count == 0 else {
            throw H5Error(
                .invalidArgument, "\(values) values are no whole number of elements that are \(datatype)", path: path)
        }
        return values / part.count
    }

    /// Adds few elements along the first axis, which wait for more; answers whether this can be done.
    private func gather<Element: H5Element>(
        _ values: UnsafeBufferPointer<Element>, _ axis: Int?, _ policy: H5ConversionPolicy
    ) throws -> Bool {
        let editor = try file.writable()
        return try objectHandle.naming {
            try editor.perform {
                let edited = try editor.dataset(address, description)
                let space = edited.description.dataspace
                guard space.rank > 0, axis ?? space.maximumShape.firstIndex(where: { $0 == nil }) == 0 else {
                    return false
                }
                let writer = DatasetWriter(edited, in: editor)
                try writer.checkWritable()
                let source = try NumberSource(values, datatype: edited.description.datatype, policy: policy)
                let layer = try checkedProduct(space.shape.dropFirst(), "the elements of a layer")
                return try writer.gather(source, layer: layer)
            }
        }
    }

    private func append(_ count: Int, _ axis: Int?, _ write: (H5Selection) throws -> Void) throws {
        let editor = try file.writable()
        try editor.perform {
            let space = dataspace
            guard let axis = axis ?? space.maximumShape.firstIndex(where: { $0 == nil }),
                space.shape.indices.contains(axis)
            else {
                throw H5Error(.invalidArgument, "no axis of the dataset can grow without a limit", path: path)
            }
            let others = space.shape.indices.filter { $0 != axis }.map { space.shape[$0] }
            let layer = try objectHandle.naming { try checkedProduct(others, "the elements of a layer") }
            guard layer > 0, count % layer == 0 else {
                throw H5Error(
                    .invalidArgument, "\(count) elements do not make whole layers of \(layer) across the other axes",
                    path: path)
            }
            guard count > 0 else { return }
            var shape = space.shape
            let start = shape[axis]
            shape[axis] += count / layer
            try resize(to: shape)
            try write(
                .axes(
                    shape.indices.map {
                        $0 == axis ? .range(lower: start, upper: shape[axis], stride: 1) : .whole
                    }))
        }
    }
}
