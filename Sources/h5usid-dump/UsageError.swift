/// A command line that asks for what does not exist in the file's own terms: exit code 64.
struct UsageError: Error {
    var message: String
    init(_ message: String) { self.message = message }
}
