import Bytes
import Channels

/// TLS connections as they are read: what they turned out to be, and what their clients look like.
///
/// For use by the one thread that reads the packets.
public final class TLSObserver<Context: Sendable>: @unchecked Sendable {
    /// A connection that was seen.
    public final class Connection {
        fileprivate let layer: any ByteLayer
        /// What `TLSObserver.context` was when its first bytes came.
        public let context: Context
        /// The first bytes came from the client; nil where no hello says so.
        public fileprivate(set) var isFirstFromClient: Bool?
        /// The first bytes of the client, up to the end of its hello.
        fileprivate var first: [UInt8] = []
        /// The first bytes that it carries.
        fileprivate var content: [UInt8] = []

        fileprivate init(_ layer: any ByteLayer, _ context: Context) {
            self.layer = layer
            self.context = context
        }

        public var facts: LayerFacts { layer.facts }

        /// What an HTTP request on it says about who sent it.
        public var userAgent: String? { Self.field("user-agent:", in: content) }

        /// What the client seems to be, and whether it says so itself.
        public var client: (kind: ClientKind, isStated: Bool)? {
            if let stated = userAgent.flatMap({ ClientKind(userAgent: $0) }) { return (stated, true) }
            guard first.count > 9, first[0] == 22, first[5] == 1 else { return nil }
            return ClientKind(clientHello: Array(first.dropFirst(9))).map { ($0, false) }
        }

        private static func field(_ name: String, in head: [UInt8]) -> String? {
            for line in head.split(separator: UInt8(ascii: "\n")) {
                let text = String(decoding: line, as: UTF8.self)
                if text.lowercased().hasPrefix(name) {
                    return String(text.dropFirst(name.utf8.count).drop { $0 == " " }.prefix { $0 != "\r" && $0 != "\r\n" }.prefix(200))
                }
            }
            return nil
        }
    }

    public private(set) var connections: [Connection] = []
    /// What is being read, to be set by whoever reads.
    public var context: Context

    public init(_ context: Context) { self.context = context }

    fileprivate func add(_ layer: any ByteLayer) -> Connection {
        let connection = Connection(layer, context)
        connections.append(connection)
        return connection
    }
}

/// TLS that an observer looks at.
public struct ObservedTLSLayer<Context: Sendable>: LayerFactory {
    private let inner: TLSLayer
    private let observer: TLSObserver<Context>

    public init(_ store: KeyStore, _ observer: TLSObserver<Context>) {
        inner = TLSLayer(store)
        self.observer = observer
    }

    public func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition { inner.recognize(bytes, fromServer: fromServer) }
    public func recognize(midway bytes: Span<UInt8>) -> Recognition { inner.recognize(midway: bytes) }
    public func transport(over transport: String) -> String { inner.transport(over: transport) }

    public func makeLayer(isFromBeginning: Bool) -> any ByteLayer {
        let layer = inner.makeLayer(isFromBeginning: isFromBeginning)
        return ObservedLayer(layer, observer.add(layer))
    }
}

private final class ObservedLayer<Context: Sendable>: ByteLayer {
    private let inner: any ByteLayer
    private let connection: TLSObserver<Context>.Connection
    private var client: Direction?

    /// Bytes kept of a client's hello, and of what is said first.
    private static var keptByteCount: Int { 4_096 }

    init(_ inner: any ByteLayer, _ connection: TLSObserver<Context>.Connection) {
        self.inner = inner
        self.connection = connection
    }

    func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int {
        if client == nil, bytes.count > 5, bytes[0] == ContentType.handshake.rawValue {
            let isFromClient = bytes[5] == HandshakeType.clientHello.rawValue
            connection.isFirstFromClient = isFromClient
            client = isFromClient ? direction : direction.opposite
        }
        let count = inner.take(bytes, from: direction, into: &output)
        if client == direction { keep(bytes.extracting(0..<count), in: &connection.first) }
        for action in output.actions {
            guard case .deliver(let range, let isInput, _, _, let direction) = action, direction == client else { continue }
            if isInput {
                keep(bytes.extracting(range), in: &connection.content)
            } else {
                keep(output.bytes.span.extracting(range), in: &connection.content)
            }
        }
        return count
    }

    private func keep(_ bytes: Span<UInt8>, in kept: inout [UInt8]) {
        let room = min(bytes.count, Self.keptByteCount - kept.count)
        if room > 0 { kept += bytes.extracting(0..<room).copied() }
    }

    func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {
        inner.noteGap(gap, from: direction, into: &output)
    }

    func noteOverflow(_ count: UInt64, from direction: Direction, into output: inout LayerOutput) {
        inner.noteOverflow(count, from: direction, into: &output)
    }

    func isHeldUp(from direction: Direction) -> Bool { inner.isHeldUp(from: direction) }
    func noteCutPackets() { inner.noteCutPackets() }
    func finish(into output: inout LayerOutput) { inner.finish(into: &output) }

    var facts: LayerFacts { inner.facts }
}
