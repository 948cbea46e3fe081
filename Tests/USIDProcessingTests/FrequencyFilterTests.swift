import Testing

@testable import USIDProcessing

@Suite struct FrequencyFilterTests {
    /// The numbers of the lines of `signal_filter.txt` of one kind, and those after a semicolon.
    static func lines(_ kind: String) throws -> [(parameters: [Double], values: [Double])] {
        try vectorLines("signal_filter.txt").filter { $0[0] == kind }.map { line in
            let parts = line.dropFirst().split(separator: ";").map { $0.compactMap(Double.init) }
            return (parts[0], parts.count > 1 ? parts[1] : [])
        }
    }

    static func expectEqual(
        _ factors: [Double], _ expected: [Double], sourceLocation: SourceLocation = #_sourceLocation
    ) {
        #expect(factors.count == expected.count, sourceLocation: sourceLocation)
        for (factor, value) in zip(factors, expected) {
            // Pycroscopy keeps low-pass filters in single precision.
            #expect(abs(factor - value) <= 3e-8, sourceLocation: sourceLocation)
        }
    }

    @Test func lowPassIsThePositiveHalfOfPycroscopys() throws {
        let lines = try Self.lines("lowpass")
        #expect(lines.count == 5)
        for line in lines {
            let p = line.parameters
            let filter = FrequencyFilter.lowPass(cutOff: p[2], rollOff: p[3])
            Self.expectEqual(try filter.transferFunction(length: Int(p[0]), samplingRate: p[1]), Array(p[4...]))
        }
    }

    @Test func harmonicPassIsThePositiveHalfOfPycroscopys() throws {
        let lines = try Self.lines("harmonic")
        #expect(lines.count == 4)
        for line in lines {
            let p = line.parameters
            let filter = FrequencyFilter.harmonicPass(
                firstFrequency: p[2], bandWidth: p[3], harmonicCount: Int(p[4]))
            Self.expectEqual(try filter.transferFunction(length: Int(p[0]), samplingRate: p[1]), Array(p[5...]))
        }
    }

    @Test func noiseBandsAreThePositiveHalfOfPycroscopys() throws {
        let lines = try Self.lines("bands")
        #expect(lines.count == 3)
        for line in lines {
            let p = line.parameters
            let bands = stride(from: 2, to: p.count, by: 2).map { NoiseBand(center: p[$0], width: p[$0 + 1]) }
            let filter = FrequencyFilter.noiseBands(bands)
            Self.expectEqual(try filter.transferFunction(length: Int(p[0]), samplingRate: p[1]), line.values)
        }
    }

    @Test func lowPassFallsSteadilyFromOneToZero() throws {
        for length in [17, 64, 999] {
            let factors = try FrequencyFilter.lowPass(cutOff: 0.3, rollOff: 0.4)
                .transferFunction(length: length, samplingRate: 1)
            #expect(factors.count == length / 2 + 1)
            #expect(factors.first == 1 && factors.last == 0)
            #expect(zip(factors, factors.dropFirst()).allSatisfy { $0 >= $1 })
        }
    }

    @Test func rollOffOfOneBinIsHalfway() throws {
        let factors = try FrequencyFilter.lowPass(cutOff: 20, rollOff: 0.05)
            .transferFunction(length: 100, samplingRate: 100)
        #expect(Array(factors[18...22]) == [1, 1, 0.5, 0, 0])
    }

    @Test func compositeFilterIsTheProduct() throws {
        let filters: [FrequencyFilter] = [
            .lowPass(cutOff: 300, rollOff: 0.2), .noiseBands([NoiseBand(center: 100, width: 30)]),
            .harmonicPass(firstFrequency: 100, bandWidth: 60, harmonicCount: 3),
        ]
        let product = try FrequencyFilter.compositeFilter(filters, length: 251, samplingRate: 1000)
        let parts = try filters.map { try $0.transferFunction(length: 251, samplingRate: 1000) }
        for bin in product.indices { #expect(product[bin] == parts[0][bin] * parts[1][bin] * parts[2][bin]) }
        #expect(product.contains { $0 > 0 } && product[25] == 0)
        #expect(try FrequencyFilter.compositeFilter([], length: 4, samplingRate: 1) == [1, 1, 1])
    }

    @Test func parametersOutOfRangeAreRefusedWithAdvice() {
        func error(_ filter: FrequencyFilter, length: Int = 100, rate: Double = 1000) -> FrequencyFilterError? {
            do {
                _ = try filter.transferFunction(length: length, samplingRate: rate)
                return nil
            } catch {
                return error
            }
        }
        #expect(error(.lowPass(cutOff: 500)) == .cutOff(500, nyquist: 500))
        #expect(error(.lowPass(cutOff: 0)) == .cutOff(0, nyquist: 500))
        #expect(error(.lowPass(cutOff: 100, rollOff: 1.1)) == .rollOff(1.1))
        #expect(error(.lowPass(cutOff: 100), length: 0) == .length(0))
        #expect(error(.lowPass(cutOff: 100), rate: 0) == .samplingRate(0))
        #expect(
            error(.harmonicPass(firstFrequency: 200, bandWidth: 1, harmonicCount: 3))
                == .harmonics(firstFrequency: 200, count: 3, nyquist: 500))
        #expect(error(.harmonicPass(firstFrequency: 200, bandWidth: 1, harmonicCount: 0)) == .harmonicCount(0))
        #expect(error(.harmonicPass(firstFrequency: 200, bandWidth: -1, harmonicCount: 2)) == .width(-1))
        #expect(error(.noiseBands([NoiseBand(center: 501, width: 1)])) == .bandCenter(501, nyquist: 500))
        #expect(error(.noiseBands([NoiseBand(center: 50, width: -2)])) == .width(-2))
        #expect(error(.noiseBands([NoiseBand(center: .nan, width: 2)])) != nil)
        #expect(error(.lowPass(cutOff: .nan)) != nil)
        #expect(error(.noiseBands([NoiseBand(center: 0, width: 1e300)])) == nil)
        #expect(throws: FrequencyFilterError.noiseTolerance(1)) { try NoiseFloor(tolerance: 1) }
        #expect(throws: FrequencyFilterError.noiseTolerance(0)) { try NoiseFloor(tolerance: 0) }
        #expect(throws: FrequencyFilterError.noiseChange(-1)) {
            try NoiseFloor(tolerance: 0.1, change: .absolute(-1))
        }
        #expect(throws: FrequencyFilterError.nothingToDo) {
            try SpectralFilter<Float>(length: 8, samplingRate: 1, filters: [])
        }
        #expect("\(FrequencyFilterError.cutOff(600, nyquist: 500))".contains("choose a cut-off"))
    }
}
