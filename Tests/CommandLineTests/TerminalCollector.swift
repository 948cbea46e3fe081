import Foundation

#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// A terminal that remembers what was written to it.
final class TerminalCollector {
    private let master: Int32
    /// The end that a process writes to.
    let end: FileHandle

    init(columns: Int) throws {
        var master: Int32 = -1
        var slave: Int32 = -1
        var size = winsize(ws_row: 40, ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
        guard openpty(&master, &slave, nil, nil, &size) == 0 else { throw CocoaError(.fileReadUnknown) }
        self.master = master
        end = FileHandle(fileDescriptor: slave, closeOnDealloc: true)
    }

    deinit { close(master) }

    /// What the process that has the other end writes until it ends.
    func text() throws -> String {
        // Only when nobody else has the terminal open does reading come to an end.
        try end.close()
        var bytes: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = read(master, &buffer, buffer.count)
            // Linux reports the end as an error.
            guard count > 0 else { break }
            bytes += buffer[..<count]
        }
        return String(decoding: bytes, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
    }
}
