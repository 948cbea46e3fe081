/// Gives pieces one after the other: while the caller works on one, the next one is read.
package struct ReadAhead<Piece: Sendable> {
    private let count: Int
    private let read: @Sendable (Int) throws -> Piece
    private var number = 0
    private var ahead: Task<Piece, any Error>?

    /// - Parameters:
    ///   - count: The number of pieces.
    ///   - read: Reads the piece of a number.
    package init(count: Int, _ read: @escaping @Sendable (Int) throws -> Piece) {
        self.count = count
        self.read = read
    }

    /// The next piece; nil behind the last one.
    ///
    /// - Throws: What reading throws; `CancellationError` when the task was cancelled.
    package mutating func next() async throws -> Piece? {
        try Task.checkCancellation()
        guard number < count else { return nil }
        let current = ahead ?? start(number)
        ahead = nil
        let piece = try await current.value
        number += 1
        if number < count { ahead = start(number) }
        return piece
    }

    private func start(_ number: Int) -> Task<Piece, any Error> {
        let read = read
        // On a thread of its own: reading blocks, which the threads of Swift's concurrency must not.
        return Task { try await WorkerThreads.onThread { try read(number) } }
    }
}
