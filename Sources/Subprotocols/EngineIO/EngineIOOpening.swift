import Bytes
import JSON

/// What the server says when it opens a session of Engine.IO: `0{"sid":"…","pingInterval":25000,…}`.
public struct EngineIOOpening: Sendable, Equatable {
    public var session: String
    /// How often a ping is due, in milliseconds; nil where it is not said.
    public var pingInterval: UInt64?
    /// How long the answer to one may take, in milliseconds.
    public var pingTimeout: UInt64?

    /// Bytes of a session's name at most: those that the libraries make have 20.
    private static let sessionLimit = 256

    /// - Parameter packet: nil comes of any other than one that opens a session.
    public init?(_ packet: Span<UInt8>) {
        guard packet.count > 1, packet[0] == UInt8(ascii: "0") else { return nil }
        let text = packet.extracting(1..<packet.count)
        var members = JSONMembers(text)
        var name: JSONValue?
        while let member = members.next(text) {
            if text.has(member, "sid") {
                name = members.value(text)
            } else if text.has(member, "pingInterval") {
                pingInterval = Self.number(members.value(text), text)
            } else if text.has(member, "pingTimeout") {
                pingTimeout = Self.number(members.value(text), text)
            }
        }
        guard members.isWhole, let name, name.isText, !name.range.isEmpty, name.range.count <= Self.sessionLimit else { return nil }
        session = String(decoding: text.extracting(name.range).copied(), as: UTF8.self)
    }

    private static func number(_ value: JSONValue?, _ text: Span<UInt8>) -> UInt64? {
        guard let value, value.kind == .number else { return nil }
        return text.extracting(value.range).decimal.flatMap { UInt64(exactly: $0) }
    }
}
