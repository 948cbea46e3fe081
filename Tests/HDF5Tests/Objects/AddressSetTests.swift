import Testing

@testable import HDF5

@Suite struct AddressSetTests {
    @Test("an address is new exactly once, near others and far from all")
    func insertion() {
        var generator = SeededGenerator(seed: 3)
        var addresses = AddressSet()
        var known: Set<UInt64> = []
        var near: UInt64 = 0
        for number in 0..<20_000 {
            if number % 50 == 0 { near = generator.next() >> UInt64.random(in: 0...60, using: &generator) }
            let address = near &+ UInt64.random(in: 0...9_000, using: &generator)
            #expect(addresses.insert(address) == known.insert(address).inserted)
        }
        for edge in [0, UInt64.max, UInt64.max - 1, 4_095, 4_096] {
            #expect(addresses.insert(edge) == known.insert(edge).inserted)
            #expect(addresses.insert(edge) == false)
        }
    }
}
