import CommandLineSupport
import HDF5
import USID

/// One run of the tool: opens the files, calls the views, tells what went wrong.
struct DumpRun {
    private let command: DumpCommand
    private let output: Output
    private let style: TerminalStyle

    init(_ command: DumpCommand, _ output: Output) {
        self.command = command
        self.output = output
        style = TerminalStyle(isColoured: command.color.isColoured)
    }

    /// Runs, and says how the process ends.
    func status() -> ExitStatus {
        guard let path = command.arguments.first else { return .usage }
        if command.isValidating { return validate() }
        do {
            let file = try H5File.open(path)
            if command.digest {
                try H5Digest(of: file).write(to: output.write)
            } else {
                try show(file, path)
            }
            return .success
        } catch let error as UsageError {
            return fail(error.message.escaped, .usage)
        } catch {
            return fail(ErrorText.full(error, file: path), .unreadable)
        }
    }

    private func fail(_ sentence: String, _ status: ExitStatus) -> ExitStatus {
        output.flush()
        Terminal.complain(sentence, of: DumpCommand.name)
        return status
    }

    // MARK: Validation

    private func validate() -> ExitStatus {
        let view = ValidateView(output, style: style, isComplete: command.all)
        var outcomes: [(name: String, outcome: FindingsJSON.Outcome)] = []
        var reports: [USIDReport] = []
        var status = ExitStatus.success
        for path in command.arguments {
            do {
                let report = try USIDValidator().validate(try H5File.open(path))
                reports.append(report)
                outcomes.append((path, .report(report)))
                if !command.json { view.show(report, name: path) }
                if !report.isValid, status == .success { status = .invalid }
            } catch {
                outcomes.append((path, .unreadable(ErrorText.plain(error))))
                status = fail(ErrorText.full(error, file: path), .unreadable)
            }
        }
        if command.json {
            output.write(FindingsJSON.text(of: outcomes))
        } else {
            view.showSum(of: reports, unreadable: command.arguments.count - reports.count)
        }
        return status
    }

    // MARK: Views

    private func session(_ file: H5File, _ name: String, mains: MainIndex.Extent) -> DumpSession {
        DumpSession(
            file: file, fileName: name, output: output, style: style,
            choices: DumpSession.Choices(
                isComplete: command.all, showsAttributes: command.attributes, depth: command.depth),
            lookingFor: mains)
    }

    private func show(_ file: H5File, _ name: String) throws {
        guard command.arguments.count > 1 else {
            if command.json { return try TreeJSON(session(file, name, mains: .shown)).write(.group(file.root)) }
            return try showFile(file, name)
        }
        let object = try file.object(command.arguments[1])
        if command.json { return try TreeJSON(session(file, name, mains: .shown)).write(object) }
        if let data = command.data {
            guard case .dataset(let dataset) = object else {
                throw UsageError("\(object.path) is a \(object.kindName); -d shows the values of a dataset")
            }
            let selection = try SelectionArgument(data, shape: dataset.shape)
            try DataView(session(dataset.file, name, mains: .shown), dataset).show(selection)
            return
        }
        switch object {
        case .group(let group):
            let session = session(group.file, name, mains: .around(group.path))
            var tree = TreeView(session)
            try tree.show(group)
            let mains = session.mains.mains.filter { tree.isBelow($0.dataset, group) }
            if !mains.isEmpty { MainView(session).showAll(mains) }
        case .dataset(let dataset):
            DatasetView(session(dataset.file, name, mains: .around(dataset.path)), dataset).show()
        case .datatype(let datatype): DatatypeView(session(datatype.file, name, mains: .shown)).show(datatype)
        case .unreadable(let object): throw object.error
        }
    }

    private func showFile(_ file: H5File, _ name: String) throws {
        let root = try file.root
        let session = session(file, name, mains: .everything)
        // Where the file is too large to be looked through, Mains are known only after the tree.
        let provenance = session.mains.mains.first.flatMap { try? $0.provenance() }
        HeaderView(session).show(provenance)
        output.line()
        var tree = TreeView(session)
        try tree.show(root)
        MainView(session, headerProvenance: provenance).showAll(session.mains.mains)
    }
}
