import CommandLineSupport
import HDF5

/// Values of any type as JSON.
struct ValueJSON {
    /// Attributes of more elements are left out unless everything is asked for.
    private static let elementLimit = 1_000
    let paths: ObjectPaths
    let isComplete: Bool

    /// Writes the value of an attribute, or how many elements were left out, or why it cannot be read.
    func write(_ attribute: H5Attribute, _ json: inout JSONWriter) {
        let count = attribute.dataspace.elementCount
        guard isComplete || count <= Self.elementLimit else {
            json.member("omitted", count)
            return
        }
        do {
            let found = try attribute.values()
            switch attribute.dataspace.kind {
            case .null: json.null("value")
            case .scalar:
                if let value = found.elements.first { write(value, "value", &json) } else { json.null("value") }
            case .simple: write(.array(shape: found.shape, found.elements), "value", &json)
            }
        } catch {
            json.member("error", ErrorText.plain(error))
        }
    }

    /// Writes the kind of an extent and its shape; an axis without a limit has the maximum null.
    func write(_ dataspace: H5Dataspace, maximum: Bool, _ json: inout JSONWriter) {
        switch dataspace.kind {
        case .scalar: json.member("space", "scalar")
        case .null: json.member("space", "null")
        case .simple:
            json.member("space", "simple")
            json.member("shape", dataspace.shape)
            guard maximum else { return }
            json.array("maximum") { json in
                // The writer has no null element; -1 stands for no limit, as in the library's own interface.
                for extent in dataspace.maximumShape { json.element(extent ?? -1) }
            }
        }
    }

    /// Writes the bytes of a name as hexadecimal digits, where the name does not tell them.
    func writeBytes(ofName name: String, _ bytes: [UInt8], _ json: inout JSONWriter) {
        guard !name.utf8.elementsEqual(bytes) else { return }
        json.member("name_bytes", H5Value.bytes(bytes).description)
    }

    /// Writes a value as a member, or as an element where it has no name.
    func write(_ value: H5Value, _ name: String?, _ json: inout JSONWriter) {
        switch value {
        case .integer(let number), .time(let number): write(number, name, &json)
        case .unsigned(let number), .bitfield(let number, _): write(number, name, &json)
        case .bigInteger(let digits): write(digits, name, &json)
        case .float(let number): write(number, name, &json)
        case .string(let text): write(text, name, &json)
        case .bytes: write(value.description, name, &json)
        case .enumeration(let known, let number):
            if let known { write(known, name, &json) } else { write(number, name, &json) }
        case .compound(let members):
            func body(_ json: inout JSONWriter) { for member in members { write(member.value, member.name, &json) } }
            if let name { json.object(name, body) } else { json.object(body) }
        case .array(let shape, let values):
            var next = 0
            write(shape[...], values, from: &next, name, &json)
        case .sequence(let values):
            var next = 0
            write([values.count], values, from: &next, name, &json)
        case .complex(let real, let imaginary): write(.sequence([.float(real), .float(imaginary)]), name, &json)
        case .reference(let reference): write(paths.plainText(of: reference), name, &json)
        }
    }

    private func write(
        _ shape: ArraySlice<Int>, _ values: [H5Value], from next: inout Int, _ name: String?, _ json: inout JSONWriter
    ) {
        guard let extent = shape.first else {
            if next < values.count { write(values[next], name, &json) }
            next += 1
            return
        }
        func body(_ json: inout JSONWriter) {
            for _ in 0..<max(extent, 0) where next < values.count {
                write(shape.dropFirst(), values, from: &next, nil, &json)
            }
        }
        if let name { json.array(name, body) } else { json.array(body) }
    }

    private func write(_ number: some BinaryInteger, _ name: String?, _ json: inout JSONWriter) {
        if let name { json.member(name, number) } else { json.element(number) }
    }

    private func write(_ text: String, _ name: String?, _ json: inout JSONWriter) {
        if let name { json.member(name, text) } else { json.element(text) }
    }

    /// The shortest number that stands for the stored one; what JSON has no number for becomes text.
    private func write(_ number: H5FloatValue, _ name: String?, _ json: inout JSONWriter) {
        guard number.value.isFinite, let value = Double(number.description) else {
            write(number.value.isNaN ? "nan" : number.value < 0 ? "-inf" : "inf", name, &json)
            return
        }
        if let name { json.member(name, number: value) } else { json.element(number: value) }
    }
}
