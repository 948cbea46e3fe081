import ArgumentParser
import CommandLineSupport
import HDF5

/// The start of the process.
@main
enum EntryPoint {
    static func main() {
        let command: DumpCommand
        do {
            command = try DumpCommand.parse(DumpCommand.completed(Array(CommandLine.arguments.dropFirst())))
        } catch {
            end(error)
        }
        let output = Output(of: DumpCommand.name)
        let status = DumpRun(command, output).status()
        output.flush()
        Terminal.exit(status.rawValue)
    }

    /// Ends after `--help` and the like, or after a command line that makes no sense.
    private static func end(_ error: any Error) -> Never {
        guard DumpCommand.exitCode(for: error) != .success else { DumpCommand.exit(withError: error) }
        let message = DumpCommand.message(for: error)
        Terminal.complain(
            message.split(separator: "\n").joined(separator: " ").escaped + " (see \(DumpCommand.name) --help)",
            of: DumpCommand.name)
        Terminal.exit(ExitStatus.usage.rawValue)
    }
}
