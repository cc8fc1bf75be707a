import Bytes
import Channels

/// Recognises HTTP/2 by the client's preface, by the server's first SETTINGS, or midway by frames that follow one another.
public struct HTTP2Layer: LayerFactory {
    private let limits: HTTP2Limits

    public init(_ limits: HTTP2Limits = HTTP2Limits()) { self.limits = limits }

    public func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition {
        if !fromServer {
            let answer = Preface.recognize(bytes)
            if answer != .no { return answer }
        }
        // The server's preface is SETTINGS (RFC 9113 §3.4), which need not wait for the client's.
        guard bytes[0] == 0, bytes.count < 2 || bytes[1] == 0 else { return .no }
        guard let header = FrameHeader(bytes, at: 0) else { return fromServer ? .needsMore : .no }
        return header.kind == .settings && header.flags == 0 && header.stream == 0 && header.length % 6 == 0 ? .yes : .no
    }

    public func recognize(midway bytes: Span<UInt8>) -> Recognition {
        if Preface.recognize(bytes) == .yes { return .yes }
        return FrameChain.isConvincing(bytes) ? .yes : .no
    }

    public func makeLayer(isFromBeginning: Bool) -> any ByteLayer { HTTP2Session(limits, isFromBeginning: isFromBeginning) }

    /// RFC 7540 §3.2: `h2c` in the clear.
    public func makeLayer(upgradedTo name: String, askedBy client: Direction) -> (any ByteLayer)? {
        name == "h2c" ? HTTP2Session(limits, upgradedBy: client) : nil
    }

    public func transport(over transport: String) -> String {
        switch transport {
        case "tcp": "h2"
        case "tls": "h2+tls"
        default: "h2+\(transport)"
        }
    }
}

/// What can grow on one connection.
public struct HTTP2Limits: Sendable {
    /// Bytes of a field block on the wire, and of what it stands for.
    public var headByteCount = 64 << 10
    /// Streams that are known at a time, and streams that have ended and are remembered.
    public var streamCount = 16_384

    public init(headByteCount: Int = 64 << 10) { self.headByteCount = headByteCount }
}

/// The first bytes of a client (RFC 9113 §3.4).
enum Preface {
    static let text: StaticString = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    static let byteCount = 24

    static func recognize(_ bytes: Span<UInt8>) -> Recognition {
        let count = min(bytes.count, byteCount)
        for index in 0..<count where unsafe bytes[index] != text.utf8Start[index] { return .no }
        // The request line is enough to tell it from a request of HTTP/1.
        return count == byteCount ? .yes : .needsMore
    }
}
