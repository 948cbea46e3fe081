import HDF5

/// A seeded sequence of changes to a file, mirrored by a model of what it must then hold.
package struct RandomChanges {
    /// What a step did.
    package enum Event {
        case changed
        case committed
        /// Closed without a commit, and opened again.
        case discarded
    }

    /// Something that should have thrown did not, or threw something else.
    package struct Unexpected: Error, CustomStringConvertible {
        package var description: String
    }

    package private(set) var file: H5File
    package internal(set) var model: ContentModel
    /// What the last commit left.
    package private(set) var committed: ContentModel
    var random: SeededGenerator
    private let reopen: (() throws -> H5File)?

    /// Begins with a file that is open for changes.
    ///
    /// - Parameter reopen: Opens the file for changes again after it was closed; without it the file stays open.
    package init(of file: H5File, seed: UInt64, reopening reopen: (() throws -> H5File)? = nil) throws {
        self.file = file
        self.reopen = reopen
        random = SeededGenerator(seed: seed)
        model = try ContentModel(of: file)
        committed = model
    }

    /// Makes one change, or a commit.
    package mutating func step() throws -> Event {
        switch Int.random(in: 0..<100, using: &random) {
        case 0..<5: return try commit()
        case 5:
            guard let reopen else { break }
            try file.close()
            file = try reopen()
            model = committed
            return .discarded
        case 6..<9: try refuse()
        case 9..<18: try createGroup()
        case 18..<34: try createDataset()
        case 34..<37: try commitDatatype()
        case 37..<54: try write()
        case 54..<62: try resize()
        case 62..<76: try setAttribute()
        case 76..<80: try changeAttribute()
        case 80..<87: try createLink()
        case 87..<89: try move()
        case 89..<91: try copy()
        default:
            // The file is to stay of a size that lets every state be compared.
            for _ in 0..<(model.objects.count > 150 ? 4 : 1) { try remove() }
        }
        return .changed
    }

    /// Commits, and sometimes opens the file anew.
    package mutating func commit() throws -> Event {
        try file.commit()
        committed = model
        if Int.random(in: 0..<4, using: &random) == 0, let reopen {
            try file.close()
            file = try reopen()
        }
        return .committed
    }

    // MARK: Choosing

    func paths(_ kind: String? = nil) -> [(object: Int, path: String)] {
        model.paths().filter { kind == nil || model.objects[$0.object]?.kind == kind }.map { ($0.object, $0.path) }
    }

    mutating func anyObject(_ kind: String? = nil) -> (object: Int, path: String)? {
        paths(kind).randomElement(using: &random)
    }

    mutating func anyName() -> String {
        switch Int.random(in: 0..<10, using: &random) {
        case 0: return "ä→" + random.text(0...20) + "µ"
        case 1: return "a long name " + random.text(60...300)
        default: return "n\(Int.random(in: 0..<400, using: &random))"
        }
    }

    /// A group and a name that is not taken in it.
    mutating func freePlace() -> (group: Int, name: String, path: String)? {
        guard let (group, path) = anyObject("group") else { return nil }
        let name = anyName()
        guard model.objects[group]?.links[name] == nil else { return nil }
        return (group, name, (path == "/" ? "" : path) + "/" + name)
    }

    func attributed(_ object: Int, _ path: String) throws -> any H5Attributed {
        switch try file.object(path) {
        case .group(let group): return group
        case .dataset(let dataset): return dataset
        case .datatype(let datatype): return datatype
        case .unreadable(let object): throw object.error
        }
    }

    func expect(_ code: H5Error.Code, _ what: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch let error as H5Error where error.code == code {
            return
        } catch {
            throw Unexpected(description: "\(what) failed with \(error), not with \(code)")
        }
        throw Unexpected(description: "\(what) was done, and not refused with \(code)")
    }
}
