import HDF5Format

/// A file that lies in several files of one size, one after the other (the family driver).
final class FamilySource: ByteSource {
    private let members: [any ByteSource]
    private let memberSize: UInt64
    let size: UInt64

    /// - Parameter members: The files in order; all but the last have `memberSize` bytes.
    init(members: [any ByteSource], memberSize: UInt64) throws {
        guard memberSize > 0, let last = members.last else {
            throw H5Error(.damaged, "a family of files has no members or members of no size")
        }
        for member in members.dropLast() where member.size < memberSize {
            throw H5Error(.truncated, "a member of a family of files has \(member.size) bytes, not \(memberSize)")
        }
        self.members = members
        self.memberSize = memberSize
        size = UInt64(members.count - 1) * memberSize + min(last.size, memberSize)
    }

    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        var done = 0
        while done < buffer.count {
            let position = offset + UInt64(done)
            let member = Int(clamping: position / memberSize)
            guard member < members.count else {
                throw H5Error(.truncated, "the family of files ends before that place", address: offset)
            }
            let inside = position % memberSize
            let count = Int(min(UInt64(buffer.count - done), memberSize - inside))
            // The part of the caller's buffer that this member fills.
            try members[member].read(
                at: inside, into: UnsafeMutableRawBufferPointer(rebasing: buffer[done..<(done + count)]))
            done += count
        }
    }
}

/// A file whose sorts of content lie in files of their own (the multi and split drivers).
///
/// Each file answers for the addresses from its start to the next file's; between them the address space is empty.
final class MultiSource: ByteSource {
    private let members: [(start: UInt64, source: any ByteSource)]
    let size: UInt64
    let contentSize: UInt64

    init(members: [(start: UInt64, source: any ByteSource)]) throws {
        self.members = members.sorted { $0.start < $1.start }
        guard let last = self.members.last, self.members.first?.start == 0 else {
            throw H5Error(.damaged, "a set of files has no member for its start")
        }
        size = try last.start.adding(last.source.size, "the end of a set of files")
        contentSize = members.reduce(0) { $0 &+ $1.source.size }
    }

    private func member(at offset: UInt64) -> Int {
        (members.firstIndex { $0.start > offset } ?? members.count) - 1
    }

    func available(at offset: UInt64) -> UInt64 {
        let member = members[member(at: offset)]
        let inside = offset - member.start
        return member.source.size > inside ? member.source.size - inside : 0
    }

    /// Fills what lies between the files with zeros; `available(at:)` keeps structures from reaching there.
    func read(at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer) throws {
        buffer.initializeMemory(as: UInt8.self, repeating: 0)
        let end = offset &+ UInt64(buffer.count)
        for member in members where member.start < end && member.start &+ member.source.size > offset {
            let from = max(offset, member.start)
            let to = min(end, member.start &+ member.source.size)
            // The part of the caller's buffer that this member fills.
            try member.source.read(
                at: from - member.start,
                into: UnsafeMutableRawBufferPointer(rebasing: buffer[Int(from - offset)..<Int(to - offset)]))
        }
    }
}

/// The names of the members of a family: a pattern such as `scan_%05d.h5`.
struct FamilyName {
    private let prefix: String
    private let suffix: String
    private let width: Int

    /// Understands `%d` and `%05d`; nil for other names.
    init?(pattern: String) {
        guard let percent = pattern.firstIndex(of: "%") else { return nil }
        var rest = pattern[pattern.index(after: percent)...]
        var digits = ""
        while let first = rest.first, first.isASCII, first.isNumber {
            digits.append(first)
            rest = rest.dropFirst()
        }
        guard rest.first == "d" else { return nil }
        prefix = String(pattern[..<percent])
        suffix = String(rest.dropFirst())
        width = min(Int(digits) ?? 0, 20)
    }

    /// Takes the number out of the name of a first member: the last run of zeros in front of the extension.
    init?(firstMember path: String) {
        let name = path.lastIndex(of: "/").map { path[path.index(after: $0)...] } ?? path[...]
        guard let last = name.lastIndex(of: "0") else { return nil }
        var first = last
        while first > name.startIndex, name[name.index(before: first)] == "0" { first = name.index(before: first) }
        prefix = String(path[..<first])
        suffix = String(path[path.index(after: last)...])
        width = path.distance(from: first, to: last) + 1
    }

    /// The path of a member.
    func path(_ number: Int) -> String {
        let digits = String(number)
        return prefix + String(repeating: "0", count: max(0, width - digits.count)) + digits + suffix
    }

    /// Opens all members there are.
    func open() throws -> [any ByteSource] {
        var members: [any ByteSource] = [try ReadOnlyFile(path: path(0))]
        while members.count < 1 << 16 {
            do {
                members.append(try ReadOnlyFile(path: path(members.count)))
            } catch let error as H5Error where error.code == .noSuchFile {
                break
            }
        }
        return members
    }
}
