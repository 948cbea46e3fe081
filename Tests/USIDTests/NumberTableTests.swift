import Testing

@testable import USID

@Suite("Reading tables of numbers")
struct NumberTableTests {
    private func table(_ text: String) throws -> NumberTable { try NumberTable(bytes: Array(text.utf8), name: "table") }

    @Test(
        "separators and decimal commas are recognised",
        arguments: [
            ("1,2.5\n-3,4e2\n", .comma), ("1, 2.5\n-3, 4e2\n", .comma), ("1;2.5\r\n-3;4e2\r\n", .semicolon),
            ("1;2,5\n-3;4e2\n", .semicolon), ("1\t2,5\n-3\t400\n", .tab), ("  1   2.5\n -3 4E+2", .blanks),
            ("1 2,5\n-3,0 400,0\n", .blanks), ("1;2.5;\n-3;400;\n", .semicolon), ("\u{FEFF}1,2.5\n\n-3,400", .comma),
        ] as [(String, NumberTable.Separator)])
    func separators(text: String, separator: NumberTable.Separator) throws {
        let table = try table(text)
        #expect(table.separator == separator)
        #expect(table.rowCount == 2)
        #expect(table.columnCount == 2)
        #expect(table.values == [1, 2.5, -3, 400])
        #expect(table.labels.isEmpty)
    }

    @Test("comments and a line of labels are kept")
    func labels() throws {
        let table = try table("# gain 5\n% second\nX,\"Bias (V)\",I\n1,2,3\n// third\n4,5,nan\n")
        #expect(table.labels == ["X", "Bias (V)", "I"])
        #expect(table.comments == ["gain 5", "second", "third"])
        #expect(table.values.prefix(5) == [1, 2, 3, 4, 5])
        #expect(table.values.last?.isNaN == true)
        #expect(try table.image().width == 3)
    }

    @Test(
        "errors name line and column",
        arguments: [
            ("1,2\n3,x\n", "line 2, column 2: 'x' is no number"), ("1,2\n\n# a\n3\n", "line 4, column 2: there are 1"),
            ("1;2\n1,5;2.5\n", "both points and commas"), ("", "no line of numbers"),
            ("# only\n", "no line of numbers"),
            ("a,b,c\n1,2\n", "the line of labels has 3"), ("1,2\n0x1F,3\n", "line 2, column 1: '0x1F' is no number"),
            ("1,,2\n3,4,5\n6,,8\n", "line 3, column 2: '' is no number"),
        ])
    func errors(text: String, message: String) {
        do {
            _ = try table(text)
            Issue.record("\(text) was read")
        } catch {
            #expect((error as? USIDError)?.code == .damagedFile)
            #expect((error as? USIDError)?.message.contains(message) == true, "\(error)")
        }
    }

    @Test("a table that takes more memory than is allowed is refused")
    func limit() {
        let bytes = Array(String(repeating: "1 2 3 4\n", count: 100).utf8)
        do {
            _ = try NumberTable(bytes: bytes, limit: 800)
            Issue.record("the table was read")
        } catch {
            #expect((error as? USIDError)?.code == .tooLarge)
        }
    }

    @Test("changed tables are read or are errors, and crash nothing")
    func damaged() throws {
        let bytes = Array("# scan\nX;Y;Z\n1;2,5;3\n4;5;6e3\n-7;8;nan\n".utf8)
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<500 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...5, using: &generator) {
                damaged[Int.random(in: 0..<bytes.count, using: &generator)] = .random(in: 0...255, using: &generator)
            }
            do {
                _ = try NumberTable(bytes: damaged)
            } catch {
                #expect((error as? USIDError)?.code == .damagedFile, "\(error)")
            }
        }
    }
}
