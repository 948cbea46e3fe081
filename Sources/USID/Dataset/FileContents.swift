import HDF5

/// Every object of a file, visited once.
struct FileContents {
    private(set) var groups: [H5Group] = []
    private(set) var datasets: [H5Dataset] = []
    private(set) var datatypes: [H5NamedDatatype] = []
    private(set) var unreadable: [H5UnreadableObject] = []
    /// The path of every object by its address, those that cannot be read included.
    private(set) var paths: [UInt64: String] = [:]

    init(_ file: H5File) throws {
        for object in try file.root.walk() {
            paths[object.address] = object.path
            switch object {
            case .group(let group): groups.append(group)
            case .dataset(let dataset): datasets.append(dataset)
            case .datatype(let datatype): datatypes.append(datatype)
            case .unreadable(let object): unreadable.append(object)
            }
        }
    }

    /// Takes note that another object has the path of one.
    mutating func replace(_ address: UInt64, by new: UInt64) { paths[new] = paths.removeValue(forKey: address) }
}
