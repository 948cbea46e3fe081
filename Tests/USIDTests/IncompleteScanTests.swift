import HDF5
import Testing

@testable import USID

@Suite("N-dimensional batches")
struct NDimensionalBatchTests {
    @Test(
        "put together they are the whole, whatever the order of the scan",
        arguments: [
            "map4d-paper.h5", "map4d-pyusid.h5", "serpentine.h5", "shuffled-rows.h5", "shuffled-columns.h5", "map6d.h5",
            "size-one-dimensions.h5", "figure2b-spectrum-paper.h5",
        ])
    func whole(name: String) async throws {
        let main = try Fixtures.main(name)
        let whole = try main.nDimensional(as: Float.self)
        for bytes in [1, 1_000, 1 << 30] {
            let batches = try main.nDimensionalBatches(as: Float.self, memory: H5ByteCount(bytes: bytes))
            let axis = try #require(whole.axis(batches.dimension.label))
            #expect(batches.ranges.flatMap { Array($0) } == Array(0..<whole.shape[axis]))
            var count = 0
            for try await batch in batches {
                let expected = try main.slice([batches.dimension.label: .range(batch.range)], as: Float.self)
                #expect(batch.array.elements == expected.elements)
                #expect(batch.array.shape == expected.shape && batch.array.labels == whole.labels)
                #expect(batch.array.dimensions == expected.dimensions)
                count += 1
            }
            #expect(count == batches.count)
            var ranges: [Range<Int>] = []
            try main.forEachNDimensionalBatch(as: Float.self, memory: H5ByteCount(bytes: bytes)) {
                ranges.append($0.range)
            }
            #expect(ranges == batches.ranges)
            if bytes == 1 { #expect(batches.count == whole.shape[axis]) }
        }
    }

    @Test("there are none where there is no N-dimensional form")
    func none() throws {
        let sparse = try Fixtures.main("sparse-sampling.h5")
        #expect {
            try sparse.nDimensionalBatches(as: Float.self, memory: .mebibytes(1))
        } throws: {
            ($0 as? USIDError)?.code == .noNDimensionalForm
        }
    }
}

@Suite("Scans that fill no grid")
struct IncompleteScanTests {
    @Test("a stopped raster is filled up, and what was measured is told apart")
    func aborted() throws {
        let main = try Fixtures.main("incomplete-raster.h5")
        let padded = try main.padded(with: -7, as: Float.self)
        let data = try main.dataset.read(as: Float.self)
        let sizes = main.positionDimensions.map(\.size)
        #expect(padded.labels == (main.positionDimensions + main.spectroscopicDimensions).map(\.label))
        #expect(padded.shape == sizes + main.spectroscopicDimensions.map(\.size))
        let width = data.shape[1]
        let cells = main.positionGrid.matrix.cells()
        var expected = [Float](repeating: -7, count: padded.array.count)
        var measured = [Bool](repeating: false, count: padded.array.count)
        for (row, cell) in cells.enumerated() {
            for column in 0..<width {
                expected[cell * width + column] = data[row, column]
                measured[cell * width + column] = true
            }
        }
        #expect(padded.array.elements == expected)
        #expect(padded.isMeasured.elements == measured)
        #expect(measured.contains(false) && padded.isMeasured.shape == padded.shape)
        // What is complete stays what it is.
        for name in ["serpentine.h5", "shuffled-columns.h5"] {
            let complete = try Fixtures.main(name)
            let same = try complete.padded(with: 0, as: Float.self)
            #expect(try same.array == complete.nDimensional(as: Float.self).array)
            #expect(!same.isMeasured.elements.contains(false))
        }
    }

    @Test("what has no grid, or too large a one, is not filled up")
    func refusals() throws {
        func code(_ name: String, memory: H5ByteCount = .gibibytes(1)) -> USIDError.Code? {
            do {
                _ = try Fixtures.main(name).padded(with: 0, as: Float.self, memory: memory)
                return nil
            } catch { return (error as? USIDError)?.code }
        }
        #expect(code("sparse-sampling.h5") == .noNDimensionalForm)
        #expect(code("duplicate-positions.h5") == .noNDimensionalForm)
        #expect(code("incomplete-raster.h5", memory: H5ByteCount(bytes: 100)) == .tooLarge)
        #expect(code("incomplete-raster.h5") == nil)
    }

    @Test("a dependent dimension is no axis, and its values stand along the others")
    func dependent() throws {
        let main = try Fixtures.main("dependent-dimension.h5")
        let collapsed = try main.collapsed(as: Float.self)
        let coordinate = try #require(collapsed.coordinates.first)
        #expect(coordinate.label == "Field" && collapsed.coordinates.count == 1)
        #expect(!collapsed.labels.contains("Field"))
        #expect(collapsed.shape.reduce(1, *) == main.dataset.count)
        let axes = coordinate.axes.map { collapsed.labels[$0] }
        #expect(coordinate.values.count == coordinate.axes.map { collapsed.shape[$0] }.reduce(1, *))
        // Every cell holds the element, and the value, of the point that the indices of its axes say.
        let data = try main.dataset.read(as: Float.self)
        let values = try main.spectroscopicValues.read(as: Double.self)
        let field = try #require(main.spectroscopicDimensions.firstIndex { $0.label == "Field" })
        let kept = axes.map { label in main.spectroscopicDimensions.firstIndex { $0.label == label } ?? -1 }
        let sizes = coordinate.axes.map { collapsed.shape[$0] }
        let rows = main.positionGrid.matrix.cells()
        for column in 0..<data.shape[1] {
            let ranks = kept.map { Int(main.spectroscopicGrid.matrix.columns[$0].ranks[column]) }
            let cell = zip(ranks, sizes).reduce(0) { $0 * $1.1 + $1.0 }
            #expect(coordinate.values[cell] == values[field, column])
            for (row, rowCell) in rows.enumerated() {
                #expect(collapsed.elements[rowCell * data.shape[1] + cell] == data[row, column])
            }
        }
    }

    @Test(
        "points without a grid are one axis with the values of all their dimensions",
        arguments: [
            "sparse-sampling.h5", "incomplete-raster.h5", "duplicate-positions.h5", "spiral.h5",
        ])
    func points(name: String) throws {
        let main = try Fixtures.main(name)
        let collapsed = try main.collapsed(as: Float.self)
        #expect(collapsed.labels.first == "positions" && collapsed.dimensions[0] == nil)
        #expect(collapsed.labels.dropFirst().elementsEqual(main.spectroscopicDimensions.map(\.label)))
        #expect(collapsed.coordinates.map(\.label) == main.positionDimensions.map(\.label))
        let values = try main.positionValues.read(as: Double.self)
        for (number, coordinate) in collapsed.coordinates.enumerated() {
            #expect(coordinate.axes == [0])
            #expect(coordinate.values == (0..<main.positionCount).map { values[$0, number] })
        }
        if main.spectroscopicScanOrder == .raster, main.spectroscopicDimensions.count == 1 {
            #expect(try collapsed.elements == main.dataset.read(as: Float.self).elements)
        }
    }

    @Test("a complete scan collapses to its N-dimensional form", arguments: ["serpentine.h5", "map4d-paper.h5"])
    func complete(name: String) throws {
        let main = try Fixtures.main(name)
        let collapsed = try main.collapsed(as: Float.self)
        let whole = try main.nDimensional(as: Float.self)
        #expect(collapsed.labels == whole.labels && collapsed.array == whole.array && collapsed.coordinates.isEmpty)
        #expect(collapsed.dimensions == whole.dimensions)
    }
}
