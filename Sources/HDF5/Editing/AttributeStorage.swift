import HDF5Format

/// Adds, replaces, renames and removes the attributes of an object: messages of its header, or dense storage.
struct AttributeStorage {
    private var header: ObjectHeaderEditor
    private let editor: FileEditor
    private var info: AttributeInfoMessage?
    private var storage: FileStorage { editor.storage }

    init(of object: UInt64, in editor: FileEditor) throws {
        header = try ObjectHeaderEditor(object, in: editor.storage)
        self.editor = editor
        info = try header.decode(.attributeInfo) { try AttributeInfoMessage(from: &$0) }
    }

    /// Whether the object keeps attributes that do not fit its header.
    private var canBeDense: Bool { header.prefix.version >= 2 }

    /// Throws where the object cannot hold an attribute message of a size.
    func check(size: Int, name: String) throws {
        guard size > Int(UInt16.max), !canBeDense else { return }
        throw H5Error(
            .notInGeneration,
            "attribute '\(name)' takes \(size) bytes, more than the 65535 that an object of generation earliest can hold; it "
                + "takes 1.8 or later")
    }

    /// Adds an attribute, or puts it in the place of the one of its name.
    ///
    /// The message is encoded; what the old value owned in the global heap is the caller's to remove first.
    mutating func put(_ name: H5Name, _ body: [UInt8]) throws {
        try check(size: body.count, name: name.string)
        if var dense = try denseAttributes() {
            if try dense.attribute(named: name) != nil {
                try dense.apply(
                    replacing: [DenseAttributes.Entry(name: name, creationOrder: nil, content: .message(body))])
            } else {
                let entry = DenseAttributes.Entry(name: name, creationOrder: try nextOrder(), content: .message(body))
                try dense.apply(adding: [entry])
            }
            try store(dense.info)
            return try header.write()
        }
        let isReplacement = try messages(named: name).isEmpty == false
        let isTooLarge = body.count > Int(UInt16.max)
        if isReplacement, !isTooLarge {
            let old = try messages(named: name).first
            try header.replace(
                EncodedMessage(type: .attribute, creationOrder: old?.creationOrder, body: body),
                where: isAttribute(named: name))
            return try header.write()
        }
        if canBeDense, isTooLarge || header.count(of: .attribute) >= Int(header.prefix.maximumCompactAttributes) {
            if isReplacement { try header.remove(where: isAttribute(named: name)) }
            try makeDense(adding: (name, body))
            return try header.write()
        }
        if canBeDense, info == nil {
            // As libhdf5, which counts attributes by it.
            try store(
                AttributeInfoMessage(
                    nextCreationIndex: header.prefix.tracksAttributeCreationOrder ? 0 : nil,
                    indexesCreationOrder: header.prefix.indexesAttributeCreationOrder))
        }
        try header.add(EncodedMessage(type: .attribute, creationOrder: try nextOrder(), body: body))
        try header.write()
    }

    /// Removes an attribute.
    mutating func remove(_ name: H5Name) throws {
        if var dense = try denseAttributes() {
            try dense.apply(removing: [name])
            if dense.count < UInt64(header.prefix.minimumDenseAttributes) {
                let messages = try dense.attributes().map { try message($0) }
                if messages.allSatisfy({ $0.body.count <= Int(UInt16.max) }) {
                    try dense.remove()
                    try store(dense.info)
                    for message in messages { try header.add(message) }
                    return try header.write()
                }
            }
            try store(dense.info)
        } else {
            try header.remove(where: isAttribute(named: name))
        }
        try header.write()
    }

    /// Gives the space of dense attributes back, as when the object is removed.
    mutating func releaseAll() throws {
        if var dense = try denseAttributes() { try dense.remove() }
    }

    // MARK: Parts

    private func denseAttributes() throws -> DenseAttributes? {
        guard let info, info.heapAddress != nil else { return nil }
        return try DenseAttributes(info, sharedMessages: editor.context.sharedMessages, storage: storage)
    }

    /// A dense attribute as a message of the header.
    private func message(_ entry: DenseAttributes.Entry) throws -> EncodedMessage {
        let body: [UInt8]
        switch entry.content {
        case .message(let bytes): body = bytes
        case .shared(let identifier):
            var builder = ByteBuilder(sizes: storage.sizes)
            try SharedMessageReference.heap(identifier: identifier).encode(to: &builder)
            body = builder.bytes
        }
        return EncodedMessage(
            type: .attribute, flags: entry.flags, creationOrder: entry.creationOrder, body: body)
    }

    private mutating func makeDense(adding added: (name: H5Name, body: [UInt8])) throws {
        var entries: [DenseAttributes.Entry] = []
        let tracksOrder = header.prefix.tracksAttributeCreationOrder
        for message in header.remove(where: { $0.type == .attribute }) {
            var content = DenseStorage.Entry.Content.message(message.body)
            if message.flags.contains(.shared) {
                let reference = try header.decode(message) { try SharedMessageReference(from: &$0) }
                guard case .heap(let identifier) = reference else {
                    throw H5Error(.unsupported, "an attribute that is shared with a committed one cannot be moved")
                }
                content = .shared(identifier)
            }
            entries.append(
                DenseAttributes.Entry(
                    name: try Self.name(of: message, in: editor),
                    creationOrder: tracksOrder ? message.creationOrder : nil,
                    flags: message.flags.intersection(.shared), content: content))
        }
        entries.append(
            DenseAttributes.Entry(name: added.name, creationOrder: try nextOrder(), content: .message(added.body)))
        let message =
            info
            ?? AttributeInfoMessage(
                nextCreationIndex: tracksOrder ? 0 : nil,
                indexesCreationOrder: header.prefix.indexesAttributeCreationOrder)
        try store(
            try DenseAttributes.create(
                entries, info: message, sharedMessages: editor.context.sharedMessages, in: storage
            ).info)
    }

    /// The next number in the order of creation, which is thereby used; nil where it is not tracked.
    private mutating func nextOrder() throws -> UInt16? {
        guard header.prefix.tracksAttributeCreationOrder else { return nil }
        let next = info?.nextCreationIndex ?? 0
        guard next < UInt16.max else {
            throw H5Error(.unsupported, "an object that tracks the order of its attributes can have 65535 of them")
        }
        info?.nextCreationIndex = next + 1
        if let info { try store(info) }
        return next
    }

    private mutating func store(_ message: AttributeInfoMessage) throws {
        var message = message
        // What counts the order of creation is kept here.
        if let next = info?.nextCreationIndex { message.nextCreationIndex = next }
        info = message
        try header.replace(try header.message(.attributeInfo) { try message.encode(to: &$0) })
    }

    private func messages(named name: H5Name) throws -> [EncodedMessage] {
        try header.messages.filter(isAttribute(named: name))
    }

    /// What picks the attribute of a name.
    private func isAttribute(named wanted: H5Name) -> (EncodedMessage) throws -> Bool {
        { [editor] message in
            guard message.type == .attribute else { return false }
            return try Self.name(of: message, in: editor) == wanted
        }
    }

    private static func name(of message: EncodedMessage, in editor: FileEditor) throws -> H5Name {
        var cursor = ByteCursor(message.body.span.bytes, sizes: editor.storage.sizes)
        guard message.flags.contains(.shared) else { return try AttributeMessage.name(from: &cursor) }
        let reference = try SharedMessageReference(from: &cursor)
        return try editor.context.decode(reference, type: .attribute) { try AttributeMessage.name(from: &$0) }
    }
}
