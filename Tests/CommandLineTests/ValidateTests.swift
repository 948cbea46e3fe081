import Testing

@Suite("--validate")
struct ValidateTests {
    @Test("tells rule, object, what was found and what to do, and ends with 1")
    func broken() throws {
        let run = try ToolRun(["--validate", "usid/broken/R21-values-shorter.h5"])
        #expect(run.status == 1)
        #expect(
            run.lines == [
                "usid/broken/R21-values-shorter.h5: not valid h5USID",
                "  error    R21  /Measurement_000/Channel_000/Raw_Data",
                "           Position_Values has 5 rows, the dataset has 6 positions",
                "           expected shape (6, 2), found (5, 2)", "           → write one row per position",
                "1 error in 1 file",
            ])
    }

    @Test("hides notes and counts them, and -a shows them")
    func notes() throws {
        let run = try ToolRun(["--validate", "usid/faults/F4-label-order.h5"])
        #expect(run.status == 0)
        #expect(run.lines.first == "usid/faults/F4-label-order.h5: valid h5USID, 2 Main datasets, 2 notes (-a to show)")
        #expect(!run.output.contains("\n  note "))
        let all = try ToolRun(["--validate", "usid/faults/F4-label-order.h5", "-a"])
        #expect(all.lines.filter { $0.hasPrefix("  note ") }.count > 0)
        #expect(!all.output.contains("-a to show"))
    }

    @Test("ends with 0 where only recommendations are not followed")
    func warnings() throws {
        let run = try ToolRun(["--validate", "usid/faults/F6-phase-in-metres.h5"])
        #expect(run.status == 0)
        #expect(run.lines.contains("  warning  R6   /Measurement_000/Channel_000/Raw_Data"))
        #expect(run.lines.contains { $0.hasPrefix("           cause F6: ") })
    }

    @Test("ends with 1 where there is no Main dataset")
    func noMain() throws {
        let run = try ToolRun(["--validate", "hdf5/groups-nested-latest.h5"])
        #expect(run.status == 1)
        #expect(run.output.contains("the file holds no Main dataset"))
    }

    @Test("tells the same finding on many objects once")
    func grouped() throws {
        let run = try ToolRun(["--validate", "usid/faults/F7-aborted-results.h5"])
        let line = try #require(run.lines.first { $0.hasPrefix("  warning  R53") })
        #expect(line.hasPrefix("  warning  R53  2 objects: /Measurement_000/Channel_000/Raw_Data-SHO_Fit_000, "))
    }

    @Test("goes on after a file that cannot be read, and ends with 2")
    func several() throws {
        let run = try ToolRun(["--validate", "missing.h5", "usid/main-float64.h5", "usid/no-main.h5"])
        #expect(run.status == 2)
        #expect(run.errors == "h5usid-dump: missing.h5: there is no such file\n")
        #expect(run.lines.first == "usid/main-float64.h5: valid h5USID, 1 Main dataset")
        #expect(run.lines.last?.hasSuffix("in 3 files, 1 of them not readable") == true)
    }
}
