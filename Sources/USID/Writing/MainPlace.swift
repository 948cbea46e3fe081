import HDF5

/// Where a Main is about to be written.
struct MainPlace {
    let group: H5Group
    let name: String

    /// The path of the Main.
    var path: String { group.path == "/" ? "/" + name : group.path + "/" + name }

    func error(_ rule: USIDRule, _ message: String) -> USIDError {
        USIDError(.invalidArgument, rule: rule, path: path, message)
    }
}
