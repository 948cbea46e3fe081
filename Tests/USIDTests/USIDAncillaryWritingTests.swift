import HDF5
import Testing

@testable import USID

@Suite("Writing ancillary datasets")
struct USIDAncillaryWritingTests {
    private let x = USIDDimension("X", units: "µm", values: [0, 0.5, 1])
    private let y = USIDDimension("Longer", units: "", count: 2)

    private func main(
        _ positions: USIDAncillaries, _ options: USIDWriteOptions = Written.options(), _ count: Int = 6,
        _ check: (USIDDataset) throws -> Void
    ) throws {
        try Written.file { file in
            try USIDDataset.create(
                in: Written.channel(file), "Raw_Data", quantity: "Signal", units: "V", positions: positions,
                spectroscopic: .single, values: (0..<count).map(Float.init), options: options)
        } read: { file, _ in
            try check(try #require(try USIDDataset.all(in: file).first))
        }
    }

    @Test("attributes are stored as h5py stores them", arguments: USIDProfile.allCases)
    func attributes(profile: USIDProfile) throws {
        try main(.fastestFirst([x, y]), Written.options(profile)) { main in
            let isFastestFirst = profile == .pyUSID2019
            for dataset in [main.positionIndices, main.positionValues] {
                let labels = try dataset.attributes.require("labels")
                #expect(labels.datatype == .fixedString(6, padding: .nullPadded, characterSet: .ascii))
                #expect(labels.dataspace == .simple([2]))
                let names = isFastestFirst ? "X\0\0\0\0\0Longer" : "LongerX\0\0\0\0\0"
                #expect(labels.storedBytes == Array(names.utf8))
                let units = try dataset.attributes.require("units")
                #expect(units.datatype == .fixedString(3, padding: .nullPadded, characterSet: .utf8))
                #expect(units.storedBytes == Array((isFastestFirst ? "µm\0\0\0" : "\0\0\0µm").utf8))
                let type = try dataset.attributes.find("type")
                #expect((type == nil) == isFastestFirst)
                if let type {
                    #expect(type.datatype == .int64)
                    #expect(type.storedBytes == [UInt8](repeating: 0, count: 16))
                }
                for (number, label) in ["X", "Longer"].enumerated() {
                    guard isFastestFirst else {
                        #expect(try dataset.attributes.find(label) == nil)
                        continue
                    }
                    guard
                        case .region(let address, let selection) = try dataset.attribute(
                            label, as: H5ReferenceValue.self)
                    else { throw USIDError(.notMain, path: label, "no region reference") }
                    #expect(address == dataset.address)
                    let block = H5Block(start: [0, number], end: [5, number])
                    let slab = H5Hyperslab(start: [0, number], stride: [1, 1], count: [1, 1], block: [6, 1])
                    #expect(selection == .blocks([block]) || selection == .hyperslab(slab), "\(selection)")
                }
                #expect(try dataset.attributes.count == (isFastestFirst ? 4 : 3))
            }
            #expect(main.positionIndices.datatype == .uint32)
            #expect(main.positionValues.datatype == .float32)
            #expect(main.positionIndices.path == "/Measurement_000/Channel_000/Position_Indices")
            #expect(main.spectroscopicValues.path == "/Measurement_000/Channel_000/Spectroscopic_Values")
            let quantity = try main.dataset.attributes.require("quantity")
            #expect(quantity.datatype.kind == H5Datatype.string.kind)
            #expect(quantity.dataspace == .scalar)
            for role in AncillaryRole.allCases {
                let reference = try main.dataset.attributes.require(role.rawValue)
                #expect(reference.datatype == .objectReference)
                #expect(reference.dataspace == .scalar)
            }
            #expect(
                Set(try main.dataset.attributes.names())
                    == Set(AncillaryRole.attributeNames + USIDBookKeeping.names + ["quantity", "units"]))
            // The dummy dimension of a side on which nothing was varied.
            #expect(main.spectroscopic == [USIDDimension("arb.", units: "a. u.", values: [0])])
        }
    }

    @Test("labels that are names of attributes get no region reference")
    func reservedLabels() throws {
        let labels = USIDDimension("labels", units: "m", count: 3)
        try main(.fastestFirst([labels, y]), Written.options(.pyUSID2019)) { (main) throws in
            #expect(try main.positionIndices.attributes.require("labels").strings().elements == ["labels", "Longer"])
        }
    }

    @Test("the dummy dimension keeps clear of the labels there are")
    func dummies() throws {
        for (positions, spectroscopic, expected) in [
            (USIDAncillaries.single, USIDAncillaries.single, ["arb.", "Single_Step"]),
            (.fastestFirst([USIDDimension("arb.", units: "", count: 1)]), .single, ["arb.", "Single_Step"]),
            (.single, .fastestFirst([USIDDimension("arb.", units: "", count: 1)]), ["Single_Step", "arb."]),
        ] {
            try Written.file { file in
                try USIDDataset.create(
                    in: Written.channel(file), "Raw_Data", quantity: "Signal", units: "V", positions: positions,
                    spectroscopic: spectroscopic, values: [1] as [Float], options: Written.options())
            } read: { file, _ in
                let main = try #require(try USIDDataset.all(in: file).first)
                #expect(main.positions.map(\.label) + main.spectroscopic.map(\.label) == expected)
            }
        }
    }

    @Test(
        "values are float32 unless that loses their steps",
        arguments: [
            ([0, 0.1, 0.2], true), ([325_000, 325_001, 325_002], true), ([325_000, 325_000.01, 325_000.02], false),
            ([325_000, 325_000.1, 325_000.2], false), ([325_000, 325_002.1, 325_004.2], true),
            ([0.1], true), ([1e300], false), ([0, 1e-46], false), ([5, 5, 5], true), ([0.1, 0.1, 0.1], true),
            ([1e9 + 0.1, 1e9 + 0.2], false), ([.nan, 1, 2], true), ([0, .infinity, 1], true),
        ] as [([Double], Bool)])
    func precision(values: [Double], isSingle: Bool) throws {
        try main(.fastestFirst([USIDDimension("X", units: "Hz", values: values)]), Written.options(), values.count) {
            main in
            #expect(main.positionValues.datatype == (isSingle ? .float32 : .float64))
            let stored = try main.positionValues.read(as: Double.self, policy: .rounding).elements
            for (stored, value) in zip(stored, values) {
                #expect(stored.isNaN && value.isNaN || stored == (isSingle ? Double(Float(value)) : value))
            }
        }
    }

    @Test("dimensions take any sequence of numbers, or a count")
    func numbers() {
        #expect(USIDDimension("X", units: "", values: [1, 2] as [UInt8]).unitValues == [1, 2])
        #expect(USIDDimension("X", units: "", values: 3..<6).unitValues == [3, 4, 5])
        #expect(USIDDimension("X", units: "", values: [0.5, 1] as [Float]).unitValues == [0.5, 1])
        #expect(
            USIDDimension("X", units: "", values: stride(from: -250, through: 250, by: 125)).unitValues
                == [-250, -125, 0, 125, 250])
        #expect(USIDDimension("X", units: "", values: stride(from: 0, to: 1, by: 0.5)).unitValues == [0, 0.5])
        #expect(USIDDimension("X", units: "", count: 3) == USIDDimension("X", units: "", values: [0, 1, 2]))
    }

    // MARK: Points that are no raster

    @Test("a serpentine scan turns after every line", arguments: 1...4, USIDProfile.allCases)
    func serpentine(dimensionCount: Int, profile: USIDProfile) throws {
        var generator = SeededGenerator(seed: UInt64(40 + dimensionCount))
        let sizes = (0..<dimensionCount).map { _ in Int.random(in: 2...4, using: &generator) }
        let dimensions = zip(sizes, ["A", "B", "C", "D"]).map { USIDDimension($1, units: "m", count: $0) }
        let points = RandomGrid(sizes: sizes, fastestFirst: Array(0..<dimensionCount)).serpentine().points
        try main(
            USIDAncillaries.fastestFirst(dimensions).serpentine(), Written.options(profile), points.count
        ) { main in
            let expected = points.flatMap { profile == .pyUSID2019 ? $0 : $0.reversed() }
            #expect(try main.positionIndices.read(as: Int.self).elements == expected)
            #expect(main.positionScanOrder == (dimensionCount == 1 ? .raster : .serpentine))
            let report = try USIDValidator().validate(main.dataset.file)
            #expect(report.isValid && report.warningCount == 0, "\(report)")
        }
    }

    @Test("a raster that was stopped holds its first points")
    func aborted() throws {
        try main(USIDAncillaries.fastestFirst([x, y]).first(4), Written.options(), 4) { main in
            #expect(try main.positionIndices.read(as: Int.self).elements == [0, 0, 0, 1, 0, 2, 1, 0])
            guard case .unavailable(let problems) = main.nDimensionalForm else {
                throw USIDError(.notMain, path: "", "")
            }
            #expect(problems.map(\.kind) == [.abortedRaster])
        }
    }

    @Test(
        "sparse points are counted along every dimension, however many there are", arguments: 1...5,
        USIDProfile.allCases)
    func sparse(dimensionCount: Int, profile: USIDProfile) throws {
        let labels = ["A", "B", "C", "D", "E"].prefix(dimensionCount)
        let values = labels.indices.map { number in (0..<7).map { Double(($0 * (number + 3)) % 7) } }
        let dimensions = zip(labels, values).map { USIDDimension($0, units: "m", values: $1, mode: .incomplete) }
        let columns = zip(labels, values).map { USIDPointColumn($0, units: "m", values: $1, mode: .incomplete) }
        var files: [[UInt8]] = []
        for positions in [
            USIDAncillaries.fastestFirst(dimensions), .points(fastestFirst: columns),
            .points(slowestFirst: columns.reversed()),
        ] {
            try Written.file { file in
                try USIDDataset.create(
                    in: Written.channel(file), "Raw_Data", quantity: "Signal", units: "V", positions: positions,
                    spectroscopic: .single, values: (0..<7).map(Float.init), options: Written.options(profile))
            } read: { file, bytes in
                files.append(bytes)
                let report = try USIDValidator().validate(file)
                #expect(report.isValid && report.warningCount == 0, "\(report)")
                let main = try #require(try USIDDataset.all(in: file).first)
                #expect(
                    try main.positionIndices.read(as: Int.self).elements
                        == (0..<7).flatMap { [Int](repeating: $0, count: dimensionCount) })
                for (dimension, value) in zip(dimensions, values) {
                    let found = try main.dimension(dimension.label)
                    #expect(found.unitValues == value)
                    #expect(found.mode == .incomplete)
                }
            }
        }
        #expect(Set(files).count == 1)
    }

    @Test("a dimension that follows from others keeps the indices that are given")
    func dependent() throws {
        let columns = [
            USIDPointColumn("Time", units: "s", values: [0, 1, 0, 1], indices: [0, 1, 0, 1]),
            USIDPointColumn("Bias", units: "V", values: [1, 1, 2, 2], indices: [0, 0, 1, 1]),
            USIDPointColumn("Field", units: "T", values: [5, 5, 6, 6], indices: [0, 0, 1, 1], mode: .dependent),
        ]
        for profile in USIDProfile.allCases {
            try main(.points(fastestFirst: columns), Written.options(profile), 4) { main in
                guard case .unavailable(let problems) = main.nDimensionalForm else {
                    throw USIDError(.notMain, path: "", "a form that there is not")
                }
                #expect(problems.map(\.rule) == ["R63"])
                #expect(try main.dimension("Field").mode == .dependent)
                #expect(try main.dimension("Field").unitValues == [5, 6])
                #expect(try main.slice(["Bias": 1], as: Float.self).elements == [2, 3])
            }
        }
    }

    @Test("a spiral on the spectroscopic side lies in columns")
    func spectroscopicPoints() throws {
        try Written.file { file in
            try USIDDataset.create(
                in: Written.channel(file), "Raw_Data", quantity: "Signal", units: "V", positions: .single,
                spectroscopic: USIDAncillaries.points(slowestFirst: [
                    USIDPointColumn("P", units: "m", values: [0, 0, 1, 1], indices: [0, 0, 1, 1]),
                    USIDPointColumn("Q", units: "m", values: [0, 1, 1, 0], indices: [0, 1, 1, 0]),
                ]), values: [1, 2, 3, 4] as [Float], options: Written.options())
        } read: { file, _ in
            let main = try #require(try USIDDataset.all(in: file).first)
            #expect(main.spectroscopicIndices.shape == [2, 4])
            #expect(try main.spectroscopicIndices.read(as: Int.self).elements == [0, 0, 1, 1, 0, 1, 1, 0])
            #expect(try main.nDimensional(as: Float.self).elements == [1, 2, 4, 3])
        }
    }

    // MARK: Sharing

    @Test("channels share what is placed in their measurement group", arguments: USIDProfile.allCases)
    func placed(profile: USIDProfile) throws {
        try Written.file { file in
            for _ in 0..<3 {
                let channel = try Written.channel(file)
                try USIDDataset.create(
                    in: channel, "Raw_Data", quantity: "Signal", units: "V",
                    positions: .fastestFirst([x, y]).placed(in: file.group("Measurement_000")), spectroscopic: .single,
                    values: (0..<6).map(Float.init), options: Written.options(profile))
            }
        } read: { file, _ in
            let mains = try USIDDataset.all(in: file)
            #expect(mains.count == 3)
            #expect(Set(mains.map(\.positionIndices.path)) == ["/Measurement_000/Position_Indices"])
            #expect(Set(mains.map(\.spectroscopicIndices.address)).count == 3)
            #expect(try USIDValidator().validate(file).findings.isEmpty)
        }
    }

    @Test("equal ancillary datasets beside each other are written once; other content is not taken for equal")
    func reused() throws {
        try Written.file { file in
            let channel = try Written.channel(file)
            func write(_ name: String, _ positions: USIDAncillaries, _ profile: USIDProfile = .pyUSID2020) throws {
                try USIDDataset.create(
                    in: channel, name, quantity: "Signal", units: "V", positions: positions, spectroscopic: .single,
                    values: (0..<6).map(Float.init), options: Written.options(profile))
            }
            try write("A", .fastestFirst([x, y]))
            try write("B", .slowestFirst([y, x]))
            let others = [
                USIDDimension("X", units: "nm", values: [0, 0.5, 1]),
                USIDDimension("x", units: "µm", values: [0, 0.5, 1]),
                USIDDimension("X", units: "µm", values: [0, 0.5, 1.5]),
            ]
            for other in others {
                #expect { try write("C", .fastestFirst([other, y])) } throws: { ($0 as? USIDError)?.code == .exists }
            }
            #expect { try write("C", .fastestFirst([y, x])) } throws: { ($0 as? USIDError)?.code == .exists }
            #expect { try write("C", .fastestFirst([x, y]), .pyUSID2019) } throws: {
                ($0 as? USIDError)?.code == .exists
            }
            let main = try USIDDataset(channel.dataset("A"))
            try write("D", .shared(with: main))
            try write("E", .existing(indices: main.positionIndices, values: main.positionValues))
        } read: { file, _ in
            let mains = try USIDDataset.all(in: file)
            #expect(mains.count == 4)
            #expect(Set(mains.map(\.positionIndices.address)).count == 1)
            #expect(try file.group("Measurement_000/Channel_000").count == 4 + 4)
        }
    }
}
