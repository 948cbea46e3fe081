// write-usid FOLDER [SEED]: writes h5USID files of many shapes, profiles and element types, for other programs to read.
//
// The same seed writes the same bytes. Beside each Main lies `<name>_real`, its real form as this library reads it.
import HDF5
import USID

@main
struct WriteUSID {
    static func main() throws {
        guard CommandLine.arguments.count > 1 else {
            print("usage: write-usid FOLDER [SEED]")
            return
        }
        let folder = CommandLine.arguments[1]
        let seed = CommandLine.arguments.count > 2 ? UInt64(CommandLine.arguments[2]) ?? 1 : 1
        for profile in USIDProfile.allCases {
            var files = Files(folder: folder, profile: profile, generator: Generator(state: seed | 1))
            for positions in 0...4 {
                for spectroscopic in 0...4 { try files.grid(positions, spectroscopic) }
            }
            try files.elementTypes()
            try files.scans()
            try files.results()
        }
    }
}

/// A small generator with a seed.
struct Generator: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state &* 0x2545_F491_4F6C_DD1D
    }
}

/// A row of a compound.
struct Oscillator: Codable {
    var amplitude: Float
    var quality: Double
    var count: Int16
}

/// The files of one profile.
struct Files {
    let folder: String
    let profile: USIDProfile
    var generator: Generator
    private let bookKeeping = USIDBookKeeping(
        timestamp: "2019_03_22-12_00_00", machine: "afm.example.org", platform: "Test 1.0")

    private var options: USIDWriteOptions { USIDWriteOptions(profile: profile, bookKeeping: bookKeeping) }

    init(folder: String, profile: USIDProfile, generator: Generator) {
        self.folder = folder
        self.profile = profile
        self.generator = generator
    }

    // MARK: Parts

    private func file(_ name: String, _ write: (H5File) throws -> Void) throws {
        let file = try H5File.create("\(folder)/\(name)-\(profile.rawValue).h5", replacing: true)
        try write(file)
        try file.commit()
        try file.close()
    }

    private func channel(_ file: H5File) throws -> H5Group {
        let measurement =
            try file.root.contains("Measurement_000")
            ? try file.group("Measurement_000") : try file.createMeasurementGroup(bookKeeping: bookKeeping)
        return try measurement.createChannelGroup(bookKeeping: bookKeeping)
    }

    private mutating func dimension(_ label: String, _ size: Int) -> USIDDimension {
        let start = Double.random(in: -100...100, using: &generator)
        let step = Double.random(in: 0.1...9, using: &generator)
        return USIDDimension(label, units: "µ\(label)", values: (0..<size).map { start + step * Double($0) })
    }

    private mutating func numbers(_ count: Int) -> [Double] {
        (0..<count).map { _ in Double.random(in: -100...100, using: &generator) }
    }

    private func keepRealForm(_ main: USIDDataset, in group: H5Group) throws {
        let real = try main.readReal(as: Double.self)
        try group.createDataset("Raw_Data_real", real.elements, shape: real.shape)
    }

    // MARK: Files

    /// A raster of any number of dimensions.
    mutating func grid(_ positionCount: Int, _ spectroscopicCount: Int) throws {
        var sides: [[USIDDimension]] = []
        for (count, letter) in [(positionCount, "P"), (spectroscopicCount, "S")] {
            var side: [USIDDimension] = []
            for number in 0..<count {
                side.append(dimension("\(letter)\(number)", Int.random(in: 1...4, using: &generator)))
            }
            sides.append(side)
        }
        let values = numbers((sides[0] + sides[1]).reduce(1) { $0 * $1.size }).map { Float($0) }
        try file("grid-\(positionCount)-\(spectroscopicCount)") { file in
            try USIDDataset.create(
                in: channel(file), "Raw_Data", quantity: "Current", units: "nA", positions: .fastestFirst(sides[0]),
                spectroscopic: .fastestFirst(sides[1]), values: values, options: options)
        }
    }

    /// Every type of elements, chunked and compressed, written in batches.
    mutating func elementTypes() throws {
        let (x, y, t) = (dimension("X", 3), dimension("Y", 2), dimension("T", 4))
        var types: [H5Datatype] = [
            .int8, .int16, .int32, .int64, .float16, .float32, .float64, .float32.bigEndian, .complex(of: .float32),
            .complex(of: .float64), .compound([("amplitude", .float32), ("phase", .float64), ("count", .int16)]),
        ]
        types.append(try H5Datatype(of: Oscillator.self))
        var rows: [[Double]] = []
        for type in types {
            let count = try USIDRealForm(type).parts.count * 24
            rows.append(numbers(count).map { $0.rounded() })
        }
        try file("types") { file in
            for (type, values) in zip(types, rows) {
                let group = try channel(file)
                var options = options
                options.filters = [.shuffle, .deflate(4)]
                let main = try USIDDataset.create(
                    in: group, "Raw_Data", datatype: type, quantity: "Signal", units: "V",
                    positions: .fastestFirst([x, y]).placed(in: file.group("Measurement_000")),
                    spectroscopic: .fastestFirst([t]), options: options)
                let width = values.count / 6
                for first in stride(from: 0, to: 6, by: 2) {
                    try main.writeReal(
                        Array(values[first * width..<(first + 2) * width]), atPositions: first..<first + 2)
                }
                try keepRealForm(main, in: group)
            }
        }
    }

    /// Scans that are no raster.
    mutating func scans() throws {
        let (x, y) = (dimension("X", 4), dimension("Y", 3))
        let values = numbers(12).map { Float($0) }
        let sparse = [
            USIDPointColumn("X", units: "m", values: numbers(12)),
            USIDPointColumn("Y", units: "m", values: numbers(12)),
        ]
        let time = (0..<12).map { $0 % 4 }
        let bias = (0..<12).map { $0 / 4 }
        let field = (0..<12).map { $0 / 8 }
        let dependent = [
            USIDPointColumn("Time", units: "s", values: time.map(Double.init), indices: time),
            USIDPointColumn("Bias", units: "V", values: bias.map(Double.init), indices: bias),
            USIDPointColumn("Field", units: "T", values: field.map(Double.init), indices: field, mode: .dependent),
        ]
        let together = ["X", "Y", "Z"].map { USIDDimension($0, units: "m", values: 0..<12, mode: .incomplete) }
        for (name, positions, count) in [
            ("serpentine", USIDAncillaries.fastestFirst([x, y]).serpentine(), 12),
            ("aborted", .fastestFirst([x, y]).first(7), 7), ("sparse", .points(fastestFirst: sparse), 12),
            ("dependent", .points(fastestFirst: dependent), 12), ("incomplete", .fastestFirst(together), 12),
        ] {
            try file("scan-\(name)") { file in
                try USIDDataset.create(
                    in: channel(file), "Raw_Data", quantity: "Height", units: "nm", positions: positions,
                    spectroscopic: .single, values: Array(values.prefix(count)), options: options)
            }
        }
    }

    /// Results beside their source and in another file.
    mutating func results() throws {
        let (x, t) = (dimension("X", 5), dimension("T", 3))
        let values = numbers(15)
        let rows = (0..<5).map { Oscillator(amplitude: Float($0), quality: Double($0) / 3, count: Int16($0)) }
        try file("results") { file in
            let main = try USIDDataset.create(
                in: channel(file), "Raw_Data", quantity: "Signal", units: "V", positions: .fastestFirst([x]),
                spectroscopic: .fastestFirst([t]), values: values, options: options)
            let parameters: USIDParameters = [
                "order": 2, "limits": [0, 1.5], "names": ["a", "bc"], "fit": ["quick": true],
            ]
            for _ in 0..<2 {
                let group = try main.createResultsGroup("SHO_Fit", parameters: parameters, bookKeeping: bookKeeping)
                try USIDDataset.create(
                    in: group, "Fit", quantity: "Parameters", units: "a. u.", positions: .shared(with: main),
                    spectroscopic: .single, values: rows, options: options)
            }
            try self.file("results-elsewhere") { other in
                let group = try main.createResultsGroup(
                    "SHO_Fit", in: channel(other), sourceFilePath: "results.h5", bookKeeping: bookKeeping)
                try USIDDataset.create(
                    in: group, "Fit", quantity: "Parameters", units: "a. u.", positions: .shared(with: main),
                    spectroscopic: .single, values: rows, options: options)
            }
        }
    }
}
