/// The addresses that a walk has seen: one bit for each byte of the pages in which some lie.
///
/// Objects that are visited one after the other lie close together as a rule, so a bit is found without hashing; a
/// page of 4 KiB with objects costs 512 bytes, about as much as a set of their addresses would.
struct AddressSet {
    private static let pageBits: UInt64 = 12
    private static let wordsPerPage = 1 << 6

    /// The bits of all pages, side by side.
    private var words: [UInt64] = []
    /// Where the bits of a page start in `words`.
    private var starts: [UInt64: Int] = [:]
    private var lastPage: UInt64 = .max
    private var lastStart = 0

    /// Adds an address; false where it was there.
    mutating func insert(_ address: UInt64) -> Bool {
        let page = address >> Self.pageBits
        if page != lastPage {
            if let known = starts[page] {
                lastStart = known
            } else {
                lastStart = words.count
                starts[page] = lastStart
                words.append(contentsOf: repeatElement(0, count: Self.wordsPerPage))
            }
            lastPage = page
        }
        let place = Int(truncatingIfNeeded: address & (1 << Self.pageBits &- 1))
        let bit: UInt64 = 1 << UInt64(place & 63)
        let index = lastStart &+ place >> 6
        let isNew = words[index] & bit == 0
        words[index] |= bit
        return isNew
    }
}
