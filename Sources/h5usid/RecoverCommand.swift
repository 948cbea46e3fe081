import ArgumentParser
import CommandLineSupport
import HDF5

/// `h5usid recover`: undoes what a crash left half-done.
struct RecoverCommand: Verb {
    static let configuration = CommandConfiguration(
        commandName: "recover", abstract: "Undoes changes of a file that a crash left half-done.",
        discussion: """
            While a file is changed, the bytes that change are kept in a journal beside it (FILE.journal). When the process \
            or the machine stops in between, the journal stays; recover brings the file back to its last commit. Our own \
            programs do that when they open the file for changes, and show it undone when they only read it; other \
            programs need it done first.

            EXAMPLES:
              h5usid recover scan.h5
                  says what the journal holds, and rolls it back
              h5usid recover --dry-run scan.h5
                  only says what there is
              for f in *.h5; do h5usid recover "$f"; done
                  all files of a folder; files without a journal stay as they are
            """)

    @Argument(help: ArgumentHelp("The file.", valueName: "file"), completion: .file())
    var file: String

    @Flag(help: "Only say what the journal holds.")
    var dryRun = false

    var subject: String { file }

    func perform(_ output: Output) throws {
        guard let leftover = try H5File.leftoverJournal(of: file) else {
            output.line("\(file.escaped): nothing to recover, there is no journal")
            return
        }
        output.line(
            leftover.isEmpty
                ? "\(leftover.path.escaped) was begun and saves nothing: no byte of the file was changed"
                : "\(leftover.path.escaped) saves \(leftover.pieces.counted("piece")) "
                    + "(\(ByteText.text(leftover.bytes))) of a file of \(leftover.originalSize.counted("byte"))")
        if dryRun { return }
        try H5File.recover(file)
        output.line("\(file.escaped): back at its last commit")
    }
}
