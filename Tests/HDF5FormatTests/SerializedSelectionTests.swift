import Testing

@testable import HDF5Format

@Suite struct SerializedSelectionTests {
    /// A selection of any type and version.
    static func selection(_ values: inout GeneratedValues) -> SerializedSelection {
        let rank = values.int(1...4)
        let plain = SerializedSelection.Form(version: 1, width: 4)
        let width = [2, 4, 8][values.int(0...2)]
        func coordinates(width: Int) -> [Int] { (0..<rank).map { _ in Int(values.number(width: width) >> 1) } }
        switch values.int(0...6) {
        case 0: return SerializedSelection(.all, rank: nil, form: plain)
        case 1: return SerializedSelection(.none, rank: nil, form: plain)
        case 2, 3:
            let form = values.bool() ? plain : SerializedSelection.Form(version: 2, width: width)
            let points = (0..<values.int(0...5)).map { _ in coordinates(width: form.width) }
            return SerializedSelection(.points(points), rank: rank, form: form)
        case 4, 5:
            let form =
                values.bool()
                ? SerializedSelection.Form(version: 2, width: 8) : SerializedSelection.Form(version: 3, width: width)
            func limits() -> [Int?] { coordinates(width: form.width).map { values.int(0...3) == 0 ? nil : $0 } }
            let slab = H5Hyperslab(
                start: coordinates(width: form.width), stride: coordinates(width: form.width), count: limits(),
                block: limits())
            return SerializedSelection(.hyperslab(slab), rank: rank, form: form)
        default:
            let form = values.bool() ? plain : SerializedSelection.Form(version: 3, width: width)
            let blocks = (0..<values.int(0...4)).map { _ in
                let start = coordinates(width: form.width).map { $0 >> 1 }
                return H5Block(start: start, end: start.map { $0 + values.int(0...50) })
            }
            return SerializedSelection(.blocks(blocks), rank: rank, form: form)
        }
    }

    @Test("selections of every type and version keep their values")
    func roundTrip() throws {
        try forGeneratedValues(cases: 200) { values in
            let selection = Self.selection(&values)
            try expectRoundTrip(selection, values.sizes, { try $0.encode(to: &$1) }) {
                try SerializedSelection(from: &$0)
            }
        }
    }

    @Test(
        "selections as libhdf5 writes them are given back",
        arguments: [
            "01 00 00 00 01 00 00 00 00 00 00 00 18 00 00 00 02 00 00 00 02 00 00 00 01 00 00 00 02 00 00 00 03 00 00 00 "
                + "04 00 00 00",
            "01 00 00 00 02 00 00 00 02 02 00 00 00 02 00 01 00 02 00 03 00 04 00",
            "02 00 00 00 03 00 00 00 01 02 02 00 00 00 02 00 01 00 01 00 03 00 03 00 02 00 03 00 01 00",
            "02 00 00 00 02 00 00 00 01 44 00 00 00 02 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 "
                + "ff ff ff ff ff ff ff ff 01 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 01 00 00 00 00 00 00 00 "
                + "01 00 00 00 00 00 00 00 0a 00 00 00 00 00 00 00",
            "03 00 00 00 01 00 00 00 00 00 00 00 00 00 00 00",
        ])
    func bytes(_ text: String) throws {
        try expectBytes(text, { try SerializedSelection(from: &$0) }, { try $0.encode(to: &$1) })
    }

    @Test("what a form cannot hold is refused")
    func refusals() {
        let old = SerializedSelection.Form(version: 1, width: 4)
        let narrow = SerializedSelection.Form(version: 3, width: 2)
        func refuse(_ selection: H5Selection, _ rank: Int?, _ form: SerializedSelection.Form) {
            expectRefusal { try SerializedSelection(selection, rank: rank, form: form).encode(to: &$0) }
        }
        refuse(.axes([.whole]), 1, old)
        refuse(.points([[1, 2]]), 1, old)
        refuse(.points([[-1]]), 1, old)
        refuse(.points([[65_536]]), 1, SerializedSelection.Form(version: 2, width: 2))
        refuse(.hyperslab(H5Hyperslab(start: [0], count: [3])), 1, old)
        refuse(.hyperslab(H5Hyperslab(start: [0], count: [65_535])), 1, narrow)
        refuse(.hyperslab(H5Hyperslab(start: [0, 0], count: [3])), 1, narrow)
        refuse(.blocks([H5Block(start: [3], end: [2])]), 1, old)
        refuse(.all, 1, old)
    }
}
