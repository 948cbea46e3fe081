import Testing

@Suite("Values")
struct DataTests {
    private static let main = "/Measurement_000/Channel_000/Raw_Data"

    @Test("of a Main stand beside the coordinates of their points")
    func coordinates() throws {
        let run = try ToolRun(["usid/map4d-paper.h5", Self.main, "-d", "[0:3, :3]"])
        #expect(run.status == 0)
        #expect(
            run.lines == [
                "\(Self.main) [0:3, 0:3]   Response (a.u.)   12 × 15  float32", "",
                "  Frequency (kHz)           300          310          320",
                "         Bias (V)            -3           -3           -3",
                "#  X (nm)  Y (nm)             0            1            2",
                "0       0       0   -0.71060073  -0.11557281  -0.31941494",
                "1      10       0    0.8640401    0.6991398    0.93128765",
                "2      20       0    0.896107     0.66892684   0.24961299",
            ])
    }

    @Test("of one position are a list with the spectroscopic coordinates")
    func spectrum() throws {
        let run = try ToolRun(["usid/map4d-paper.h5", Self.main, "-d", "[-1]"])
        #expect(run.lines[1] == "position 11: X 30 nm, Y 10 nm")
        #expect(run.lines[3] == " #  Frequency (kHz)  Bias (V)   Response (a.u.)")
        #expect(run.lines[4] == " 0              300        -3       -0.10605652")
        #expect(run.lines.count == 19)
    }

    @Test(
        "are selected as in Python",
        arguments: zip(
            ["[0]", "[-1, -1]", "[::10, 2]", "[..., 0]", "0:1", "[2:2]", "[5, 1:7:3]"],
            ["[0, 0:11]", "[12, 10]", "[0:11:10, 2]", "[0:13, 0]", "[0:1, 0:11]", "[2:2, 0:11]", "[5, 1:5:3]"]))
    func selections(text: String, meaning: String) throws {
        let run = try ToolRun(["hdf5/filters-common-latest.h5", "/deflate of ints", "-d", text])
        #expect(run.status == 0)
        #expect(run.lines[0] == "/deflate of ints \(meaning)   13 × 11  int32")
    }

    @Test("are found wherever -d stands")
    func order() throws {
        let expected = try ToolRun(["usid/map4d-paper.h5", Self.main, "-d"]).output
        #expect(expected.contains("Response (a.u.)   12 × 15"))
        #expect(try ToolRun(["-d", "usid/map4d-paper.h5", Self.main]).output == expected)
        #expect(try ToolRun(["usid/map4d-paper.h5", "-d", Self.main]).output == expected)
        #expect(try ToolRun(["usid/map4d-paper.h5", Self.main, "--data=[...]"]).output == expected)
        #expect(try ToolRun(["usid/map4d-paper.h5", Self.main, "-ad"]).output == expected)
    }

    @Test("of many elements are cut with a count of the rest, and -a shows them")
    func limit() throws {
        let cut = try ToolRun(["hdf5/storage-layouts-latest.h5", "/compact large", "-d"])
        #expect(cut.lines.last?.hasPrefix("… 1000 more values; -a to show") == true)
        #expect(cut.lines.count == 103)
        let whole = try ToolRun(["hdf5/storage-layouts-latest.h5", "/compact large", "-d", "-a"])
        #expect(whole.lines.count == 202)
        #expect(whole.lines.last?.hasSuffix("1999") == true)
        let table = try ToolRun(["hdf5/filters-common-latest.h5", "/deflate of runs", "-d"])
        #expect(table.lines.last?.hasPrefix("… 25 more columns; -a to show") == true)
    }

    @Test("of more than two axes are announced slice by slice")
    func slices() throws {
        let run = try ToolRun(["hdf5/references-regions-latest.h5", "/data 3", "-d"])
        #expect(run.lines.filter { $0.hasPrefix("[") } == (0..<6).map { "[\($0), 0:7, 0:8]" })
        #expect(run.lines.last?.hasSuffix("335") == true)
    }

    @Test("of records have one column per member")
    func records() throws {
        let run = try ToolRun(["hdf5/datatypes-compounds-latest.h5", "/pair", "-d"])
        #expect(run.lines[2].split(separator: " ") == ["#", "n", "x"])
    }

    @Test("of references are paths")
    func references() throws {
        let run = try ToolRun(["hdf5/references-regions-latest.h5", "/regions 2", "-d"])
        #expect(run.lines.contains("1   → /data 2 [1:4, 2:4]"))
        #expect(run.lines.contains("8   null reference"))
    }

    @Test("of parts in other files are read from there")
    func external() throws {
        let run = try ToolRun(["hdf5/storage-external-latest.h5", "/two pieces", "-d", "[1, 3:5]"])
        #expect(run.lines.last == "3   18  19")
    }

    @Test("of a single element are that element, and of none say so")
    func edges() throws {
        #expect(try ToolRun(["hdf5/storage-layouts-latest.h5", "/compact scalar", "-d"]).lines.last == "0")
        #expect(
            try ToolRun(["hdf5/storage-layouts-latest.h5", "/contiguous no elements", "-d"]).lines.last == "no values")
    }
}
