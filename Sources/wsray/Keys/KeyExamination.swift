import Bytes
import Capture
import Channels
import Inspection
import Packets
import Processes
import System
import TLS

/// What is found out about key logs and captures: what secrets there are, and which connections they open.
struct KeyExamination {
    /// Secrets of one file.
    struct Source {
        var name: String
        /// It is a capture that brings them along.
        var isCapture: Bool
        var lines: KeyStore.Source
        var holdings: [KeyHolding: Int]

        var connectionCount: Int { holdings.values.reduce(0, +) }
    }

    struct Connection {
        var capture: String
        var isQUIC = false
        var client: Endpoint
        var server: Endpoint
        var security: Security
        var opacity: Opacity?
        var guess: (kind: ClientKind, isStated: Bool)?

        /// Nothing can be read of one direction.
        var isHalfOpen: Bool

        var isOpened: Bool { opacity == nil && !isHalfOpen }
        /// There would be something to read, or more.
        var isUnread: Bool {
            opacity.map { !["handshake-failed", "handshake-unfinished"].contains($0.reason) && !$0.isOfNoInterest } ?? isHalfOpen
        }
    }

    private(set) var sources: [Source] = []
    private(set) var captures: [String] = []
    private(set) var connections: [Connection] = []
    /// Connections that there are secrets for, and those among them that were in a capture.
    private(set) var known = 0
    private(set) var used = 0
    /// Why a file could not be read to its end.
    private(set) var failure: CaptureError?

    var unreadCount: Int { connections.count(where: \.isUnread) }

    init(files: [String], keys: [String], rsaKeys: [String]) throws(CaptureError) {
        var logs = keys
        for file in files {
            if try Self.isCapture(file) { captures.append(file) } else if !logs.contains(file) { logs.append(file) }
        }
        for log in logs { sources.append(try Self.survey(log)) }
        let all = KeyFiles(logs: logs, privateKeys: rsaKeys)
        try all.load(captures: captures, isLive: false)
        for capture in captures {
            do throws(CaptureError) { try read(capture, all) } catch { failure = failure ?? error }
        }
        known = all.store.randomCount
        used = all.store.usedCount
    }

    // MARK: Key logs

    /// Whether a file begins as captures do; compressed or not, as what is read has been inflated.
    private static func isCapture(_ path: String) throws(CaptureError) -> Bool {
        if InputCopy.isNeeded(for: path) {
            throw CaptureError(.unreadable, "\(path) can be read only once; write it to a file first, and name that")
        }
        var source = try ByteSource(path: path)
        let first = try source.readAll(limit: 4)
        let magics: [[UInt8]] = [
            [0x0A, 0x0D, 0x0D, 0x0A], [0xA1, 0xB2, 0xC3, 0xD4], [0xD4, 0xC3, 0xB2, 0xA1], [0xA1, 0xB2, 0x3C, 0x4D],
            [0x4D, 0x3C, 0xB2, 0xA1],
            [0xA1, 0xB2, 0xCD, 0x34], [0x34, 0xCD, 0xB2, 0xA1],
        ]
        return magics.contains { first.starts(with: $0) }
    }

    private static func survey(_ path: String) throws(CaptureError) -> Source {
        let store = KeyStore()
        _ = try KeyLogFile(path, into: store, isLive: false)
        return Source(name: path, isCapture: false, lines: store.sources[0], holdings: store.holdings)
    }

    private static func survey(_ secrets: [DecryptionSecrets], of name: String) -> Source? {
        let blocks = secrets.filter { $0.form == .tlsKeyLog }
        if blocks.isEmpty { return nil }
        let store = KeyStore()
        let index = store.addSource(name)
        for block in blocks {
            let reader = KeyLogReader(into: store, source: index)
            reader.take(block.bytes.span)
            reader.finish()
        }
        return Source(name: name, isCapture: true, lines: store.sources[0], holdings: store.holdings)
    }

    // MARK: Captures

    private mutating func read(_ path: String, _ keys: KeyFiles) throws(CaptureError) {
        let nowhere = Endpoint(address: IPAddress(v4: 0), port: 0)
        let observer = TLSObserver(SocketPair(source: nowhere, destination: nowhere))
        var options = Inspector.Options()
        keys.stack(on: &options, tls: ObservedTLSLayer(keys.store, observer))
        let datagrams = DatagramObserver(observer.context)
        options.datagrams = options.datagrams.map { ObservedDatagrams(inner: $0, observer: datagrams) }
        options.keptByteCount = 0
        options.keepsWireBytes = false
        var inspector = Inspector(options)
        var decoder = PacketDecoder()
        var nobody = NoReport()
        var reader = try CaptureReader(try ByteSource(path: path), name: path)
        defer {
            inspector.finish(into: &nobody)
            if let source = Self.survey(reader.facts.secrets, of: path) { sources.append(source) }
            connections += observer.connections.map { Self.connection($0, in: path) }
            connections += datagrams.connections.map { Self.connection($0, in: path) }
        }
        var taken = 0
        while !Interrupt.isRequested, let header = try reader.next() {
            while taken < reader.facts.secrets.count {
                _ = keys.take(reader.facts.secrets[taken])
                taken += 1
            }
            // Connections that begin in this packet are between these ends.
            switch decoder.decode(header, reader.bytes) {
            case .segment(let segment): observer.context = SocketPair(source: segment.source, destination: segment.destination)
            case .datagram(let datagram): datagrams.context = SocketPair(source: datagram.source, destination: datagram.destination)
            case .reassembled, .other: break
            }
            inspector.inspect(header, reader.bytes, into: &nobody)
        }
    }

    private static func connection(_ seen: TLSObserver<SocketPair>.Connection, in capture: String) -> Connection {
        let facts = seen.facts
        // Without a hello, the server is where the lower port is.
        let isFirstFromClient = seen.isFirstFromClient ?? (seen.context.source.port >= seen.context.destination.port)
        let ends = isFirstFromClient ? seen.context : seen.context.reversed
        return Connection(
            capture: capture, client: ends.source, server: ends.destination, security: facts.security ?? Security(), opacity: facts.opacity,
            guess: seen.client, isHalfOpen: facts.opacity == nil && facts.unread != nil)
    }
}

extension KeyExamination {
    private static func connection(_ seen: DatagramObserver<SocketPair>.Connection, in capture: String) -> Connection {
        let facts = seen.layer.facts
        let ends = facts.client == seen.first ? seen.context : seen.context.reversed
        return Connection(
            capture: capture, isQUIC: true, client: ends.source, server: ends.destination, security: facts.security ?? Security(),
            opacity: facts.opacity, guess: nil, isHalfOpen: facts.opacity == nil && facts.unread != nil)
    }
}

/// Nothing is shown of what is inspected.
private struct NoReport: EventSink {
    var hasEnough: Bool { false }
    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Inspection.Connection
    ) {}
    mutating func note(_ event: Event) {}
}
