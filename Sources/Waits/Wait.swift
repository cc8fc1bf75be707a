import WebSocket

/// Where the time between a request and its answer went. The parts add up to the latency.
public struct Wait: Sendable, Equatable {
    public enum Cause: UInt8, Sendable, CaseIterable {
        /// A side did not read: the window of its TCP was closed, or too small for what was to be sent.
        case window
        /// Bytes were missing until they were sent again, or came late.
        case resent
        /// Another message had to come first on the same connection.
        case headOfLine
        /// Bytes of the request, or of the answer, were on their way one after the other.
        case transfer
        /// The way to the peer and back, as long as it took at best.
        case network
        /// The peer had the request, and nothing was missing.
        case peer
        /// It cannot be known.
        case unknown

        public var name: StaticString {
            switch self {
            case .window: "window"
            case .resent: "resent"
            case .headOfLine: "head-of-line"
            case .transfer: "transfer"
            case .network: "network"
            case .peer: "peer"
            case .unknown: "unknown"
            }
        }
    }

    /// One cause, with what shows it.
    public struct Part: Sendable, Equatable {
        public var cause: Cause
        public var nanoseconds: Int64
        /// Whose window it was, who sent again, whose message came first.
        public var side: Side?
        /// Packets that show it: of what was sent again the first copy and the last, of a window what closed and what opened it, of a
        /// peer's wait its acknowledgement. 0 for none.
        public var firstPacket: UInt64 = 0
        public var lastPacket: UInt64 = 0
        /// The message that came first, the longest of several; 0 for none.
        public var message: UInt64 = 0
        /// The connection of that message, where it is another one; 0 for none.
        public var connection: UInt64 = 0

        public init(_ cause: Cause, _ nanoseconds: Int64) {
            self.cause = cause
            self.nanoseconds = nanoseconds
        }
    }

    /// The longest first; none of them takes no time.
    public var parts: [Part]

    public init(_ parts: [Part] = []) { self.parts = parts }
}
