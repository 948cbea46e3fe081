import BenchSupport
import HDF5

/// What one more chunk, or one more object, and a commit cost in a file that has many.
///
/// `t` is the time of each of the last of some changes; that of the first after opening is reported as "tc".
enum Growing {
    private static let repetitions = 20

    /// Runs a change and a commit again and again in a file that was opened anew.
    private static func measure(_ path: String, _ change: (H5File, Int) throws -> Void) throws -> Measurement {
        let file = try H5File.openForUpdate(path)
        var first = Measurement()
        try first.time {
            try change(file, 0)
            try file.commit(durability: .processCrash)
        }
        var best = Double.infinity
        var processor = Double.infinity
        for number in 1...repetitions {
            var one = Measurement()
            try one.time {
                try change(file, number)
                try file.commit(durability: .processCrash)
            }
            best = min(best, one.seconds)
            processor = min(processor, one.processorSeconds)
        }
        try file.close()
        var result = Measurement()
        result.seconds = best
        result.processorSeconds = processor
        result.checksumSeconds = first.seconds
        return result
    }

    private static func parts(_ extra: String) -> (kind: String, count: Int) {
        let parts = extra.split(separator: ":")
        return (parts.first.map(String.init) ?? "earliest", parts.last.flatMap { Int($0) } ?? 100)
    }

    /// EXTRA: `earliest`, `v1_8`, `latest` or `plane` (two axes that grow), `:`, the number of chunks before.
    static func chunks(_ path: String, _ extra: String) throws -> Measurement {
        let (kind, count) = parts(extra)
        let generation: H5FormatGeneration = kind == "earliest" ? .earliest : kind == "v1_8" ? .v1_8 : .v1_10
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        let data = try file.root.createDataset(
            "data", of: Float.self, shape: [0, 16], maximum: [.unlimited, kind == "plane" ? .unlimited : 16],
            chunks: [1, 16])
        try data.append([Float](repeating: 1, count: count * 16), axis: 0)
        try file.commit(durability: .processCrash)
        try file.close()
        let row = [Float](repeating: 2, count: 16)
        return try measure(path) { file, _ in try file.dataset("data").append(row, axis: 0) }
    }

    /// EXTRA: `earliest` (symbol table) or another generation (dense links), `:`, the number of datasets before.
    static func datasets(_ path: String, _ extra: String) throws -> Measurement {
        let (kind, count) = parts(extra)
        let generation: H5FormatGeneration = kind == "earliest" ? .earliest : kind == "v1_8" ? .v1_8 : .v1_10
        let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
        let group = try file.root.createGroup("group")
        for number in 0..<count { try group.createDataset("d\(number)", of: Float.self, shape: [16]) }
        try file.commit(durability: .processCrash)
        try file.close()
        return try measure(path) { file, number in
            try file.group("group").createDataset("new\(number)", of: Float.self, shape: [16])
        }
    }
}
