import ComplexModule
import RealModule
import Testing

@testable import USIDProcessing

@Suite struct SpectralFilterTests {
    /// What a filter gives for rows, in one call.
    static func outputs<Scalar: FourierScalar>(
        _ filter: SpectralFilter<Scalar>, _ rows: [Scalar]
    ) -> (filtered: [Scalar], floors: [Scalar], condensed: [Complex<Scalar>]) {
        let rowCount = rows.count / filter.length
        var filtered = [Scalar](repeating: .nan, count: rows.count)
        var floors = [Scalar](repeating: .nan, count: rowCount)
        var condensed = [Complex<Scalar>](repeating: Complex(.nan, .nan), count: rowCount * filter.keptBins.count)
        var workspace = filter.makeWorkspace()
        var filteredSpan = filtered.mutableSpan
        var floorSpan = floors.mutableSpan
        var condensedSpan = condensed.mutableSpan
        filter.apply(
            rows.span, &workspace, filtered: &filteredSpan, noiseFloors: &floorSpan, condensed: &condensedSpan)
        return (filtered, floors, condensed)
    }

    /// The samples of `make_signal_filter.py`.
    static func samples(_ length: Int, _ seed: Double, _ scale: Double) -> [Double] {
        var generator = SampleGenerator(state: UInt32(seed))
        return (0..<length).map { (generator.next() + 8 * Double($0 / 5 % 2)) * scale }
    }

    func checkFloors<Scalar: FourierScalar>(_ type: Scalar.Type, tolerance: Double) throws {
        let lines = try FrequencyFilterTests.lines("floor")
        #expect(lines.count == 12)
        for line in lines {
            let p = line.parameters
            let row = Self.samples(Int(p[0]), p[1], p[2]).map { Scalar($0) }
            for (change, expected) in [(NoiseFloor.Change.absolute(0.01), p[4]), (.relative(0.01), p[5])] {
                let filter = try SpectralFilter<Scalar>(
                    length: Int(p[0]), samplingRate: 1, filters: [],
                    noiseFloor: NoiseFloor(tolerance: p[3], change: change))
                let floor = Self.outputs(filter, row).floors[0]
                #expect(abs(Double(floor) - expected) <= tolerance * expected)
            }
        }
    }

    @Test func noiseFloorsArePycroscopysInDouble() throws { try checkFloors(Double.self, tolerance: 1e-12) }
    @Test func noiseFloorsArePycroscopysInFloat() throws { try checkFloors(Float.self, tolerance: 3e-6) }

    @Test func rowsAreFilteredAsByPycroscopy() throws {
        let lines = try FrequencyFilterTests.lines("filtered")
        #expect(lines.count == 2)
        for line in lines {
            let p = line.parameters
            let filter = try SpectralFilter<Double>(
                length: Int(p[0]), samplingRate: 1, filters: [.lowPass(cutOff: 0.3, rollOff: 0.3)],
                noiseFloor: NoiseFloor(tolerance: p[3]))
            let filtered = Self.outputs(filter, Self.samples(Int(p[0]), p[1], p[2])).filtered
            for (value, expected) in zip(filtered, p[4...]) { #expect(abs(value - expected) < 1e-12 * 8 * p[2]) }
        }
    }

    @Test(arguments: [48, 77])
    func condensedSpectraHoldTheKeptBins(length: Int) throws {
        let filters: [FrequencyFilter] = [
            .noiseBands([NoiseBand(center: 0, width: 0), NoiseBand(center: 0.2, width: 0.1)])
        ]
        let filter = try SpectralFilter<Double>(length: length, samplingRate: 1, filters: filters)
        var generator = SampleGenerator(state: 8)
        let rows = (0..<length * 6).map { _ in generator.next() }
        let (filtered, _, condensed) = Self.outputs(filter, rows)
        #expect(filter.keptBins.count < length / 2 && !filter.keptBins.contains(0))
        // The filtered row is the sum of the kept bins alone.
        for row in 0..<6 {
            for sample in 0..<length {
                var value = 0.0
                for (column, bin) in filter.keptBins.enumerated() {
                    let coefficient = condensed[row * filter.keptBins.count + column]
                    let root = UnitRoot<Double>(-bin * sample, of: length)
                    let weight = 2 * bin == length ? 1.0 : 2
                    value += weight * (coefficient.real * root.cosine - coefficient.imaginary * root.sine)
                }
                #expect(abs(value / Double(length) - filtered[row * length + sample]) < 1e-13)
            }
        }
    }

    @Test(arguments: [64, 75])
    func groupingDoesNotChangeABit(length: Int) throws {
        let filter = try SpectralFilter<Float>(
            length: length, samplingRate: 1, filters: [.lowPass(cutOff: 0.4, rollOff: 0.3)],
            noiseFloor: NoiseFloor(tolerance: 1e-2))
        var generator = SampleGenerator(state: 3)
        var rows = (0..<length * 11).map { Float(generator.next()) * Float($0 % 13) }
        // A row that is not finite, one of zeros and a loud one between the others.
        rows[2 * length] = .nan
        for column in 0..<length {
            rows[4 * length + column] = 0
            rows[5 * length + column] *= 1e30
            rows[6 * length + column] *= 1e-30
        }
        let together = Self.outputs(filter, rows)
        for row in 0..<11 {
            let alone = Self.outputs(filter, Array(rows[row * length..<(row + 1) * length]))
            let part = together.filtered[row * length..<(row + 1) * length]
            if row == 2 {
                #expect(alone.filtered.allSatisfy(\.isNaN) && part.allSatisfy(\.isNaN))
                continue
            }
            #expect(alone.filtered.map(\.bitPattern) == part.map(\.bitPattern))
            #expect(alone.floors[0] == together.floors[row] && alone.floors[0].isFinite)
            let kept = filter.keptBins.count
            #expect(alone.condensed == Array(together.condensed[row * kept..<(row + 1) * kept]))
        }
        #expect(together.floors[4] == 0 && together.floors[5] > 1e29 && together.floors[6] < 1e-28)
    }

    @Test func strongToneSurvivesAndNoiseGoes() throws {
        let length = 256
        let filter = try SpectralFilter<Double>(
            length: length, samplingRate: 256, filters: [], noiseFloor: NoiseFloor(tolerance: 1e-5))
        var generator = SampleGenerator(state: 21)
        let tone = (0..<length).map { Double.sin(2 * .pi * 20 * Double($0) / 256) }
        let (filtered, floors, condensed) = Self.outputs(filter, tone.map { $0 + 0.3 * generator.nextNormal() })
        #expect(condensed.indices.filter { condensed[$0] != .zero } == [20])
        #expect(floors[0] > 10 && floors[0] < 40)
        for (value, expected) in zip(filtered, tone) { #expect(abs(value - expected) < 0.15) }
    }

    @Test func outputsThatAreNotWantedStayEmpty() throws {
        let filter = try SpectralFilter<Float>(
            length: 16, samplingRate: 1, filters: [.lowPass(cutOff: 0.2)], noiseFloor: NoiseFloor(tolerance: 1e-3))
        let rows = (0..<48).map { Float($0 % 7) }
        let all = Self.outputs(filter, rows)
        var (floors, filtered) = ([Float](repeating: 0, count: 3), [Float]())
        var condensed: [Complex<Float>] = []
        var workspace = filter.makeWorkspace()
        var filteredSpan = filtered.mutableSpan
        var floorSpan = floors.mutableSpan
        var condensedSpan = condensed.mutableSpan
        filter.apply(
            rows.span, &workspace, filtered: &filteredSpan, noiseFloors: &floorSpan, condensed: &condensedSpan)
        #expect(floors == all.floors)
    }
}
