import ArgumentParser
import CommandLineSupport
import HDF5
import USID
import USIDProcessing

/// The processes that the tool knows, by their names on the command line.
enum ProcessChoice: String, CaseIterable, ExpressibleByArgument {
    case shoFit = "sho-fit"
    case signalFilter = "signal-filter"

    /// Makes the process for a source and gives it to `body`.
    ///
    /// - Parameter texts: Parameters as the command line has them: `name=value`.
    /// - Throws: `UsageError` for parameters that the process does not have; what `body` throws.
    func withProcess<R>(
        _ texts: [String], for source: USIDDataset, _ body: some ProcessBody<R>
    ) throws -> R {
        var values = try ParameterTexts(texts, of: rawValue)
        let element = source.dataset.datatype
        switch self {
        case .shoFit:
            let dimension = try values.text("frequency") ?? "Frequency"
            try values.checkAllUsed(known: ["frequency=LABEL"])
            let isDouble = element.complexBase == .float64
            return isDouble
                ? try body.run(SHOFit<Double>(frequencyDimension: dimension))
                : try body.run(SHOFit<Float>(frequencyDimension: dimension))
        case .signalFilter:
            var filters: [FrequencyFilter] = []
            for text in values.all("low-pass") {
                let numbers = try Self.numbers(text, "low-pass", "CUTOFF or CUTOFF:ROLLOFF", 1...2)
                filters.append(.lowPass(cutOff: numbers[0], rollOff: numbers.count > 1 ? numbers[1] : 0.05))
            }
            for text in values.all("harmonics") {
                let numbers = try Self.numbers(text, "harmonics", "FIRST:WIDTH:COUNT", 3...3)
                guard let count = Int(exactly: numbers[2]) else {
                    throw UsageError("the number of harmonics is \(numbers[2]), and is to be a whole one")
                }
                filters.append(.harmonicPass(firstFrequency: numbers[0], bandWidth: numbers[1], harmonicCount: count))
            }
            let bands = try values.all("noise-band").map { text in
                let numbers = try Self.numbers(text, "noise-band", "CENTER:WIDTH", 2...2)
                return NoiseBand(center: numbers[0], width: numbers[1])
            }
            if !bands.isEmpty { filters.append(.noiseBands(bands)) }
            let tolerance = try values.number("noise-threshold")
            let dimension = try values.text("along")
            let rate = try values.number("rate")
            let filtered = try values.truth("filtered") ?? true
            let condensed = try values.truth("condensed") ?? false
            try values.checkAllUsed(known: [
                "low-pass=CUTOFF[:ROLLOFF]", "harmonics=FIRST:WIDTH:COUNT", "noise-band=CENTER:WIDTH",
                "noise-threshold=SHARE", "along=LABEL", "rate=SAMPLES", "filtered=yes|no", "condensed=yes|no",
            ])
            func filter<Number>(_ type: Number.Type) -> SignalFilter<Number> {
                SignalFilter(
                    filters: filters, noiseTolerance: tolerance, dimension: dimension, samplingRate: rate,
                    writesFiltered: filtered, writesCondensed: condensed)
            }
            return element == .float64 ? try body.run(filter(Double.self)) : try body.run(filter(Float.self))
        }
    }

    private static func numbers(
        _ text: String, _ name: String, _ form: String, _ count: ClosedRange<Int>
    ) throws -> [Double] {
        let numbers = text.split(separator: ":", omittingEmptySubsequences: false).map { Double($0) }
        let known = numbers.compactMap { $0 }
        guard known.count == numbers.count, count.contains(known.count) else {
            throw UsageError("\(name) is \(form), not '\(text)'")
        }
        return known
    }
}

/// What is done with a process of whatever type.
protocol ProcessBody<Result> {
    associatedtype Result
    func run<P: USIDProcess>(_ process: P) throws -> Result
}

/// Parameters of a process as the command line has them.
private struct ParameterTexts {
    private var values: [(name: String, value: String, isUsed: Bool)] = []
    private let process: String

    init(_ texts: [String], of process: String) throws {
        self.process = process
        for text in texts {
            let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, !parts[0].isEmpty else {
                throw UsageError("a parameter is NAME=VALUE, not '\(text)'")
            }
            values.append((String(parts[0]), String(parts[1]), false))
        }
    }

    /// All values of a name.
    mutating func all(_ name: String) -> [String] {
        var found: [String] = []
        for index in values.indices where values[index].name == name {
            values[index].isUsed = true
            found.append(values[index].value)
        }
        return found
    }

    mutating func text(_ name: String) throws -> String? {
        let found = all(name)
        guard found.count <= 1 else { throw UsageError("parameter '\(name)' is given twice") }
        return found.first
    }

    mutating func number(_ name: String) throws -> Double? {
        try text(name).map { text in
            guard let number = Double(text) else { throw UsageError("parameter '\(name)' is a number, not '\(text)'") }
            return number
        }
    }

    mutating func truth(_ name: String) throws -> Bool? {
        try text(name).map { text in
            switch text {
            case "yes", "true", "1": return true
            case "no", "false", "0": return false
            default: throw UsageError("parameter '\(name)' is yes or no, not '\(text)'")
            }
        }
    }

    func checkAllUsed(known: [String]) throws {
        guard let stranger = values.first(where: { !$0.isUsed }) else { return }
        throw UsageError(
            "\(process) has no parameter '\(stranger.name)' (there are: \(known.joined(separator: ", ")))")
    }
}
