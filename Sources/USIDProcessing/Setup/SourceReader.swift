import HDF5
import USID

/// Reads positions of a source as the input of a process; any number of threads may do so at once.
struct SourceReader<Input: H5Element>: Sendable {
    /// The dataset, of a file that several threads read at once.
    private let dataset: H5Dataset
    /// The same as a Main where its real form is read; nil else, as it takes time to know its dimensions.
    private let main: USIDDataset?
    private let form: SourceForm
    /// The number of values of a position.
    let width: Int
    /// Whether reading is work for the processor: its chunks have to be decoded.
    let isDecoding: Bool

    /// - Parameter reopened: The dataset of the Main in a file of its own, to be read instead; nil for its own.
    /// - Throws: `USIDProcessError` with code `invalidProcess` for a form that the source, or the input, does not have.
    init(_ main: USIDDataset, from reopened: H5Dataset? = nil, _ form: SourceForm, process: String) throws {
        func wrong(_ message: String, _ cause: (any Error)? = nil) -> USIDProcessError {
            USIDProcessError(.invalidProcess, path: main.path, "\(process) \(message)", cause: cause)
        }
        dataset = reopened ?? main.dataset
        self.main = form == .real ? try reopened.map { try USIDDataset($0) } ?? main : nil
        self.form = form
        isDecoding = !main.dataset.filters.isEmpty
        let type = main.dataset.datatype
        let isCompound = if type.complexBase == nil, case .compound = type.kind { true } else { false }
        switch form {
        case .stored:
            width = main.spectroscopicPointCount
            if isCompound {
                throw wrong(
                    "reads numbers and the elements are \(type): name the member to read, or take their real form")
            }
            if type.complexBase != nil, !Self.isComplex {
                throw wrong("reads real numbers and the elements are complex: take their real form")
            }
        case .field(let name):
            width = main.spectroscopicPointCount
            guard isCompound, case .compound(let members) = type.kind else {
                throw wrong("reads the member '\(name)' and the elements are \(type)")
            }
            guard members.contains(where: { $0.name == name }) else {
                throw wrong(
                    "reads the member '\(name)', which the elements do not have (there are: "
                        + members.prefix(16).map(\.name).joined(separator: ", ") + ")")
            }
        case .real:
            guard Input.self is Float.Type || Input.self is Double.Type else {
                throw wrong("takes the real form, which comes as Float or Double and not as \(Input.self)")
            }
            let (count, overflow) = main.spectroscopicPointCount.multipliedReportingOverflow(
                by: try main.realForm.parts.count)
            guard !overflow else { throw wrong("takes the real form, which is too long") }
            width = count
        }
    }

    private static var isComplex: Bool { Input.self is Complex<Float>.Type || Input.self is Complex<Double>.Type }

    /// Reads positions to an array, whose memory is used again where it has the right size.
    ///
    /// - Throws: `H5Error` as reading does.
    func read(_ positions: Range<Int>, into buffer: inout [Input]) throws {
        let selection = H5Selection.axes([
            .range(lower: positions.lowerBound, upper: positions.upperBound, stride: 1), .whole,
        ])
        switch form {
        case .stored:
            if buffer.count == positions.count * width {
                try dataset.read(into: &buffer, selection, policy: .rounding)
            } else {
                buffer = try dataset.read(as: Input.self, selection, policy: .rounding).elements
            }
        case .field(let name):
            buffer = try dataset.read(field: name, as: Input.self, selection, policy: .rounding).elements
        case .real:
            guard let main else { return }
            let elements: Any =
                if Input.self is Float.Type {
                    try main.readReal(as: Float.self, positions: positions).elements
                } else {
                    try main.readReal(as: Double.self, positions: positions).elements
                }
            guard let elements = elements as? [Input] else { return }
            buffer = elements
        }
    }
}
