import HDF5

extension RandomChanges {
    private mutating func anyValues() -> (object: Int, path: String, values: ContentModel.Values)? {
        guard
            let (object, path) = paths("dataset").filter({ model.objects[$0.object]?.values != nil })
                .randomElement(using: &random), let values = model.objects[object]?.values
        else { return nil }
        return (object, path, values)
    }

    mutating func write() throws {
        guard let (object, path, known) = anyValues() else { return }
        var values = known
        let dataset = try file.dataset(path)
        var selection = H5Selection.all
        var selected = Array(values.elements.indices)
        if !values.shape.isEmpty, !values.elements.isEmpty {
            switch Int.random(in: 0..<4, using: &random) {
            case 0: break
            case 1:
                let count = min(values.elements.count, Int.random(in: 1...12, using: &random))
                let points = Set((0..<count).map { _ in Int.random(in: 0..<values.elements.count, using: &random) })
                selected = points.sorted().shuffled(using: &random)
                selection = .points(selected.map { coordinates($0, values.shape) })
            default: (selection, selected) = axes(values)
            }
        }
        let new = selected.map { _ in values.type.value(&random) }
        try write(new, values.type, to: dataset, selection)
        for (place, value) in zip(selected, new) { values.elements[place] = value }
        model.objects[object]?.values = values
    }

    /// Writes by the calls for numbers and texts where they serve, or by the one for any type.
    private mutating func write(
        _ values: [H5Value], _ type: ElementType, to dataset: H5Dataset, _ selection: H5Selection
    ) throws {
        guard Bool.random(using: &random) else { return try dataset.write(values: values, at: selection) }
        switch type {
        case .integer(_, true, _): try dataset.write(values.compactMap(\.integer), at: selection)
        case .integer: try dataset.write(values.compactMap(\.unsigned), at: selection)
        case .float: try dataset.write(values.compactMap(\.float), at: selection)
        case .text, .fixedText: try dataset.write(values.compactMap(\.text), at: selection)
        default: try dataset.write(values: values, at: selection)
        }
    }

    private func coordinates(_ element: Int, _ shape: [Int]) -> [Int] {
        var rest = element
        var result = [Int](repeating: 0, count: shape.count)
        for axis in shape.indices.reversed() {
            result[axis] = rest % shape[axis]
            rest /= shape[axis]
        }
        return result
    }

    /// A selection by axes and the elements that it selects, in order.
    private mutating func axes(_ values: ContentModel.Values) -> (H5Selection, [Int]) {
        var selections: [H5AxisSelection] = []
        var selected = [[Int]()]
        for extent in values.shape {
            let indices: [Int]
            let lower = Int.random(in: 0..<extent, using: &random)
            let upper = Int.random(in: (lower + 1)...extent, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0:
                indices = Array(0..<extent)
                selections.append(.whole)
            case 1:
                indices = [lower]
                selections.append(.index(lower))
            case 2:
                indices = (lower..<upper).filter { _ in Bool.random(using: &random) }
                selections.append(.indices(indices))
            default:
                let stride = Int.random(in: 1...3, using: &random)
                indices = Array(Swift.stride(from: lower, to: upper, by: stride))
                selections.append(.range(lower: lower, upper: upper, stride: stride))
            }
            selected = selected.flatMap { start in indices.map { start + [$0] } }
        }
        return (.axes(selections), selected.map { values.linear($0) })
    }

    mutating func resize() throws {
        let growing = paths("dataset").filter { model.objects[$0.object]?.values?.canGrow == true }
        guard let (object, path) = growing.randomElement(using: &random), var values = model.objects[object]?.values
        else { return }
        let dataset = try file.dataset(path)
        if let axis = values.maximum.firstIndex(of: nil), Bool.random(using: &random) {
            let layer = values.shape.enumerated().reduce(1) { $1.offset == axis ? $0 : $0 * $1.element }
            guard layer > 0, values.elements.count < 2_000 else { return }
            let new = (0..<(layer * Int.random(in: 1...4, using: &random))).map { _ in values.type.value(&random) }
            let start = values.shape[axis]
            var shape = values.shape
            shape[axis] += new.count / layer
            switch values.type {
            case .integer(_, true, _): try dataset.append(new.compactMap(\.integer), axis: axis)
            case .integer: try dataset.append(new.compactMap(\.unsigned), axis: axis)
            case .float: try dataset.append(new.compactMap(\.float), axis: axis)
            case .text: try dataset.append(new.compactMap(\.text), axis: axis)
            default:
                try dataset.resize(to: shape)
                let part = shape.indices.map {
                    $0 == axis ? H5AxisSelection.range(lower: start, upper: shape[axis], stride: 1) : .whole
                }
                try file.dataset(path).write(values: new, at: .axes(part))
            }
            values = values.resized(to: shape)
            let added = values.elements.indices.filter { coordinates($0, shape)[axis] >= start }
            for (place, value) in zip(added, new) { values.elements[place] = value }
        } else {
            let shape = zip(values.shape, values.maximum).map { extent, maximum in
                min(maximum ?? 40, max(0, extent + Int.random(in: -4...6, using: &random)))
            }
            guard shape.reduce(1, *) < 3_000 else { return }
            try dataset.resize(to: shape)
            values = values.resized(to: shape)
        }
        model.objects[object]?.values = values
    }

    // MARK: Attributes

    mutating func setAttribute() throws {
        guard let (object, path) = anyObject() else { return }
        let holder = try attributed(object, path)
        let isNew = Bool.random(using: &random)
        let known = model.objects[object]?.attributes.keys.sorted().randomElement(using: &random)
        let name = isNew ? anyName() : known ?? anyName()
        if Int.random(in: 0..<12, using: &random) == 0, let target = anyObject() {
            try holder.setAttribute(name, reference: attributed(target.object, target.path))
            model.objects[object]?.attributes[name] = ContentModel.Attribute(
                fragment: ["dtype": ["class": "reference", "kind": "object"], "space": spaceFragment([])],
                target: target.object)
            return
        }
        var type = ElementType.random(&random)
        var shape = Bool.random(using: &random) ? [] : [Int.random(in: 0...6, using: &random)]
        if file.generation != .earliest, Int.random(in: 0..<40, using: &random) == 0 {
            type = .float(size: 8, isBigEndian: false)
            shape = [10_000]
        }
        let values = (0..<shape.reduce(1, *)).map { _ in type.value(&random) }
        try holder.setAttribute(
            name, values: values, datatype: type.datatype, dataspace: shape.isEmpty ? .scalar : .simple(shape))
        model.objects[object]?.attributes[name] = ContentModel.Attribute(
            fragment: [
                "dtype": type.digest, "space": spaceFragment(shape),
                "data": dataFragment(values.flatMap { type.canonical($0) }),
            ])
    }

    /// Renames or removes an attribute.
    mutating func changeAttribute() throws {
        let holders = paths().filter { model.objects[$0.object]?.attributes.isEmpty == false }
        guard let (object, path) = holders.randomElement(using: &random),
            let name = model.objects[object]?.attributes.keys.sorted().randomElement(using: &random)
        else { return }
        let holder = try attributed(object, path)
        let newName = anyName()
        if Bool.random(using: &random), model.objects[object]?.attributes[newName] == nil {
            try holder.renameAttribute(name, to: newName)
            let attribute = model.objects[object]?.attributes[name]
            model.objects[object]?.attributes[newName] = attribute
        } else {
            try holder.removeAttribute(name)
        }
        model.objects[object]?.attributes[name] = nil
    }
}

extension H5Value {
    fileprivate var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    fileprivate var unsigned: UInt64? { if case .unsigned(let value) = self { value } else { nil } }
    fileprivate var float: Double? { if case .float(let value) = self { value.value } else { nil } }
    fileprivate var text: String? { if case .string(let value) = self { value } else { nil } }
}
