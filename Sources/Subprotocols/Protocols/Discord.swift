import BinaryValues
import Bytes
import JSON
import WebSocket

/// Discord's gateway (its documentation, "Gateway"): objects of an opcode, data and, of events, a name, as JSON or Erlang's terms; each
/// compressed by itself, or all that the server sends as one stream: of zlib, whose pieces end with an empty block, or of zstd, a piece a
/// message.
final class Discord: Dialect {
    static let name: StaticString = "discord"

    static let isToldByURL = true

    static func recognise(_ handshake: HandshakeFacts) -> Recognition {
        guard handshake.host.hasPrefix("gateway"), handshake.host.contains(".discord.gg") else { return .none }
        return handshake.parameter("v") != nil ? .certain : .likely
    }

    /// An opcode alone tells nothing where the host does not.
    static let openings: Openings = []

    static func recognise(_ content: Span<UInt8>, _ message: MessageFacts) -> Bool {
        message.isText && JSONMembers.find("op", in: content)?.kind == .number
    }

    private let isTerms: Bool
    private let isStream: Bool
    private var stream = ZlibStream()
    /// Nil where the server sends none, the system has no libzstd, or something of it is missing.
    private var zstd: ZstdStream?
    private let isZstd: Bool
    private var inflated = ByteBuffer()
    /// The stream's beginning, or something since, is missing.
    private var isLost = false
    /// The message in which the piece began.
    private var firstMessage: UInt64 = 0

    private enum Space {
        static let heartbeat: UInt8 = 1
        static let session: UInt8 = 2
    }

    private static let pieceLimit = 1 << 20

    init(_ handshake: HandshakeFacts) {
        isTerms = handshake.parameter("encoding") == "etf"
        isStream = handshake.parameter("compress") == "zlib-stream"
        isZstd = handshake.parameter("compress") == "zstd-stream"
        zstd = isZstd ? ZstdStream() : nil
    }

    func decode(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        if dialogue.message.isText { return decode(payload: content, &dialogue) }
        if isStream, dialogue.message.side == .server { return takePiece(content, &dialogue) }
        if isZstd, dialogue.message.side == .server { return takeMessage(content, &dialogue) }
        var plain = ByteBuffer()
        if ZlibStream.inflate(whole: content, into: &plain, limit: Self.pieceLimit) { return decode(inflated: plain.span, &dialogue) }
        return isTerms ? decode(terms: content, &dialogue) : dialogue.message.misfit
    }

    private func takePiece(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        guard !isLost, dialogue.message.isWhole, stream.inflate(content, into: &inflated, limit: Self.pieceLimit) == .needsInput else {
            isLost = true
            inflated.removeAll(keepingAtMost: 0)
            return .unknown
        }
        if firstMessage == 0 { firstMessage = dialogue.message.number }
        guard content.count >= 4, content.uint32BE(at: content.count - 4) == 0x0000_FFFF else { return .fits }
        var piece = ByteBuffer()
        swap(&piece, &inflated)
        let fit = decode(inflated: piece.span, &dialogue)
        if firstMessage != dialogue.message.number { dialogue.change { $0.firstMessage = firstMessage } }
        firstMessage = 0
        return fit
    }

    /// A message of a zstd stream, which is all of a payload.
    private func takeMessage(_ content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var plain = ByteBuffer()
        guard let zstd, dialogue.message.isWhole, zstd.decompress(content, into: &plain, limit: Self.pieceLimit) == .needsInput else {
            self.zstd = nil
            return .unknown
        }
        return decode(inflated: plain.span, &dialogue)
    }

    private func decode(inflated content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        if isTerms { return decode(terms: content, &dialogue) }
        let fit = decode(payload: content, &dialogue)
        // What was compressed cannot be read in the message itself.
        if fit == .fits { dialogue.value(json: content) }
        return fit
    }

    private func decode(terms content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var json = ByteBuffer()
        guard let value = BinaryValue.append(.etf, content, to: &json), value.end == content.count else { return dialogue.message.misfit }
        let fit = decode(payload: json.span, &dialogue)
        dialogue.value(json.span, value)
        return fit
    }

    private func decode(payload content: Span<UInt8>, _ dialogue: inout Dialogue) -> Fit {
        var members = JSONMembers(content)
        var (code, name, data): (JSONValue?, JSONValue?, JSONValue?) = (nil, nil, nil)
        var sequence: JSONValue?
        while let member = members.next(content) {
            if content.has(member, "op") {
                code = members.value(content)
            } else if content.has(member, "t") {
                name = members.value(content)
            } else if content.has(member, "d") {
                data = members.value(content)
            } else if content.has(member, "s") {
                sequence = members.value(content)
            }
        }
        guard members.isWhole, let code, code.kind == .number, let number = content.extracting(code.range).decimal else {
            return dialogue.message.misfit
        }
        switch number {
        case 0:
            dialogue.add(.event, "Dispatch")
            dialogue.name(name, in: content)
            if let name, content.has(name, "READY") || content.has(name, "RESUMED") {
                dialogue.change { $0.role = .setup }
                if dialogue.answer(Space.session) { dialogue.succeed() }
            }
            // Afterwards: it is no id that answers refer to.
            dialogue.id(sequence, in: content)
        case 1:
            dialogue.add(.heartbeat, "Heartbeat")
            if dialogue.message.side == .client { dialogue.ask(Space.heartbeat, mustBeAnswered: false) }
        case 2:
            dialogue.add(.setup, "Identify")
            dialogue.ask(Space.session)
        case 3: dialogue.add(.event, "Presence Update")
        case 4: dialogue.add(.event, "Voice State Update")
        case 6:
            dialogue.add(.setup, "Resume")
            dialogue.ask(Space.session)
        case 7: dialogue.add(.setup, "Reconnect")
        case 8: dialogue.add(.event, "Request Guild Members")
        case 9:
            dialogue.add(.error, "Invalid Session")
            dialogue.answer(Space.session)
            dialogue.fail()
        case 10:
            dialogue.add(.setup, "Hello")
            if let data { dialogue.detail(JSONMembers.find("heartbeat_interval", of: data, in: content), in: content) }
        case 11:
            dialogue.add(.heartbeat, "Heartbeat ACK")
            if dialogue.answer(Space.heartbeat) { dialogue.succeed() }
        case 31: dialogue.add(.event, "Request Soundboard Sounds")
        default: return .foreign
        }
        return .fits
    }

    static func meaning(ofCloseCode code: UInt16) -> CloseMeaning? {
        let (again, never) = ("reconnect", "do not reconnect")
        return switch code {
        case 4000: CloseMeaning("unknown error", again)
        case 4001: CloseMeaning("unknown opcode", again)
        case 4002: CloseMeaning("a payload could not be decoded", again)
        case 4003: CloseMeaning("a payload was sent before Identify", again)
        case 4004: CloseMeaning("the token is not valid", never)
        case 4005: CloseMeaning("already identified", again)
        case 4007: CloseMeaning("the sequence number to resume from is not valid", "reconnect and identify anew")
        case 4008: CloseMeaning("payloads came too fast", again)
        case 4009: CloseMeaning("the session timed out", "reconnect and identify anew")
        case 4010: CloseMeaning("the shard is not valid", never)
        case 4011: CloseMeaning("sharding is required", never)
        case 4012: CloseMeaning("the version of the API is not valid", never)
        case 4013: CloseMeaning("the intents are not valid", never)
        case 4014: CloseMeaning("the intents are not allowed", never)
        default: nil
        }
    }
}
