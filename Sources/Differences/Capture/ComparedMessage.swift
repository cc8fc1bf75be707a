import Bytes
import WebSocket

/// What is kept of a message to compare it: the same few words whatever it carries.
public struct ComparedMessage: Sendable {
    /// The number of the frame that ends it; 0 if none did.
    public var frame: UInt64 = 0
    /// When its last byte was captured.
    public var time = Timestamp(nanoseconds: 0)
    /// Nanoseconds since the message before it, of either side; since the answer to the upgrade for the first.
    public var pause: Int64 = 0
    /// Nanoseconds since the request that it answers; nil if it answers none.
    public var latency: Int64?
    /// Application bytes.
    public var length: UInt64 = 0
    /// Payload bytes on the wire.
    public var wireLength: UInt64 = 0
    /// Of its content: equal contents have equal digests within one process, and others have others but for a chance in 2^64.
    public var digest: UInt64 = 0
    /// Of the lengths of its frames.
    var frameLengths: UInt64 = 0
    public var frameCount: UInt32 = 1
    /// Where its content is kept in the capture's, as far as there was room.
    var contentStart = 0
    var contentCount: UInt32 = 0
    /// Index into `ComparedCapture.operations`; 0 for none.
    var operation: UInt32 = 0
    public var opcode = Opcode.text
    public var flags: Flags = []

    public struct Flags: OptionSet, Sendable {
        public var rawValue: UInt8
        public init(rawValue: UInt8) { self.rawValue = rawValue }

        public static let isCompressed = Flags(rawValue: 1)
        /// Bytes are missing in the capture, or the end never came.
        public static let isIncomplete = Flags(rawValue: 1 << 1)
        /// Not all of its content was looked at: it is longer than a message may be.
        public static let isCut = Flags(rawValue: 1 << 2)
        /// Secrets were removed before it was compared.
        public static let isRedacted = Flags(rawValue: 1 << 3)
        /// It keeps the connection alive and says nothing else, in the words of its protocol.
        public static let isHeartbeat = Flags(rawValue: 1 << 4)
        /// The kept content is only its beginning.
        public static let isKeptInPart = Flags(rawValue: 1 << 5)
    }

    public init() {}

    /// A ping or pong, of WebSocket or of the protocol inside.
    public var isHeartbeat: Bool { opcode == .ping || opcode == .pong || flags.contains(.isHeartbeat) }
    var isCompressed: Bool { flags.contains(.isCompressed) }
}
