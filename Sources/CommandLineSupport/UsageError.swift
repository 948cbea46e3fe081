/// A command line that asks for what does not exist in the file's own terms: exit code 64.
package struct UsageError: Error {
    package var message: String
    package init(_ message: String) { self.message = message }
}
