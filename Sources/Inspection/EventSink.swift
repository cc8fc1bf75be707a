import Bytes
import Rules
import WebSocket

/// What an inspection tells, as it learns it. Spans are lent for the call.
public protocol EventSink: ~Copyable {
    /// An upgrade was granted, refused or given up, or frames were found without one. A refusal has the beginning of its body.
    mutating func opened(_ connection: Connection)

    /// A frame ended.
    /// - Parameters:
    ///   - payload: its payload unmasked, as far as it was kept; of a compressed message the bytes as on the wire.
    ///   - message: the message that it ends, with its content.
    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection)

    /// A message will never end: its connection did, or its frames are lost, or another message began.
    mutating func abandoned(_ message: Message, content: Span<UInt8>, of connection: Connection)

    /// A finding that is about no single frame.
    mutating func found(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp)

    /// An HTTP request that asked for no WebSocket was answered, or will not be; told only with `Inspector.Options.measuresTraffic`.
    mutating func exchanged(_ exchange: Exchange)

    /// Nothing more comes of a connection; its `ending` and totals are final.
    mutating func ended(_ connection: Connection)
}
