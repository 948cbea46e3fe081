#if canImport(Darwin)
import Darwin
#elseif canImport(Musl)
import Musl
#else
import Glibc
#endif

/// Where text goes: standard output, gathered into large writes.
///
/// Every call of the C library that the tool makes is in this file.
final class Output {
    private var buffer: [UInt8] = []
    private static let capacity = 1 << 16

    /// Makes an output that ends the process quietly when the reader of a pipe has gone, as other commands do.
    init() {
        // A parent may have told the process to ignore the signal; then every write would fail instead.
        signal(SIGPIPE, SIG_DFL)
        buffer.reserveCapacity(Self.capacity + 4096)
    }

    /// Writes text.
    func write(_ text: String) {
        buffer.append(contentsOf: text.utf8)
        if buffer.count >= Self.capacity { flush() }
    }

    /// Writes text and ends the line.
    func line(_ text: String = "") {
        buffer.append(contentsOf: text.utf8)
        buffer.append(UInt8(ascii: "\n"))
        if buffer.count >= Self.capacity { flush() }
    }

    /// Hands everything to the system; ends the process with a message when that fails.
    func flush() {
        let failure = Terminal.write(buffer, to: STDOUT_FILENO)
        buffer.removeAll(keepingCapacity: true)
        if let failure {
            Terminal.complain("standard output: \(failure)")
            Terminal.exit(ExitStatus.unreadable.rawValue)
        }
    }
}

/// What the tool asks the system: the terminal, the environment, the end of the process.
enum Terminal {
    /// Writes bytes to a descriptor; the system's own words when that fails.
    static func write(_ bytes: [UInt8], to descriptor: Int32) -> String? {
        bytes.withUnsafeBytes { bytes in
            var written = 0
            while written < bytes.count {
                let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
                #if canImport(Darwin)
                let count = Darwin.write(descriptor, rest.baseAddress, rest.count)
                #elseif canImport(Musl)
                let count = Musl.write(descriptor, rest.baseAddress, rest.count)
                #else
                let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
                #endif
                if count < 0 {
                    if errno == EINTR { continue }
                    return String(cString: strerror(errno))
                }
                written += count
            }
            return nil
        }
    }

    /// Writes one line to standard error, in the tool's name.
    static func complain(_ sentence: String) {
        _ = write(Array("\(DumpCommand.name): \(sentence)\n".utf8), to: STDERR_FILENO)
    }

    /// Ends the process.
    static func exit(_ status: Int32) -> Never {
        #if canImport(Darwin)
        Darwin.exit(status)
        #elseif canImport(Musl)
        Musl.exit(status)
        #else
        Glibc.exit(status)
        #endif
    }

    /// The value of an environment variable.
    static func environment(_ name: String) -> String? { getenv(name).map { String(cString: $0) } }

    /// Whether standard output is a terminal.
    static var isTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// The columns of the terminal; nil when the output goes elsewhere.
    static var width: Int? {
        guard isTerminal else { return nil }
        if let text = environment("COLUMNS"), let columns = Int(text), columns > 0 { return columns }
        var size = winsize()
        guard ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// How the process ends.
enum ExitStatus: Int32 {
    /// Done; of `--validate`: no MUST rule is broken.
    case success = 0
    /// A MUST rule is broken, or there is no Main dataset.
    case invalid = 1
    /// A file or an object in it cannot be read.
    case unreadable = 2
    /// The command line makes no sense.
    case usage = 64
}
