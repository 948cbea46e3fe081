import HDF5
import Testing

@testable import h5usid_dump

@Suite("The search for Mains around an object")
struct MainIndexTests {
    @Test("marks each dataset as the search through the whole file does")
    func marks() throws {
        var marked = 0
        for name in ["map4d-paper", "results-cluster", "channels-shared-ancillaries", "broken/R21-values-shorter"] {
            let file = try H5File.open(Fixtures.folder.appendingPathComponent("usid/\(name).h5").path)
            let whole = MainIndex(file: file, isComplete: true, extent: .everything)
            #expect(whole.exceededLimit == nil)
            for case .dataset(let dataset) in try file.root.walk() {
                let near = MainIndex(file: file, isComplete: false, extent: .around(dataset.path), limitForObject: 0)
                #expect(near.exceededLimit == 0)
                let expected = whole.mark(of: dataset).painted(TerminalStyle(isColoured: false))
                #expect(near.mark(of: dataset).painted(TerminalStyle(isColoured: false)) == expected, "\(dataset.path)")
                if !expected.isEmpty { marked += 1 }
            }
        }
        #expect(marked > 20)
    }
}
