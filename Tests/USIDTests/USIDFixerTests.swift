import Foundation
import HDF5
import Testing

@testable import USID

@Suite("Fixer")
struct USIDFixerTests {
    /// A file with something to mend, or with an error that cannot be mended.
    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        let file: String
        /// Rule and path of every repair.
        let repairs: [String]
        let errorsLeft: [String]

        var testDescription: String { file }
    }

    static let rows: [Row] = {
        let url = Fixtures.folder.appendingPathComponent("rules/fixes.json")
        guard let data = try? Data(contentsOf: url) else { return [] }
        return (try? JSONDecoder().decode([Row].self, from: data)) ?? []
    }()

    /// Files in which nothing is to be mended.
    static let sound = Fixtures.entries.map(\.file).filter { file in !rows.contains { $0.file == file } }

    /// A mended copy of a fixture.
    private struct Mended {
        let fixes: USIDFixes
        let bytes: [UInt8]

        init(_ name: String) throws {
            let folder = try TemporaryFolder()
            let path = folder.path("fixed.h5")
            fixes = try USIDFixer().fix(try Fixtures.open(name), to: path)
            bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
        }

        /// The copies that several tests look at: writing each waits for the disk.
        static let all = Dictionary(
            uniqueKeysWithValues: rows.map { row in (row.file, Result { try Mended(row.file) }) })
    }

    /// Mends a copy of a fixture and gives it to `body`.
    private func fixing<Result>(_ name: String, _ body: (USIDFixes, H5File) throws -> Result) throws -> Result {
        let mended = try Mended.all[name]?.get() ?? Mended(name)
        return try body(mended.fixes, H5File.open(bytes: mended.bytes))
    }

    @Test("the table is there")
    func table() {
        #expect(Self.rows.count > 100)
        #expect(Self.rows.filter { $0.errorsLeft.isEmpty && !$0.repairs.isEmpty }.count > 50)
        #expect(Self.sound.count > 50)
    }

    @Test(
        "mends what needs no guessing and leaves the rest, and the copy is valid where nothing is left", arguments: rows
    )
    func mends(row: Row) throws {
        try fixing(row.file) { fixes, copy in
            var told: [String] = []
            for repair in fixes.repairs where !told.contains("\(repair.rule) \(repair.path)") {
                told.append("\(repair.rule) \(repair.path)")
            }
            #expect(told == row.repairs)
            let errors = fixes.leftovers.filter { $0.finding.level == .must }
            #expect(Set(errors.map(\.finding.rule.rawValue)).sorted() == row.errorsLeft)
            #expect(fixes.leftovers.allSatisfy { !$0.reason.isEmpty })
            #expect(fixes.isValid == row.errorsLeft.isEmpty)
            // What was told is what another look at the copy finds.
            let report = try USIDValidator().validate(copy)
            #expect(report.findings == fixes.report.findings)
            if report.isValid { #expect(try !USIDDataset.all(in: copy).isEmpty) }
        }
    }

    @Test("says before what it does, without writing", arguments: rows)
    func plans(row: Row) throws {
        let file = try Fixtures.open(row.file)
        let plan = try USIDFixer().plan(for: file)
        try fixing(row.file) { fixes, _ in
            #expect(plan.repairs == fixes.repairs)
            #expect(plan.leftovers == fixes.leftovers)
        }
    }

    @Test("leaves nothing for a second run", arguments: rows.filter { !$0.repairs.isEmpty })
    func twice(row: Row) throws {
        try fixing(row.file) { _, copy in
            let plan = try USIDFixer().plan(for: copy)
            #expect(plan.repairs == [])
        }
    }

    @Test("changes nothing but what it names", arguments: rows)
    func rest(row: Row) throws {
        let before = try Fixtures.bytes(row.file)
        try fixing(row.file) { fixes, copy in
            let original = try Contents(of: try Fixtures.open(row.file), fixes.repairs)
            let mended = try Contents(of: copy, [])
            #expect(original.paths == mended.paths)
            for path in original.paths { try original.compare(path, with: mended, fixes.repairs) }
        }
        #expect(try Fixtures.bytes(row.file) == before)
    }

    @Test("changes nothing where nothing is to be mended", arguments: sound)
    func untouched(file: String) throws {
        try fixing(file) { fixes, copy in
            #expect(fixes.repairs == [])
            let original = try Contents(of: try Fixtures.open(file), [])
            let mended = try Contents(of: copy, [])
            #expect(original.paths == mended.paths)
            for path in original.paths { try original.compare(path, with: mended, []) }
        }
    }

    // MARK: What is written

    @Test("transposed matrices have their indices and values at the right places")
    func transposed() throws {
        try fixing("rules/R21-transposed.h5") { _, copy in
            let main = try USIDDataset(copy.dataset("/Measurement_000/Channel_000/Raw_Data"))
            #expect(try main.positionIndices.read(as: UInt32.self).elements == [0, 0, 1, 0, 2, 0, 0, 1, 1, 1, 2, 1])
            #expect(try main.positionValues.read(as: Float.self).elements == [0, 0, 1, 0, 2, 0, 0, 5, 1, 5, 2, 5])
            #expect(main.positionScanOrder == .raster)
            #expect(main.positions.map(\.label) == ["X", "Y"])
        }
    }

    @Test("a dataset that is stored anew keeps its chunks and filters")
    func layout() throws {
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let indices = "/Measurement_000/Channel_000/Position_Indices"
        func mended(_ name: String, _ chunk: [Int], _ filters: [H5DatasetFilter]) throws -> (H5Dataset, H5Dataset) {
            let (path, fixed) = (folder.path("before-" + name), folder.path("fixed-" + name))
            var options = H5CopyOptions()
            options.filters = .replace(filters)
            options.chunkShape = .replace(chunk)
            try Fixtures.open("rules/" + name).copy(to: path, options: options)
            let fixes = try USIDFixer().fix(try H5File.open(path), to: fixed)
            #expect(fixes.repairs.contains { $0.path == indices })
            return (try H5File.open(path).dataset(indices), try H5File.open(fixed).dataset(indices))
        }
        let (signed, unsigned) = try mended("R23-signed.h5", [2, 1], [.shuffle, .deflate(6), .fletcher32])
        #expect(signed.datatype != unsigned.datatype && signed.chunkShape == [2, 1])
        #expect(unsigned.chunkShape == [2, 1])
        #expect(unsigned.filters.map(\.identifier) == [2, 1, 3])
        #expect(unsigned.filters[1].clientValues == [6])
        #expect(try unsigned.read(as: Int.self) == signed.read(as: Int.self))
        // Turned with the matrix.
        let (lying, standing) = try mended("R21-transposed.h5", [1, 4], [.deflate(1)])
        #expect(lying.chunkShape == [1, 4] && lying.shape == standing.shape.reversed())
        #expect(standing.chunkShape == [4, 1] && standing.filters.map(\.identifier) == [1])
    }

    @Test("all names of a replaced dataset, and all references to it, lead to the new one")
    func replaced() throws {
        try fixing("rules/R22-transposed-shared.h5") { fixes, copy in
            let alias = try copy.dataset("/Alias_Of_Indices")
            let indices = try copy.dataset("/Measurement_000/Channel_000/Spectroscopic_Indices")
            #expect(alias.address == indices.address)
            #expect(indices.shape == [1, 4])
            for channel in ["Channel_000", "Channel_001"] {
                let main = try USIDDataset(copy.dataset("/Measurement_000/\(channel)/Raw_Data"))
                #expect(main.spectroscopicIndices.address == indices.address)
            }
            let raw = try copy.dataset("/Measurement_000/Channel_000/Raw_Data")
            #expect(try raw.attribute("Axis", as: H5ReferenceValue.self) == .object(address: indices.address))
            let regions = try RegionReferences(of: indices, .spectroscopic, labels: ["Bias"])
            #expect(regions.right == ["Bias"])
            #expect(try copy.group("/Measurement_000/Channel_000").names().allSatisfy { !$0.hasPrefix(".") })
        }
    }

    @Test("a matrix stays as it is where a region reference elsewhere selects elements of it")
    func regionElsewhere() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("changed.h5")
        try FileManager.default.copyItem(
            atPath: Fixtures.folder.appendingPathComponent("rules/R21-transposed.h5").path, toPath: path)
        try H5File.update(path) { file in
            let indices = try file.dataset("/Measurement_000/Channel_000/Position_Indices")
            try file.group("/Measurement_000").setAttribute(
                "first", values: [RegionReferences.reference(to: indices, .positions, dimension: 0)],
                datatype: .regionReference, dataspace: .scalar)
        }
        let plan = try USIDFixer().plan(for: try H5File.open(path))
        #expect(plan.repairs.map(\.path) == ["/Measurement_000/Channel_000/Position_Values"])
        #expect(plan.leftovers.first?.reason.contains("region reference elsewhere") == true)
    }

    @Test("results whose quantity is one letter by nature keep it")
    func oneLetter() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("changed.h5")
        try FileManager.default.copyItem(
            atPath: Fixtures.folder.appendingPathComponent("rules/R05-first-character.h5").path, toPath: path)
        try H5File.update(path) { file in
            try file.dataset("/Measurement_000/Channel_000/Raw_Data-Fit_000/Fit").setAttribute("units", "farad")
        }
        let plan = try USIDFixer().plan(for: try H5File.open(path))
        #expect(plan.repairs == [])
        #expect(plan.leftovers.map(\.finding.rule) == ["R5"])
    }

    @Test("a Main with hyphens takes the groups of its results along")
    func renamed() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("changed.h5")
        try FileManager.default.copyItem(
            atPath: Fixtures.folder.appendingPathComponent("rules/R53-in-order.h5").path, toPath: path)
        try H5File.update(path) { file in
            let channel = try file.group("/Measurement_000/Channel_000")
            try channel.move("Raw_Data", to: "Raw-Data")
            try channel.move("Raw_Data-Fit_000", to: "Raw-Data-Fit_000")
        }
        try USIDFixer().fix(try H5File.open(path), to: folder.path("fixed.h5"))
        let report = try USIDValidator().validate(try H5File.open(folder.path("fixed.h5")))
        #expect(report.findings == [])
        #expect(
            report.mains == [
                "/Measurement_000/Channel_000/Raw_Data", "/Measurement_000/Channel_000/Raw_Data-Fit_000/Fit",
            ])
    }

    @Test("Mains with hyphens within results of a Main with hyphens are all renamed")
    func renamedWithin() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("changed.h5")
        try FileManager.default.copyItem(
            atPath: Fixtures.folder.appendingPathComponent("rules/R53-in-order.h5").path, toPath: path)
        try H5File.update(path) { file in
            let channel = try file.group("/Measurement_000/Channel_000")
            try channel.move("Raw_Data", to: "Raw-Data")
            try channel.move("Raw_Data-Fit_000/Fit", to: "Raw_Data-Fit_000/F-it")
            try channel.move("Raw_Data-Fit_000", to: "Raw-Data-Fit_000")
        }
        let plan = try USIDFixer().plan(for: try H5File.open(path))
        #expect(plan.repairs.count == 3)
        #expect(plan.leftovers.isEmpty)
        #expect(
            plan.report.mains == [
                "/Measurement_000/Channel_000/Raw_Data", "/Measurement_000/Channel_000/Raw_Data-Fit_000/F_it",
            ])
    }

    @Test("a dataset stays as it is where references may lead to it that cannot be read")
    func unreadableReferences() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("changed.h5")
        try FileManager.default.copyItem(
            atPath: Fixtures.folder.appendingPathComponent("rules/R22-transposed-shared.h5").path, toPath: path)
        try H5File.update(path) { file in
            // A place in the heap that is behind the end of the file.
            try file.group("/Measurement_000").setAttribute(
                "region", datatype: .regionReference, dataspace: .scalar,
                storedBytes: [0, 0, 0, 0x7F, 0, 0, 0, 0, 1, 0, 0, 0])
        }
        let plan = try USIDFixer().plan(for: try H5File.open(path))
        #expect(plan.repairs == [])
        let left = try #require(plan.leftovers.first { $0.finding.rule == "R22" })
        #expect(left.reason == "references may lead to it that cannot be read, in /Measurement_000@region")
    }

    @Test(
        "times are rewritten where they cannot be misunderstood",
        arguments: [
            ("2019-03-22 12:00:59", "2019_03_22-12_00_59"), ("2019-03-22T12:00:59", "2019_03_22-12_00_59"),
            ("2019/03/22 12.00.59", "2019_03_22-12_00_59"), ("22-03-2019 12:00:59", nil),
            ("2019-13-22 12:00:59", nil), ("2019-03-22 12:00:59Z", nil), ("2019-03-22", nil), ("", nil),
        ] as [(String, String?)])
    func times(text: String, better: String?) { #expect(FixingRun.timestamp(text) == better) }

    // MARK: Manners

    @Test("never writes over the file itself, nor over another one unless told")
    func replacing() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("in.h5")
        let source = Fixtures.folder.appendingPathComponent("rules/R21-transposed.h5").path
        try FileManager.default.copyItem(atPath: source, toPath: path)
        let file = try H5File.open(path)
        let error = #expect(throws: USIDError.self) { try USIDFixer().fix(file, to: path, replacing: true) }
        #expect(error?.code == .invalidArgument)
        try Data([1]).write(to: URL(fileURLWithPath: folder.path("out.h5")))
        let other = #expect(throws: H5Error.self) { try USIDFixer().fix(file, to: folder.path("out.h5")) }
        #expect(other?.code == .exists)
        #expect(try Data(contentsOf: URL(fileURLWithPath: folder.path("out.h5"))) == Data([1]))
        try USIDFixer().fix(file, to: folder.path("out.h5"), replacing: true)
        #expect(try USIDValidator().validate(H5File.open(folder.path("out.h5"))).isValid)
        #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data(contentsOf: URL(fileURLWithPath: source)))
    }

    @Test("leaves nothing behind where it is stopped")
    func stopped() throws {
        let folder = try TemporaryFolder()
        let file = try Fixtures.open("rules/R21-transposed.h5")
        #expect(throws: CancellationError.self) {
            try USIDFixer().fix(file, to: folder.path("out.h5")) { _, _ in throw CancellationError() }
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path("")) == [])
    }

    @Test("asks for a file that is open for changes where it mends in place")
    func readOnly() throws {
        let file = try Fixtures.open("rules/R21-transposed.h5")
        let error = #expect(throws: USIDError.self) { try USIDFixer().apply(to: file) }
        #expect(error?.code == .readOnly)
    }

    @Test("damaged files become findings or an error, never a crash", arguments: 0..<30)
    func damaged(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let names = ["rules/R22-transposed-shared.h5", "rules/R73-wide-type.h5", "rules/R07-references-missing.h5"]
        let bytes = try Fixtures.bytes(names[Int(seed) % names.count])
        for _ in 0..<10 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                mutated[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            guard let file = try? H5File.open(bytes: mutated, limits: .untrusted),
                let plan = try? USIDFixer().plan(for: file)
            else { continue }
            #expect(plan.repairs.count < 1_000)
        }
    }
}

/// What a file holds, by path, as its digest says.
private struct Contents {
    private var objects: [String: NSDictionary] = [:]
    var paths: [String] { objects.keys.sorted() }

    /// Reads a file; objects that `repairs` rename have their new names.
    init(of file: H5File, _ repairs: [USIDRepair]) throws {
        var text = ""
        try H5Digest(of: file).write { text += $0 }
        for repair in repairs where repair.message.hasPrefix("rename") {
            let name = String(repair.path.split(separator: "/").last ?? "")
            text = text.replacingOccurrences(of: name, with: name.replacingOccurrences(of: "-", with: "_"))
        }
        let json = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any]
        for case let object as NSDictionary in json?["objects"] as? [Any] ?? [] {
            if let path = object["path"] as? String { objects[path] = object }
        }
    }

    /// Expects an object to be the same in another file, but for what repairs name.
    func compare(_ path: String, with other: Contents, _ repairs: [USIDRepair]) throws {
        let own = repairs.filter { $0.path == path }
        let attributes = Set(own.compactMap(\.attribute))
        let isReplaced = own.contains { $0.attribute == nil }
        func reduced(_ contents: Contents) -> NSDictionary? {
            guard let object = contents.objects[path]?.mutableCopy() as? NSMutableDictionary else { return nil }
            if let list = object["attrs"] as? [NSDictionary] {
                object["attrs"] = list.filter { entry in
                    guard let name = entry["name"] as? String else { return true }
                    // A reference to a part of a dataset is made anew with the dataset.
                    let isRegion = isReplaced && (entry["dtype"] as? NSDictionary)?["class"] as? String == "reference"
                    return !attributes.contains(name) && !isRegion
                }
            }
            if isReplaced { object.removeObjects(forKeys: ["dtype", "space", "layout", "fill", "data"]) }
            return object
        }
        #expect(reduced(self) == reduced(other), "\(path)")
    }
}
