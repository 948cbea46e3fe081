import HDF5
import HDF5Filters

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// One operation on one file, timed from opening to closing, with a checksum outside the timed part.
struct Measurement {
    var seconds = 0.0
    var processorSeconds = 0.0
    var checksumSeconds = 0.0
    var checksum: UInt64 = 0

    static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    static func processorTime() -> Double {
        var usage = rusage()
        // RUSAGE_SELF is 0 everywhere; its type differs.
        getrusage(.init(0), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The peak of resident memory in MiB.
    static func peakMemory() -> Double {
        guard let file = fopen("/proc/self/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, 256, file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            if text.hasPrefix("VmHWM:") {
                return (Double(text.split(separator: " ").dropFirst().first ?? "0") ?? 0) / 1024
            }
        }
        return 0
    }

    mutating func time<R>(_ body: () throws -> R) rethrows -> R {
        let processor = Self.processorTime()
        let start = Self.now()
        let result = try body()
        seconds += Self.now() - start
        processorSeconds += Self.processorTime() - processor
        return result
    }

    mutating func addChecksum(_ body: () -> UInt64) {
        let start = Self.now()
        checksum &+= body()
        checksumSeconds += Self.now() - start
    }
}

func checksum(_ span: RawSpan) -> UInt64 {
    var crc = CRC32()
    crc.update(span)
    return UInt64(crc.value)
}

func checksum(_ text: String) -> UInt64 {
    let bytes = Array(text.utf8)
    return checksum(bytes.span.bytes)
}

let arguments = CommandLine.arguments
guard arguments.count >= 3 else {
    print("usage: h5bench OP FILE [DATASET] [EXTRA]")
    exit(64)
}
let operation = arguments[1]
let path = arguments[2]
let dataset = arguments.count > 3 ? arguments[3] : ""
let extra = arguments.count > 4 ? arguments[4] : ""
var measurement = Measurement()

func readRows(_ path: String) -> [Int] {
    guard let file = fopen(path, "r") else { return [] }
    defer { fclose(file) }
    var rows = [UInt32](repeating: 0, count: 1 << 20)
    let count = fread(&rows, 4, rows.count, file)
    return rows.prefix(count).map { Int($0) }
}

switch operation {
case "full", "rows10", "col", "rand1000":
    let rows = operation == "rand1000" ? readRows(extra) : []
    let values = try measurement.time { () throws -> H5Array<Float> in
        let data = try H5File.open(path).dataset(dataset)
        switch operation {
        case "full": return try data.read(as: Float.self)
        case "rows10": return try data.read(as: Float.self, [.every(10), .all])
        case "col": return try data.read(as: Float.self, [.all, data.shape[1] / 2])
        default: return try data.read(as: Float.self, [.at(rows), .all])
        }
    }
    measurement.addChecksum { checksum(values.elements.span.bytes) }
case "walk":
    measurement.checksum = try measurement.time {
        var sum: UInt64 = 0
        for object in try H5File.open(path).root.walk() where object.path != "/" {
            switch object {
            case .group(let group): sum &+= checksum("\(group.path) G")
            case .dataset(let data):
                let shape = data.shape.isEmpty ? "-" : data.shape.map(String.init).joined(separator: "x")
                sum &+= checksum("\(data.path) D \(shape) \(data.datatype.size)")
            default: break
            }
        }
        return sum
    }
case "attrs":
    measurement.checksum = try measurement.time {
        var sum: UInt64 = 0
        for object in try H5File.open(path).root.walk() where object.path != "/" {
            let attributes: H5Attributes
            switch object {
            case .group(let group): attributes = group.attributes
            case .dataset(let data): attributes = data.attributes
            default: continue
            }
            for attribute in try attributes.all() {
                var bytes = Array("\(object.path)@\(attribute.name)=".utf8)
                if case .variableLengthString = attribute.datatype.kind {
                    bytes += Array(try attribute.string().utf8)
                } else {
                    bytes += attribute.storedBytes
                }
                sum &+= checksum(bytes.span.bytes)
            }
        }
        return sum
    }
case "readall":
    measurement.checksum = try measurement.time {
        var sum: UInt64 = 0
        for object in try H5File.open(path).root.walk() {
            guard case .dataset(let data) = object else { continue }
            let bytes = try data.readBytes()
            sum &+= checksum(bytes.span.bytes)
        }
        return sum
    }
case "compound":
    let bytes = try measurement.time { try H5File.open(path).dataset(dataset).readBytes() }
    measurement.addChecksum { checksum(bytes.span.bytes) }
case "field":
    let column = try measurement.time { try H5File.open(path).dataset(dataset).read(field: extra, as: Float.self) }
    measurement.addChecksum { checksum(column.elements.span.bytes) }
case "vlen":
    let strings = try measurement.time { try H5File.open(path).dataset(dataset).read(as: String.self) }
    measurement.addChecksum {
        var crc = CRC32()
        for string in strings.elements {
            let bytes = Array(string.utf8) + [10]
            crc.update(bytes.span.bytes)
        }
        return UInt64(crc.value)
    }
case "vlenbytes":
    let strings = try measurement.time { try H5File.open(path).dataset(dataset).readStrings() }
    measurement.addChecksum {
        var crc = CRC32()
        for index in strings.indices {
            strings.withBytes(of: index) { crc.update($0) }
            let newline: [UInt8] = [10]
            crc.update(newline.span.bytes)
        }
        return UInt64(crc.value)
    }
default:
    exit(64)
}
print(
    "{\"t\": \(measurement.seconds), \"tc\": \(measurement.checksumSeconds), \"cpu\": \(measurement.processorSeconds), "
        + "\"rss_mb\": \(Measurement.peakMemory()), \"\(operation)\": \(measurement.checksum)}")
