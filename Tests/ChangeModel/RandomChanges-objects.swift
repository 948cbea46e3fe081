import HDF5

extension RandomChanges {
    /// Copies an object with what lies below it.
    mutating func copy() throws {
        guard let source = anyObject(), source.object != ContentModel.root, model.objects.count < 150,
            let (parent, name, path) = freePlace()
        else { return }
        try file.root.copy(attributed(source.object, source.path), to: path)
        var copies: [Int: Int] = [:]
        func copy(_ number: Int) -> Int {
            if let known = copies[number] { return known }
            guard var object = model.objects[number] else { return number }
            let made = model.add(object)
            copies[number] = made
            for (name, link) in object.links {
                if case .hard(let target) = link { object.links[name] = .hard(copy(target)) }
            }
            model.objects[made] = object
            return made
        }
        let made = copy(source.object)
        // References lead to the copies of what was copied.
        for copy in copies.values {
            for (name, attribute) in model.objects[copy]?.attributes ?? [:] {
                guard let target = attribute.target, let moved = copies[target] else { continue }
                model.objects[copy]?.attributes[name]?.target = moved
            }
        }
        model.objects[parent]?.links[name] = .hard(made)
    }

    mutating func createGroup() throws {
        guard let (parent, name, path) = freePlace() else { return }
        let tracks = file.generation != .earliest && Bool.random(using: &random)
        let levels = Int.random(in: 0..<8, using: &random) == 0 ? ["middle", "inner"] : []
        try file.root.createGroup(([path] + levels).joined(separator: "/"), tracksCreationOrder: tracks)
        var group = parent
        for name in [name] + levels {
            let made = model.add(ContentModel.Object(kind: "group"))
            model.objects[group]?.links[name] = .hard(made)
            group = made
        }
    }

    mutating func createDataset() throws {
        guard let (parent, name, path) = freePlace() else { return }
        let type = ElementType.random(&random)
        var shape = (0..<Int.random(in: 0...3, using: &random)).map { _ in Int.random(in: 0...9, using: &random) }
        if shape.count == 1, Bool.random(using: &random) { shape[0] *= 30 }
        var options = H5DatasetOptions()
        var maximum = shape.map { Int?($0) }
        var isCommitted: (object: Int, path: String)?
        if Int.random(in: 0..<12, using: &random) == 0, shape.reduce(1, *) < 50 {
            options.layout = .compact
        } else if !shape.isEmpty, Int.random(in: 0..<3, using: &random) > 0 {
            for axis in shape.indices {
                switch Int.random(in: 0..<4, using: &random) {
                case 0...1: maximum[axis] = nil
                case 2: maximum[axis] = shape[axis] + 20
                default: break
                }
            }
            let chunk = maximum.map { Int.random(in: 1...min(6, max(1, $0 ?? 6)), using: &random) }
            options.chunks = .shape(chunk)
            options.maximum = maximum.map { $0.map { .limit($0) } ?? .unlimited }
            if Int.random(in: 0..<6, using: &random) == 0 { options.fillValue.allocationTime = .early }
            options.filters = filters(for: type, count: chunk.reduce(1, *))
        }
        var fill = type.zero
        var status: Fragment = ["status": "default"]
        if Int.random(in: 0..<3, using: &random) == 0 {
            switch type {
            case .integer(let size, _, let isBigEndian):
                fill = type.value(&random)
                let bytes = type.canonical(fill)
                options.fillValue.status = .user(isBigEndian && size > 1 ? bytes.reversed() : bytes)
                status = ["status": "user", "value": dataFragment(bytes)]
            default: break
            }
        }
        if Int.random(in: 0..<6, using: &random) == 0 {
            isCommitted = paths("datatype").filter { [digest = type.digest] in
                isEqual(digest, model.objects[$0.object]?.fragment["dtype"])
            }.randomElement(using: &random)
            if let isCommitted { options.committedDatatype = try file.datatype(isCommitted.path) }
        }
        let dataset = try file.root.createDataset(
            path, datatype: type.datatype, dataspace: shape.isEmpty ? .scalar : .simple(shape), options: options)
        var values = ContentModel.Values(
            type: type, shape: shape, maximum: maximum,
            elements: [H5Value](repeating: fill, count: shape.reduce(1, *)), fill: fill)
        if Bool.random(using: &random) {
            values.elements = values.elements.map { _ in type.value(&random) }
            try dataset.write(values: values.elements)
        }
        let made = model.add(
            ContentModel.Object(kind: "dataset", fragment: ["dtype": type.digest, "fill": status], values: values))
        model.objects[parent]?.links[name] = .hard(made)
    }

    private mutating func filters(for type: ElementType, count: Int) -> [H5DatasetFilter] {
        var filters: [H5DatasetFilter] = []
        if case .integer = type, Int.random(in: 0..<8, using: &random) == 0 {
            return [[.nBit], [.scaleOffset()], count < 16 ? [] : [.szip()]].randomElement(using: &random) ?? []
        }
        if Bool.random(using: &random) { filters.append(.shuffle) }
        switch Int.random(in: 0..<4, using: &random) {
        case 0...1: filters.append(.deflate(Int.random(in: 0...9, using: &random)))
        case 2: filters.append(.lzf)
        default: break
        }
        if Int.random(in: 0..<3, using: &random) == 0 { filters.append(.fletcher32) }
        return filters
    }

    mutating func commitDatatype() throws {
        guard let (parent, name, path) = freePlace() else { return }
        let type = ElementType.random(&random)
        try file.root.commitDatatype(path, type.datatype)
        let made = model.add(ContentModel.Object(kind: "datatype", fragment: ["dtype": type.digest]))
        model.objects[parent]?.links[name] = .hard(made)
    }

    // MARK: Links

    mutating func createLink() throws {
        guard let (parent, name, path) = freePlace() else { return }
        switch Int.random(in: 0..<6, using: &random) {
        case 0..<3:
            guard let target = anyObject(), !model.isBelow(parent, target.object) else { return }
            try file.root.createHardLink(path, to: attributed(target.object, target.path))
            model.objects[parent]?.links[name] = .hard(target.object)
        case 3 where file.generation != .earliest:
            let target = "/" + random.text(1...30)
            try file.root.createExternalLink(path, to: target, in: "other.h5")
            model.objects[parent]?.links[name] = .other(["kind": "external", "file": "other.h5", "target": target])
        default:
            let target = random.text(1...60)
            try file.root.createSoftLink(path, to: target)
            model.objects[parent]?.links[name] = .other(["kind": "soft", "target": target])
        }
    }

    /// A link below some group, with the group's path.
    private mutating func anyLink() -> (group: Int, path: String, name: String, link: ContentModel.Link)? {
        guard let (group, path) = anyObject("group"),
            let (name, link) = model.objects[group]?.links.sorted(by: { $0.key < $1.key }).randomElement(using: &random)
        else { return nil }
        return (group, (path == "/" ? "" : path) + "/" + name, name, link)
    }

    mutating func move() throws {
        guard let (from, path, name, link) = anyLink(), let (to, newName, newPath) = freePlace() else { return }
        if case .hard(let object) = link, model.isBelow(to, object) { return }
        try file.root.move(path, to: newPath)
        model.objects[from]?.links[name] = nil
        model.objects[to]?.links[newName] = link
    }

    mutating func remove() throws {
        guard let (group, path, name, _) = anyLink() else { return }
        var next = model
        next.objects[group]?.links[name] = nil
        next.removeUnreachable()
        // A reference to an object that goes away would lead to whatever comes in its place.
        for (object, path) in paths() where next.objects[object] != nil {
            for (name, attribute) in next.objects[object]?.attributes ?? [:] {
                guard let target = attribute.target, next.objects[target] == nil else { continue }
                try attributed(object, path).removeAttribute(name)
                next.objects[object]?.attributes[name] = nil
            }
        }
        try file.root.remove(path)
        model = next
    }

    // MARK: What must be refused

    mutating func refuse() throws {
        guard let (group, path) = anyObject("group") else { return }
        let base = path == "/" ? "" : path
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            guard let name = model.objects[group]?.links.keys.sorted().first else { return }
            try expect(.exists, "making a group where there is something") {
                try file.root.createGroup(base + "/" + name)
            }
        case 1: try expect(.notFound, "removing nothing") { try file.root.remove(base + "/nothing here") }
        case 2:
            guard let values = model.objects.values.first(where: { $0.values != nil })?.values else { return }
            guard let target = paths("dataset").first(where: { model.objects[$0.object]?.values != nil }) else {
                return
            }
            let count = model.objects[target.object]?.values?.elements.count ?? 0
            let wrong = [H5Value](repeating: values.type.zero, count: count + 1)
            try expect(.invalidArgument, "writing too many elements") {
                try file.dataset(target.path).write(values: wrong)
            }
        case 3:
            try expect(.invalidArgument, "filters without chunks") {
                try file.root.createDataset(
                    base + "/refused", datatype: .int8, dataspace: .simple([4]),
                    options: H5DatasetOptions(filters: [.shuffle]))
            }
        case 4:
            try expect(.invalidArgument, "64 KiB of compact data") {
                try file.root.createDataset(
                    base + "/refused", datatype: .int8, dataspace: .simple([65_536]),
                    options: H5DatasetOptions(layout: .compact))
            }
        default:
            guard let (_, data) = anyObject("dataset") else { return }
            let dataset = try file.dataset(data)
            guard dataset.dataspace.kind == .simple, !dataset.shape.isEmpty else { return }
            try expect(.selection, "writing outside the extent") {
                try dataset.write(values: [.integer(1)], at: .points([dataset.shape]))
            }
        }
    }
}
