import HDF5

/// Text on its way to a file: what names and attributes may hold, and how lists of text are stored.
enum WrittenText {
    /// - Throws: `USIDError` where `text` holds a NUL, which ends stored text.
    static func check(_ text: String, _ what: String, rule: USIDRule, path: String) throws {
        guard !text.utf8.contains(0) else {
            throw USIDError(.invalidArgument, rule: rule, path: path, "\(what) contains a NUL character: remove it")
        }
    }

    /// Checks the name of a Main, of a group or of ancillary datasets.
    ///
    /// - Throws: `USIDError` with code `invalidArgument` and rule R14 for a name that is empty, has a slash or a NUL, or
    ///   has a hyphen where these are not allowed.
    static func checkName(_ name: String, _ what: String, path: String, allowsHyphens: Bool = false) throws {
        func wrong(_ message: String) -> USIDError { USIDError(.invalidArgument, rule: "R14", path: path, message) }
        guard !name.isEmpty, name != ".", name != ".." else { throw wrong("\(what) needs a name") }
        try check(name, "the name of \(what)", rule: "R14", path: path)
        if name.utf8.contains(UInt8(ascii: "/")) {
            throw wrong("the name '\(name)' of \(what) contains a slash: make the groups above first")
        }
        if !allowsHyphens, name.utf8.contains(UInt8(ascii: "-")) {
            throw wrong(
                "the name '\(name)' of \(what) contains a hyphen, which separates source and tool in the names of "
                    + "results: write '_' instead")
        }
    }

    /// Writes texts as h5py writes NumPy strings: one axis, fixed length, padded with NUL (R25, R26).
    static func set(_ name: String, _ texts: [String], of object: some H5Attributed) throws {
        let length = max(1, texts.map(\.utf8.count).max() ?? 1)
        var bytes: [UInt8] = []
        var isASCII = true
        for text in texts {
            let start = bytes.count
            bytes += text.utf8
            isASCII = isASCII && text.utf8.allSatisfy { $0 < 0x80 }
            bytes += repeatElement(0, count: length - (bytes.count - start))
        }
        try object.setAttribute(
            name, datatype: .fixedString(length, characterSet: isASCII ? .ascii : .utf8),
            dataspace: .simple([texts.count]), storedBytes: bytes)
    }
}
