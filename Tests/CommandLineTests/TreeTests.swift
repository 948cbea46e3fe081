import Testing

@Suite("The tree")
struct TreeTests {
    @Test("shows groups, datasets with extent, type and storage, Mains and their ancillaries")
    func tree() throws {
        let run = try ToolRun(["usid/map4d-paper.h5"])
        #expect(run.status == 0)
        #expect(run.errors.isEmpty)
        #expect(
            run.lines.first?.hasPrefix("usid/map4d-paper.h5   12 kB   HDF5 superblock 0   written by pyUSID ") == true)
        #expect(run.lines.contains("└─ Measurement_000   5 attributes"))
        #expect(run.lines.contains("      ├─ Raw_Data               12 × 15  float32  contiguous  ● Main"))
        #expect(run.lines.contains("      ├─ Position_Indices        12 × 2  uint32   contiguous  ← Raw_Data"))
    }

    @Test("shows where links lead, and links that lead nowhere")
    func links() throws {
        let run = try ToolRun(["hdf5/groups-links-latest.h5"])
        #expect(run.lines.contains("│     ├─ data       = /alias of data"))
        #expect(run.lines.contains("│     └─ to root    = /"))
        #expect(run.lines.contains("   ├─ soft               → /first/inner/data"))
        #expect(run.lines.contains("   ├─ soft dangling      → /nowhere/at all  leads nowhere"))
        #expect(run.lines.contains("   ├─ external           → virtual-source-a.h5:/a"))
        #expect(run.output.contains("they may form a circle"))
    }

    @Test("folds long groups, and -a unfolds them")
    func folding() throws {
        let folded = try ToolRun(["hdf5/groups-many-links-latest.h5"])
        #expect(folded.lines.count < 40)
        #expect(folded.lines.contains("│  └─ … 1180 more, -a to show"))
        let whole = try ToolRun(["hdf5/groups-many-links-latest.h5", "-a"])
        #expect(whole.lines.filter { $0.hasPrefix("│  ") }.count == 1_200)
        #expect(!whole.output.contains("more, -a"))
    }

    @Test("stops at a depth and says what lies below")
    func depth() throws {
        let run = try ToolRun(["usid/map4d-paper.h5", "--depth", "1"])
        #expect(run.lines.contains("└─ Measurement_000  1 member   5 attributes"))
        #expect(!run.output.contains("├─ Raw_Data"))
        let none = try ToolRun(["usid/map4d-paper.h5", "--depth", "0"])
        #expect(none.lines[2] == "/  1 member")
    }

    @Test("shows filters and how much they save")
    func storage() throws {
        let run = try ToolRun(["hdf5/filters-common-latest.h5", "-a"])
        #expect(
            run.lines.contains {
                $0.contains("deflate of runs ") && $0.contains("chunked 16 × 50 (3), deflate(4), 40.4 : 1")
            })
        let layouts = try ToolRun(["hdf5/storage-layouts-latest.h5"])
        #expect(
            layouts.lines.contains {
                $0.contains("contiguous never written ") && $0.hasSuffix("contiguous, never written")
            })
    }

    @Test("keeps columns narrow where a dataset has very many axes")
    func manyAxes() throws {
        let run = try ToolRun(["hdf5/dataspaces-latest.h5"])
        #expect(
            run.lines.contains {
                $0.hasPrefix("├─ rank 32 ") && $0.contains("  1 × 1 × … × 2 × 2 (32 axes)  uint8  contiguous")
            })
        #expect(run.lines.allSatisfy { $0.count < 120 })
    }

    @Test("shows attributes with type and value, references by the path they lead to")
    func attributes() throws {
        let run = try ToolRun(["hdf5/attributes-kinds-latest.h5", "-A"])
        #expect(run.lines.contains("│  @complex                   {r: float32, i: float32}    1.5-2i"))
        #expect(run.lines.contains("│  @fixed texts               3 × string[2]               [\"X\", \"Yy\", \"\"]"))
        #expect(run.lines.contains("│  @region reference          region reference            → /data [1:3, 0:5:2]"))
        #expect(run.lines.contains("│  @null                      float32                     (no value)"))
        #expect(run.lines.contains("│  … 5 more attributes, -a to show"))
    }

    @Test("shows one group only, when asked for its path")
    func group() throws {
        let run = try ToolRun(["usid/channels-shared-ancillaries.h5", "/Measurement_000/Channel_003"])
        #expect(run.lines.first == "/Measurement_000/Channel_003   5 attributes")
        #expect(!run.output.contains("Channel_000"))
        #expect(run.lines.last == "1 Main dataset")
    }

    @Test("describes one dataset with type, shape, storage, fill value and attributes")
    func dataset() throws {
        let run = try ToolRun(["hdf5/filters-common-latest.h5", "deflate of runs"])
        #expect(
            run.lines == [
                "/deflate of runs", "  type         int16", "  shape        40 × 50",
                "  storage      3 chunks of 16 × 50, found through: fixed array",
                "  filters      deflate(4) (optional)", "  size         4.0 kB, 99 bytes in the file (40.4 : 1)",
            ])
    }
}
