import Testing

@Suite("Main datasets")
struct MainTests {
    @Test("are described with quantity, dimensions, scan order and N-dimensional form")
    func block() throws {
        let run = try ToolRun(["usid/map4d-paper.h5"])
        let start = try #require(run.lines.firstIndex(of: "● /Measurement_000/Channel_000/Raw_Data"))
        #expect(
            run.lines[(start + 1)...] == [
                "  Response (a.u.)    12 positions × 15 spectroscopic points",
                "  positions       X          4   0 … 30 nm, step 10       fastest",
                "                  Y          3   0 … 10 nm, step 5",
                "  spectroscopic   Frequency  5   300 … 340 kHz, step 10   fastest",
                "                  Bias       3   -3 … 3 V, step 3",
                "  N-dimensional   X 4 × Y 3 × Frequency 5 × Bias 3    raster scan, complete", "", "1 Main dataset",
            ])
    }

    @Test(
        "say why they have no N-dimensional form",
        arguments: [
            ("usid/sparse-sampling.h5", "none: sparse positions"), ("usid/spiral.h5", "none: "),
            ("usid/incomplete-raster.h5", "none: the raster of positions ends early"),
            ("usid/dependent-dimension.h5", "none: Field follows from the other dimensions"),
        ])
    func noForm(file: String, reason: String) throws {
        let run = try ToolRun([file])
        #expect(run.lines.contains { $0.hasPrefix("  N-dimensional   " + reason) })
    }

    @Test("that are results name their source and the tool")
    func results() throws {
        let run = try ToolRun(["usid/results-cluster.h5"])
        #expect(run.lines.contains("  result          from /Measurement_000/Channel_000/Raw_Data by Cluster (k-means)"))
        #expect(run.lines.last == "3 Main datasets")
    }

    @Test("that break a rule are marked with its number")
    func broken() throws {
        let run = try ToolRun(["usid/broken/R21-values-shorter.h5"])
        #expect(run.status == 0)
        #expect(run.lines.contains { $0.hasSuffix("✗ no Main: breaks R21") })
        #expect(run.output.contains("is no Main dataset (R21): Position_Values has 5 rows"))
    }

    @Test("are missed by name in a file that has none")
    func none() throws {
        let run = try ToolRun(["hdf5/groups-nested-latest.h5"])
        #expect(run.status == 0)
        #expect(run.lines.last == "no Main datasets")
    }
}
