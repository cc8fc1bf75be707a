import Bytes
import Inspection
import Verdicts
import WebSocket

/// A captured conversation as it can be played again: what each side sent, in the order of the capture.
public struct Script: Sendable {
    /// A message of it, joined and inflated.
    public struct Line: Sendable {
        public var from: Side
        public var opcode: Opcode
        public var content: [UInt8] = []
        public var isCompressed = false
        /// Payload bytes of each of its frames, as on the wire.
        public var frameLengths: [Int] = []
        /// The number of the frame that ends it, as reports show it.
        public var number: UInt64
        /// When its last byte was captured.
        public var time: Timestamp
        /// It keeps the connection alive and says nothing else, in the words of its protocol.
        public var isHeartbeat = false
        /// All of its content is known.
        public var isWhole = false
    }

    /// A frame of it, in the order of their last bytes.
    public struct Part: Sendable {
        /// Index into `lines`.
        public var line: Int
        /// Counted from 0 within the line.
        public var index: Int
        public var time: Timestamp
    }

    public let connection: Connection
    public internal(set) var lines: [Line] = []
    public internal(set) var parts: [Part] = []
    /// How it ended, and by whom; nil where that was not reported.
    public internal(set) var manner: Verdict.Manner?
    public internal(set) var endedBy: Side?
    public internal(set) var endTime: Timestamp?
    /// Content of it was too much to be kept.
    public internal(set) var isTooLarge = false

    public init(_ connection: Connection) { self.connection = connection }

    /// What others are counted from: the answer to the upgrade.
    public var start: Timestamp { connection.responseTime ?? connection.time }

    /// It ended in a way that can be done again; otherwise the capture ended before it.
    public var hasEnd: Bool {
        switch manner {
        case nil, .stillOpen, .notRecorded, .reportedFailure, .forgotten: false
        default: true
        }
    }

    /// Why it cannot be played by a side, as a clause; nil where it can.
    public func obstacle(for side: Side) -> String? {
        if connection.request == nil { return "its upgrade request was not captured" }
        if connection.status == .inferred { return "the answer to its upgrade was not captured" }
        if isTooLarge { return "its messages are more than fit into --memory" }
        guard side == .client || connection.response != nil else { return "its upgrade was not answered" }
        guard let broken = lines.first(where: { $0.from == side && !$0.isWhole }) else { return nil }
        return "bytes of the \(side.name)'s frame \(broken.number) are missing in the capture"
    }

    /// Leaves out a last message of a side that the capture breaks off.
    mutating func dropUnfinished() {
        for side in Side.allCases {
            guard let last = lines.lastIndex(where: { $0.from == side }), !lines[last].isWhole, !hasEnd else { continue }
            parts.removeAll { $0.line == last }
            lines[last].isWhole = true
            lines[last].frameLengths = []
        }
    }
}
