import Foundation
import HDF5
import Testing
import USID

@Suite("h5usid process")
struct ProcessTests {
    private let scratch: Scratch

    /// Every test has a file with a Main of complex spectra, each a resonance, and one with signals.
    init() throws {
        scratch = try Scratch()
        let frequencies = (0..<64).map { 300 + Double($0) / 2 }
        try write("sho.h5", USIDDimension("Frequency", units: "kHz", values: frequencies)) { position in
            let resonance = 312 + Double(position % 16) / 4
            return frequencies.map { w in
                let below = Complex(w * w - resonance * resonance, -w * resonance / 90)
                return Complex<Float>(Complex<Double>(2 * resonance * resonance, 0) / below)
            }
        }
        try write("signal.h5", USIDDimension("Time", units: "ms", values: (0..<200).map { Double($0) / 100 })) {
            position in
            (0..<200).map { Float(sin(Double($0) * 0.1 + Double(position)) + sin(Double($0) * 2)) }
        }
    }

    private func write<Element: H5Element>(
        _ name: String, _ dimension: USIDDimension, _ row: (Int) -> [Element]
    ) throws {
        let file = try H5File.create(path(name))
        try USIDDataset.create(
            in: file.createMeasurementGroup().createChannelGroup(), "Raw_Data", quantity: "Response", units: "V",
            positions: .fastestFirst([
                USIDDimension("X", units: "m", count: 16), USIDDimension("Y", units: "m", count: 8),
            ]), spectroscopic: .fastestFirst([dimension]), values: (0..<128).flatMap(row))
        try file.commit()
        try file.close()
    }

    private func path(_ name: String) -> String { scratch.folder.appendingPathComponent(name).path }
    private func run(_ arguments: String...) throws -> ToolRun {
        try ToolRun(["process"] + arguments, tool: "h5usid", in: scratch.folder)
    }
    private let fit = "/Measurement_000/Channel_000/Raw_Data-SHO_Fit_000"

    @Test("a fit lies beside its source, and is found the second time")
    func fitting() throws {
        let done = try run("sho.h5", "--name", "sho-fit")
        #expect(done.status == 0 && done.errors == "")
        #expect(done.lines.count == 1)
        #expect(done.lines[0].hasPrefix("128 positions in "))
        #expect(done.lines[0].hasSuffix(", 3 results in \(fit) of sho.h5"))
        let group = try H5File.open(path("sho.h5")).group(fit)
        let quality = try group.dataset("Fit").read(field: "Quality Factor", as: Double.self).elements
        #expect(quality.allSatisfy { abs($0 - 90) < 1e-3 })
        let frequency = try group.dataset("Fit").read(field: "Frequency [kHz]", as: Double.self).elements
        #expect(abs(frequency[5] - 313.25) < 1e-3)
        #expect(try ToolRun(["--validate", path("sho.h5")]).status == 0)
        let before = try Data(contentsOf: URL(fileURLWithPath: path("sho.h5")))
        let again = try run("sho.h5", "--name", "sho-fit", "--cores", "1")
        #expect(again.status == 0)
        #expect(again.lines[0].hasPrefix("128 positions were done before, 3 results in \(fit)"))
        #expect(try Data(contentsOf: URL(fileURLWithPath: path("sho.h5"))) == before)
        let anew = try run("sho.h5", "--name", "sho-fit", "--override")
        #expect(anew.lines[0].contains("Raw_Data-SHO_Fit_001"))
    }

    @Test("signals are filtered into a file of their own")
    func filtering() throws {
        let words = ["signal.h5", "--name", "signal-filter", "--param", "low-pass=10", "-p", "noise-threshold=1e-3"]
        let done = try ToolRun(
            ["process"] + words + ["-o", "out.h5", "--filter", "gzip=1", "--memory", "1M"], tool: "h5usid",
            in: scratch.folder)
        #expect(done.status == 0 && done.errors == "")
        #expect(done.lines[0].hasSuffix("2 results in /Raw_Data-FFT_Filtering_000 of out.h5"))
        let filtered = try USIDDataset(
            H5File.open(path("out.h5")).dataset("/Raw_Data-FFT_Filtering_000/Filtered_Data"))
        // The slow wave is there, and the fast one is gone but for the ends.
        let rows = try filtered.dataset.read(as: Float.self).elements
        #expect((20..<180).allSatisfy { abs(Double(rows[3 * 200 + $0]) - sin(Double($0) * 0.1 + 3)) < 0.2 })
        #expect(try ToolRun(["--validate", path("out.h5")]).status == 0)
        // The second run finds the results in that file.
        let again = try ToolRun(["process"] + words + ["-o", "out.h5"], tool: "h5usid", in: scratch.folder)
        #expect(again.lines[0].contains("were done before"))
    }

    @Test("a dry run says what would be, and changes nothing")
    func dryRun() throws {
        let before = try Data(contentsOf: URL(fileURLWithPath: path("sho.h5")))
        let said = try run("sho.h5", "--name", "sho-fit", "--dry-run")
        #expect(said.status == 0)
        #expect(said.lines[0] == "SHO_Fit 1.0 of /Measurement_000/Channel_000/Raw_Data")
        #expect(said.lines.contains { $0.hasPrefix("  Fit: 128 × 1 ") })
        #expect(said.lines.contains { $0.hasPrefix("  Fit_Status: 128 × 1 uint8, 128 B") })
        #expect(try Data(contentsOf: URL(fileURLWithPath: path("sho.h5"))) == before)
        #expect(try run("sho.h5", "--name", "sho-fit", "-n", "-o", "new.h5").status == 0)
        #expect(!FileManager.default.fileExists(atPath: path("new.h5")))
    }

    @Test("what makes no sense is told, with the exit code for wrong usage")
    func wrongUsage() throws {
        let cases: [([String], String)] = [
            (["sho.h5", "--name", "fit"], "sho-fit"),
            (["sho.h5", "--name", "sho-fit", "-p", "x=1"], "no parameter 'x'"),
            (["sho.h5", "--name", "sho-fit", "-p", "frequency=Phase"], "Phase"),
            (["signal.h5", "--name", "signal-filter"], "neither a frequency filter nor a noise floor"),
            (["signal.h5", "--name", "signal-filter", "-p", "low-pass=900"], "900"),
            (["signal.h5", "--name", "signal-filter", "-p", "low-pass=a"], "CUTOFF"),
            (["signal.h5", "--name", "signal-filter", "-p", "low-pass=10", "-o", "signal.h5"], "leave -o out"),
            (["sho.h5", "--name", "signal-filter", "-p", "low-pass=0.5"], "complex"),
            (["sho.h5", "--name", "sho-fit", "--cores", "0"], "--cores"),
            (["sho.h5", "--name", "sho-fit", "--memory", "1K"], "allow more memory"),
        ]
        for (words, message) in cases {
            let done = try ToolRun(["process"] + words, tool: "h5usid", in: scratch.folder)
            #expect(done.status == 64, "\(words): \(done.status)")
            #expect(done.errors.contains(message), "\(words): \(done.errors)")
        }
        #expect(try USIDDataset.all(in: H5File.open(path("sho.h5"))).count == 1)
    }
}
