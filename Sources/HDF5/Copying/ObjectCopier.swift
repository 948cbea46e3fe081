import HDF5Format

/// Copies objects with all that hard links lead to, within a file or from one to another.
///
/// Objects are made first, so that every reference can be given the address of a copy; then come attributes and elements.
final class ObjectCopier {
    let source: H5File
    let target: FileEditor
    let options: H5CopyOptions
    /// Whether only a part of the source is copied, so that references can lead out of it.
    private let isPart: Bool
    private(set) var summary = H5CopySummary()
    /// The copies of objects, by the addresses of the originals.
    private var copies: [UInt64: UInt64] = [:]
    /// Objects whose attributes and elements are still to be copied.
    private var unfinished: [(object: H5Object, copy: UInt64)] = []
    /// Committed datatypes that datasets use and no link led to yet.
    private var unlinked: Set<UInt64> = []
    private var total = 0

    init(from source: H5File, to target: FileEditor, options: H5CopyOptions, isPart: Bool = false) {
        self.isPart = isPart
        self.source = source
        self.target = target
        self.options = options
    }

    /// Copies what a group holds, and its attributes, into a group that is there.
    func copyContents(of group: H5Group, into copy: UInt64) throws {
        copies[group.address] = copy
        summary.groups += 1
        unfinished.append((.group(group), copy))
        try copyLinks(from: [(group, copy)])
        try finish()
    }

    /// Copies one object; answers the address of the copy, to which nothing leads yet.
    func copy(_ object: H5Object) throws -> UInt64 {
        var groups: [(H5Group, UInt64)] = []
        let made = try make(object, &groups)
        try copyLinks(from: groups)
        try finish()
        return made
    }

    // MARK: Damage

    /// Reads something; nil where that is not possible and damage is tolerated.
    func reading<R>(_ path: String, _ body: () throws -> R) throws -> R? {
        do {
            return try body()
        } catch let error as H5Error where Self.isDamage(error) {
            try note(error, path)
            return nil
        }
    }

    private func note(_ error: H5Error, _ path: String) throws {
        guard options.toleratesDamage, Self.isDamage(error) else { throw error.located(path: path) }
        summary.problems.append(H5CopyProblem(path: path, error: error))
    }

    /// Whether an error tells of what is read, not of what is written.
    private static func isDamage(_ error: H5Error) -> Bool {
        switch error.code {
        case .damaged, .truncated, .checksumMismatch, .unsupported, .missingFilter, .limitExceeded, .noSuchFile,
            .permissionDenied, .notFound:
            return true
        default: return false
        }
    }

    // MARK: Objects

    private func copyLinks(from groups: [(H5Group, UInt64)]) throws {
        var queue = groups
        var next = 0
        while next < queue.count {
            let (group, copy) = queue[next]
            next += 1
            let links = try reading(group.path) { try group.links(try group.tracksCreationOrder ? .creation : .name) }
            for link in links ?? [] {
                try withErrorPath(link.path) {
                    switch link.message.target {
                    case .hard(let address):
                        var message = link.message
                        if let known = copies[address] {
                            message.target = .hard(address: known)
                            if unlinked.remove(address) == nil {
                                try ObjectRemoval.changeReferenceCount(of: known, by: 1, in: target)
                            }
                        } else {
                            message.target = .hard(address: try make(link.openOrUnreadable(), &queue))
                        }
                        try target.links(of: copy).put(message)
                    case .soft: try target.links(of: copy).put(link.message)
                    case .external, .userDefined:
                        try target.generation.require(.v1_8, for: "an external or user-defined link")
                        try target.links(of: copy).put(link.message)
                    }
                }
            }
        }
    }

    /// Makes an object without attributes and elements.
    private func make(_ object: H5Object, _ groups: inout [(H5Group, UInt64)]) throws -> UInt64 {
        let made: UInt64
        switch object {
        case .group(let group):
            let tracksOrder = try reading(group.path) { try group.tracksCreationOrder } ?? false
            if tracksOrder { try target.generation.require(.v1_8, for: "the order of creation of a group's members") }
            let header = group.objectHandle.header
            made = try GroupStorage.create(
                tracksCreationOrder: tracksOrder,
                tracksAttributeCreationOrder: try tracksAttributeOrder(header), in: target)
            target.noteNewGroup(made, tracksCreationOrder: tracksOrder)
            groups.append((group, made))
            summary.groups += 1
        case .dataset(let dataset):
            made = try DatasetCopy(dataset, by: self).make(
                tracksAttributeCreationOrder: try tracksAttributeOrder(dataset.objectHandle.header))
            total &+= dataset.count.multipliedReportingOverflow(by: dataset.datatype.size).partialValue
            summary.datasets += 1
        case .datatype(let datatype): made = try make(datatype)
        case .unreadable(let unreadable):
            try note(unreadable.error, unreadable.path)
            made = try GroupStorage.create(tracksCreationOrder: false, in: target)
            target.noteNewGroup(made, tracksCreationOrder: false)
            if unreadable.address != 0 { copies[unreadable.address] = made }
            return made
        }
        copies[object.address] = made
        unfinished.append((object, made))
        return made
    }

    private func make(_ datatype: H5NamedDatatype) throws -> UInt64 {
        var builder = ByteBuilder(sizes: target.storage.sizes)
        try DatatypeMessage(try datatype.datatype.encoded(in: target.generation)).encode(to: &builder)
        let tracksOrder = try tracksAttributeOrder(datatype.objectHandle.header)
        summary.datatypes += 1
        return try ObjectHeaderEditor.create(
            [EncodedMessage(type: .datatype, flags: .constant, body: builder.bytes)],
            version: tracksOrder ? 2 : target.generation.headerVersion, tracksAttributeCreationOrder: tracksOrder,
            indexesAttributeCreationOrder: tracksOrder, in: target.storage)
    }

    private func tracksAttributeOrder(_ header: ObjectHeader) throws -> Bool {
        guard header.prefix.tracksAttributeCreationOrder else { return false }
        try target.generation.require(.v1_8, for: "the order of creation of attributes")
        return true
    }

    /// The copy of a committed datatype, made when it is first needed.
    func committedCopy(of address: UInt64) throws -> UInt64 {
        if let known = copies[address] { return known }
        // Within one file the copy uses the type of the original.
        if source.editor === target { return address }
        let datatype = try source.object(at: address, path: "<committed datatype>").asDatatype()
        let made = try make(datatype)
        copies[address] = made
        unlinked.insert(address)
        unfinished.append((.datatype(datatype), made))
        return made
    }

    // MARK: Attributes and elements

    private func finish() throws {
        var done = 0
        for (object, copy) in unfinished {
            try withErrorPath(object.path) {
                try copyAttributes(of: object, to: copy)
                try copyComment(of: object, to: copy)
                guard case .dataset(let dataset) = object else { return }
                try DatasetCopy(dataset, by: self).copyElements(to: copy) { [self] bytes in
                    // Extents that a file states can have any size, so these only tell how far it is.
                    done &+= bytes
                    summary.bytes &+= bytes
                    try options.progress?(done, max(done, total))
                }
            }
        }
        unfinished = []
        // What only datasets use has no link; the one that it was made with is not there.
        for address in unlinked.sorted() {
            guard let copy = copies[address] else { continue }
            try ObjectRemoval.changeReferenceCount(of: copy, by: -1, in: target)
        }
        unlinked = []
        try target.settle()
    }

    /// What makes the elements of a type those of the copy; nil where they need not change.
    func relocation(of datatype: H5Datatype) -> ElementRelocation? {
        let isSameFile = source.editor === target
        return ElementRelocation(datatype, to: target, keepsDangling: !isPart) { [self] address in
            copies[address] ?? (isSameFile ? address : nil)
        }
    }

    private func copyAttributes(of object: H5Object, to copy: UInt64) throws {
        let attributes: H5Attributes
        switch object {
        case .group(let group): attributes = group.attributes
        case .dataset(let dataset): attributes = dataset.attributes
        case .datatype(let datatype): attributes = datatype.attributes
        case .unreadable: return
        }
        guard let all = try reading(object.path, { try attributes.all(.creation) }), !all.isEmpty else { return }
        var storage = try AttributeStorage(of: copy, in: target)
        for attribute in all {
            var value = attribute.storedBytes
            if let relocation = relocation(of: attribute.datatype) {
                let moved = try reading(object.path + "@" + attribute.name) {
                    try relocation.relocate(
                        value.span.bytes, count: attribute.dataspace.elementCount, from: source.context)
                }
                guard let moved else { continue }
                value = moved
            }
            let body = try AttributeEncoding.encode(
                H5Name(bytes: attribute.nameBytes), attribute.datatype,
                committed: try attribute.committedDatatypeAddress.map { try committedCopy(of: $0) },
                attribute.dataspace,
                value, in: target)
            try storage.put(H5Name(bytes: attribute.nameBytes), body)
            summary.attributes += 1
        }
    }

    private func copyComment(of object: H5Object, to copy: UInt64) throws {
        let comment: String?
        switch object {
        case .group(let group): comment = try group.comment
        case .dataset(let dataset): comment = try dataset.comment
        case .datatype(let datatype): comment = try datatype.comment
        case .unreadable: comment = nil
        }
        guard let comment else { return }
        var header = try ObjectHeaderEditor(copy, in: target.storage)
        try header.replace(
            try header.message(.comment) { try CommentMessage(text: H5Name(comment)).encode(to: &$0) })
        try header.write()
    }
}
