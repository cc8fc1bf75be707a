import ArgumentParser
import Bytes
import Capture
import Decoding
import Differences
import Digests
import HTTP
import Inspection
import Packets
import Redaction
import Replay
import Subprotocols
import System
import WebSocket

/// Plays conversations one after another, and keeps what was said.
final class ReplayStage {
    /// What came of one of them.
    struct Played {
        /// Index into the scripts.
        var index: Int
        /// The connection in the capture.
        var number: UInt64
        /// The ends of the connection that was made; nil where there was none.
        var ends: (client: Endpoint, server: Endpoint)?
        var obstacle: String?
        var hasOwnEnd = false

        /// Its index among the connections of what was said; nil where it has no upgrade request.
        func place(in capture: ComparedCapture) -> Int? {
            guard let ends else { return nil }
            return capture.connections.firstIndex { $0.connection.client == ends.client && $0.connection.server == ends.server }
        }
    }

    private let scene: ReplayScene
    private let peer: PeerOptions
    private let options: Player.Options
    private let values: Values
    private let changes: [FieldChange]
    private let input: InputOptions
    /// What is secret; nil where secrets are shown.
    private let secretNames: SecretNames?
    private var transcript = Transcript()
    private(set) var played: [Played] = []
    /// Why not all could be played: nothing that the peer said.
    private(set) var trouble: String?
    /// What the peer is called.
    private(set) var title: String

    init(
        _ scene: ReplayScene, _ peer: PeerOptions, _ options: Player.Options, _ values: Values, _ changes: [FieldChange],
        _ input: InputOptions, redacting secretNames: SecretNames?
    ) {
        self.scene = scene
        self.peer = peer
        // A query of the user's own may have a secret, too.
        title = secretNames == nil ? peer.title : String(peer.title.prefix { $0 != "?" })
        self.options = options
        self.values = values
        self.changes = changes
        self.input = input
        self.secretNames = secretNames
    }

    // MARK: Playing

    func play(_ chosen: [ReplayReport.Chosen]) {
        switch scene {
        case .client(let server, let target):
            for one in chosen where !Interrupt.isRequested && trouble == nil { play(one, to: server, target) }
        case .server(let socket): serve(chosen, socket)
        }
        if Interrupt.isRequested { Output.remark("interrupted: what follows is about what was played until then") }
    }

    private func fail(_ reason: String) {
        trouble = reason
        ReplayAnnouncement.remark(reason)
    }

    private func play(_ one: ReplayReport.Chosen, to server: ResolvedServer, _ target: Target) {
        ReplayAnnouncement.show(one.shown, peer, values, changes, isWhole: false, isRedacted: secretNames != nil)
        let nonce = (0..<16).map { _ in UInt8.random(in: .min ... .max) }
        let key = Base64.encode(nonce.span)
        guard let request = one.script.request(to: target, key: key, changes, values) else { return }
        guard let socket = connect(to: server, target) else { return }
        var exchange = ReplayExchange(socket, as: .client, limit: input.memoryByteCount / 4)
        let failure = target.isSecure ? exchange.secure(target.host, peer.trust, waiting: options.patience) : nil
        guard let failure else { return play(one, request, &exchange) }
        exchange.close()
        fail("\(target.authority): \(failure)")
    }

    private func play(_ one: ReplayReport.Chosen, _ request: RequestHead, _ exchange: inout ReplayExchange) {
        var player = Player(one.script, as: .client, values, options)
        let number = transcript.open(client: exchange.own, server: exchange.other, at: exchange.time)
        player.begin(request, at: SystemClock.nanoseconds)
        finish(one, &player, &exchange, number)
    }

    private func connect(to server: ResolvedServer, _ target: Target) -> TCPSocket? {
        do throws(ServerAddress.Failure) {
            return TCPSocket(try server.connect(waiting: Int32(clamping: options.patience / 1_000_000)))
        } catch {
            fail("connecting to \(target.authority) failed: \(error.words)")
            return nil
        }
    }

    private func serve(_ chosen: [ReplayReport.Chosen], _ socket: ListeningSocket) {
        defer { socket.close() }
        if var address = peer.listen, let port = SocketAddress.own(of: socket.descriptor)?.port {
            address.port = port
            title = "clients of \(address)"
            Output.remark("listening on \(address), for \(chosen.count == 1 ? "1 client" : "\(chosen.count) clients")")
        }
        var left = chosen
        while !left.isEmpty, !Interrupt.isRequested, trouble == nil, let client = accept(socket) { serve(&left, client) }
    }

    /// Plays to a client that has connected the first conversation of the path that it asks for, or the first that is left.
    private func serve(_ left: inout [ReplayReport.Chosen], _ client: TCPSocket) {
        var exchange = ReplayExchange(client, as: .server, limit: input.memoryByteCount / 4)
        let received = exchange.receiveRequest(options.headLimits, waiting: options.patience)
        guard let request = received else { return exchange.close() }
        let path = Self.path(of: request)
        let one = left.remove(at: left.firstIndex { $0.script.connection.request.map(Self.path) == path } ?? 0)
        // Every conversation that is chosen has an answer.
        guard let response = one.script.response(to: request) else { return exchange.close() }
        ReplayAnnouncement.show(one.shown, peer, values, changes, isWhole: false, isRedacted: secretNames != nil)
        var player = Player(one.script, as: .server, values, options)
        let number = transcript.open(client: exchange.other, server: exchange.own, at: exchange.openedTime)
        exchange.noteRequest(number, &transcript)
        player.begin(response, body: response.status == 101 ? [] : one.script.refusalBody, at: SystemClock.nanoseconds)
        exchange.handOverRest(to: &player)
        finish(one, &player, &exchange, number)
    }

    private static func path(of request: RequestHead) -> String { String(request.target.prefix { $0 != "?" }) }

    /// The next client; nil where none comes in time.
    private func accept(_ socket: ListeningSocket) -> TCPSocket? {
        let end = peer.wait.map { SystemClock.nanoseconds + $0.nanoseconds }
        while !Interrupt.isRequested {
            let left = end.map { max(0, $0 - SystemClock.nanoseconds) }
            if left == 0 {
                fail("no client came within --wait")
                return nil
            }
            var items = [Awaited(socket.descriptor), Awaited(Interrupt.descriptor)]
            items.wait(milliseconds: left.map { Int32(clamping: $0 / 1_000_000 + 1) } ?? -1)
            if items[0].isReady, let client = socket.accept() { return client }
        }
        return nil
    }

    private func finish(
        _ one: ReplayReport.Chosen, _ player: inout Player, _ exchange: inout ReplayExchange, _ number: Int
    ) {
        exchange.run(&player, number, &transcript)
        let ends = player.side == .client ? (exchange.own, exchange.other) : (exchange.other, exchange.own)
        played.append(
            Played(
                index: one.index, number: one.script.connection.number, ends: ends, obstacle: player.obstacle,
                hasOwnEnd: player.hasOwnEnd))
    }

    // MARK: What was said

    /// What was said, as that of a capture.
    func compared(_ limits: ComparedCapture.Limits, _ rules: [PairRule]) -> ComparedCapture {
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        var inspector = Inspector(inspection)
        let collecting = CollectingSink(limits)
        let capture = collecting.capture
        if let secretNames {
            inspect(&inspector, into: DecodingSink(Redactor(collecting, names: secretNames), rules: rules))
        } else {
            inspect(&inspector, into: DecodingSink(collecting, rules: rules))
        }
        return capture
    }

    private func inspect(_ inspector: inout Inspector, into sink: consuming some EventSink & ~Copyable) {
        for packet in transcript.ordered { inspector.inspect(packet.header, packet.bytes.span, into: &sink) }
        inspector.finish(into: &sink)
    }

    /// Writes what was said to a file, as packets.
    func write(to path: String) throws {
        var writer = PcapngWriter()
        var section = CaptureSection()
        section.application = "wsray \(Wsray.version)"
        writer.beginSection(section, comment: "What was said in a replay; packets are made up around it, and TLS is left out.")
        _ = writer.add(CaptureInterface(linkType: .raw, snapLength: 0, resolution: .nanoseconds, name: "replay"))
        for packet in transcript.ordered { writer.add(packet.header, packet.bytes.span) }
        if let failure = Self.write(writer.output.span, to: path) {
            Output.remark(failure)
            throw ExitCode(2)
        }
    }

    private static func write(_ bytes: Span<UInt8>, to path: String) -> String? {
        do throws(PathError) {
            let file = try ReplacedFile(path)
            do throws(SystemError) { try file.descriptor.write(bytes) } catch { return "\(path): \(error.words)" }
            return try file.commit(byteCount: UInt64(bytes.count)) ? nil : "\(path): not all of it could be written"
        } catch { return error.message }
    }
}
