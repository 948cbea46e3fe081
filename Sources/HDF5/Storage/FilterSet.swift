import HDF5Filters

/// The filters that one open file may use: the built-in ones and those of the host.
struct FilterSet: Sendable {
    private let added: [UInt16: any H5Filter]

    init(_ added: [any H5Filter] = []) {
        self.added = Dictionary(added.map { ($0.identifier, $0) }, uniquingKeysWith: { first, _ in first })
    }

    /// The filter of a registered number; nil where there is none.
    func filter(_ identifier: UInt16) -> (any H5Filter)? { added[identifier] ?? BuiltInFilters.filter(identifier) }

    /// Whether a registered number means the filter that comes with the library.
    func isBuiltIn(_ identifier: UInt16) -> Bool {
        added[identifier] == nil && BuiltInFilters.filter(identifier) != nil
    }
}
