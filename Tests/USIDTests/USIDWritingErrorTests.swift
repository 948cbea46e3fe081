import HDF5
import Testing

@testable import USID

@Suite("Writing a Main dataset that cannot be one")
struct USIDWritingErrorTests {
    private let x = USIDDimension("X", units: "m", count: 3)
    private let t = USIDDimension("T", units: "s", count: 2)

    /// A Main that is in order but for what a case changes.
    private struct Attempt {
        var name = "Raw_Data"
        var quantity = "Signal"
        var units = "V"
        var positions: USIDAncillaries
        var spectroscopic: USIDAncillaries
        var count = 6
        var options = Written.options()

        func write(in group: H5Group) throws {
            try USIDDataset.create(
                in: group, name, quantity: quantity, units: units, positions: positions, spectroscopic: spectroscopic,
                values: [Float](repeating: 1, count: count), options: options)
        }
    }

    /// Expects an error of a rule, and that the file holds afterwards what it held before.
    private func refuses(
        _ rule: USIDRule?, _ code: USIDError.Code = .invalidArgument, _ change: (inout Attempt) -> Void
    ) throws {
        var attempt = Attempt(positions: .fastestFirst([x]), spectroscopic: .fastestFirst([t]))
        change(&attempt)
        try Written.file { file in
            let channel = try Written.channel(file)
            #expect {
                try attempt.write(in: channel)
            } throws: { error in
                guard let error = error as? USIDError else { return false }
                return error.rule == rule && error.code == code && error.path.hasPrefix("/")
                    && !error.message.isEmpty
            }
        } read: { (file, _) throws in
            #expect(try file.group("Measurement_000/Channel_000").count == 0)
        }
    }

    @Test("names", arguments: ["", "a-b", "a/b", ".", "a\0"])
    func names(name: String) throws {
        try refuses("R14") { $0.name = name }
        try refuses("R14") { $0.positions = $0.positions.named(name) }
    }

    @Test("quantity, units and elements")
    func texts() throws {
        try refuses("R5") { $0.quantity = "" }
        try refuses("R5") { $0.quantity = "a\0" }
        try refuses("R6") { $0.units = "a\0" }
        try Written.file { file in
            let channel = try Written.channel(file)
            #expect {
                try USIDDataset.create(
                    in: channel, "Raw_Data", quantity: "Signal", units: "V", positions: .fastestFirst([x]),
                    spectroscopic: .single, values: [true, false, true])
            } throws: { ($0 as? USIDError)?.rule == "R4" }
            for type in [H5Datatype.string, .compound([("a", .float32), ("b", .string)]), .array([2], of: .int8)] {
                #expect {
                    try USIDDataset.create(
                        in: channel, "Raw_Data", datatype: type, quantity: "Signal", units: "V",
                        positions: .fastestFirst([x]), spectroscopic: .single)
                } throws: { ($0 as? USIDError)?.rule == "R4" }
            }
            #expect(try channel.count == 0)
        } read: { _, _ in
        }
    }

    @Test("dimensions without values or names, and labels that repeat")
    func dimensions() throws {
        try refuses("R21") { $0.positions = .fastestFirst([USIDDimension("X", units: "m", values: [] as [Double])]) }
        try refuses("R22") { $0.spectroscopic = .fastestFirst([USIDDimension("X", units: "m", count: -1)]) }
        try refuses("R28") { $0.positions = .fastestFirst([USIDDimension("", units: "m", count: 3)]) }
        try refuses("R25") { $0.positions = .fastestFirst([USIDDimension("X\0", units: "m", count: 3)]) }
        try refuses("R26") { $0.positions = .fastestFirst([USIDDimension("X", units: "m\0", count: 3)]) }
        try refuses("R27") { $0.positions = .fastestFirst([x, x]) }
        try refuses("R27") { $0.spectroscopic = .fastestFirst([USIDDimension("X", units: "m", count: 2)]) }
        try refuses("R63") {
            $0.positions = .fastestFirst([x, USIDDimension("Z", units: "m", count: 3, mode: .dependent)])
        }
        try refuses("R60") {
            $0.positions = .fastestFirst([x, USIDDimension("Z", units: "m", count: 3, mode: .incomplete)])
        }
    }

    @Test("values and points that do not fit the dimensions")
    func counts() throws {
        try refuses("R2") { $0.count = 5 }
        try refuses("R2") { $0.count = 7 }
        try refuses("R21") { $0.positions = .fastestFirst([x]).first(4) }
        try refuses("R21") { $0.positions = .fastestFirst([x]).first(0) }
        let long = (0..<5).map { USIDDimension("D\($0)", units: "", count: 1_000_000_000) }
        try refuses("R21") { $0.positions = .fastestFirst(long) }
        try refuses("R21") {
            $0.positions = .fastestFirst(Array(long.prefix(1)) + [USIDDimension("E", units: "", count: 5)])
        }
    }

    @Test("points with too few values or indices, or indices that are no numbers of points")
    func points() throws {
        try refuses("R21") { $0.positions = .points(fastestFirst: []) }
        try refuses("R21") { $0.positions = .points(fastestFirst: [USIDPointColumn("X", units: "m", values: [])]) }
        try refuses("R21") {
            $0.positions = .points(fastestFirst: [
                USIDPointColumn("X", units: "m", values: [1, 2, 3]), USIDPointColumn("Y", units: "m", values: [1, 2]),
            ])
        }
        try refuses("R21") {
            $0.positions = .points(fastestFirst: [
                USIDPointColumn("X", units: "m", values: [1, 2, 3], indices: [0, 1])
            ])
        }
        for index in [-1, 1 << 32] {
            try refuses("R23") {
                $0.positions = .points(fastestFirst: [
                    USIDPointColumn("X", units: "m", values: [1, 2, 3], indices: [0, 1, index])
                ])
            }
        }
        try refuses("R43") {
            $0.positions = USIDAncillaries.points(fastestFirst: [
                USIDPointColumn("X", units: "m", values: [1, 2, 3])
            ]).serpentine()
        }
        try refuses("R21") {
            $0.positions = .fastestFirst([
                USIDDimension("X", units: "m", count: 3, mode: .incomplete),
                USIDDimension("Y", units: "m", count: 2, mode: .incomplete),
            ])
        }
    }

    @Test("book-keeping that is none, and options that contradict each other")
    func options() throws {
        try refuses("R70") { $0.options.bookKeeping.timestamp = "today" }
        try refuses("R70") { $0.options.bookKeeping.machine = "a\0" }
        try Written.file { file in
            let channel = try Written.channel(file)
            var attempt = Attempt(positions: .fastestFirst([x]), spectroscopic: .fastestFirst([t]))
            attempt.options.chunks = [1, 2, 3]
            #expect(throws: H5Error.self) { try attempt.write(in: channel) }
            #expect(try channel.count == 0)
        } read: { _, _ in
        }
    }

    @Test("a name that is taken, by the Main or by ancillary datasets of another content")
    func taken() throws {
        try Written.file { file in
            let channel = try Written.channel(file)
            var attempt = Attempt(positions: .fastestFirst([x]), spectroscopic: .fastestFirst([t]))
            try attempt.write(in: channel)
            let before = try channel.names()
            func isRefused(_ rule: USIDRule?, _ code: USIDError.Code) throws {
                #expect {
                    try attempt.write(in: channel)
                } throws: { ($0 as? USIDError)?.code == code && ($0 as? USIDError)?.rule == rule }
            }
            try isRefused(nil, .exists)
            attempt.name = "Other"
            attempt.positions = .fastestFirst([USIDDimension("Y", units: "m", count: 3)])
            try isRefused("R34", .exists)
            attempt.positions = attempt.positions.named("Spectroscopic")
            try isRefused("R34", .exists)
            attempt.positions = attempt.positions.named("A")
            attempt.spectroscopic = USIDAncillaries.fastestFirst([USIDDimension("S", units: "s", count: 2)]).named("A")
            try isRefused("R34", .invalidArgument)
            #expect(try channel.names() == before)
            attempt.spectroscopic = attempt.spectroscopic.named("B")
            try attempt.write(in: channel)
        } read: { (file, _) throws in
            #expect(try USIDDataset.all(in: file).count == 2)
        }
    }

    @Test("files that are open for reading only")
    func readOnly() throws {
        try Written.file { file in
            try Attempt(positions: .fastestFirst([x]), spectroscopic: .fastestFirst([t])).write(
                in: Written.channel(file))
        } read: { file, _ in
            var attempt = Attempt(positions: .fastestFirst([x]), spectroscopic: .fastestFirst([t]))
            attempt.name = "Other"
            let group = try file.group("Measurement_000/Channel_000")
            #expect { try attempt.write(in: group) } throws: { ($0 as? USIDError)?.code == .readOnly }
            let main = try #require(try USIDDataset.all(in: file).first)
            #expect { try main.write([1, 2] as [Float], atPositions: 0..<1) } throws: {
                ($0 as? USIDError)?.code == .readOnly
            }
        }
    }

    @Test("ancillary datasets that describe no dimensions")
    func existing() throws {
        try Written.file { file in
            let channel = try Written.channel(file)
            let flat = try channel.createDataset("flat", [1, 2, 3] as [UInt32])
            let bare = try channel.createDataset("bare", [0, 1, 2] as [UInt32], shape: [3, 1])
            for (dataset, rule) in [(flat, "R20" as USIDRule), (bare, "R25")] {
                let attempt = Attempt(
                    positions: .existing(indices: dataset, values: dataset), spectroscopic: .fastestFirst([t]))
                #expect { try attempt.write(in: channel) } throws: { ($0 as? USIDError)?.rule == rule }
            }
            #expect(try channel.count == 2)
        } read: { _, _ in
        }
    }

    @Test("what fails half-way leaves nothing behind")
    func halfWay() throws {
        struct Refusing: Codable {
            var a: Int32
            init(a: Int32) { self.a = a }
            func encode(to encoder: any Encoder) throws { throw USIDError(.notMain, path: "/", "not today") }
        }
        try Written.file { file in
            let channel = try Written.channel(file)
            #expect(throws: (any Error).self) {
                try USIDDataset.create(
                    in: channel, "Raw_Data", quantity: "Signal", units: "V", positions: .fastestFirst([x]),
                    spectroscopic: .single, values: (0..<3).map { Refusing(a: $0) }, options: Written.options())
            }
            #expect(try channel.count == 0)
        } read: { _, _ in
        }
    }
}
