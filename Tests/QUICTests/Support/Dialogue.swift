import Channels
import TLS
import TestSupport

@testable import QUIC

/// Two ends that are made up, and what comes of their datagrams. The client is the low end.
struct Dialogue {
    var peers: QUICPeers
    let feed: Feed
    let store: KeyStore
    /// What was sent, captured or not.
    private(set) var datagrams: [Feed.Datagram] = []
    private var number: UInt64 = 0
    /// Milliseconds between datagrams.
    var pace: Int64 = 1

    init(_ peers: QUICPeers = QUICPeers(), keys: [UInt8]? = nil, limits: QUICLimits = QUICLimits()) {
        self.peers = peers
        store = Feed.store(keys ?? peers.keyLog())
        feed = Feed(store, limits: limits)
    }

    /// One whose handshake is done.
    static func opened(_ peers: QUICPeers = QUICPeers(), limits: QUICLimits = QUICLimits()) -> Dialogue {
        var dialogue = Dialogue(peers, limits: limits)
        dialogue.shakeHands()
        return dialogue
    }

    var connection: QUICConnection { feed.connections[0] }
    var recorder: Recorder { feed.recorded[0] }

    func side(_ stream: UInt64, _ end: QUICPeers.End = .client) -> Recorder.Side {
        recorder.sides[Recorder.Name(stream: stream, direction: end == .client ? .fromLow : .fromHigh)] ?? Recorder.Side()
    }

    func actions(_ connection: UInt64 = 0) -> [String] { (feed.outputs[connection] ?? []).map { "\($0)" } }

    mutating func shakeHands() {
        for (index, datagram) in peers.handshake().enumerated() { send(index == 1 ? .server : .client, datagram) }
    }

    /// - Parameter isCaptured: otherwise it takes its time and number, and is not seen.
    @discardableResult
    mutating func send(_ end: QUICPeers.End, _ bytes: [UInt8], path: UInt64 = 0, isSwapped: Bool = false, isCaptured: Bool = true)
        -> UInt64?
    {
        number += 1
        let isLow = (end == .client) != isSwapped
        let datagram = Feed.Datagram(
            number: number, time: Int64(number) * pace * 1_000_000, path: path, direction: isLow ? .fromLow : .fromHigh, bytes: bytes)
        datagrams.append(datagram)
        return isCaptured ? feed.take(datagram) : nil
    }

    /// Sends frames in a packet with a short header.
    mutating func say(_ end: QUICPeers.End, _ frames: [UInt8], isCaptured: Bool = true) {
        let packet = peers.short(end, frames)
        send(end, packet, isCaptured: isCaptured)
    }

    /// The next bytes of a stream of the client's.
    mutating func write(_ stream: UInt64 = 0, at offset: UInt64, _ bytes: [UInt8], isLast: Bool = false, isCaptured: Bool = true) {
        say(.client, QUICPeers.stream(stream, at: offset, bytes, isLast: isLast), isCaptured: isCaptured)
    }

    /// What comes of the same datagrams, all of which were captured, where the secrets come after them.
    ///
    /// - Parameter check: is called before they come.
    func withLateKeys(_ check: (Feed) -> Void = { _ in }) -> Feed {
        let store = KeyStore()
        store.expectsMore = true
        let late = Feed(store)
        late.take(datagrams)
        check(late)
        let log = KeyLogReader(into: store, source: store.addSource("keys.txt"))
        let lines = peers.keyLog()
        log.take(lines.span)
        log.finish()
        late.resume()
        return late
    }

    /// Pings of the client's, so that datagrams go by.
    mutating func idle(_ count: Int) { for _ in 0..<count { say(.client, [0x01]) } }
}
