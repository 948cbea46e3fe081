import HDF5
import Testing

@testable import USID

@Suite("Writing groups")
struct USIDGroupWritingTests {
    @Test("the next index is the largest one plus 1, of at least three digits")
    func nextIndex() throws {
        try Written.file { file in
            for name in ["Channel_000", "Channel_007", "Channel_last", "Channel_2", "Channel", "Channels_041", "x_999"]
            {
                try file.root.createGroup(name)
            }
            #expect(try file.root.createChannelGroup(bookKeeping: Written.bookKeeping).path == "/Channel_008")
            #expect(try file.root.createIndexedGroup("x", bookKeeping: Written.bookKeeping).path == "/x_1000")
            #expect(try file.root.createIndexedGroup("new", bookKeeping: Written.bookKeeping).path == "/new_000")
            #expect(try file.createMeasurementGroup(bookKeeping: Written.bookKeeping).path == "/Measurement_000")
        } read: { (file, _) throws in
            // The root group was not made here, so nothing is claimed about it.
            #expect(try file.root.attributes.count == 0)
            #expect(try BookKeeping(file.group("x_1000")).missing.isEmpty)
        }
    }

    @Test("groups say when, where and by what they were made, and the root group of a new file does")
    func bookKeeping() throws {
        try Written.file { file in
            try file.createMeasurementGroup(parameters: ["mode": "tapping"], bookKeeping: Written.bookKeeping)
        } read: { file, _ in
            for group in [try file.root, try file.group("Measurement_000")] {
                #expect(try group.attribute("timestamp") == "2019_03_22-12_00_00")
                #expect(try group.attribute("machine_id") == "afm.example.org")
                #expect(try group.attribute("platform") == "Test 1.0")
                #expect(try group.attribute("swift_usid_version") == USIDBookKeeping.version)
            }
            #expect(try file.group("Measurement_000").attribute("mode") == "tapping")
            #expect(try file.root.attributes.count == 4)
        }
    }

    @Test("book-keeping of the present moment has the usual form")
    func now() throws {
        let found = USIDBookKeeping()
        #expect(BookKeeping.isTimestamp(found.timestamp))
        #expect(!found.machine.isEmpty && !found.platform.isEmpty)
    }

    @Test("parameters become attributes, nested ones with hyphens between the levels")
    func parameters() throws {
        let parameters: USIDParameters = [
            "components": 9, "solver": "randomized", "tolerance": 0.5, "whitened": true, "bounds": [0, 1],
            "limits": [0, 1.5], "names": ["Amplitude", "µ"], "flags": [true, false],
            "fit": ["start": 2, "options": ["quick": false]],
        ]
        try Written.file { file in
            try file.root.createIndexedGroup("Fit", parameters: parameters, bookKeeping: Written.bookKeeping)
        } read: { file, _ in
            let group = try file.group("Fit_000")
            #expect(
                Set(try group.attributes.names())
                    == Set(USIDBookKeeping.names).union([
                        "components", "solver", "tolerance", "whitened", "bounds", "limits", "names", "flags",
                        "fit-start", "fit-options-quick",
                    ]))
            #expect(try group.attributes.require("components").datatype == .int64)
            #expect(try group.attributes.require("solver").datatype.kind == H5Datatype.string.kind)
            #expect(try group.attributes.require("tolerance").datatype == .float64)
            #expect(try group.attributes.require("whitened").datatype == .bool)
            #expect(try group.attributes.require("bounds").read(as: Int64.self).elements == [0, 1])
            #expect(try group.attributes.require("bounds").datatype == .int64)
            #expect(try group.attributes.require("limits").read(as: Double.self).elements == [0, 1.5])
            #expect(try group.attributes.require("flags").read(as: Bool.self).elements == [true, false])
            #expect(try group.attribute("fit-start", as: Int.self) == 2)
            #expect(try group.attribute("fit-options-quick", as: Bool.self) == false)
            let names = try group.attributes.require("names")
            #expect(names.datatype == .fixedString(9))
            #expect(names.storedBytes == Array("Amplitude".utf8) + Array("µ".utf8) + [UInt8](repeating: 0, count: 7))
        }
    }

    @Test("parameters are found, changed, added and removed by name, in order")
    func parametersByName() {
        var parameters: USIDParameters = ["a": 1, "b": ["c": "x"]]
        parameters["a"] = 2.5
        parameters["d"] = true
        #expect(parameters["b"] == .nested(["c": "x"]))
        #expect(parameters.flattened.map(\.name) == ["a", "b-c", "d"])
        #expect(parameters["a"] == .real(2.5))
        parameters["b"] = nil
        #expect(parameters.entries.map(\.name) == ["a", "d"])
        #expect(parameters["b"] == nil)
    }

    @Test(
        "parameters that cannot be written are refused, and nothing is written",
        arguments: [
            ["": 1], ["a": 1, "a": 2], ["a-b": 1, "a": ["b": 2]], ["a": [1, "x"]], ["timestamp": "now"],
            ["a\0": 1], ["a": "x\0"], ["a": ["": 1]],
        ] as [USIDParameters])
    func refusedParameters(parameters: USIDParameters) throws {
        try Written.file { file in
            #expect {
                try file.createMeasurementGroup(parameters: parameters, bookKeeping: Written.bookKeeping)
            } throws: {
                ($0 as? USIDError)?.code == .invalidArgument && ($0 as? USIDError)?.rule == "R72"
            }
        } read: { (file, _) throws in
            #expect(try file.root.count == 0 && file.root.attributes.count == 0)
        }
    }

    @Test(
        "names that cannot be written are refused",
        arguments: ["", "a-b", "a/b", ".", "..", "a\0b"])
    func refusedNames(name: String) throws {
        try Written.file { file in
            #expect { try file.root.createIndexedGroup(name, bookKeeping: Written.bookKeeping) } throws: {
                ($0 as? USIDError)?.rule == "R14"
            }
        } read: { (file, _) throws in
            #expect(try file.root.count == 0)
        }
    }

    @Test("times of another form are refused")
    func refusedTime() throws {
        try Written.file { file in
            #expect { try file.createMeasurementGroup(bookKeeping: USIDBookKeeping(timestamp: "2019-03-22")) } throws: {
                ($0 as? USIDError)?.rule == "R70"
            }
        } read: { (file, _) throws in
            #expect(try file.root.count == 0)
        }
    }

    @Test("a file that is open for reading only is told so")
    func readOnly() throws {
        try Written.file { _ in
        } read: { file, _ in
            #expect { try file.createMeasurementGroup() } throws: { ($0 as? USIDError)?.code == .readOnly }
        }
    }
}

@Suite("Writing results groups")
struct USIDResultsWritingTests {
    private func raw(_ group: H5Group, _ name: String = "Raw_Data", label: String = "X") throws -> USIDDataset {
        try USIDDataset.create(
            in: group, name, quantity: "Signal", units: "V",
            positions: .fastestFirst([USIDDimension(label, units: "m", count: 4)]),
            spectroscopic: .fastestFirst([USIDDimension("T", units: "s", values: [0, 0.5])]),
            values: (0..<8).map(Float.init), options: Written.options())
    }

    private func result(_ group: H5Group, of main: USIDDataset) throws -> USIDDataset {
        try USIDDataset.create(
            in: group, "Fit", quantity: "Slope", units: "V/s", positions: .shared(with: main), spectroscopic: .single,
            values: [1, 2, 3, 4] as [Double], options: Written.options())
    }

    @Test("results lie beside their source under the names of source and tool, and say where they come from")
    func beside() throws {
        try Written.file { file in
            let main = try raw(Written.channel(file))
            for _ in 0..<2 {
                let group = try main.createResultsGroup(
                    "SHO-Fit", algorithm: "least squares", parameters: ["order": 2], bookKeeping: Written.bookKeeping)
                let fit = try result(group, of: main)
                let nested = try fit.createResultsGroup("Loop_Fit", bookKeeping: Written.bookKeeping)
                _ = try result(nested, of: main)
            }
        } read: { file, _ in
            let report = try USIDValidator().validate(file)
            #expect(report.isValid && report.warningCount == 0, "\(report)")
            #expect(report.mainCount == 5)
            let group = try file.group("Measurement_000/Channel_000/Raw_Data-SHO_Fit_001")
            #expect(try group.attribute("tool") == "SHO-Fit")
            #expect(try group.attribute("algorithm") == "least squares")
            #expect(try group.attribute("num_source_dsets", as: Int.self) == 1)
            #expect(try group.attribute("order", as: Int.self) == 2)
            let source = try file.dataset("Measurement_000/Channel_000/Raw_Data")
            #expect(try group.attribute("source_000", as: H5ReferenceValue.self) == .object(address: source.address))
            let nested = try USIDDataset(group.dataset("Fit-Loop_Fit_000/Fit"))
            let provenance = try nested.provenance()
            #expect(provenance.tool == "Loop_Fit")
            #expect(provenance.algorithm == "Loop_Fit")
            #expect(provenance.sources == ["/Measurement_000/Channel_000/Raw_Data-SHO_Fit_001/Fit"])
            // The dimensions of the source are in the file once.
            #expect(nested.positionIndices.address == (try USIDDataset(source)).positionIndices.address)
        }
    }

    @Test("results of several sources refer to each in order")
    func severalSources() throws {
        try Written.file { file in
            let first = try raw(Written.channel(file))
            let second = try raw(Written.channel(file), label: "Y")
            let measurement = try file.group("Measurement_000")
            let group = try USIDDataset.createResultsGroup(
                "Ratio", of: [second, first], in: measurement, bookKeeping: Written.bookKeeping)
            _ = try result(group, of: first)
            let single = try USIDDataset.createResultsGroup(
                "Ratio", of: [first], in: file.group("Measurement_000/Channel_000"), bookKeeping: Written.bookKeeping)
            _ = try result(single, of: first)
        } read: { file, _ in
            let report = try USIDValidator().validate(file)
            #expect(report.isValid && report.warningCount == 0, "\(report)")
            let group = try file.group("Measurement_000/Multi_Dataset-Ratio_000")
            #expect(try group.attribute("num_source_dsets", as: Int.self) == 2)
            for (name, channel) in [("source_000", "Channel_001"), ("source_001", "Channel_000")] {
                let source = try file.dataset("Measurement_000/\(channel)/Raw_Data")
                #expect(try group.attribute(name, as: H5ReferenceValue.self) == .object(address: source.address))
            }
            #expect(try file.group("Measurement_000/Channel_000").contains("Raw_Data-Ratio_000"))
        }
    }

    @Test(
        "results in another file say where their source is, and get copies of the ancillary datasets",
        arguments: [false, true])
    func elsewhere(isPaperProfile: Bool) throws {
        let folder = try TemporaryFolder()
        let sourcePath = folder.path("source.h5")
        let sourceFile = try H5File.create(sourcePath)
        let main = try USIDDataset.create(
            in: Written.channel(sourceFile), "Raw_Data", quantity: "Signal", units: "V",
            positions: .fastestFirst([
                USIDDimension("X", units: "m", values: [0, 1e-9]), USIDDimension("Y", units: "m", count: 2),
            ]), spectroscopic: .single, values: [1, 2, 3, 4] as [Float],
            options: Written.options(isPaperProfile ? .pyUSID2019 : .pyUSID2020))
        try sourceFile.commit()
        try Written.file { file in
            let channel = try Written.channel(file)
            for name in ["A", "B"] {
                let group = try main.createResultsGroup("Fit", in: channel, bookKeeping: Written.bookKeeping)
                for part in [name, name + "2"] {
                    try USIDDataset.create(
                        in: group, part, quantity: "Slope", units: "V/s", positions: .shared(with: main),
                        spectroscopic: .shared(with: main), values: [1, 2, 3, 4] as [Double],
                        options: Written.options())
                }
            }
        } read: { file, _ in
            let report = try USIDValidator().validate(file)
            #expect(report.isValid && report.warningCount == 0, "\(report)")
            let group = try file.group("Measurement_000/Channel_000/Raw_Data-Fit_001")
            #expect(try group.attribute("source_file_path") == sourcePath)
            #expect(try group.attribute("source_dataset_path") == "/Measurement_000/Channel_000/Raw_Data")
            #expect(try group.attributes.find("source_000") == nil)
            let found = try USIDDataset(group.dataset("B"))
            #expect(found.positions == main.positions)
            #expect(found.positionIndices.path == group.path + "/Position_Indices")
            #expect(try USIDDataset(group.dataset("B2")).positionIndices.address == found.positionIndices.address)
            if isPaperProfile {
                // Region references lead to the copies.
                guard case .region(let address, _) = try found.positionValues.attribute("X", as: H5ReferenceValue.self)
                else { throw USIDError(.notMain, path: group.path, "no region reference") }
                #expect(address == found.positionValues.address)
            }
        }
    }

    @Test("what makes no results group is refused, and nothing is written")
    func refused() throws {
        let folder = try TemporaryFolder()
        let other = try H5File.create(folder.path("other.h5"))
        let stranger = try raw(Written.channel(other))
        try Written.file { file in
            let channel = try Written.channel(file)
            let main = try raw(channel)
            let before = try channel.names()
            for tool in ["", "a/b", "a\0"] {
                #expect { try main.createResultsGroup(tool) } throws: { ($0 as? USIDError)?.rule == "R14" }
            }
            for parameters in [["tool": "x"], ["source_000": 1], ["source_file_path": "x"], ["algorithm": 1]]
                as [USIDParameters]
            {
                #expect { try main.createResultsGroup("Fit", parameters: parameters) } throws: {
                    ($0 as? USIDError)?.rule == "R72"
                }
            }
            #expect { try main.createResultsGroup("Fit", in: channel) } throws: { ($0 as? USIDError)?.rule == "R53" }
            #expect { try USIDDataset.createResultsGroup("Fit", of: [], in: channel) } throws: {
                ($0 as? USIDError)?.rule == "R55"
            }
            #expect { try USIDDataset.createResultsGroup("Fit", of: [main, stranger], in: channel) } throws: {
                ($0 as? USIDError)?.rule == "R55"
            }
            #expect(try channel.names() == before)
        } read: { file, _ in
            let main = try #require(try USIDDataset.all(in: file).first)
            #expect { try main.createResultsGroup("Fit") } throws: { ($0 as? USIDError)?.code == .readOnly }
        }
    }
}
