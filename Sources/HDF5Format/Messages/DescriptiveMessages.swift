/// Modification Time messages (0x0012, and 0x000E of old files), in seconds since 1970-01-01 UTC.
///
/// | 0x0012                             | 0x000E                                         |
/// |------------------------------------|------------------------------------------------|
/// | u8 version 1, 3 reserved, u32 time | 14 digits YYYYMMDDhhmmss (UTC), 2 reserved     |
package struct ModificationTimeMessage: Hashable, Sendable {
    package var secondsSince1970: Int64

    package init(secondsSince1970: Int64) { self.secondsSince1970 = secondsSince1970 }

    package init(from cursor: inout ByteCursor) throws {
        _ = try cursor.expectVersion(1...1, "modification time message")
        try cursor.skip(3)
        secondsSince1970 = Int64(try cursor.readUInt32())
    }

    package init(old cursor: inout ByteCursor) throws {
        func number(_ digits: Int) throws -> Int {
            var value = 0
            for _ in 0..<digits {
                let digit = try cursor.readUInt8()
                guard (0x30...0x39).contains(digit) else { throw cursor.damaged("a modification time is not a number") }
                value = value * 10 + Int(digit - 0x30)
            }
            return value
        }
        let year = try number(4)
        let month = try number(2)
        let day = try number(2)
        let hour = try number(2)
        let minute = try number(2)
        let second = try number(2)
        guard year > 0, (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second < 60 else {
            throw cursor.damaged("a modification time is no time of any day")
        }
        // Days from the civil date (proleptic Gregorian), counting years from March.
        let shifted = month <= 2 ? year - 1 : year
        let era = shifted / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        let days = era * 146_097 + dayOfEra - 719_468
        secondsSince1970 = Int64(days * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    /// Writes the message 0x0012.
    package func encode(to builder: inout ByteBuilder) throws {
        builder.writeUInt8(1)
        builder.writeZeros(3)
        try builder.writeUInt32(secondsSince1970, "a modification time")
    }

    /// Writes the message of old files, 0x000E.
    package func encode(old builder: inout ByteBuilder) throws {
        // The years 1 to 9999, so that nothing below can overflow and the year has four digits.
        guard (-62_135_596_800...253_402_300_799).contains(secondsSince1970) else {
            throw builder.unencodable("the time \(secondsSince1970) does not lie in the years 1 to 9999")
        }
        let seconds = Int(secondsSince1970) + 719_468 * 86_400
        // The civil date of a day (proleptic Gregorian), counting years from March.
        let days = seconds / 86_400
        let era = days / 146_097
        let dayOfEra = days - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        let year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
        let time = seconds % 86_400
        let fields = [
            (year, 4), (month, 2), (dayOfYear - (153 * shiftedMonth + 2) / 5 + 1, 2), (time / 3_600, 2),
            (time / 60 % 60, 2), (time % 60, 2),
        ]
        for (value, digits) in fields {
            let text = String(value)
            builder.writeBytes(repeatElement(0x30, count: max(0, digits - text.utf8.count)))
            builder.writeBytes(text.utf8)
        }
        builder.writeZeros(2)
    }
}

/// Comment message (0x000D): text about an object, NUL-terminated.
package struct CommentMessage: Hashable, Sendable {
    package var text: H5Name

    package init(text: H5Name) { self.text = text }

    package init(from cursor: inout ByteCursor) throws {
        let bytes = try cursor.readBytes(cursor.remaining)
        text = H5Name(bytes.extracting(0..<(bytes.firstZero(from: 0) ?? bytes.byteCount)))
    }

    package func encode(to builder: inout ByteBuilder) throws {
        try builder.writeNullTerminated(text.bytes, "the comment of an object")
    }
}
