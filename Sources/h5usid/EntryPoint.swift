import ArgumentParser
import CommandLineSupport
import HDF5
import USID

/// The start of the process.
@main
enum EntryPoint {
    static func main() {
        do {
            var command = try H5USIDCommand.parseAsRoot()
            if let command = command as? any Verb {
                Interruption.watch()
                Terminal.exit(command.status().rawValue)
            }
            try command.run()
        } catch {
            end(error)
        }
    }

    /// Ends after `--help` and the like, or after a command line that makes no sense.
    private static func end(_ error: any Error) -> Never {
        guard H5USIDCommand.exitCode(for: error) != .success else { H5USIDCommand.exit(withError: error) }
        let message = H5USIDCommand.message(for: error)
        Terminal.complain(
            message.split(separator: "\n").joined(separator: " ").escaped + " (see h5usid --help)",
            of: H5USID.name)
        Terminal.exit(ExitStatus.usage.rawValue)
    }
}
