import Bytes
import Channels

@testable import HTTP3

/// Frames and instructions as they go over the wire.
enum Wire {
    /// In as few bytes as possible, or so many.
    static func number(_ value: UInt64, bytes count: Int? = nil) -> [UInt8] {
        let count = count ?? (value < 1 << 6 ? 1 : value < 1 << 14 ? 2 : value < 1 << 30 ? 4 : 8)
        var bytes = (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> (8 * UInt64($0))) }
        bytes[0] |= UInt8(count.trailingZeroBitCount) << 6
        return bytes
    }

    static func frame(_ type: UInt64, _ payload: [UInt8]) -> [UInt8] { number(type) + number(UInt64(payload.count)) + payload }

    static func data(_ text: String) -> [UInt8] { frame(FrameType.data, Array(text.utf8)) }

    static func headers(_ section: [UInt8]) -> [UInt8] { frame(FrameType.headers, section) }

    static func settings(_ pairs: [(UInt64, UInt64)] = []) -> [UInt8] {
        [0] + frame(FrameType.settings, pairs.flatMap { number($0) + number($1) })
    }

    static func settings(tableCapacity: UInt64, enablesConnect: Bool = false) -> [UInt8] {
        settings([(1, tableCapacity)] + (enablesConnect ? [(8, 1)] : []))
    }

    /// A section of literal fields.
    static func section(_ fields: [(String, String)]) -> [UInt8] {
        var section: [UInt8] = [0, 0]
        for (name, value) in fields {
            let (name, value) = (Array(name.utf8), Array(value.utf8))
            section += integer(name.count, prefix: 3, first: 0x20) + name + integer(value.count, prefix: 7, first: 0) + value
        }
        return section
    }

    static func insert(_ name: String, _ value: String) -> [UInt8] {
        let (name, value) = (Array(name.utf8), Array(value.utf8))
        return integer(name.count, prefix: 5, first: 0x40) + name + integer(value.count, prefix: 7, first: 0) + value
    }

    static func integer(_ value: Int, prefix: Int, first: UInt8) -> [UInt8] {
        let mask = 1 << prefix - 1
        if value < mask { return [first | UInt8(value)] }
        var bytes = [first | UInt8(mask)]
        var rest = value - mask
        while rest >= 128 {
            bytes.append(UInt8(rest & 0x7F) | 0x80)
            rest >>= 7
        }
        return bytes + [UInt8(rest)]
    }

    static let request = section([
        (":method", "CONNECT"), (":protocol", "websocket"), (":scheme", "https"), (":path", "/chat"), (":authority", "example.com"),
    ])

    static let answer = section([(":status", "200")])
}

/// A session and, as lines by stream, what it said.
struct Listener {
    let session: HTTP3Session
    /// By stream and direction, so that the order among them does not count.
    private(set) var reports: [String: [String]] = [:]
    private(set) var marks: [String: [Origin]] = [:]
    private var offsets: [String: UInt64] = [:]
    private var packet: UInt64 = 0

    init(_ limits: HTTP3Limits = HTTP3Limits(), client: Direction? = .fromLow, isFromBeginning: Bool = true) {
        session = HTTP3Session(limits, client: client, isFromBeginning: isFromBeginning)
    }

    /// A session of which the settings were seen, with a table of 4,096 bytes.
    static func begun(_ limits: HTTP3Limits = HTTP3Limits()) -> Listener {
        var listener = Listener(limits)
        listener.take(Wire.settings(tableCapacity: 4_096), of: 2, from: .fromLow)
        listener.take(Wire.settings(tableCapacity: 4_096, enablesConnect: true), of: 3, from: .fromHigh)
        listener.take([2] + Wire.integer(4_096, prefix: 5, first: 0x20), of: 6, from: .fromLow)
        return listener
    }

    var lines: [String] { reports.sorted { $0.key < $1.key }.flatMap { key, value in value.map { "\(key) \($0)" } } }

    mutating func take(_ bytes: [UInt8], of stream: UInt64, from direction: Direction) {
        let key = Self.key(stream, direction)
        let offset = offsets[key, default: 0]
        offsets[key] = offset + UInt64(bytes.count)
        perform(bytes) { session, output, mark in
            session.take(bytes.span, of: stream, from: direction, at: offset, mark, into: &output)
        }
    }

    mutating func noteGap(_ count: UInt64, of stream: UInt64, from direction: Direction) {
        offsets[Self.key(stream, direction), default: 0] += count
        perform([]) { $0.noteGap(count, of: stream, from: direction, at: $2, into: &$1) }
    }

    mutating func end(_ stream: UInt64, from direction: Direction) { perform([]) { $0.end(stream, from: direction, at: $2, into: &$1) } }

    mutating func reset(_ stream: UInt64, from direction: Direction, code: UInt64) {
        perform([]) { $0.reset(stream, from: direction, code: code, at: $2, into: &$1) }
    }

    mutating func stop(_ stream: UInt64, from direction: Direction, code: UInt64) {
        perform([]) { $0.stop(stream, from: direction, code: code, at: $2, into: &$1) }
    }

    mutating func finish() { perform([]) { session, output, _ in session.finish(into: &output) } }

    private mutating func perform(_ input: [UInt8], _ body: (HTTP3Session, inout LayerOutput, PacketMark) -> Void) {
        packet += 1
        var output = LayerOutput()
        body(session, &output, PacketMark(number: packet, time: Timestamp(nanoseconds: Int64(packet))))
        note(output, input)
    }

    private mutating func note(_ output: borrowing LayerOutput, _ input: [UInt8]) {
        for action in output.actions {
            switch action {
            case .deliver(let range, let isInput, let source, let stream, let direction):
                let bytes = isInput ? Array(input[range]) : output.bytes.span.extracting(range).copied()
                add("\"\(String(decoding: bytes, as: UTF8.self))\"", stream, direction, source)
            case .gap(let gap, let stream, let direction): add("lacks \(gap)", stream, direction)
            case .head(let section, let source, let stream, let direction):
                add("head \(section.lines.joined(separator: ", "))", stream, direction, source)
            case .end(let stream, let direction, let abort, _):
                add("end\(abort.map { " \($0.carrier) \($0.name)" } ?? "")", stream, direction)
            case .drain(let stream, let direction): add("drains", stream, direction)
            case .warn(let abort, let stream, let direction): add("\(abort.carrier) \(abort.name)", stream, direction)
            case .oddity(let oddity, let stream, let direction): add("\(oddity.kind)", stream, direction)
            case .stall, .part, .resume, .giveUp: add("does what it never does", nil, .fromLow)
            }
        }
    }

    private mutating func add(_ what: String, _ stream: UInt64?, _ direction: Direction, _ source: LayerOutput.Source? = nil) {
        let key = stream.map { Self.key($0, direction) } ?? "all \(Self.arrow(direction))"
        if case .packets(let origin, _)? = source { marks[key, default: []].append(origin) }
        // Pieces of one stream are one text.
        if what.first == "\"", let last = reports[key]?.last, last.first == "\"" {
            reports[key]?.removeLast()
            reports[key]?.append(String(last.dropLast() + what.dropFirst()))
        } else {
            reports[key, default: []].append(what)
        }
    }

    private static func key(_ stream: UInt64, _ direction: Direction) -> String { "\(stream) \(arrow(direction))" }

    private static func arrow(_ direction: Direction) -> String { direction == .fromLow ? "→" : "←" }
}

extension FieldSection {
    /// A field a line; what is not known is `?`.
    var lines: [String] {
        func text(_ bytes: [UInt8]?) -> String { bytes.map { String(decoding: $0, as: UTF8.self) } ?? "?" }
        var lines = fields.map { "\(text($0.name)): \(text($0.value))" }
        if isMalformed { lines.append("malformed") }
        if isCut { lines.append("cut") }
        return lines
    }
}
