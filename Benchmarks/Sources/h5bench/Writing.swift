import BenchSupport
import HDF5

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The operations that write, by the names that benchmarks of other libraries give them.
///
/// The time of an operation is that until everything is handed to the system, as with libraries that do not wait for the
/// disk; what waiting for it takes beside that is reported as "sync".
enum Writing {
    /// Runs an operation; nil where there is none of that name.
    static func run(_ operation: String, _ path: String, _ source: String, _ extra: String) throws -> Measurement? {
        unlink(path)
        switch operation {
        case "write_contig": return try dataset(path, source, chunks: nil, filters: [])
        case "write_chunk": return try dataset(path, source, chunks: [256, 1024], filters: [])
        case "write_gz": return try dataset(path, source, chunks: [256, 1024], filters: [.deflate(4)])
        case "write_shufgz": return try dataset(path, source, chunks: [256, 1024], filters: [.shuffle, .deflate(4)])
        case "append": return try append(path, source, extra, commitEvery: nil)
        case "append_commits": return try append(path, source, extra, commitEvery: 100)
        case "create_earliest": return try create(path, extra, .earliest)
        case "create_latest": return try create(path, extra, .v1_10)
        case "create_v108": return try create(path, extra, .v1_8)
        case "write_vlen": return try strings(path, source)
        case "write_batches": return try batches(path, extra)
        case "commit_chunk": return try Growing.chunks(path, extra)
        case "commit_dataset": return try Growing.datasets(path, extra)
        default: return nil
        }
    }

    private static func bytes(_ path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw H5Error(.noSuchFile, "there is no such file", file: path) }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let count = ftell(file)
        rewind(file)
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = fread(buffer.baseAddress, 1, count, file)
        }
    }

    private static func numbers(_ path: String) throws -> [Float] {
        guard let file = fopen(path, "r") else { throw H5Error(.noSuchFile, "there is no such file", file: path) }
        defer { fclose(file) }
        fseek(file, 0, SEEK_END)
        let count = ftell(file) / 4
        rewind(file)
        return [Float](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = fread(buffer.baseAddress, 4, count, file)
        }
    }

    /// Commits, and says how long waiting for the disk takes beside.
    private static func finish(_ file: H5File, _ measurement: inout Measurement) throws {
        try measurement.time { try file.commit(durability: .processCrash) }
        // The whole file again, as it is written once only.
        try file.root.setAttribute("durable", 1)
        let start = Measurement.now()
        try file.commit()
        measurement.syncSeconds = Measurement.now() - start
        try file.close()
    }

    private static func dataset(
        _ path: String, _ source: String, chunks: H5ChunkShape?, filters: [H5DatasetFilter]
    ) throws -> Measurement {
        let values = try numbers(source)
        var measurement = Measurement()
        let file = try measurement.time {
            let file = try H5File.create(path)
            let dataset = try file.root.createDataset(
                "main", of: Float.self, shape: [values.count / 1024, 1024], chunks: chunks, filters: filters)
            try dataset.write(values)
            return file
        }
        try finish(file, &measurement)
        return measurement
    }

    /// Writes so many MiB of numbers that compress half-way, 8 MiB at a time.
    private static func batches(_ path: String, _ extra: String) throws -> Measurement {
        let count = max(1, (Int(extra) ?? 4096) / 8)
        let rows = 2048
        var measurement = Measurement()
        let file = try measurement.time {
            let file = try H5File.create(path)
            let data = try file.root.createDataset(
                "main", of: Float.self, shape: [0, 1024], maximum: [.unlimited, 1024], chunks: [256, 1024],
                filters: [.deflate(4)])
            var state: UInt32 = 1
            var values = [Float](repeating: 0, count: rows * 1024)
            for _ in 0..<count {
                for index in values.indices {
                    state = state &* 1_664_525 &+ 1_013_904_223
                    values[index] = Float(state >> 20)
                }
                try data.append(values)
            }
            return file
        }
        try finish(file, &measurement)
        return measurement
    }

    private static func append(
        _ path: String, _ source: String, _ extra: String, commitEvery: Int?
    ) throws -> Measurement {
        let values = try numbers(source)
        let rows = values.count / 1024
        let parts = extra.split(separator: ":")
        let count = parts.first.flatMap { Int($0) } ?? 1000
        let generation: H5FormatGeneration = parts.last == "latest" ? .v1_10 : .earliest
        var measurement = Measurement()
        let file = try measurement.time {
            let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
            let log = try file.root.createDataset(
                "log", of: Float.self, shape: [0, 1024], maximum: [.unlimited, 1024], chunks: [1, 1024])
            try values.withUnsafeBufferPointer { values in
                for index in 0..<count {
                    let start = index % rows * 1024
                    try log.append(UnsafeBufferPointer(rebasing: values[start..<(start + 1024)]))
                    if let commitEvery, index % commitEvery == commitEvery - 1 { try file.commit() }
                }
            }
            return file
        }
        try finish(file, &measurement)
        return measurement
    }

    private static func create(
        _ path: String, _ extra: String, _ generation: H5FormatGeneration
    ) throws -> Measurement {
        let counts = extra.split(separator: ",").compactMap { Int($0) }
        guard counts.count == 3 else { throw H5Error(.invalidArgument, "three numbers are wanted, not '\(extra)'") }
        func name(_ letter: String, _ number: Int, _ width: Int) -> String {
            let digits = String(number)
            return letter + String(repeating: "0", count: max(0, width - digits.count)) + digits
        }
        var measurement = Measurement()
        let file = try measurement.time {
            let file = try H5File.create(path, options: H5CreateOptions(generation: generation))
            var values = [Float](repeating: 0, count: 16)
            for i in 0..<counts[0] {
                let outer = try file.root.createGroup(name("g", i, 3))
                for j in 0..<counts[1] {
                    let inner = try outer.createGroup(name("s", j, 2))
                    for k in 0..<counts[2] {
                        for z in 0..<16 { values[z] = Float(i + j + k + z) }
                        try inner.createDataset(name("d", k, 3), of: Float.self, shape: [16]).write(values)
                    }
                }
            }
            return file
        }
        try finish(file, &measurement)
        return measurement
    }

    private static func strings(_ path: String, _ source: String) throws -> Measurement {
        var lines = String(decoding: try bytes(source), as: UTF8.self).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .map(String.init)
        if lines.last == "" { lines.removeLast() }
        var measurement = Measurement()
        let file = try measurement.time {
            let file = try H5File.create(path)
            try file.root.createDataset("strings", lines)
            return file
        }
        try finish(file, &measurement)
        return measurement
    }
}
