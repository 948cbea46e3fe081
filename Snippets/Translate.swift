// Translate IN OUT.h5: brings a picture, a table of numbers or an array of NumPy's into h5USID.
import HDF5
import USID

do {
    guard CommandLine.arguments.count == 3 else { throw H5Error(.invalidArgument, "usage: Translate IN OUT.h5") }
    let (source, target) = (CommandLine.arguments[1], CommandLine.arguments[2])
    let file = try H5File.create(target, replacing: true)
    // snippet.translate
    switch try Translators.translator(for: source) {
    case var translator as ImageTranslator:
        translator.x = TranslatedAxis("X", units: "nm", from: 0, through: 500)
        translator.y = TranslatedAxis("Y", units: "nm", from: 0, through: 500)
        translator.options.filters = [.shuffle, .deflate(4)]
        try translator.translate(source, into: file.root)
    case let translator?:
        print(try translator.description(of: source))
        try translator.translate(source, into: file.root) { print($0.step, $0.completed, "of", $0.total) }
    case nil: print("\(source) is nothing that can be translated")
    }
    // snippet.end
    try file.commit()
    for main in try USIDDataset.all(in: file) { print(main) }
} catch {
    print(error)
}
