#if canImport(Darwin)
import Darwin
#elseif canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#endif

/// What the system says of the computer, and of the time of its clock.
package enum HostInformation {
    /// The name of the computer; empty where it has none.
    package static let hostName: String = {
        // Names have at most 255 bytes (POSIX, HOST_NAME_MAX).
        var name = [CChar](repeating: 0, count: 257)
        guard gethostname(&name, name.count - 1) == 0 else { return "" }
        return text(name)
    }()

    /// The operating system, its version and the kind of processor, such as `Linux 6.1.0 x86_64`.
    package static let platform: String = {
        var system = utsname()
        guard uname(&system) == 0 else { return "" }
        // Each field is an array of characters; C arrays are tuples here, which only their bytes can be read of.
        let fields = [
            withUnsafeBytes(of: system.sysname) { text($0.bindMemory(to: CChar.self)) },
            withUnsafeBytes(of: system.release) { text($0.bindMemory(to: CChar.self)) },
            withUnsafeBytes(of: system.machine) { text($0.bindMemory(to: CChar.self)) },
        ]
        return fields.filter { !$0.isEmpty }.joined(separator: " ")
    }()

    /// The present moment in local time: year, month, day, hour, minute, second.
    package static var localTime: [Int] {
        var now = time(nil)
        var parts = tm()
        guard localtime_r(&now, &parts) != nil else { return [1970, 1, 1, 0, 0, 0] }
        return [
            Int(parts.tm_year) + 1900, Int(parts.tm_mon) + 1, Int(parts.tm_mday), Int(parts.tm_hour),
            Int(parts.tm_min), Int(parts.tm_sec),
        ]
    }

    /// The text before the first zero.
    private static func text(_ characters: some Sequence<CChar>) -> String {
        String(decoding: characters.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
