import HDF5
import Testing

@testable import USIDProcessing

@Suite struct ResultColumnTests {
    private static func place<Element: H5Element>(
        of wrong: Element, at place: Int, among others: (Int) -> Element, count: Int, members: Int = 1
    ) throws -> Int? {
        let names = (0..<members).map { "m\($0)" }
        let dataset =
            members == 1
            ? ResultDataset.perPosition("R", quantity: "Q", units: "", of: Element.self)
            : ResultDataset.perPosition("R", quantity: "Q", units: "", members: names, of: Element.self)
        var column = ResultColumn(dataset, width: members, positionCount: count + 5)
        // What is left of a longer batch is not looked at.
        try column.set([Element](repeating: wrong, count: (count + 5) * members))
        column.reset(positionCount: count)
        try column.set((0..<count * members).map { $0 == place ? wrong : others($0) })
        let search = try #require(dataset.firstNonFinite)
        return search(column)
    }

    @Test(arguments: [0, 1, 5, 1_023, 1_024, 2_047, 2_500, 2_999])
    func theFirstNumberThatIsNotFiniteIsFoundWhereverItIs(place: Int) throws {
        for wrong in [Float.nan, -.nan, .infinity, -.infinity, .signalingNaN] {
            #expect(
                try Self.place(
                    of: wrong, at: place, among: { $0 % 2 == 0 ? -Float.greatestFiniteMagnitude : 0 }, count: 3_000)
                    == place)
        }
        for wrong in [Double.nan, -.infinity] {
            #expect(try Self.place(of: wrong, at: place, among: { -Double($0) }, count: 3_000) == place)
            #expect(try Self.place(of: wrong, at: place, among: { _ in 1e308 }, count: 1_000, members: 3) == place)
            #expect(
                try Self.place(of: Complex(1, wrong), at: place, among: { Complex(Double($0), -1) }, count: 3_000)
                    == place)
        }
        #expect(
            try Self.place(of: Complex<Float>(.nan, 0), at: place, among: { Complex(1, Float($0)) }, count: 3_000)
                == place)
    }

    @Test func numbersThatAreFiniteAreNotTakenForOthers() throws {
        #expect(
            try Self.place(of: Float.nan, at: -1, among: { $0 == 7 ? -.greatestFiniteMagnitude : 1 }, count: 2_000)
                == nil)
        #expect(try Self.place(of: Double.nan, at: -1, among: { _ in .greatestFiniteMagnitude }, count: 1) == nil)
        #expect(ResultDataset.perPosition("R", quantity: "Q", units: "", of: Int32.self).firstNonFinite == nil)
    }
}
