import HDF5Filters

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// What one operation took, timed from opening to closing, with a checksum outside the timed part where it can be.
public struct Measurement {
    /// What was timed.
    public var seconds = 0.0
    /// What all threads worked in that time.
    public var processorSeconds = 0.0
    /// What checksums took.
    public var checksumSeconds = 0.0
    /// The sum of the checksums.
    public var checksum: UInt64 = 0
    /// What waiting for the disk took, beside the operation itself.
    public var syncSeconds: Double?

    /// A measurement of nothing yet.
    public init() {}

    /// The seconds of a clock that never goes back.
    public static func now() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
    }

    /// The seconds that all threads of the process have worked.
    public static func processorTime() -> Double {
        var usage = rusage()
        // RUSAGE_SELF is 0 everywhere; its type differs.
        getrusage(.init(0), &usage)
        func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) * 1e-6 }
        return seconds(usage.ru_utime) + seconds(usage.ru_stime)
    }

    /// The peak of resident memory in MiB.
    public static func peakMemory() -> Double {
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

    /// Adds what something takes.
    public mutating func time<R>(_ body: () throws -> R) rethrows -> R {
        let processor = Self.processorTime()
        let start = Self.now()
        let result = try body()
        seconds += Self.now() - start
        processorSeconds += Self.processorTime() - processor
        return result
    }

    /// Adds a checksum, whose time is counted by itself.
    public mutating func addChecksum(_ body: () -> UInt64) {
        let start = Self.now()
        checksum &+= body()
        checksumSeconds += Self.now() - start
    }

    /// The line that `peers.py` and its like read.
    public func json(_ operation: String) -> String {
        "{\"t\": \(seconds), \"tc\": \(checksumSeconds), \"cpu\": \(processorSeconds), "
            + "\"rss_mb\": \(Self.peakMemory())\(syncSeconds.map { ", \"sync\": \($0)" } ?? ""), "
            + "\"\(operation)\": \(checksum)}"
    }
}

/// The CRC-32 of some bytes.
public func checksum(_ span: RawSpan) -> UInt64 {
    var crc = CRC32()
    crc.update(span)
    return UInt64(crc.value)
}
