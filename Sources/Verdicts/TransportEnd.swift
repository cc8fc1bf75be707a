import Channels

/// How TCP ended, or why nothing more comes.
package enum TransportEnd: Equatable, Sendable {
    case reset
    /// Both sides sent FIN.
    case finished
    case captureEnded
    /// It was recorded by a program, which says nothing of TCP.
    case unrecorded
    /// Another connection uses the ports from this packet on.
    case portsReused(PacketMark)
    case forgotten
    /// The client's next request.
    case stillHTTP(PacketMark)
    /// The layer that carries it could not be read on.
    case unreadable
    /// What the server answers is not HTTP/1.
    case notHTTP(Foreign?)
    /// The server answers in HTTP/1, with a head that is longer than the limit or whose first line cannot be read.
    case unreadHead(isTooLong: Bool)

    /// Words for the moment after which nothing more is known: "the capture ended".
    ///
    /// - Parameter isStopped: reading stopped before the end of the capture, after as many frames as were asked for.
    package static func lastMoment(isStopped: Bool) -> String { isStopped ? "reading stopped at --count" : "the capture ended" }

    /// A protocol that a server speaks although it was not asked for.
    package enum Foreign: Equatable, Sendable {
        case http2
        case tls
    }
}
