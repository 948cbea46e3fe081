/// The addresses that a walk has seen: one bit for each byte of the pages in which some lie.
///
/// Objects that are visited one after the other lie close together as a rule, so a bit is found without hashing; a
/// page of 4 KiB with objects costs 512 bytes, about as much as a set of their addresses would.
struct AddressSet {
    private static let pageBits: UInt64 = 12
    private static let wordsPerPage = 1 << 6
    private static let pagesPerSlab = 1 << 5

    /// The bits of all pages, some pages to a slab: bits that are there are not moved when more come.
    private var slabs: [[UInt64]] = []
    /// The number of each page, in the order in which they came.
    private var places: [UInt64: Int] = [:]
    private var lastPage: UInt64 = .max
    private var lastPlace = 0

    /// Adds an address; false where it was there.
    mutating func insert(_ address: UInt64) -> Bool {
        let page = address >> Self.pageBits
        if page != lastPage {
            if let known = places[page] {
                lastPlace = known
            } else {
                lastPlace = places.count
                places[page] = lastPlace
                if lastPlace % Self.pagesPerSlab == 0 {
                    slabs.append([UInt64](repeating: 0, count: Self.pagesPerSlab * Self.wordsPerPage))
                }
            }
            lastPage = page
        }
        let place = Int(truncatingIfNeeded: address & (1 << Self.pageBits &- 1))
        let bit: UInt64 = 1 << UInt64(place & 63)
        let slab = lastPlace / Self.pagesPerSlab
        let index = lastPlace % Self.pagesPerSlab * Self.wordsPerPage + place >> 6
        let isNew = slabs[slab][index] & bit == 0
        slabs[slab][index] |= bit
        return isNew
    }
}
