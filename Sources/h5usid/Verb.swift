import ArgumentParser
import CommandLineSupport
import HDF5
import USID
import USIDProcessing

/// What the tool is called.
enum H5USID {
    static let name = "h5usid"
}

/// Thrown where all was done and told, and the answer is no: exit code 1.
struct AnswerIsNo: Error {}

/// Thrown where a signal ended work of which something is left, which the message says.
struct Interrupted: Error {
    let message: String
    init(_ message: String) { self.message = message }
}

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
        let output = Output(of: H5USID.name)
        defer { output.flush() }
        do {
            try perform(output)
            return .success
        } catch is AnswerIsNo {
            return .invalid
        } catch is CancellationError {
            Terminal.complain("interrupted; nothing was changed", of: H5USID.name)
            return .interrupted
        } catch let error as Interrupted {
            Terminal.complain(error.message.escaped, of: H5USID.name)
            return .interrupted
        } catch let error as UsageError {
            Terminal.complain(error.message.escaped, of: H5USID.name)
            return .usage
        } catch {
            let cause = (error as? FileError)?.error ?? error
            let told = (cause as? USIDError)?.path.isEmpty == true && !isAboutFile(cause) ? "\(cause)".escaped : nil
            Terminal.complain(told ?? ErrorText.full(error, file: subject), of: H5USID.name)
            return Self.status(of: cause)
        }
    }

    /// Whether an error without a path is about the file as a whole, not about the command line.
    private func isAboutFile(_ error: any Error) -> Bool { (error as? USIDError)?.code == .notMain }

    /// How the process ends after an error.
    private static func status(of error: any Error) -> ExitStatus {
        if let error = error as? USIDProcessError {
            switch error.code {
            case .invalidProcess, .budget: return .usage
            default: return .unreadable
            }
        }
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
