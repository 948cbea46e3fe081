import Testing

@testable import USID

@Suite("Selections as people write them")
struct SelectionTextTests {
    @Test("every kind of selection is read and written back")
    func kinds() throws {
        let cases: [(String, USIDSelection)] = [
            ("3", .index(3)), ("-1", .index(-1)), ("~325000", .nearest(325_000)), ("~-1.5e-3", .nearest(-0.0015)),
            ("0:10", .steps(from: 0, to: 10)), ("5:", .steps(from: 5, to: nil)), (":-1", .steps(from: nil, to: -1)),
            ("::2", .steps(from: nil, to: nil, by: 2)), ("10:20:3", .steps(from: 10, to: 20, by: 3)), (":", .all),
            ("1,4,9", .list([1, 4, 9])), ("2,-1", .list([2, -1])), ("-1.5...1.5", .values(-1.5...1.5)),
            ("1...5", .values(1...5)), ("1e3...1e6", .values(1_000...1_000_000)),
        ]
        for (text, selection) in cases {
            #expect(try USIDSelection(text) == selection, "\(text)")
            #expect(try USIDSelection(selection.description) == selection, "\(text)")
        }
        #expect(USIDSelection.range(2..<5).description == "2:5")
        #expect(USIDSelection.stride(2).description == "::2")
        #expect(USIDSelection.stride(2, in: 1..<9).description == "1:9:2")
    }

    @Test(
        "what selects nothing is refused",
        arguments: [
            "", " ", "x", "1.5", "1,", ",", "1,x", "1:2:3:4", "::0", "::-1", "~", "~x", "~inf", "1...", "...2", "3...1",
            "1..2", "nan...2", "99999999999999999999", "1:x",
        ])
    func refusals(text: String) {
        #expect {
            try USIDSelection(text)
        } throws: {
            ($0 as? USIDError)?.code == .invalidArgument
        }
    }

    @Test("the last equals sign separates the label from what is selected")
    func labels() throws {
        let plain = try USIDSelection.labelled("Frequency=0.2...0.8")
        #expect(plain.label == "Frequency" && plain.selection == .values(0.2...0.8))
        let odd = try USIDSelection.labelled("a=b=1,2")
        #expect(odd.label == "a=b" && odd.selection == .list([1, 2]))
        for text in ["X", "=3", "X=", ""] {
            #expect(throws: USIDError.self) { try USIDSelection.labelled(text) }
        }
    }

    @Test("steps count from the end like Python's, and stay within the dimension")
    func steps() throws {
        let main = try Fixtures.main("map4d-paper.h5")
        let whole = try main.nDimensional(as: Float.self)
        let axis = try #require(whole.axis("X"))
        let size = whole.shape[axis]
        func indices(_ selection: USIDSelection) throws -> [Double]? {
            try main.slice(["X": selection], as: Float.self).dimensions[axis].unitValues
        }
        let all = try #require(try main.dimension("X").unitValues)
        #expect(try indices(.steps(from: nil, to: nil, by: 2)) == [all[0], all[2]])
        #expect(try indices(.steps(from: -2, to: nil)) == Array(all.suffix(2)))
        #expect(try indices(.steps(from: nil, to: -1)) == Array(all.dropLast()))
        #expect(try indices(.steps(from: 0, to: size)) == all)
        for wrong in [
            USIDSelection.steps(from: 0, to: size + 1), .steps(from: -size - 1, to: nil), .steps(from: 2, to: 1),
        ] {
            #expect(throws: USIDError.self) { try main.slice(["X": wrong], as: Float.self) }
        }
    }
}
