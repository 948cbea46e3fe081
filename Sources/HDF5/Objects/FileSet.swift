import HDF5Format

/// The other files of a file that is split over several, found as its driver information says.
struct FileSet {
    /// All of the set as one file.
    let source: any ByteSource

    /// Nil where the file is not split, or was opened as a set already.
    init?(
        _ driver: DriverInformation, first: any ByteSource, path: String?, externalFiles: H5ExternalFiles
    ) throws {
        switch driver.driver {
        case "NCSAfami":
            guard !(first is FamilySource) else { return nil }
            var cursor = ByteCursor(driver.information.span.bytes, sizes: FieldSizes())
            let memberSize = try cursor.readUInt64()
            // A family of one member is a plain file.
            guard first.size >= memberSize else { return nil }
            guard let path, let name = FamilyName(firstMember: path) else {
                throw H5Error(
                    .unsupported, "this is the first of a family of files; open it by a pattern such as scan_%05d.h5")
            }
            source = try FamilySource(members: try name.open(), memberSize: memberSize)
        case "NCSAmult":
            guard let path else {
                throw H5Error(.unsupported, "this is one of a set of files, which cannot be found from memory")
            }
            source = try MultiSource(members: try Self.members(driver.information, path, externalFiles))
        default: return nil
        }
    }

    /// The members of the multi driver: a map from six sorts of content to members, then per member its start and
    /// end, then their names, in which `%s` stands for the common part.
    private static func members(
        _ information: [UInt8], _ path: String, _ externalFiles: H5ExternalFiles
    ) throws -> [(start: UInt64, source: any ByteSource)] {
        var cursor = ByteCursor(information.span.bytes, sizes: FieldSizes())
        var distinct: [UInt8] = []
        for sort in 1...6 as ClosedRange<UInt8> {
            let stored = try cursor.readUInt8()
            let member = stored == 0 ? sort : stored
            guard (1...6).contains(member) else { throw cursor.damaged("the map of a set of files makes no sense") }
            if !distinct.contains(member) { distinct.append(member) }
        }
        try cursor.skip(2)
        var starts: [UInt64] = []
        for _ in distinct {
            starts.append(try cursor.readUInt64())
            try cursor.skip(8)
        }
        var names: [String] = []
        for _ in distinct {
            let start = cursor.position
            names.append(H5Name(try cursor.readNullTerminated("the name of a member of a set of files")).string)
            let used = cursor.position - start
            try cursor.skip(min((used + 7) & ~7 - used, cursor.remaining))
        }
        guard let own = names.first, own.hasPrefix("%s") else {
            throw H5Error(.unsupported, "the names of a set of files are not understood: \(names)")
        }
        let suffix = own.dropFirst(2)
        let name = path.lastIndex(of: "/").map { String(path[path.index(after: $0)...]) } ?? path
        guard name.hasSuffix(suffix) else {
            throw H5Error(
                .unsupported, "the file should end in '\(suffix)' for the others of its set to be found", file: path)
        }
        let common = name.dropLast(suffix.count)
        var members: [(start: UInt64, source: any ByteSource)] = []
        for (start, member) in zip(starts, names) {
            let file = member.hasPrefix("%s") ? common + member.dropFirst(2) : member[...]
            members.append((start, try externalFiles.open(String(file), from: path).source))
        }
        return members
    }
}
