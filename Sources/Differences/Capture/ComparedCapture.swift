import Bytes
import Inspection
import WebSocket

/// What is kept of a capture to compare it with another, within limits.
public final class ComparedCapture {
    public struct Limits: Sendable {
        /// Messages of all connections.
        public var messageCount = 500_000
        /// Content of all messages, and heads of all connections.
        public var contentByteCount = 64 << 20
        /// Content of one message.
        public var messageByteCount = 64 << 10

        public init() {}
    }

    let limits: Limits
    /// In the order in which they were recognised.
    public internal(set) var connections: [ComparedConnection] = []
    /// Connections and messages that were too many.
    public internal(set) var omittedConnectionCount: UInt64 = 0
    public internal(set) var omittedMessageCount: UInt64 = 0
    /// Messages of which no content, or not all of it, was kept.
    public internal(set) var unkeptCount: UInt64 = 0
    /// Messages that secrets were removed from.
    public internal(set) var redactedCount: UInt64 = 0
    /// TCP connections that came to nothing, by what became of them.
    public internal(set) var attempts: [String: UInt64] = [:]
    /// TLS connections that could not be read.
    public internal(set) var encryptedCount: UInt64 = 0
    /// What messages mean, in words: each once.
    var operations: [String] = [""]
    var messageCount = 0
    var headByteCount = 0
    private var contents: [UInt8] = []

    public init(_ limits: Limits = Limits()) { self.limits = limits }

    /// The content of a message, as far as it is kept.
    func content(of message: ComparedMessage) -> [UInt8] {
        Array(contents[message.contentStart..<message.contentStart + Int(message.contentCount)])
    }

    /// Keeps what there is room for.
    func keep(_ content: Span<UInt8>, in message: inout ComparedMessage) {
        let room = max(0, limits.contentByteCount - contents.count - headByteCount)
        let count = min(content.count, limits.messageByteCount, room)
        if count < content.count {
            message.flags.insert(.isKeptInPart)
            unkeptCount += 1
        }
        message.contentStart = contents.count
        message.contentCount = UInt32(count)
        unsafe content.extracting(0..<count).withUnsafeBufferPointer { unsafe contents.append(contentsOf: $0) }
    }

    /// Of what a message means; 0 where that is not known. The same in every capture.
    func operationDigest(of message: ComparedMessage) -> UInt64 {
        message.operation == 0 ? 0 : UInt64(bitPattern: Int64(operations[Int(message.operation)].hashValue))
    }

    /// What a message means; nil where that is not known.
    public func operation(of message: ComparedMessage) -> String? {
        message.operation == 0 ? nil : operations[Int(message.operation)]
    }

    /// Messages that were kept.
    public var keptMessageCount: Int { messageCount }
}
