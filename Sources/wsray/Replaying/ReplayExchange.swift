import Bytes
import HTTP
import Packets
import Replay
import SecureClient
import System
import WebSocket

/// Carries bytes between a player and its peer, over TCP or TLS, and notes them.
struct ReplayExchange: ~Copyable {
    private let socket: TCPSocket
    private let side: Side
    /// Bytes of all packets that are noted at most.
    private let limit: Int
    private var secure: SecureClient?
    /// Bytes for the peer that were not written yet.
    private var wire = ByteBuffer()
    private var plain = ByteBuffer()
    private var room = [UInt8](repeating: 0, count: 64 << 10)
    let own: Endpoint
    let other: Endpoint
    let openedTime: Timestamp
    /// Bytes of a client's request.
    private var requestByteCount = 0
    private var isClosed = false

    /// How long the peer may take to read what is left once all was played, in nanoseconds.
    private static let drainTime: Int64 = 5_000_000_000

    init(_ socket: TCPSocket, as side: Side, limit: Int) {
        self.socket = socket
        self.side = side
        self.limit = limit
        own = SocketAddress.own(of: socket.descriptor).map(Endpoint.init) ?? .unknown
        other = SocketAddress.peer(of: socket.descriptor).map(Endpoint.init) ?? .unknown
        openedTime = Timestamp(nanoseconds: SystemClock.nanosecondsSince1970)
    }

    var time: Timestamp { Timestamp(nanoseconds: SystemClock.nanosecondsSince1970) }

    mutating func close(isReset: Bool = false) {
        if !isClosed { socket.close(isReset: isReset) }
        isClosed = true
    }

    // MARK: TLS

    /// Establishes TLS; why that failed, as a clause, where it did.
    mutating func secure(_ host: String, _ trust: SecureClient.Trust, waiting patience: Int64) -> String? {
        let end = SystemClock.nanoseconds + patience
        do throws(SecureClient.Failure) {
            secure = try SecureClient(to: host, trusting: trust)
            try secure?.shakeHands()
            while !(secure?.isEstablished ?? true) {
                secure?.drain(into: &wire)
                if let failure = flush() { return "\(failure) during the TLS handshake" }
                let left = end - SystemClock.nanoseconds
                if Interrupt.isRequested { return "interrupted during the TLS handshake" }
                guard left > 0 else { return "the TLS handshake was not answered" }
                guard wait(left) else { continue }
                switch socket.read(into: &room) {
                case .bytes(let count):
                    let bytes = Array(room[..<count])
                    try secure?.take(bytes.span, into: &plain)
                case .ended: return "the server hung up during the TLS handshake"
                case .failed(let error, _): return "\(error.words) during the TLS handshake"
                }
            }
            secure?.drain(into: &wire)
            return nil
        } catch {
            return error.words + hint(error.words)
        }
    }

    private func hint(_ words: String) -> String {
        words.contains("certificate") ? "; --cacert FILE trusts the authority that signed it, --insecure accepts any certificate" : ""
    }

    // MARK: The client's request

    /// The upgrade request of a client; nil where none comes. What asks for no WebSocket is refused.
    mutating func receiveRequest(_ limits: HeadLimits, waiting patience: Int64) -> RequestHead? {
        let end = SystemClock.nanoseconds + patience
        var decoder = RequestHeadDecoder(limits: limits)
        while !Interrupt.isRequested {
            let left = end - SystemClock.nanoseconds
            guard left > 0 else { return giveUp("a client sent no request") }
            guard wait(left) else { continue }
            switch socket.read(into: &room) {
            case .bytes(let count):
                let bytes = Array(room[..<count])
                plain.append(bytes.span)
            case .ended, .failed: return giveUp("a client went away without a request")
            }
            switch decoder.take(plain.span) {
            case .needsMore: continue
            case .malformed(let error): return giveUp("a client sent something that is no HTTP request: \(error)")
            case .head(let head):
                requestByteCount = head.byteCount
                if UpgradeRequest(head) != nil { return head }
                refuse()
                return giveUp("a client asked for \(head.method) \(head.target), which is no WebSocket upgrade; it was refused")
            }
        }
        return nil
    }

    private func giveUp(_ reason: String) -> RequestHead? {
        ReplayAnnouncement.remark(reason)
        return nil
    }

    private mutating func refuse() {
        wire.append("HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\nContent-Length: 0\r\n\r\n")
        _ = flush()
    }

    /// Notes what the client has sent by now.
    func noteRequest(_ number: Int, _ transcript: inout Transcript) {
        transcript.add(number, from: .client, plain.span, at: time)
    }

    /// Hands on what came after the request.
    mutating func handOverRest(to player: inout Player) {
        plain.removeFirst(requestByteCount)
        player.take(plain.span, at: SystemClock.nanoseconds)
        plain.removeAll()
    }

    // MARK: Playing

    /// Plays to the end, and closes the connection.
    mutating func run(_ player: inout Player, _ number: Int, _ transcript: inout Transcript) {
        var doneAt: Int64?
        var hasPeerEnded = false
        // What came with the end of the TLS handshake.
        if !plain.isEmpty { takePlain(&player, number, &transcript) }
        while true {
            let now = SystemClock.nanoseconds
            player.advance(at: now)
            if Interrupt.isRequested, !player.isDone {
                Interrupt.answer()
                player.giveUp("it was interrupted")
            }
            if transcript.byteCount > limit, !player.isDone { player.giveUp("more was said than fits into --memory") }
            passOn(&player, number, &transcript)
            if player.isDone {
                let since = doneAt ?? now
                doneAt = since
                if wire.isEmpty || hasPeerEnded || now - since > Self.drainTime || transcript.byteCount > limit { break }
            }
            guard wait(player.deadline.map { max(0, $0 - now) } ?? (player.isDone ? 100_000_000 : nil)), !hasPeerEnded else { continue }
            if receive(&player, number, &transcript) { hasPeerEnded = true }
        }
        let isReset = player.leave == .reset
        if !hasPeerEnded || !isReset { transcript.end(number, from: side, isReset: isReset, at: time) }
        endSecurely()
        close(isReset: isReset)
    }

    /// Passes on what the player sends. Where the peer takes nothing more, what it said before that can still be read.
    private mutating func passOn(_ player: inout Player, _ number: Int, _ transcript: inout Transcript) {
        if !player.output.isEmpty {
            transcript.add(number, from: side, player.output.span, at: time)
            if secure != nil {
                // What TLS cannot send any more, its peer has ended.
                try? secure?.send(player.output.span)
                secure?.drain(into: &wire)
            } else {
                wire.append(player.output.span)
            }
            player.output.removeAll()
        }
        if flush() != nil { wire.removeAll() }
    }

    /// Writes what there is room for; why that failed, where it did.
    private mutating func flush() -> String? {
        while !wire.isEmpty {
            switch socket.write(wire.span) {
            case .bytes(0): return nil
            case .bytes(let count): wire.removeFirst(count)
            case .ended: return "hung up"
            case .failed(let error, _): return error.words
            }
        }
        return nil
    }

    /// Waits for the peer, for as long as there is nothing to do; false where it has sent nothing.
    private func wait(_ nanoseconds: Int64?) -> Bool {
        var items = [Awaited(socket.descriptor), Awaited(Interrupt.descriptor)]
        if !wire.isEmpty { items.append(Awaited(socket.descriptor, for: .writing)) }
        items.wait(milliseconds: nanoseconds.map { Int32(clamping: $0 / 1_000_000 + ($0 % 1_000_000 == 0 ? 0 : 1)) } ?? -1)
        return items[0].isReady
    }

    /// Takes what the peer has sent; true where that was the end.
    private mutating func receive(_ player: inout Player, _ number: Int, _ transcript: inout Transcript) -> Bool {
        let now = SystemClock.nanoseconds
        switch socket.read(into: &room) {
        case .bytes(0): return false
        case .bytes(let count):
            let bytes = Array(room[..<count])
            guard secure != nil else {
                transcript.add(number, from: side.other, bytes.span, at: time)
                player.take(bytes.span, at: now)
                return false
            }
            do throws(SecureClient.Failure) {
                try secure?.take(bytes.span, into: &plain)
                secure?.drain(into: &wire)
                takePlain(&player, number, &transcript)
                guard secure?.isEnded ?? false else { return false }
                transcript.end(number, from: side.other, isReset: false, at: time)
                player.takeEnd(isReset: false, at: now)
            } catch {
                transcript.end(number, from: side.other, isReset: true, at: time)
                player.giveUp("TLS failed: \(error.words)")
            }
            return true
        case .ended:
            transcript.end(number, from: side.other, isReset: false, at: time)
            player.takeEnd(isReset: false, at: now)
            return true
        case .failed:
            transcript.end(number, from: side.other, isReset: true, at: time)
            player.takeEnd(isReset: true, at: now)
            return true
        }
    }

    private mutating func takePlain(_ player: inout Player, _ number: Int, _ transcript: inout Transcript) {
        transcript.add(number, from: side.other, plain.span, at: time)
        player.take(plain.span, at: SystemClock.nanoseconds)
        plain.removeAll()
    }

    private mutating func endSecurely() {
        guard secure != nil else { return }
        secure?.end()
        secure?.drain(into: &wire)
        _ = flush()
    }
}

extension Endpoint {
    /// The end of a socket.
    init(_ numbers: SocketAddress.Numbers) {
        func word(_ bytes: ArraySlice<UInt8>) -> UInt64 { bytes.reduce(0) { $0 << 8 | UInt64($1) } }
        let bytes = numbers.address
        let address =
            bytes.count == 4
            ? IPAddress(v4: UInt32(truncatingIfNeeded: word(bytes[...]))) : IPAddress(v6: word(bytes[..<8]), word(bytes[8...]))
        self.init(address: address, port: numbers.port)
    }
}
