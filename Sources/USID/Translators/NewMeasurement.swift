import HDF5

/// The measurement group that a translator makes, and what the file says of it.
struct NewMeasurement {
    /// What the attribute `translator` says.
    let translator: String
    /// What the attribute `data_type` says.
    let dataType: String
    let parameters: USIDParameters
    let options: USIDWriteOptions

    /// Makes the group, and lets `body` fill it (R51); what fails half-way leaves nothing behind.
    ///
    /// The two attributes go to the root group where that had no members, and otherwise to the measurement group, as the
    /// file holds other data too (R71).
    ///
    /// - Parameter path: The file that was translated, whose name the group remembers; empty where there was none.
    func write<Result>(into group: H5Group, from path: String, _ body: (H5Group) throws -> Result) throws -> Result {
        try WrittenText.check(translator, "the name of the translator", rule: "R71", path: group.path)
        try WrittenText.check(dataType, "the type of data", rule: "R71", path: group.path)
        let isNew = try group.path == "/" && group.count == 0 && group.attributes.count == 0
        let measurement =
            group.path == "/"
            ? try group.file.createMeasurementGroup(parameters: parameters, bookKeeping: options.bookKeeping)
            : try group.createIndexedGroup("Measurement", parameters: parameters, bookKeeping: options.bookKeeping)
        do {
            let result = try body(measurement)
            if let name = path.split(separator: "/").last, !name.utf8.contains(0) {
                try measurement.setAttribute("translated_from", String(name))
            }
            let place = isNew ? group : measurement
            try place.setAttribute("data_type", dataType)
            try place.setAttribute("translator", translator)
            return result
        } catch {
            if let last = measurement.path.split(separator: "/").last { try? group.remove(String(last)) }
            if isNew { for attribute in USIDBookKeeping.names { try? group.removeAttribute(attribute) } }
            throw error
        }
    }
}
