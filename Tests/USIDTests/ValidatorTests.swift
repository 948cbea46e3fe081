import HDF5
import Testing

@testable import USID

@Suite("The validator")
struct ValidatorTests {
    @Test(
        "a file that breaks one rule gives that rule as the only error",
        arguments: Fixtures.entries.filter { $0.file.hasPrefix("broken/") })
    func broken(entry: Fixtures.Entry) throws {
        let report = try Fixtures.validate(entry.file)
        #expect(!report.isValid)
        #expect(Set(report.findings.filter { $0.level == .must }.map(\.rule)) == [entry.citedRule], "\(report)")
        for finding in report.findings where finding.level == .must {
            #expect(finding.expected != nil || finding.rule == "R9" || finding.rule == "R31" || finding.rule == "R27")
            #expect(finding.path.hasPrefix("/"))
        }
    }

    @Test("a valid file gives no error", arguments: Fixtures.entries.filter { $0.valid && !$0.checkIfMain.isEmpty })
    func valid(entry: Fixtures.Entry) throws {
        let report = try Fixtures.validate(entry.file)
        #expect(report.isValid, "\(report)")
        #expect(report.mains == entry.checkIfMain.keys.sorted())
    }

    @Test(
        "files without a Main get one error that says so",
        arguments: ["no-main.h5", "faults/F5-unpatched-acquisition.h5"])
    func noMain(name: String) throws {
        let report = try Fixtures.validate(name)
        #expect(report.errorCount == 1)
        #expect(report.mainCount == 0)
        #expect(report.findings.first { $0.level == .must }?.rule == "R1")
        #expect(report.findings.first { $0.level == .must }?.message.contains("no Main dataset") == true)
    }

    @Test("dimension scales are recognised")
    func dimensionScales() throws {
        #expect(try Fixtures.validate("no-main.h5").findings.first?.message.contains("dimension scales") == true)
    }

    @Test(
        "known faults of writers are named as the cause",
        arguments: [
            ("F1-first-character", "F1", "R5"), ("F2-window-offsets", "F2", "R41"), ("F3-last-pixel", "F3", "R73"),
            ("F4-label-order", "F4", "R40"), ("F5-unpatched-acquisition", "F5", "R1"),
            ("F5-partly-patched", "F5", "R26"),
            ("F6-phase-in-metres", "F6", "R6"), ("F7-aborted-results", "F7", "R53"),
        ])
    func faults(name: String, fault: String, rule: String) throws {
        let report = try Fixtures.validate("faults/\(name).h5")
        let named = report.findings.filter { $0.cause?.hasPrefix(fault + ":") == true }
        #expect(named.contains { $0.rule.rawValue == rule }, "\(report)")
    }

    @Test(
        "files without a fault are not accused of one; that the order of labels differs is only a note",
        arguments: Fixtures.entries.filter { $0.valid && !$0.file.hasPrefix("faults/") })
    func noFalseAccusation(entry: Fixtures.Entry) throws {
        #expect(try Fixtures.validate(entry.file).findings.allSatisfy { $0.cause == nil || $0.rule == "R40" })
    }

    /// The rules of the findings of a level, that of the missing book-keeping of the root group left out.
    private func rules(_ name: String, _ level: USIDFinding.Level) throws -> Set<USIDRule> {
        Set(
            try Fixtures.validate(name).findings.filter { $0.level == level && !($0.rule == "R70" && $0.path == "/") }
                .map(\.rule))
    }

    @Test("a plain file as pyUSID writes it lacks nothing but the book-keeping of the root group")
    func nothingToSay() throws {
        let findings = try Fixtures.validate("figure2c-hyperspectral-pyusid.h5").findings
        #expect(findings.map(\.rule) == ["R70"])
        #expect(findings.map(\.path) == ["/"])
        #expect(findings.map(\.level) == [.should])
    }

    @Test("departures from what is recommended are warnings")
    func warnings() throws {
        #expect(try rules("kept/R08-region-reference.h5", .should) == ["R8"])
        #expect(try rules("kept/R08-path.h5", .should) == ["R8"])
        #expect(try rules("kept/R05-quantity-empty.h5", .should) == ["R5"])
        #expect(try rules("kept/R25-labels-one-text.h5", .should) == ["R25"])
        #expect(try rules("kept/R26-units-one-text.h5", .should) == ["R26"])
        #expect(try rules("kept/R30-type-unknown-code.h5", .should) == ["R30"])
        #expect(try rules("indices-from-one.h5", .should) == ["R41"])
        #expect(try rules("kept/R08-alias-paths.h5", .should) == [])
        #expect(try rules("values-float64.h5", .should) == ["R23"])
        #expect(try rules("main-at-root.h5", .should) == ["R50", "R70"])
    }

    @Test("what is only worth knowing are notes")
    func notes() throws {
        #expect(try rules("serpentine.h5", .info) == ["R43"])
        #expect(try rules("shuffled-rows.h5", .info) == ["R43"])
        #expect(try rules("sparse-sampling.h5", .info) == ["R60"])
        #expect(try rules("incomplete-raster.h5", .info) == ["R61"])
        #expect(try rules("dependent-dimension.h5", .info).contains("R63"))
        #expect(try rules("duplicate-positions.h5", .info) == ["R42"])
        #expect(try rules("values-drift.h5", .info) == ["R44"])
        #expect(try rules("format-latest.h5", .info) == ["R33"])
        #expect(try rules("kept/R73-partial.h5", .info).contains("R73"))
        let partial = try Fixtures.validate("kept/R73-partial.h5").findings.first { $0.rule == "R73" }
        #expect(partial?.message == "3 of 6 positions are complete (50 %)")
    }

    @Test("findings come by path and then by rule, and the same one on many objects is told once")
    func order() throws {
        let report = try Fixtures.validate("faults/F7-aborted-results.h5")
        #expect(report.findings == report.findings.sorted())
        let group = try #require(report.groups.first { $0.finding.cause?.hasPrefix("F7") == true })
        #expect(group.count == 2)
        #expect(
            group.paths == [
                "/Measurement_000/Channel_000/Raw_Data-SHO_Fit_000",
                "/Measurement_000/Channel_000/Raw_Data-SHO_Fit_001",
            ])
        let many = USIDReport(
            file: nil, mains: [], findings: (0..<5).map { USIDFinding("R70", .should, "/\($0)", "no 'timestamp'") })
        #expect(many.groups.count == 1)
        #expect(many.groups.first?.count == 5)
        #expect(many.groups.first?.paths == ["/0", "/1", "/2"])
        #expect(many.warningCount == 5)
    }

    @Test("shape faults give both shapes and what to do")
    func shapes() throws {
        let report = try Fixtures.validate("broken/R21-values-shorter.h5")
        let finding = try #require(report.findings.first { $0.rule == "R21" })
        #expect(finding.message == "Position_Values has 5 rows, the dataset has 6 positions")
        #expect(finding.expected == "shape (6, 2)")
        #expect(finding.found == "(5, 2)")
        #expect(finding.advice == "write one row per position")
    }

    @Test("an object that cannot be read is an error of the format below", arguments: ["Raw_Data", "Position_Indices"])
    func unreadable(object: String) throws {
        let path = "/Measurement_000/Channel_000/" + object
        var bytes = try Fixtures.bytes("main-float64.h5")
        let address = Int(try Fixtures.open("main-float64.h5").dataset(path).address)
        for offset in 0..<24 { bytes[address + offset] = 0xA5 }
        let report = try USIDValidator().validate(try H5File.open(bytes: bytes))
        let errors = report.findings.filter { $0.level == .must }
        #expect(errors.contains { $0.rule == .hdf5 && $0.path == path }, "\(report)")
        // Whether the file holds a Main cannot be told.
        #expect(!errors.contains { $0.rule == "R1" })
    }

    @Test(
        "a file cut short becomes findings or an error, never a crash",
        arguments: Array(stride(from: 200, to: 6_000, by: 97)))
    func truncated(length: Int) throws {
        let bytes = try Fixtures.bytes("map4d-pyusid.h5")
        let cut = Array(bytes.prefix(length)) + [UInt8](repeating: 0, count: max(0, bytes.count - length))
        guard let file = try? H5File.open(bytes: cut, limits: .untrusted),
            let report = try? USIDValidator().validate(file)
        else { return }
        if report.isValid { #expect(report.mainCount == 1) }
    }

    @Test("single damaged bytes become findings or an error, never a crash", arguments: 0..<40)
    func mutated(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let bytes = try Fixtures.bytes("results-partial.h5")
        for _ in 0..<20 {
            var mutated = bytes
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                mutated[Int.random(in: 0..<bytes.count, using: &generator)] = UInt8.random(
                    in: 0...255, using: &generator)
            }
            guard let file = try? H5File.open(bytes: mutated, limits: .untrusted) else { continue }
            guard let report = try? USIDValidator().validate(file) else { continue }
            for main in (try? USIDDataset.all(in: file)) ?? [] {
                #expect(!main.description.isEmpty)
                _ = try? main.nDimensional(as: Double.self, policy: .rounding)
                _ = try? main.slice(["X": 0], as: Double.self, policy: .rounding)
            }
            #expect(report.findings.count < 10_000)
        }
    }
}

@Suite("Texts")
struct TextTests {
    @Test(
        "numbers keep four digits and no more",
        arguments: [
            (0.0, "0"), (5e-9, "5e-9"), (325_000, "325000"), (-250, "-250"), (3.5, "3.5"), (66.666_666, "66.67"),
            (0.000_123_456, "0.0001235"), (1.23456e-7, "1.235e-7"), (99_999.6, "100000"), (12_345_678, "1.235e7"),
            (1.000_04, "1"), (-0.5, "-0.5"), (.infinity, "inf"), (300_000.01, "300000"), (9.9999e-5, "0.0001"),
            (123_456.7, "123500"),
        ])
    func numbers(value: Double, text: String) { #expect(NumberText.short(value) == text) }

    @Test("rules are ordered by number")
    func rules() {
        #expect((["R10", "R9", "HDF5", "R21"] as [USIDRule]).sorted() == ["HDF5", "R9", "R10", "R21"])
    }

    @Test(
        "units that contradict their quantity are found, others are not",
        arguments: [
            ("Phase", "m", true), ("Phase", "rad", false), ("Phase", "V", false), ("Phase", "a.u.", false),
            ("Resonance Frequency", "nA", true), ("Topography", "nm", false), ("Current", "Hz", true),
            ("Amplitude", "m", false),
            ("Phase", "", false), ("Emphasis", "m", false),
        ])
    func units(quantity: String, units: String, contradicts: Bool) {
        #expect((QuantityUnits.contradiction(quantity: quantity, units: units) != nil) == contradicts)
    }

    @Test("dimensions made by hand have their values")
    func dimension() {
        let x = USIDDimension("X", units: "nm", values: stride(from: -250, through: 250, by: 125))
        #expect(x.size == 5)
        #expect(x.step == 125)
        #expect(x.description == "X  5   -250 … 250 nm, step 125")
        let bent = USIDDimension("t", units: "s", values: [0, 1, 4])
        #expect(bent.step == nil)
        #expect(bent.description == "t  3   0 … 4 s, not evenly spaced")
    }

    @Test(
        "time stamps are recognised",
        arguments: [("2019_03_22-12_00_00", true), ("2019-03-22 12:00", false), ("", false)])
    func timestamps(text: String, isTimestamp: Bool) { #expect(BookKeeping.isTimestamp(text) == isTimestamp) }

    @Test("names of results groups are taken apart")
    func resultsNames() {
        #expect(ResultsName("Raw_Data-SHO_Fit_000")?.source == "Raw_Data")
        #expect(ResultsName("Raw_Data-SHO_Fit_000")?.tool == "SHO_Fit")
        #expect(ResultsName("Raw_Data-SHO-Fit_000") == nil)
        #expect(ResultsName("Raw_Data-Fit_00") == nil)
        #expect(ResultsName("-Fit_000") == nil)
        #expect(ResultsName("Raw_Data-_000") == nil)
    }
}
