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
        return Preface.recognize(ofServer: bytes)
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

    /// The server's is SETTINGS, which need not wait for the client's.
    static func recognize(ofServer bytes: Span<UInt8>) -> Recognition {
        // The length, 0 to 255, then the type 4, no flags, and stream 0 behind a reserved bit.
        let count = min(bytes.count, FrameHeader.byteCount)
        for index in 0..<count where index != 2 {
            let byte = index == 5 ? bytes[index] & 0x7F : bytes[index]
            guard byte == (index == 3 ? 4 : 0) else { return .no }
        }
        guard count == FrameHeader.byteCount else { return .needsMore }
        return bytes[2] % 6 == 0 ? .yes : .no
    }
}
