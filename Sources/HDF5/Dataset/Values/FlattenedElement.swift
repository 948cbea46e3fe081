import HDF5Format

/// What one stored element holds once array types are opened: one value, or the values of its arrays side by side.
///
/// The axes of an array type follow those of the dataset, and arrays of arrays give all their axes in turn, so that a
/// dataset of shape (5) whose elements are arrays of shape (2, 3) reads as numbers of shape (5, 2, 3).
struct FlattenedElement {
    /// The extents that the arrays add, slowest first; empty where the type is no array.
    let extents: [Int]
    /// The values of one element.
    let count: Int
    /// The type of one value.
    let datatype: H5Datatype

    /// Throws `H5Error` (`damaged`) where the arrays do not lie inside their element.
    init(_ element: H5Datatype) throws {
        var extents: [Int] = []
        var inner = element
        while case .array(let shape, let base) = inner.kind {
            extents += shape
            inner = base
        }
        let count = try checkedProduct(extents, "the values of an element")
        let size = try checkedProduct(count, inner.size, "the size of an element")
        guard inner.size > 0, size <= element.size else {
            throw H5Error(
                .damaged, "an array type of \(element.size) bytes holds \(count) values of \(inner.size) bytes")
        }
        self.extents = extents
        self.count = count
        datatype = inner
    }

    /// The bytes of all values of one element.
    var size: Int { count * datatype.size }
}
