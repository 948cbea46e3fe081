import CommandLineSupport
import HDF5
import USID

/// The first line: which file it is.
struct HeaderView {
    private let session: DumpSession

    init(_ session: DumpSession) { self.session = session }

    /// Shows the line.
    ///
    /// - Parameter provenance: Who wrote the file, and when, where its Mains say so.
    func show(_ provenance: USIDProvenance?) {
        let file = session.file
        var line = StyledText(session.fileName, .heading)
        line.append("   " + HumanText.size(file.size))
        line.append("   HDF5 superblock \(file.superblockVersion)")
        if file.userBlockSize > 0 { line.append("   user block of " + HumanText.size(file.userBlockSize)) }
        if file.offsetSize != 8 || file.lengthSize != 8 {
            line.append("   offsets of \(HumanText.count(file.offsetSize, "byte")), lengths of \(file.lengthSize)")
        }
        if let writer = provenance?.writer {
            let date = provenance?.timestamp.map { " on " + HumanText.timestamp($0).prefix { $0 != " " } } ?? ""
            line.append("   written by " + (writer + date).escaped)
        }
        session.print(line)
        for warning in file.warnings { session.print("note: " + warning.escaped, .warning) }
    }
}
