import HDF5

/// Another dataset in place of one whose type or shape is wrong: with its names, its attributes, and every reference to it.
struct DatasetReplacement {
    let old: H5Dataset
    private let file: H5File
    private let index: ReferenceIndex
    /// Attributes of the old dataset that the new one does not get.
    private let dropped: Set<String>

    /// Why a dataset cannot be replaced.
    struct Obstacle: Error {
        let reason: String
    }

    /// Prepares a replacement; attributes called `dropped` are left out.
    init(_ old: H5Dataset, _ index: ReferenceIndex, dropping dropped: Set<String> = []) {
        self.old = old
        self.index = index
        self.dropped = dropped
        file = old.file
    }

    /// Makes the new dataset.
    ///
    /// - Parameter fill: Writes its elements.
    /// - Throws: `Obstacle` where attributes or elements cannot be stored anew, and then nothing is changed.
    func replace(datatype: H5Datatype, shape: [Int], _ fill: (H5Dataset) throws -> Void) throws -> H5Dataset {
        let names = index.names(of: old.address)
        guard let parent = ReferenceResolver.parentPath(old.path), !names.isEmpty else {
            throw Obstacle(reason: "no path leads to it")
        }
        if let holder = index.unreadable {
            let place = holder.path + (holder.attribute.map { "@" + $0 } ?? "")
            throw Obstacle(reason: "references may lead to it that cannot be read, in \(place)")
        }
        if shape != old.shape, try isSelected() {
            throw Obstacle(reason: "a region reference elsewhere selects elements of \(old.path)")
        }
        let group = try file.group(parent)
        var temporary = "." + ReferenceResolver.name(old.path)
        while try group.contains(temporary) { temporary = "." + temporary }
        let made = try create(temporary, in: group, datatype, shape)
        let rewrites: [() throws -> Void]
        do {
            try fill(made)
            for attribute in try old.attributes.all() where !dropped.contains(attribute.name) {
                try copy(attribute, to: made)
            }
            rewrites = try index.holders(of: old.address).filter { $0.path != old.path }
                .map { try redirection(of: $0, to: made) }
        } catch {
            try group.remove(temporary)
            throw Obstacle(reason: "it cannot be stored anew: \((error as? H5Error)?.message ?? "\(error)")")
        }
        do {
            for rewrite in rewrites { try rewrite() }
            for name in names {
                let holder = try file.group(name.group)
                try holder.remove(name.name)
                try holder.createHardLink(name.name, to: made)
            }
            try file.group(parent).remove(temporary)
            return try file.dataset(old.path)
        } catch {
            // Not to be taken for something that was only looked at.
            throw USIDError(.invalidArgument, path: old.path, "replacing it failed half-way: \(error)")
        }
    }

    /// Makes the new dataset, stored as the old one: chunked alike, with the same filters, as far as they fit.
    private func create(_ name: String, in group: H5Group, _ datatype: H5Datatype, _ shape: [Int]) throws -> H5Dataset {
        let grows = shape == old.shape && old.dataspace.maximumShape != shape.map { $0 }
        var options = H5DatasetOptions(
            maximum: grows ? old.dataspace.maximumShape.map { $0.map { .limit($0) } ?? .unlimited } : nil)
        if datatype == old.datatype { options.fillValue = old.fillValue }
        guard let chunk = old.chunkShape else {
            if case .compact = try old.storage.layout { options.layout = .compact }
            do {
                return try group.createDataset(name, datatype: datatype, dataspace: .simple(shape), options: options)
            } catch let error as H5Error where error.code == .invalidArgument && options.layout == .compact {
                // Elements of more bytes may be too many for the header.
                options.layout = .automatic
                return try group.createDataset(name, datatype: datatype, dataspace: .simple(shape), options: options)
            }
        }
        options.chunks = Self.chunks(chunk, of: old.shape, for: shape)
        options.filters = old.filters.map { H5DatasetFilter(fittedAnew: $0) }
        do {
            return try group.createDataset(name, datatype: datatype, dataspace: .simple(shape), options: options)
        } catch let error as H5Error where error.code == .invalidArgument && !options.filters.isEmpty {
            // Some filters take certain types only.
            options.filters = []
            return try group.createDataset(name, datatype: datatype, dataspace: .simple(shape), options: options)
        }
    }

    /// The chunk shape for another shape: the same, turned where the shape is turned, and no larger than it.
    private static func chunks(_ chunk: [Int], of old: [Int], for shape: [Int]) -> H5ChunkShape {
        guard chunk.count == shape.count else { return .automatic }
        let fitting = shape != old && shape == old.reversed() ? chunk.reversed() : chunk
        return .shape(shape == old ? fitting : zip(fitting, shape).map { min($0, max(1, $1)) })
    }

    /// Whether a region reference, other than those that are dropped, selects elements.
    private func isSelected() throws -> Bool {
        try index.holders(of: old.address).contains { holder in
            if holder.path == old.path, let attribute = holder.attribute, dropped.contains(attribute) { return false }
            return try values(of: holder).contains { $0.selectsPart(of: old.address) }
        }
    }

    /// Copies an attribute byte by byte, but for what lies in the heap of the file or refers to the old dataset.
    private func copy(_ attribute: H5Attribute, to made: H5Dataset) throws {
        guard attribute.datatype.needsNewBytes else {
            return try made.setAttribute(
                attribute.name, datatype: attribute.datatype, dataspace: attribute.dataspace,
                storedBytes: attribute.storedBytes)
        }
        try made.setAttribute(
            attribute.name,
            values: try attribute.values().elements.map { $0.redirected(old.address, to: made.address) },
            datatype: attribute.datatype, dataspace: attribute.dataspace)
    }

    // MARK: References

    private func values(of holder: ReferenceIndex.Holder) throws -> [H5Value] {
        guard let name = holder.attribute else { return try file.dataset(holder.path).readValues().elements }
        return try object(holder.path).attributes.require(name).values().elements
    }

    private func object(_ path: String) throws -> any H5Attributed {
        switch try file.object(path) {
        case .group(let group): return group
        case .dataset(let dataset): return dataset
        case .datatype(let datatype): return datatype
        case .unreadable(let object): throw object.error
        }
    }

    /// What leads the references of a holder to the new dataset.
    private func redirection(of holder: ReferenceIndex.Holder, to made: H5Dataset) throws -> () throws -> Void {
        let redirected = try values(of: holder).map { $0.redirected(old.address, to: made.address) }
        guard let name = holder.attribute else {
            let dataset = try file.dataset(holder.path)
            return { try dataset.write(values: redirected) }
        }
        let object = try object(holder.path)
        let attribute = try object.attributes.require(name)
        return {
            try object.setAttribute(
                name, values: redirected, datatype: attribute.datatype, dataspace: attribute.dataspace)
        }
    }
}
