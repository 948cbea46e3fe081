import HDF5Filters
import Testing

@Suite("Built-in filters")
struct BuiltInFiltersTests {
    @Test("The table finds a filter under its own identifier only")
    func table() {
        let found = (UInt16.min...UInt16.max).filter { BuiltInFilters.filter($0) != nil }
        #expect(found == [1, 2, 3, 4, 5, 6, 32000])
        #expect(found.allSatisfy { BuiltInFilters.filter($0)?.identifier == $0 })
        #expect(found.allSatisfy { BuiltInFilters.filter($0)?.name == BuiltInFilters.registeredName($0) })
    }

    @Test("Registered names cover filters that are not built in")
    func names() {
        #expect(BuiltInFilters.registeredName(32015) == "Zstandard")
        #expect(BuiltInFilters.registeredName(307) == "bzip2")
        #expect(BuiltInFilters.registeredName(9999) == nil)
    }

    @Test("Errors print their code and their message")
    func errorDescription() {
        #expect(FilterError(.damaged, "cut short").description == "damaged: cut short")
        #expect(FilterError.Code("mine") != .damaged)
    }
}
