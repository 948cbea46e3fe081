import Testing

@testable import HDF5

/// Extents near the largest number that there is: arithmetic on them must neither trap nor go wrong.
@Suite struct ExtremeExtentTests {
    static let extent = Int.max

    @Test("selections at the far end are cut into blocks without overflow", arguments: [1, 3, 1 << 40, Int.max])
    func axisPlan(_ block: Int) throws {
        let end = Self.extent
        let selections: [H5AxisSelection] = [
            .range(lower: end - 5, upper: end, stride: 1), .range(lower: end - 7, upper: nil, stride: 3),
            .indices([end - 1, end - 2, end - 4]), .pattern(start: end - 9, stride: 4, count: nil, block: 2),
            .index(-1),
        ]
        for selection in selections {
            let coordinates = try AxisCoordinates(selection, extent: end, axis: 0)
            let plan = AxisPlan(coordinates, blockExtent: block)
            var runs: [AxisRun] = []
            var covered = 0
            for position in 0..<plan.blocks.count {
                plan.runs(atPosition: position, into: &runs)
                for run in runs {
                    covered += run.count
                    #expect(run.source >= 0 && run.source + (run.count - 1) * run.step < block)
                }
            }
            #expect(covered == coordinates.count)
        }
    }

    @Test("the last chunk of the largest extent is known to be partial")
    func partialChunk() throws {
        let space = H5Dataspace.simple([Self.extent])
        let layout = DataLayoutMessage.ChunkedLayout(
            chunkShape: [1 << 40], elementSize: 1, index: .btree1, address: nil, leavesPartialChunksUnfiltered: true)
        let grid = try ChunkGrid(dataspace: space, layout: layout, elementSize: 1)
        #expect(grid.isPartial([grid.chunkCounts[0] - 1]))
        #expect(!grid.isPartial([grid.chunkCounts[0] - 2]))
    }
}
