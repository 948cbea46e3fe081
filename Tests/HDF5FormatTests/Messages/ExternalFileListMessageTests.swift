import Testing

@testable import HDF5Format

@Suite struct ExternalFileListMessageTests {
    @Test("lists keep their slots")
    func roundTrip() throws {
        try forGeneratedValues { values in
            let list = ExternalFileListMessage(
                heapAddress: values.address(),
                slots: values.array(0...6) { values in
                    ExternalFileListMessage.Slot(
                        nameOffset: values.length(), fileOffset: values.length(),
                        size: values.bool() ? nil : values.length())
                }, allocatedSlots: values.uint16())
            try expectRoundTrip(list, values.sizes, { try $0.encode(to: &$1) }) {
                try ExternalFileListMessage(from: &$0)
            }
        }
    }
}
