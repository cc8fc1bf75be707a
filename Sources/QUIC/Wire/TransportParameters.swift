import Bytes

/// What one end announces in its handshake (RFC 9000 §18.2), as far as it matters to a decoder.
struct TransportParameters {
    /// Milliseconds; nil where the end names none.
    var idleTimeout: UInt64?
    var statelessResetToken: [UInt8]?
    var maxData: UInt64 = 0
    /// Of streams that it opens itself, of those that the other end opens, and of those in one direction.
    var maxStreamDataOfOwn: UInt64 = 0
    var maxStreamDataOfOther: UInt64 = 0
    var maxStreamDataOfOne: UInt64 = 0
    /// The connection ID of `preferred_address`, and its token.
    var preferredID: ConnectionID?
    var preferredToken: [UInt8]?

    private static let tokenByteCount = 16

    init(_ bytes: Span<UInt8>) {
        var reader = WireReader(bytes)
        while let kind = reader.number(), let range = reader.vector() {
            let value = bytes.extracting(range)
            switch kind {
            case 0x01: idleTimeout = Self.number(value).flatMap { $0 == 0 ? nil : $0 }
            case 0x02: if value.count == Self.tokenByteCount { statelessResetToken = value.copied() }
            case 0x04: maxData = Self.number(value) ?? 0
            case 0x05: maxStreamDataOfOwn = Self.number(value) ?? 0
            case 0x06: maxStreamDataOfOther = Self.number(value) ?? 0
            case 0x07: maxStreamDataOfOne = Self.number(value) ?? 0
            case 0x0D: readPreferredAddress(value)
            default: break
            }
        }
    }

    private static func number(_ value: Span<UInt8>) -> UInt64? {
        var reader = WireReader(value)
        return reader.number()
    }

    /// Two addresses with their ports, then a connection ID and its token.
    private mutating func readPreferredAddress(_ value: Span<UInt8>) {
        var reader = WireReader(value)
        guard reader.skip(4 + 2 + 16 + 2) != nil, let id = reader.connectionID(), let token = reader.skip(UInt64(Self.tokenByteCount)),
            // One of no length is against RFC 9000 §18.2, and would stand in any packet.
            !id.isEmpty
        else { return }
        preferredID = id
        preferredToken = value.extracting(token).copied()
    }
}
