import Foundation
import HDF5
import Testing

@testable import USID

/// For every rule that a file can break: files that break it, files that barely keep it, and all that is to be said of
/// them.
@Suite("The table of rules")
struct RulesTableTests {
    struct Row: Decodable, Sendable, CustomTestStringConvertible {
        let rule: String
        let breaks: String?
        let keeps: String?
        /// Level, rule and path of every finding, in order.
        let findings: [String]

        var file: String { breaks ?? keeps ?? "" }
        var testDescription: String { "\(rule) \(breaks == nil ? "kept" : "broken") by \(file)" }
    }

    static let rows: [Row] = {
        let url = Fixtures.folder.appendingPathComponent("rules/table.json")
        guard let data = try? Data(contentsOf: url) else { return [] }
        return (try? JSONDecoder().decode([Row].self, from: data)) ?? []
    }()

    /// The rules of `Spec/h5usid.md` that a file can show to be broken, or whose case it can be.
    static let rules: [USIDRule] = [
        "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R8", "R9", "R12", "R14", "R20", "R21", "R22", "R23", "R24", "R25",
        "R26", "R27", "R28", "R29", "R30", "R31", "R32", "R33", "R34", "R40", "R41", "R42", "R43", "R44", "R50", "R53",
        "R54", "R60", "R61", "R63", "R70", "R71", "R72", "R73", "HDF5",
    ]

    @Test("has files that break and that keep every rule", arguments: rules)
    func completeness(rule: USIDRule) {
        #expect(Self.rows.contains { $0.rule == rule.rawValue && $0.breaks != nil })
        #expect(Self.rows.contains { $0.rule == rule.rawValue && $0.keeps != nil })
    }

    @Test("says exactly what is found in each file", arguments: rows)
    func findings(row: Row) throws {
        let report = try Fixtures.validate(row.file)
        #expect(
            report.findings.map { "\($0.level.rawValue) \($0.rule) \($0.path)" } == row.findings, "\(report)")
    }

    @Test(
        "a file that breaks a rule is told of under its number and breaks no other rule that must be kept",
        arguments: rows)
    func numbers(row: Row) throws {
        let report = try Fixtures.validate(row.file)
        let own = report.findings.filter { $0.rule.rawValue == row.rule }
        #expect(own.isEmpty == (row.breaks == nil), "\(report)")
        #expect(report.findings.allSatisfy { $0.level != .must || $0.rule.rawValue == row.rule }, "\(report)")
        #expect(own.allSatisfy { !$0.message.isEmpty && $0.path.hasPrefix("/") })
    }

    @Test("how points run and why there is no N-dimensional form is part of the report")
    func forms() throws {
        func form(_ name: String) throws -> USIDReport.Form {
            try #require(try Fixtures.validate(name).forms.first)
        }
        let plain = try form("rules/R63-independent.h5")
        #expect(plain.positionScanOrder == .raster)
        #expect(plain.labels == ["X", "Y", "Time", "Field"])
        #expect(plain.shape == [3, 2, 2, 2])
        #expect(plain.obstacles.isEmpty)
        #expect(try form("rules/R43-serpentine.h5").positionScanOrder == .serpentine)
        #expect(try form("shuffled-rows.h5").positionScanOrder == .other)
        #expect(try form("kept/R02-single-number.h5").positionScanOrder == .single)
        let sparse = try form("rules/R60-sparse.h5")
        #expect(sparse.shape == nil)
        #expect(sparse.obstacles.map(\.rule) == ["R60"])
        #expect(sparse.obstacles.first?.message == "sparse positions: every one of the 6 has indices of its own")
        #expect(try form("rules/R63-dependent.h5").obstacles.map(\.rule) == ["R63"])
        #expect(try form("rules/R61-aborted.h5").obstacles.map(\.rule) == ["R61"])
        #expect(try form("rules/R42-twice.h5").obstacles.map(\.rule) == ["R42"])
    }
}
