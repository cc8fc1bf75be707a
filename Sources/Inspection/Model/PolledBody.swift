import Bytes
import Packets
import WebSocket

/// What one side says in one body where Engine.IO polls: the client in a request with POST, the server in the answer to GET.
public struct PolledBody: Sendable {
    public var client: Endpoint
    public var server: Endpoint
    /// Of the request, including the query.
    public var target: String
    /// The field Host.
    public var host: String?
    public var from: Side
    /// When the request began.
    public var requestTime: Timestamp
    /// When the first byte of the body came.
    public var time: Timestamp
    /// When the last byte came.
    public var endTime: Timestamp
    /// The first bytes, at most `Limits.polledByteCount`: without chunked framing, and without a coding such as gzip.
    public var content: [UInt8]
    /// False if bytes of it were not captured, are beyond the limit, or have a coding that cannot be removed.
    public var isWhole: Bool
}
