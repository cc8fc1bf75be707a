/// What a handshake agreed on for permessage-deflate (RFC 7692 §7.1).
///
/// `client_*` governs what the client sends, `server_*` what the server sends.
public struct DeflateParameters: Equatable, Sendable {
    /// How one side compresses.
    public struct Side: Equatable, Sendable {
        /// True when each message starts with an empty window (`…_no_context_takeover`).
        public var resetsContext = false
        /// log2 of the LZ77 window, 8 to 15 (`…_max_window_bits`).
        public var windowBits = 15

        public init() {}
    }

    public static let extensionName = "permessage-deflate"

    public var client = Side()
    public var server = Side()

    public init() {}

    /// Reads the parameters of the response's extension element.
    ///
    /// Unknown or malformed ones change nothing here; judging them
    /// is not a decoder's business.
    public init(_ parameters: some Sequence<(name: String, value: String?)>) {
        for (name, value) in parameters {
            switch name.lowercased() {
            case "client_no_context_takeover": client.resetsContext = true
            case "server_no_context_takeover": server.resetsContext = true
            case "client_max_window_bits": client.windowBits = Self.bits(value) ?? client.windowBits
            case "server_max_window_bits": server.windowBits = Self.bits(value) ?? server.windowBits
            default: break
            }
        }
    }

    private static func bits(_ value: String?) -> Int? {
        guard let value, let bits = Int(value), (8...15).contains(bits) else { return nil }
        return bits
    }
}
