/// What became of a client's session when it was connected again, counted over a chain.
package struct Continuity: Equatable, Sendable {
    /// Times that a client was open again after it had lost a connection, and messages of both were understood.
    package var knownCount = 0
    /// The server took the old session up again.
    package var resumedCount = 0
    /// The client asked for its session, and the server had none.
    package var deniedCount = 0
    /// Subscriptions that the lost connections had, and those of them that were made again.
    package var subscriptionCount = 0
    package var repeatedCount = 0
    /// The protocol's word for a subscription, in the singular.
    package var noun = "subscription"
    /// The protocol inside the connections.
    package var protocolName: String?

    /// Times that numbers in the server's messages tell what came in between.
    package var numberedCount = 0
    /// Messages that these numbers lack, and messages that came a second time.
    package var missingCount: UInt64 = 0
    package var againCount: UInt64 = 0
    /// Times that numbers began anew.
    package var restartedCount = 0
    /// The member of the messages that counts.
    package var numberName: String?
}
