import Bytes
import HTTP
import Inspection
import Packets
import Rules
import Verdicts
import WebSocket

/// A connection as it stood when it was handed over: a copy, because the connection itself goes on changing in another thread.
public struct ConnectionEntry: Sendable {
    var number: UInt64
    var status: Connection.Status
    var client: Endpoint
    var server: Endpoint
    var time: Timestamp
    var responseTime: Timestamp?
    var request: RequestHead?
    var response: ResponseHead?
    var url: String?
    var subprotocol: String?
    var extensions: [Extension]
    var inferred: [String]
    var packets: PacketList
    var deflate: DeflateParameters?
    /// The connection itself, to ask conditions of.
    let constant: ConstantPart
    /// nil while the connection lasts.
    var verdict: Verdict?

    /// Of one that still lasts it is that of an open connection.
    var standing: Verdict.Standing { verdict?.standing ?? .open }
    var carrier: Carrier { constant.connection.carrier }

    // What the rows add up to.
    var frames: [2 of UInt64] = [0, 0]
    /// Application bytes of all messages, as in every summary: inflated, and of what is missing only what was captured.
    var bytes: [2 of UInt64] = [0, 0]
    var lastTime: Timestamp
    var findingCounts: [3 of UInt64] = [0, 0, 0]

    init(_ connection: Connection) {
        constant = ConstantPart(connection)
        number = connection.number
        status = connection.status
        client = connection.client
        server = connection.server
        time = connection.time
        responseTime = connection.responseTime
        request = connection.request
        response = connection.response
        url = connection.url
        subprotocol = connection.subprotocol
        extensions = connection.extensions
        inferred = connection.inferred
        packets = connection.packets
        deflate = connection.deflate
        lastTime = connection.responseTime ?? connection.time
    }

    /// - Parameter message: application bytes of the message that the frame ends; 0 where it ends none.
    mutating func add(_ row: FrameRow, message: UInt64) {
        let side = row.from == .client ? 0 : 1
        frames[side] += 1
        bytes[side] &+= message
        lastTime = row.time
    }

    mutating func add(_ message: UnfinishedMessage) { bytes[message.from.rawValue] &+= message.length }

    var frameCount: UInt64 { frames[0] + frames[1] }
    var byteCount: UInt64 { bytes[0] + bytes[1] }
    var worst: Severity? { Severity.allCases.last { findingCounts[$0.rawValue] > 0 } }
    var findingCount: UInt64 { Severity.allCases.reduce(0) { $0 + findingCounts[$1.rawValue] } }
    /// Nanoseconds from its beginning to the last that was captured of it.
    var duration: Int64 { max(0, lastTime.nanoseconds(since: time)) }
    /// Nanoseconds from the request to the answer.
    var upgradeNanoseconds: Int64? { request == nil ? nil : responseTime?.nanoseconds(since: time) }
}

/// A connection of which another thread may read what never changes: its number, its ends and its handshake.
struct ConstantPart: @unchecked Sendable {
    let connection: Connection
    init(_ connection: Connection) { self.connection = connection }
}

/// A finding with what it is about.
struct FindingEntry: Sendable {
    var finding: Finding
    /// The frame's row; nil for what is about no single frame.
    var row: UInt32?
    /// Index into `Transcript.connections`; nil for what is about none.
    var connection: UInt32?
    var from: Side?
    var time: Timestamp
}
