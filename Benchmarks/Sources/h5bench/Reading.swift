import BenchSupport
import HDF5
import HDF5Filters

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// The operations that read, by the names that benchmarks of other libraries give them.
enum Reading {
    /// Runs an operation; nil where there is none of that name.
    static func run(_ operation: String, _ path: String, _ dataset: String, _ extra: String) throws -> Measurement? {
        switch operation {
        case "full": return try numbers(path, dataset) { try $0.read(as: Float.self) }
        case "rows10": return try numbers(path, dataset) { try $0.read(as: Float.self, [.every(10), .all]) }
        case "col": return try numbers(path, dataset) { try $0.read(as: Float.self, [.all, $0.shape[1] / 2]) }
        case "rand1000":
            let rows = try rowNumbers(extra)
            return try numbers(path, dataset) { try $0.read(as: Float.self, [.at(rows), .all]) }
        case "rowbyrow": return try rowByRow(path, dataset, count: Int(extra) ?? 256)
        case "batches": return try batches(path, dataset, mebibytes: Int(extra) ?? 64)
        case "mapped": return try mapped(path, dataset)
        case "walk": return try walk(path)
        case "attrs": return try attributes(path)
        case "readall": return try readAll(path)
        case "compound": return try bytes(path, dataset)
        case "field": return try numbers(path, dataset) { try $0.read(field: extra, as: Float.self) }
        case "vlen": return try strings(path, dataset)
        case "vlenbytes": return try stringBytes(path, dataset)
        default: return nil
        }
    }

    private static func numbers(
        _ path: String, _ dataset: String, _ read: (H5Dataset) throws -> H5Array<Float>
    ) throws -> Measurement {
        var measurement = Measurement()
        let values = try measurement.time { try read(try H5File.open(path).dataset(dataset)) }
        measurement.addChecksum { checksum(values.elements.span.bytes) }
        return measurement
    }

    private static func bytes(_ path: String, _ dataset: String) throws -> Measurement {
        var measurement = Measurement()
        let bytes = try measurement.time { try H5File.open(path).dataset(dataset).readBytes() }
        measurement.addChecksum { checksum(bytes.span.bytes) }
        return measurement
    }

    /// The numbers of rows in a file of u32.
    private static func rowNumbers(_ path: String) throws -> [Int] {
        guard let file = fopen(path, "r") else { throw H5Error(.noSuchFile, "there is no such file", file: path) }
        defer { fclose(file) }
        var rows = [UInt32](repeating: 0, count: 1 << 20)
        let count = fread(&rows, 4, rows.count, file)
        return rows.prefix(count).map { Int($0) }
    }

    /// Neighbouring rows one by one, each with a call of its own.
    private static func rowByRow(_ path: String, _ dataset: String, count: Int) throws -> Measurement {
        var measurement = Measurement()
        var crc = CRC32()
        try measurement.time {
            let data = try H5File.open(path).dataset(dataset)
            var row = [Float](repeating: 0, count: data.shape[1])
            for index in 0..<min(count, data.shape[0]) {
                try data.read(into: &row, [index, .all])
                crc.update(row.span.bytes)
            }
        }
        measurement.checksum = UInt64(crc.value)
        return measurement
    }

    /// The whole dataset in batches of a memory budget.
    private static func batches(_ path: String, _ dataset: String, mebibytes: Int) throws -> Measurement {
        var measurement = Measurement()
        var crc = CRC32()
        try measurement.time {
            let data = try H5File.open(path).dataset(dataset)
            try data.forEachBatch(of: Float.self, memory: .mebibytes(mebibytes)) { batch in
                crc.update(batch.values.elements.span.bytes)
            }
        }
        measurement.checksum = UInt64(crc.value)
        return measurement
    }

    /// Contiguous data where it lies in the file.
    private static func mapped(_ path: String, _ dataset: String) throws -> Measurement {
        var measurement = Measurement()
        measurement.checksum = try measurement.time {
            try H5File.open(path).dataset(dataset).withMappedBytes { checksum($0) }
        }
        return measurement
    }

    // MARK: Objects

    private static func walk(_ path: String) throws -> Measurement {
        var measurement = Measurement()
        measurement.checksum = try measurement.time {
            var sum: UInt64 = 0
            var line = Line()
            for object in try H5File.open(path).root.walk() where object.path != "/" {
                line.clear()
                switch object {
                case .group(let group):
                    line.append(group.path)
                    line.append(" G")
                case .dataset(let data):
                    line.append(data.path)
                    line.append(" D ")
                    var separator = ""
                    for extent in data.shape {
                        line.append(separator)
                        line.append(extent)
                        separator = "x"
                    }
                    if separator.isEmpty { line.append("-") }
                    line.append(" ")
                    line.append(data.datatype.size)
                default: continue
                }
                sum &+= line.checksum
            }
            return sum
        }
        return measurement
    }

    private static func attributes(_ path: String) throws -> Measurement {
        var measurement = Measurement()
        measurement.checksum = try measurement.time {
            var sum: UInt64 = 0
            var line = Line()
            for object in try H5File.open(path).root.walk() {
                let attributes: H5Attributes
                switch object {
                case .group(let group): attributes = group.attributes
                case .dataset(let data): attributes = data.attributes
                default: continue
                }
                for attribute in try attributes.all() where object.path != "/" {
                    line.clear()
                    line.append(object.path)
                    line.append("@")
                    line.append(attribute.name)
                    line.append("=")
                    if case .variableLengthString = attribute.datatype.kind {
                        line.append(try attribute.string())
                    } else {
                        line.append(attribute.storedBytes)
                    }
                    sum &+= line.checksum
                }
            }
            return sum
        }
        return measurement
    }

    private static func readAll(_ path: String) throws -> Measurement {
        var measurement = Measurement()
        measurement.checksum = try measurement.time {
            var sum: UInt64 = 0
            for object in try H5File.open(path).root.walk() {
                guard case .dataset(let data) = object else { continue }
                let bytes = try data.readBytes()
                sum &+= checksum(bytes.span.bytes)
            }
            return sum
        }
        return measurement
    }

    // MARK: Text

    private static func strings(_ path: String, _ dataset: String) throws -> Measurement {
        var measurement = Measurement()
        let strings = try measurement.time { try H5File.open(path).dataset(dataset).read(as: String.self) }
        measurement.addChecksum {
            var crc = CRC32()
            for string in strings.elements {
                let bytes = Array(string.utf8) + [10]
                crc.update(bytes.span.bytes)
            }
            return UInt64(crc.value)
        }
        return measurement
    }

    private static func stringBytes(_ path: String, _ dataset: String) throws -> Measurement {
        var measurement = Measurement()
        let strings = try measurement.time { try H5File.open(path).dataset(dataset).readStrings() }
        measurement.addChecksum {
            var crc = CRC32()
            let newline: [UInt8] = [10]
            for index in strings.indices {
                strings.withBytes(of: index) { crc.update($0) }
                crc.update(newline.span.bytes)
            }
            return UInt64(crc.value)
        }
        return measurement
    }
}
