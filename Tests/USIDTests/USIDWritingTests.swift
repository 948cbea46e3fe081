import HDF5
import Testing

@testable import USID

@Suite("Writing a Main dataset")
struct USIDWritingTests {
    @Test(
        "what is written reads back, in one to eight dimensions, in both profiles", arguments: 1...8,
        USIDProfile.allCases)
    func roundTrip(dimensionCount: Int, profile: USIDProfile) throws {
        for seed in 0..<6 {
            var generator = SeededGenerator(seed: UInt64(dimensionCount * 100 + seed))
            let positionCount = Int.random(in: 0...dimensionCount, using: &generator)
            let dimensions = (0..<dimensionCount).map {
                Written.dimension("D\($0)", size: Int.random(in: 1...4, using: &generator), using: &generator)
            }
            let positions = Array(dimensions[..<positionCount])
            let spectroscopic = Array(dimensions[positionCount...])
            let fastestIsFirst = Bool.random(using: &generator)
            let count = dimensions.reduce(1) { $0 * $1.size }
            let values = (0..<count).map { _ in Float.random(in: -1...1, using: &generator) }
            try Written.file { file in
                try USIDDataset.create(
                    in: Written.channel(file), "Raw_Data", quantity: "Current", units: "nA",
                    positions: fastestIsFirst ? .fastestFirst(positions) : .slowestFirst(positions.reversed()),
                    spectroscopic: fastestIsFirst
                        ? .fastestFirst(spectroscopic) : .slowestFirst(spectroscopic.reversed()),
                    values: values, options: Written.options(profile))
            } read: { file, _ in
                let report = try USIDValidator().validate(file)
                #expect(report.findings.isEmpty, "\(report)")
                let main = try #require(try USIDDataset.all(in: file).first)
                #expect(main.quantity == "Current")
                #expect(main.units == "nA")
                let sides = [
                    (positions, main.positionDimensions, main.positions),
                    (spectroscopic, main.spectroscopicDimensions, main.spectroscopic),
                ]
                for (expected, stored, found) in sides where !expected.isEmpty {
                    #expect(stored == (profile == .pyUSID2019 ? expected : expected.reversed()))
                    // Dimensions of size 1 stand still, so that the indices say nothing about their speed.
                    #expect(found.filter { $0.size > 1 } == expected.filter { $0.size > 1 })
                }
                let cube = try main.nDimensional(as: Float.self)
                var cells: [Int: Float] = [:]
                for (place, element) in cube.elements.enumerated() {
                    // The number of the element among the values, by the loops that made them.
                    var rest = place
                    var indices: [String: Int] = [:]
                    for (label, extent) in zip(cube.labels, cube.shape).reversed() {
                        indices[label] = rest % extent
                        rest /= extent
                    }
                    var number = 0
                    var stride = 1
                    for dimension in spectroscopic + positions {
                        number += (indices[dimension.label] ?? -1) * stride
                        stride *= dimension.size
                    }
                    cells[number] = element
                }
                #expect((0..<count).map { cells[$0] } == values)
            }
        }
    }

    @Test("the order that the caller names and the order of the file are two things")
    func orders() throws {
        let x = USIDDimension("X", units: "nm", count: 3)
        let y = USIDDimension("Y", units: "nm", count: 2)
        for profile in USIDProfile.allCases {
            var files: [[UInt8]] = []
            for positions in [USIDAncillaries.fastestFirst([x, y]), .slowestFirst([y, x])] {
                try Written.file { file in
                    try USIDDataset.create(
                        in: Written.channel(file), "Raw_Data", quantity: "Height", units: "nm", positions: positions,
                        spectroscopic: .single, values: [0, 1, 2, 3, 4, 5] as [Int16], options: Written.options(profile)
                    )
                } read: { file, bytes in
                    files.append(bytes)
                    let main = try #require(try USIDDataset.all(in: file).first)
                    #expect(main.positions.map(\.label) == ["X", "Y"])
                    let isFastestFirst = profile == .pyUSID2019
                    #expect(main.positionLabelsInFileOrder == (isFastestFirst ? ["X", "Y"] : ["Y", "X"]))
                    #expect(
                        try main.positionIndices.read(as: Int.self).elements
                            == (isFastestFirst
                                ? [0, 0, 1, 0, 2, 0, 0, 1, 1, 1, 2, 1] : [0, 0, 0, 1, 0, 2, 1, 0, 1, 1, 1, 2]))
                }
            }
            #expect(files[0] == files[1])
        }
    }

    @Test("the same calls write the same bytes", arguments: USIDProfile.allCases)
    func deterministic(profile: USIDProfile) throws {
        func bytes() throws -> [UInt8] {
            try Written.file { file in
                let x = USIDDimension("X", units: "µm", values: [0.1, 0.2, 0.4])
                let main = try USIDDataset.create(
                    in: Written.channel(file), "Raw_Data", quantity: "Height", units: "nm",
                    positions: .fastestFirst([x]), spectroscopic: .single, values: [1, 2, 3] as [Float],
                    options: Written.options(profile, chunks: .automatic, filters: [.shuffle, .deflate(4)]))
                let group = try main.createResultsGroup(
                    "Fit", parameters: ["order": 2, "limits": [0.5, 1], "names": ["a", "bc"]],
                    bookKeeping: Written.bookKeeping)
                try USIDDataset.create(
                    in: group, "Fit", quantity: "Slope", units: "", positions: .shared(with: main),
                    spectroscopic: .single, values: [1, 2, 3] as [Double], options: Written.options(profile))
            } read: { _, bytes in
                bytes
            }
        }
        #expect(try bytes() == bytes())
    }

    @Test("every type of number is stored as it is")
    func elementTypes() throws {
        func check<Element: H5Element & Equatable>(_ values: [Element], _ datatype: H5Datatype) throws {
            try Written.file { file in
                try USIDDataset.create(
                    in: Written.channel(file), "Raw_Data", quantity: "Signal", units: "V",
                    positions: .fastestFirst([USIDDimension("X", units: "m", count: 2)]),
                    spectroscopic: .fastestFirst([USIDDimension("T", units: "s", count: 2)]), values: values,
                    options: Written.options())
            } read: { file, _ in
                let report = try USIDValidator().validate(file)
                #expect(report.findings.isEmpty, "\(report)")
                let main = try #require(try USIDDataset.all(in: file).first)
                #expect(main.dataset.datatype == datatype)
                #expect(try main.nDimensional(as: Element.self).elements == values)
            }
        }
        try check([1, -2, 3, -4] as [Int8], .int8)
        try check([1, -2, 3, -4] as [Int16], .int16)
        try check([1, -2, 3, -4] as [Int32], .int32)
        try check([1, -2, 3, .min] as [Int64], .int64)
        try check([1, -2, 3, -4] as [Int], .int64)
        try check([1, 2, 3, 255] as [UInt8], .uint8)
        try check([1, 2, 3, 4] as [UInt16], .uint16)
        try check([1, 2, 3, 4] as [UInt32], .uint32)
        try check([1, 2, 3, .max] as [UInt64], .uint64)
        try check([1.5, 2, -3, .infinity] as [Float], .float32)
        try check([1.5, 2, -3, 1e300] as [Double], .float64)
        #if !(os(macOS) && arch(x86_64))
        try check([1.5, 2, -3, 4] as [Float16], .float16)
        #endif
        try check(
            [Complex(1, 2), Complex(3, -4), Complex(0, 1), Complex(5, 0)] as [Complex<Float>], .complex(of: .float32))
        try check(
            [Complex(1, 2), Complex(3, -4), Complex(0, 1), Complex(5, 0)] as [Complex<Double>], .complex(of: .float64))
    }

    private struct Fit: Codable, Equatable {
        var amplitude: Float
        var quality: Double
        var count: Int32
    }

    @Test("rows become a compound, whole or batch by batch")
    func rows() throws {
        let rows = (0..<6).map { Fit(amplitude: Float($0), quality: Double($0) / 3, count: Int32($0)) }
        let x = USIDDimension("X", units: "m", count: 6)
        try Written.file { file in
            try USIDDataset.create(
                in: Written.channel(file), "Fit", quantity: "Fit parameters", units: "",
                positions: .fastestFirst([x]), spectroscopic: .single, values: rows, options: Written.options())
            let empty = try USIDDataset.create(
                in: Written.channel(file), "Fit", of: Fit.self, quantity: "Fit parameters", units: "",
                positions: .fastestFirst([x]), spectroscopic: .single,
                options: Written.options(chunks: .automatic, filters: [.deflate(1)]))
            try empty.write(Array(rows[..<4]), atPositions: 0..<4)
            try empty.write(Array(rows[4...]), atPositions: 4..<6)
        } read: { file, _ in
            for main in try USIDDataset.all(in: file) {
                #expect(try main.dataset.read(as: Fit.self).elements == rows)
                #expect(try main.nDimensional(field: "quality", as: Double.self).elements == rows.map(\.quality))
            }
            #expect(try USIDDataset.all(in: file).count == 2)
        }
    }

    @Test("an empty Main of any type reads as zeros until it is filled")
    func empty() throws {
        let type = H5Datatype.compound([("re", .float32.bigEndian), ("n", .uint16)])
        try Written.file { file in
            try USIDDataset.create(
                in: Written.channel(file), "Raw_Data", datatype: type, quantity: "Signal", units: "V",
                positions: .fastestFirst([USIDDimension("X", units: "m", count: 3)]),
                spectroscopic: .single, options: Written.options())
        } read: { file, _ in
            let main = try #require(try USIDDataset.all(in: file).first)
            #expect(main.dataset.datatype == type)
            #expect(try main.dataset.readBytes() == [UInt8](repeating: 0, count: 18))
        }
    }

    @Test("batches fill a Main in order, from an asynchronous sequence or by position")
    func batches() async throws {
        let x = USIDDimension("X", units: "m", count: 10)
        let t = USIDDimension("T", units: "s", count: 4)
        let values = (0..<40).map(Float.init)
        let options = Written.options(chunks: [3, 4], filters: [.shuffle, .deflate(4)])
        let folder = try TemporaryFolder()
        let file = try H5File.create(folder.path("batches.h5"))
        let main = try USIDDataset.create(
            in: Written.channel(file), "Raw_Data", of: Float.self, quantity: "Signal", units: "V",
            positions: .fastestFirst([x]), spectroscopic: .fastestFirst([t]), options: options)
        let stream = AsyncStream<[Float]> { continuation in
            for start in stride(from: 8, to: 40, by: 16) {
                continuation.yield(Array(values[start..<min(40, start + 16)]))
            }
            continuation.finish()
        }
        #expect(try await main.write(stream, fromPosition: 2) == 8)
        try main.write(Array(values[..<8]), atPositions: 0..<2)
        #expect(try main.dataset.read(as: Float.self).elements == values)
        #expect(main.dataset.chunkShape == [3, 4])

        let tooLong = AsyncStream<[Float]> { continuation in
            continuation.yield([Float](repeating: -1, count: 4))
            continuation.yield([Float](repeating: -2, count: 8))
            continuation.finish()
        }
        await #expect { try await main.write(tooLong, fromPosition: 8) } throws: {
            ($0 as? USIDError)?.code == .outOfRange
        }
        #expect(
            try main.dataset.read(as: Float.self, [8..<10, .all]).elements
                == [Float](repeating: -1, count: 4) + values[36...])
        let broken = AsyncStream<[Float]> { continuation in
            continuation.yield([1, 2, 3])
            continuation.finish()
        }
        await #expect { try await main.write(broken) } throws: { ($0 as? USIDError)?.code == .invalidArgument }
        #expect(throws: USIDError.self) { try main.write([1, 2, 3, 4] as [Float], atPositions: 10..<11) }
        #expect(throws: USIDError.self) { try main.write([1, 2, 3] as [Float], atPositions: 0..<1) }
    }

    @Test("automatic chunks hold whole positions")
    func automaticChunks() throws {
        try Written.file { file in
            try USIDDataset.create(
                in: Written.channel(file), "Raw_Data", of: Double.self, quantity: "Signal", units: "V",
                positions: .fastestFirst([USIDDimension("X", units: "m", count: 1_000)]),
                spectroscopic: .fastestFirst([USIDDimension("T", units: "s", count: 1_024)]),
                options: Written.options(filters: [.deflate(1)]))
        } read: { file, _ in
            let main = try #require(try USIDDataset.all(in: file).first)
            #expect(main.dataset.chunkShape == [128, 1_024])
        }
    }
}
