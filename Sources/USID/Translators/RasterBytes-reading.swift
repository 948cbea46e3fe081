import Foundation

extension RasterBytes {
    /// Reads a file, unless it is larger than is allowed.
    ///
    /// - Throws: `USIDError` with the code `unreadableFile` or `tooLarge`.
    init(path: String, limit: Int) throws {
        func unreadable(_ reason: String) -> USIDError {
            USIDError(.unreadableFile, path: path, "the file cannot be read: \(reason)")
        }
        let attributes: [FileAttributeKey: Any]
        do {
            // Of the file that a symbolic link leads to.
            attributes = try FileManager.default.attributesOfItem(
                atPath: URL(fileURLWithPath: path).resolvingSymlinksInPath().path)
        } catch {
            throw unreadable("there is none, or it may not be read")
        }
        guard attributes[.type] as? FileAttributeType == .typeRegular else {
            throw unreadable("it is no file but a folder or a device")
        }
        if let size = attributes[.size] as? Int, size > limit {
            throw USIDError(
                .tooLarge, path: path, "the file has \(size) bytes, and \(limit) are allowed: raise the limit")
        }
        do {
            self.init(path: path, bytes: [UInt8](try Data(contentsOf: URL(fileURLWithPath: path))), limit: limit)
        } catch {
            throw unreadable("the system refuses it")
        }
    }

    /// How many bytes tell the kind of a file.
    static let startCount = 64 << 10

    /// The first bytes of a file, by which its kind is recognised.
    ///
    /// - Throws: `USIDError` with the code `unreadableFile`.
    static func start(of path: String, count: Int = startCount) throws -> [UInt8] {
        do {
            let handle = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? handle.close() }
            return [UInt8](try handle.read(upToCount: count) ?? Data())
        } catch {
            throw USIDError(
                .unreadableFile, path: path, "the file cannot be read: there is none, or it may not be read")
        }
    }
}
