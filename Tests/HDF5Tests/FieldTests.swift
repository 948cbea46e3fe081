import Foundation
import HDF5
import Testing

@Suite struct FieldTests {
    static let files =
        Fixtures.names(in: "hdf5").filter { $0.hasPrefix("datatypes-compounds") }.map { "hdf5/" + $0 }
        + Fixtures.names(in: "usid").filter { $0.hasPrefix("main-compound") }.map { "usid/" + $0 }

    @Test("every number member read as a column equals that member of the whole rows", arguments: files)
    func columns(_ name: String) throws {
        let file = try H5File.open(Fixtures.root.appendingPathComponent(name).path)
        var compared = 0
        for object in try file.root.walk() {
            guard case .dataset(let dataset) = object, case .compound(let members) = dataset.datatype.kind else {
                continue
            }
            let rows = try dataset.readValues()
            for member in members {
                let wanted = rows.elements.map { row -> Double? in
                    guard case .compound(let values) = row else { return nil }
                    return values.first { $0.name == member.name }.flatMap { $0.value.number }
                }
                switch member.type.kind {
                case .integer, .float: break
                default: continue
                }
                let column = try dataset.read(field: member.name, as: Double.self, policy: .rounding)
                #expect(column.elements.map { $0.isNaN ? nil : $0 } == wanted, "\(dataset.path).\(member.name)")
                compared += 1
            }
        }
        #expect(compared > 0)
    }

    @Test("a member at the start of the record is read from contiguous, compact and chunked data")
    func firstMember() throws {
        let layouts = Self.files.flatMap { name -> [H5Storage.Layout] in
            guard let file = try? H5File.open(Fixtures.root.appendingPathComponent(name).path),
                let walk = try? file.root.walk()
            else { return [] }
            return walk.compactMap {
                guard case .dataset(let dataset) = $0, case .compound(let members) = dataset.datatype.kind,
                    members.contains(where: { $0.offset == 0 })
                else { return nil }
                return try? dataset.storage.layout
            }
        }
        #expect(layouts.contains { if case .contiguous = $0 { true } else { false } })
    }
}

extension H5Value {
    fileprivate var number: Double? {
        switch self {
        case .integer(let value): return Double(value)
        case .unsigned(let value): return Double(value)
        case .float(let value): return value.value.isNaN ? nil : value.value
        default: return nil
        }
    }
}
