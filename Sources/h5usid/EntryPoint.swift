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
            of: H5USIDCommand.name)
        Terminal.exit(ExitStatus.usage.rawValue)
    }
}

/// Thrown where all was done and told, and the answer is no: exit code 1.
struct AnswerIsNo: Error {}

/// What a subcommand does.
protocol Verb: ParsableCommand {
    /// Does it.
    func perform(_ output: Output) throws
    /// The file that is named where an error names none.
    var subject: String { get }
}

extension Verb {
    /// Does it, tells of errors, and says how the process is to end.
    func status() -> ExitStatus {
        let output = Output(of: H5USIDCommand.name)
        defer { output.flush() }
        do {
            try perform(output)
            return .success
        } catch is AnswerIsNo {
            return .invalid
        } catch is CancellationError {
            Terminal.complain("interrupted; nothing was changed", of: H5USIDCommand.name)
            return .interrupted
        } catch let error as UsageError {
            Terminal.complain(error.message.escaped, of: H5USIDCommand.name)
            return .usage
        } catch {
            let cause = (error as? FileError)?.error ?? error
            let told = (cause as? USIDError)?.path.isEmpty == true && !isAboutFile(cause) ? "\(cause)".escaped : nil
            Terminal.complain(told ?? ErrorText.full(error, file: subject), of: H5USIDCommand.name)
            return Self.status(of: cause)
        }
    }

    /// Whether an error without a path is about the file as a whole, not about the command line.
    private func isAboutFile(_ error: any Error) -> Bool { (error as? USIDError)?.code == .notMain }

    /// How the process ends after an error.
    private static func status(of error: any Error) -> ExitStatus {
        if let error = error as? USIDError {
            switch error.code {
            case .unknownDimension, .outOfRange, .invalidArgument, .noUnitValues: return .usage
            case .notMain: return .invalid
            case .noNDimensionalForm: return .cannotHold
            default: return .unreadable
            }
        }
        return (error as? H5Error)?.code == .notInGeneration ? .cannotHold : .unreadable
    }
}
