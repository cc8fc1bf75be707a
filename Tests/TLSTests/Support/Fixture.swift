import Bytes
import Capture
import Channels
import Foundation
import Packets

@testable import TLS

/// A connection of a capture in `fixtures/tls`: what each side sent, packet by packet, and the key log.
struct Fixture {
    typealias Piece = (direction: Direction, bytes: [UInt8])

    var pieces: [Piece] = []
    var keys: [UInt8] = []

    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("fixtures/tls")

    /// One of each kind of protection and key exchange, and of what happens besides.
    static let names = [
        "tls13-aes-128-gcm", "tls13-chacha20", "tls13-aes-128-ccm-8", "tls13-key-updates-many", "tls13-early-data-taken", "tls13-padding",
        "tls13-hello-retry", "tls13-long-chain", "tls13-early-data-refused", "tls13-post-handshake-auth", "tls12-ecdhe-rsa-aes-128-gcm",
        "tls12-ecdhe-ecdsa-aes-128-ccm", "tls12-ecdhe-rsa-chacha20", "tls12-rsa-aes-128-cbc-sha-mte", "tls12-rsa-aes-128-cbc-sha-etm",
        "tls12-renegotiated-by-client", "tls12-long-chain", "tls11-rsa-aes-256-cbc-sha-mte", "tls10-rsa-aes-256-cbc-sha-mte",
        "tls10-renegotiated", "alert-unknown-ca-tls13", "alert-bad-record-mac-tls12", "client-hello-in-1-byte-records",
        "records-many-in-a-segment",
    ]

    /// - Parameter connection: its number in the order of their first bytes, for a capture of several.
    init(_ name: String, connection: Int = 0) throws {
        let path = Self.folder.appendingPathComponent(name)
        keys = [UInt8](try Data(contentsOf: path.appendingPathComponent("keys.txt")))
        var reader = try CaptureReader(ByteSource(path: path.appendingPathComponent("capture.pcap").path), name: name)
        var decoder = PacketDecoder()
        var clients: [UInt16] = []
        while let header = try reader.next() {
            guard case .segment(let segment) = decoder.decode(header, reader.bytes), segment.capturedCount > 0 else { continue }
            let isFromClient = segment.destination.port == 443
            let client = isFromClient ? segment.source.port : segment.destination.port
            if !clients.contains(client) { clients.append(client) }
            guard clients[connection...].first == client else { continue }
            pieces.append((isFromClient ? .fromLow : .fromHigh, reader.bytes.extracting(segment.capturedRange).copied()))
        }
        precondition(pieces.count > 1, "\(name) has no packets with TCP payload")
    }

    /// A session with its keys.
    func session(keys other: [UInt8]? = nil) -> TLSSession {
        let store = KeyStore()
        let log = KeyLogReader(into: store, source: store.addSource("keys.txt"))
        let lines = other ?? keys
        log.take(lines.span)
        log.finish()
        return TLSSession(store)
    }
}

/// A session and the bytes that wait for it, as a channel holds them.
struct Feed {
    /// What a direction's plaintext comes to.
    struct Stream: Equatable {
        /// Bytes, and nil for each gap.
        var content: [UInt8?] = []
        var end: StreamAbort??
        var isFaulty = false

        /// The runs of bytes between gaps.
        var runs: [[UInt8]] { content.split(separator: nil).map { $0.map { $0! } } }
        var hasGap: Bool { content.contains(nil) }
    }

    let session: TLSSession
    private(set) var streams: [Direction: Stream] = [.fromLow: Stream(), .fromHigh: Stream()]
    private var waiting: [Direction: [UInt8]] = [.fromLow: [], .fromHigh: []]

    init(_ session: TLSSession) { self.session = session }

    static func of(_ pieces: [Fixture.Piece], _ session: TLSSession) -> Feed {
        var feed = Feed(session)
        for piece in pieces { feed.take(piece.bytes, piece.direction) }
        return feed
    }

    mutating func take(_ bytes: [UInt8], _ direction: Direction) {
        waiting[direction, default: []] += bytes
        var output = LayerOutput()
        let pending = waiting[direction, default: []]
        let taken = session.take(pending.span, from: direction, into: &output)
        precondition((0...pending.count).contains(taken), "it took bytes that are not there")
        waiting[direction] = Array(pending.dropFirst(taken))
        if perform(output, taken) { take([], direction.opposite) }
    }

    mutating func noteGap(_ gap: Gap, _ direction: Direction) {
        var output = LayerOutput()
        session.noteGap(gap, from: direction, into: &output)
        waiting[direction] = []
        if perform(output, 0) { take([], direction.opposite) }
    }

    /// True if the other direction can go on.
    private mutating func perform(_ output: borrowing LayerOutput, _ taken: Int) -> Bool {
        var resumes = false
        for action in output.actions {
            switch action {
            case .deliver(let range, let isInput, let source, _, let direction):
                // Bytes come from a record that was taken, and are made here.
                guard case .input(let record) = source, !isInput, !record.isEmpty, record.upperBound <= taken else {
                    streams[direction]?.isFaulty = true
                    continue
                }
                streams[direction]?.content += output.bytes.span.extracting(range).copied()
            case .gap(_, _, let direction): streams[direction]?.content.append(nil)
            case .end(_, let direction, let abort, _): streams[direction]?.end = .some(abort)
            case .resume: resumes = true
            case .giveUp, .head, .drain, .warn, .stall, .oddity, .part: break
            }
        }
        return resumes
    }
}
