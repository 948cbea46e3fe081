#if canImport(Darwin)
import Darwin
#else
import Glibc
#endif

/// Writes a line to standard error.
func complain(_ text: String) {
    let line = Array((text + "\n").utf8)
    _ = write(2, line, line.count)
}

func run(_ arguments: [String]) -> CInt {
    guard arguments.count >= 3 else {
        complain("usage: h5bench OP FILE [DATASET] [EXTRA]")
        return 64
    }
    func argument(_ index: Int) -> String { index < arguments.count ? arguments[index] : "" }
    do {
        guard
            let measurement = try Reading.run(arguments[1], arguments[2], argument(3), argument(4))
                ?? Writing.run(arguments[1], arguments[2], argument(3), argument(4))
        else { return 64 }
        print(measurement.json(arguments[1]))
        return 0
    } catch {
        complain("h5bench: \(error)")
        return 1
    }
}

exit(run(CommandLine.arguments))
