import Streams
import Waits
import WebSocket

/// What answers wait for: a cause, and the side that it lies with where there is one.
package struct WaitKind: Hashable, Sendable {
    package var cause: Wait.Cause
    package var side: Side?
}

/// What is counted of the operations of one name.
package struct OperationFigures: Sendable {
    package struct Key: Hashable, Sendable {
        package var `protocol`: String
        /// Who sends the operations; of a request and its answers, who asks.
        package var from: Side
        /// The protocol's own word.
        package var type: String
        /// What is called, subscribed to or told, as it came; empty if there is none.
        package var name: [UInt8]
    }

    package var key: Key
    /// Operations, without those that answer others.
    package var count: UInt64 = 0
    /// Of them, those that a peer has to answer.
    package var requestCount: UInt64 = 0
    /// Requests that were answered at least once.
    package var answeredCount: UInt64 = 0
    /// Operations and answers that say that something failed.
    package var errorCount: UInt64 = 0
    /// Requests that had no answer when their connection ended.
    package var unansweredCount: UInt64 = 0
    /// From requests to their first answers.
    package var latencies = Durations()
    /// Nanoseconds of these that are explained, by what was waited for.
    package var waits: [WaitKind: Int64] = [:]

    package init(_ key: Key) { self.key = key }

    /// It has to do with requests.
    package var isAsked: Bool { requestCount > 0 || answeredCount > 0 || unansweredCount > 0 }
}
