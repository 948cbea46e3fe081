/// Why what is against a rule cannot be mended without guessing.
enum LeftoverReasons {
    private static let byRule: [USIDRule: String] = [
        "R1": "what was measured, or which dataset is meant, is not in the file",
        "R2": "which axis counts positions is not in the file",
        "R3": "there is no data",
        "R4": "what the elements mean as numbers is not in the file",
        "R5": "what was measured is not in the file",
        "R6": "the unit is not in the file",
        "R7": "the dataset that is meant cannot be told",
        "R8": "the dataset that is meant cannot be told",
        "R9": "the dataset that was meant is gone",
        "R12": "where the reference led is not in the file",
        "R14": "another object has the name that it would get",
        "R20": "how the elements belong to points and dimensions cannot be told",
        "R21": "the missing indices and values are not in the file",
        "R22": "the missing indices and values are not in the file",
        "R23": "they cannot be stored as 32-bit unsigned integers without a change",
        "R24": "the lost digits are not in the file",
        "R25": "which labels are right is not in the file",
        "R26": "which units are right is not in the file",
        "R27": "which of the dimensions is called otherwise is not in the file",
        "R28": "the name of the dimension is not in the file",
        "R30": "which code belongs to which dimension cannot be told",
        "R31": "which of the two lists is right cannot be told",
        "R32": "which of the two lists is right cannot be told",
        "R34": "names are free, and other programs may know the dataset by its own",
        "R41": "readers rank the indices, and the offsets may be kept nowhere else",
        "R50": "other programs may know the dataset by its path",
        "R53": "which of name, place and attributes is right cannot be told",
        "R54": "where the source is cannot be told",
        "R70": "when, where and by what it was made is not in the file",
        "R72": "it is not in the file",
        "R73": "which positions are complete cannot be told",
        .hdf5: "what cannot be read cannot be mended (h5usid repack copies the rest)",
    ]

    static func reason(_ finding: USIDFinding) -> String {
        if finding.rule == "R53", finding.cause?.hasPrefix("F7") == true { return "there are no results to describe" }
        if finding.rule == "R73", finding.level == .should {
            return "what 'last_pixel' counts differs from tool to tool"
        }
        if finding.rule == "R6", finding.cause?.hasPrefix("F6") == true { return "the right unit is not in the file" }
        return byRule[finding.rule] ?? "it cannot be told what is right"
    }
}
