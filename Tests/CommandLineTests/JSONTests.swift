import Foundation
import Testing

@Suite("--json")
struct JSONTests {
    private static func object(_ run: ToolRun) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(run.output.utf8)) as? [String: Any])
    }

    @Test("writes the tree with its Mains")
    func tree() throws {
        let run = try ToolRun(["usid/map4d-paper.h5", "--json", "-A"])
        #expect(run.status == 0)
        let json = try Self.object(run)
        #expect(json["schema"] as? String == "h5usid-dump-tree-1")
        #expect(json["path"] as? String == "/")
        let objects = try #require(json["objects"] as? [[String: Any]])
        #expect(objects.count == 8)
        let main = try #require(objects.first { $0["main"] as? Bool == true })
        #expect(main["path"] as? String == "/Measurement_000/Channel_000/Raw_Data")
        #expect(main["shape"] as? [Int] == [12, 15])
        #expect(main["type"] as? String == "float32")
        let attributes = try #require(main["attributes"] as? [[String: Any]])
        #expect(attributes.count == main["attribute_count"] as? Int)
        let units = try #require(attributes.first { $0["name"] as? String == "units" })
        #expect(units["value"] as? String == "a.u.")
        let mains = try #require(json["mains"] as? [[String: Any]])
        let positions = try #require(mains.first?["positions"] as? [[String: Any]])
        #expect(positions.map { $0["label"] as? String } == ["X", "Y"])
        #expect(positions.first?["values"] as? [Double] == [0, 10, 20, 30])
    }

    @Test("of one group holds nothing above it")
    func group() throws {
        let json = try Self.object(
            try ToolRun(["usid/channels-shared-ancillaries.h5", "/Measurement_000/Channel_003", "--json"]))
        let objects = try #require(json["objects"] as? [[String: Any]])
        #expect(objects.allSatisfy { ($0["path"] as? String)?.hasPrefix("/Measurement_000/Channel_003") == true })
        #expect((json["mains"] as? [Any])?.count == 1)
    }

    @Test("keeps the bytes of names that are no UTF-8")
    func names() throws {
        let json = try Self.object(try ToolRun(["hdf5/groups-names-latest.h5", "--json"]))
        let objects = try #require(json["objects"] as? [[String: Any]])
        let links = try #require(objects.first?["links"] as? [[String: Any]])
        let odd = try #require(links.first { $0["name"] as? String == "cut \\xe6\\x95" })
        #expect(odd["name_bytes"] as? String == "0x63757420E695")
        #expect(links.contains { $0["name"] as? String == "escape\u{1b}[31m" && $0["name_bytes"] == nil })
    }

    @Test("writes the findings")
    func findings() throws {
        let run = try ToolRun(["--validate", "--json", "usid/broken/R21-values-shorter.h5", "missing.h5"])
        #expect(run.status == 2)
        let json = try Self.object(run)
        #expect(json["schema"] as? String == "h5usid-dump-findings-1")
        let files = try #require(json["files"] as? [[String: Any]])
        #expect(files[0]["valid"] as? Bool == false)
        let finding = try #require((files[0]["findings"] as? [[String: Any]])?.first)
        #expect(finding["rule"] as? String == "R21")
        #expect(finding["level"] as? String == "must")
        #expect(finding["found"] as? String == "(5, 2)")
        #expect(files[1]["unreadable"] as? String == "there is no such file")
    }

    @Test("the findings come with the order of the points and the reason for no N-dimensional form")
    func forms() throws {
        let run = try ToolRun([
            "--validate", "--json", "usid/rules/R63-independent.h5", "usid/rules/R60-sparse.h5", "usid/serpentine.h5",
        ])
        let files = try #require(try Self.object(run)["files"] as? [[String: Any]])
        let forms = try files.map { try #require(($0["forms"] as? [[String: Any]])?.first) }
        #expect(
            forms.compactMap { ($0["scan_order"] as? [String: String])?["positions"] } == [
                "raster", "other", "serpentine",
            ])
        #expect((forms[0]["n_dimensional"] as? [String: Any])?["shape"] as? [Int] == [3, 2, 2, 2])
        #expect((forms[0]["obstacles"] as? [Any])?.isEmpty == true)
        #expect(forms[1]["n_dimensional"] is NSNull)
        let obstacle = try #require((forms[1]["obstacles"] as? [[String: String]])?.first)
        #expect(obstacle["rule"] == "R60")
        #expect(obstacle["message"]?.hasPrefix("sparse positions") == true)
    }

    @Test("the chain of provenance goes back to the raw data")
    func origins() throws {
        let run = try ToolRun(["--json", "usid/results-complete.h5"])
        let mains = try #require(try Self.object(run)["mains"] as? [[String: Any]])
        let raw = "/Measurement_000/Channel_000/Raw_Data"
        let guess = try #require(mains.first { ($0["path"] as? String)?.hasSuffix("/Guess") == true })
        let provenance = try #require(guess["provenance"] as? [String: Any])
        let fit = try #require((provenance["origins"] as? [[String: Any]])?.first)
        #expect(fit["path"] as? String == raw + "-SHO_Fit_000/Fit")
        #expect(fit["tool"] as? String == "SHO_Fit")
        let source = try #require((fit["origins"] as? [[String: Any]])?.first)
        #expect(source["path"] as? String == raw)
        #expect(source["end"] is NSNull)
        #expect((source["origins"] as? [Any])?.isEmpty == true)
        let shown = try ToolRun(["usid/results-complete.h5"]).lines
        #expect(shown.contains { $0.hasSuffix("└ that from \(raw) by SHO_Fit (fixture)") })
    }

    @Test("is valid for every kind of datatype, link and storage")
    func everything() throws {
        let folder = Fixtures.folder.appendingPathComponent("hdf5")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { name in
            ["datatypes", "groups-links", "references", "storage", "virtual-", "dataspaces"].contains(
                where: name.hasPrefix)
                && name.hasSuffix("-latest.h5")
        }
        #expect(files.count > 10)
        for file in files {
            let run = try ToolRun([file, "--json", "-A", "-a"], in: folder)
            #expect(run.status == 0, "\(file)")
            #expect(throws: Never.self, "\(file)") { try JSONSerialization.jsonObject(with: Data(run.output.utf8)) }
        }
    }

    @Test("--digest writes the digest and nothing else")
    func digest() throws {
        let run = try ToolRun(["--digest", "usid/map4d-paper.h5"])
        #expect(run.status == 0)
        #expect(try Self.object(run)["schema"] as? String == "h5golden-1")
    }
}
