import HDF5

/// Shapes, types and attributes of ancillary datasets: R20 to R30.
extension FixingRun {
    mutating func mendAncillaries() throws {
        var survey = try survey()
        for side in [USIDSide.positions, .spectroscopic] {
            for path in survey.claimants.map(\.path) {
                for isIndices in [true, false] {
                    try attempting { try $0.mendMatrix(isIndices, of: path, side, &survey) }
                }
                try attempting { run in
                    guard let pair = try run.pair(of: path, side, survey) else { return }
                    try run.mendNames(of: pair, "labels", rule: "R25")
                    try run.mendNames(of: pair, "units", rule: "R26")
                    try run.mendModes(of: pair)
                    try run.mendRegions(of: pair)
                }
            }
        }
    }

    /// The two ancillary datasets of one side of a Main.
    fileprivate struct Pair {
        let side: USIDSide
        let main: H5Dataset
        let indices: H5Dataset
        let values: H5Dataset
        var both: [H5Dataset] { [indices, values] }

        /// The number of dimensions that the shapes say, once both are in order.
        var dimensionCount: Int? {
            let shape = indices.shape
            guard shape.count == 2, values.shape == shape, shape[side.pointAxis] == main.shape[side.pointAxis],
                shape[side.dimensionAxis] > 0
            else { return nil }
            return shape[side.dimensionAxis]
        }

        /// The number of dimensions that the labels name, where those of both datasets do not contradict each other.
        func labelCount() throws -> Int? {
            let counts = try both.compactMap { try $0.attributes.find("labels")?.textCount }
            return Set(counts).count == 1 ? counts.first : nil
        }
    }

    private func pair(of path: String, _ side: USIDSide, _ survey: Survey) throws -> Pair? {
        let main = try file.dataset(path)
        guard main.shape.count == 2 else { return nil }
        var found: [H5Dataset] = []
        for role in [side.indicesRole, side.valuesRole] {
            guard let attribute = try main.attributes.find(role.rawValue),
                case .dataset(let dataset, _) = survey.resolver.dataset(attribute, of: main), dataset.file === file
            else { return nil }
            // By its path, as the resolver may know an older state of it.
            found.append(try file.dataset(dataset.path))
        }
        guard found[0].address != found[1].address else { return nil }
        return Pair(side: side, main: main, indices: found[0], values: found[1])
    }

    // MARK: R20 to R23

    /// Stores one dataset of a pair anew where that mends its shape or its type.
    private mutating func mendMatrix(
        _ isIndices: Bool, of path: String, _ side: USIDSide, _ survey: inout Survey
    ) throws {
        guard let pair = try pair(of: path, side, survey) else { return }
        let dataset = isIndices ? pair.indices : pair.values
        let change = try MatrixChange(
            dataset, side, points: pair.main.shape[side.pointAxis], dimensions: try pair.labelCount(),
            isIndices: isIndices)
        guard !change.isNothing else {
            if let reason = change.obstacle { leave(change.rule, dataset.path, reason) }
            return
        }
        var regions: [String] = []
        for label in try dataset.attributes.find("labels").flatMap({ try $0.strings().elements }) ?? []
        where RegionReferences.isPossible(label) {
            if let attribute = try dataset.attributes.find(label), case .reference = attribute.datatype.kind {
                regions.append(label)
            }
        }
        let made: H5Dataset
        do {
            made = try survey.replace(dataset, dropping: Set(regions)) {
                try $0.replace(datatype: change.datatype, shape: change.shape, change.write)
            }
        } catch let obstacle as DatasetReplacement.Obstacle {
            leave(change.rule, change.rule == "R23" ? dataset.path : pair.main.path, obstacle.reason)
            return
        }
        for (rule, message) in change.messages { note(rule, dataset.path, nil, message) }
        let labels = try made.attributes.find("labels").map { try $0.strings().elements } ?? []
        for (number, label) in labels.enumerated()
        where regions.contains(label) && number < made.shape[side.dimensionAxis] {
            try RegionReferences.write(label, to: made, side, dimension: number)
        }
    }

    // MARK: R25, R26

    private mutating func mendNames(of pair: Pair, _ name: String, rule: USIDRule) throws {
        guard let count = pair.dimensionCount else { return }
        var lists: [[String]?] = []
        for dataset in pair.both {
            guard let attribute = try dataset.attributes.find(name), attribute.textCount == count else {
                lists.append(nil)
                continue
            }
            let texts = try attribute.strings().elements
            lists.append(texts)
            guard attribute.dataspace.kind != .simple || attribute.dataspace.rank != 1 else { continue }
            try WrittenText.set(name, texts, of: dataset)
            note(rule, dataset.path, name, "store '\(name)' as a 1-D array of \(NumberText.count(count, "string"))")
        }
        if name == "labels", lists.allSatisfy({ $0 == nil }) { try mendLabels(of: pair) }
        for (number, dataset) in pair.both.enumerated() where lists[number] == nil {
            guard let texts = lists[1 - number] else { continue }
            let partner = pair.both[1 - number]
            try WrittenText.set(name, texts, of: dataset)
            note(rule, dataset.path, name, "copy '\(name)' from \(partner.path): \(NumberText.list(texts))")
        }
    }

    /// Labels that neither dataset has, by the names of the region references to the dimensions (R29).
    private mutating func mendLabels(of pair: Pair) throws {
        // Texts of another number contradict them.
        guard try pair.both.allSatisfy({ try $0.attributes.find("labels")?.textCount == nil }) else { return }
        let found = try pair.both.map { try RegionReferences.labels(of: $0, pair.side) }
        let known = found.compactMap { $0 }
        guard let labels = known.first, known.allSatisfy({ $0 == labels }) else { return }
        for dataset in pair.both {
            try WrittenText.set("labels", labels, of: dataset)
            note(
                "R25", dataset.path, "labels",
                "set 'labels' to the names of the region references: \(NumberText.list(labels))")
        }
    }

    // MARK: R30

    /// Codes of modes: copied from the other dataset of the pair, or written once per dimension where all say default.
    private mutating func mendModes(of pair: Pair) throws {
        guard let count = pair.dimensionCount else { return }
        func codes(_ dataset: H5Dataset) throws -> [Int]? {
            try dataset.attributes.find("type").flatMap { try? $0.read(as: Int.self) }.map(\.elements)
        }
        let found = [try codes(pair.indices), try codes(pair.values)]
        for (number, dataset) in pair.both.enumerated() {
            guard let attribute = try dataset.attributes.find("type") else { continue }
            if let own = found[number], own.count == count, attribute.dataspace.rank <= 1 { continue }
            if let other = found[1 - number], other.count == count {
                try dataset.setAttribute("type", other.map { Int64($0) })
                note("R30", dataset.path, "type", "copy 'type' from \(pair.both[1 - number].path)")
            } else if let own = found[number], !own.isEmpty, own.allSatisfy({ $0 == 0 }) {
                try dataset.setAttribute("type", [Int64](repeating: 0, count: count))
                note("R30", dataset.path, "type", "store 'type' as one 0 per dimension, since every code is 0")
            }
        }
    }

    // MARK: R29

    private mutating func mendRegions(of pair: Pair) throws {
        guard let count = pair.dimensionCount else { return }
        for dataset in pair.both {
            guard let attribute = try dataset.attributes.find("labels"), attribute.textCount == count else { continue }
            let labels = try attribute.strings().elements
            guard Set(labels).count == labels.count else { continue }
            let regions = try RegionReferences(of: dataset, pair.side, labels: labels)
            guard !regions.isAbsent else { continue }
            let line = pair.side == .positions ? "column" : "row"
            for label in regions.wrong + regions.missing {
                guard let number = labels.firstIndex(of: label) else { continue }
                try RegionReferences.write(label, to: dataset, pair.side, dimension: number)
                note("R29", dataset.path, label, "set the region reference '\(label)' to \(line) \(number)")
            }
        }
    }
}

extension H5Attribute {
    /// The number of texts; nil where elements are something else.
    fileprivate var textCount: Int? {
        guard datatype.isText, dataspace.kind != .null else { return nil }
        return dataspace.elementCount
    }
}

/// How an ancillary dataset is stored anew, so that its shape and its type are in order.
struct MatrixChange {
    /// The shape that it gets.
    private(set) var shape: [Int]
    /// The type that it gets.
    private(set) var datatype: H5Datatype
    /// What is changed, by rule.
    private(set) var messages: [(rule: USIDRule, text: String)] = []
    /// Why an unusual type cannot be changed.
    private(set) var obstacle: String?
    private var isTransposed = false
    private var indices: [UInt32]?
    private let old: H5Dataset

    var isNothing: Bool { messages.isEmpty }
    /// The rule that speaks of the first change, or of what hinders it.
    var rule: USIDRule { messages.first?.rule ?? "R23" }

    init(_ dataset: H5Dataset, _ side: USIDSide, points: Int, dimensions: Int?, isIndices: Bool) throws {
        old = dataset
        shape = dataset.shape
        datatype = dataset.datatype
        if dataset.dataspace.kind == .simple, let dimensions, dimensions > 0 {
            findShape(side == .positions ? [points, dimensions] : [dimensions, points], side)
        }
        if isIndices { try findType() }
    }

    private mutating func findShape(_ expected: [Int], _ side: USIDSide) {
        let found = old.shape
        guard found != expected else { return }
        let rule: USIDRule = found.count == 2 ? side.shapeRule : "R20"
        let change = "\(NumberText.shape(found)) to \(NumberText.shape(expected))"
        // Without axes of size 1 the order of elements is the same.
        if found.filter({ $0 != 1 }) == expected.filter({ $0 != 1 }) {
            messages.append((rule, "change its shape from \(change), with the same elements in the same order"))
        } else if found.count == 2, found.reversed() == expected {
            isTransposed = true
            messages.append((rule, "transpose it, from \(change)"))
        } else {
            return
        }
        shape = expected
    }

    private mutating func findType() throws {
        switch datatype.kind {
        case .integer(let format) where !format.isSigned && datatype.size == 4: return
        case .integer, .float: break
        default: return
        }
        guard let numbers = try? old.read(as: Int64.self).elements else {
            obstacle = "some of its elements are no whole numbers"
            return
        }
        var stored: [UInt32] = []
        stored.reserveCapacity(numbers.count)
        for number in numbers {
            guard let index = UInt32(exactly: number) else {
                obstacle = "its element \(number) is no 32-bit unsigned integer"
                return
            }
            stored.append(index)
        }
        indices = stored
        messages.append(("R23", "store the indices as uint32 instead of \(datatype)"))
        datatype = .uint32
    }

    /// Writes the elements to the dataset that has the shape and the type.
    func write(to new: H5Dataset) throws {
        if let indices {
            try new.write(isTransposed ? Self.transposed(indices, old.shape) : indices)
            return
        }
        switch datatype.kind {
        case .integer, .float:
            let bytes = try old.readBytes()
            try new.write(
                storedBytes: (isTransposed ? Self.transposed(bytes, old.shape, size: datatype.size) : bytes).span.bytes)
        default:
            let values = try old.readValues().elements
            try new.write(values: isTransposed ? Self.transposed(values, old.shape) : values)
        }
    }

    /// Elements of `size` bytes.
    private static func transposed(_ bytes: [UInt8], _ shape: [Int], size: Int) -> [UInt8] {
        guard shape.count == 2, shape[0] > 0, shape[1] > 0, size > 0, bytes.count == shape[0] * shape[1] * size else {
            return bytes
        }
        var result: [UInt8] = []
        result.reserveCapacity(bytes.count)
        for column in 0..<shape[1] {
            for row in 0..<shape[0] {
                let start = (row * shape[1] + column) * size
                result += bytes[start..<(start + size)]
            }
        }
        return result
    }

    private static func transposed<Element>(_ elements: [Element], _ shape: [Int]) -> [Element] {
        guard shape.count == 2, shape[0] > 0, shape[1] > 0, elements.count == shape[0] * shape[1] else {
            return elements
        }
        var result: [Element] = []
        result.reserveCapacity(elements.count)
        for column in 0..<shape[1] { for row in 0..<shape[0] { result.append(elements[row * shape[1] + column]) } }
        return result
    }
}
