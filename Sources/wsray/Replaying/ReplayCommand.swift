import ArgumentParser
import Capture
import Differences
import Input
import Inspection
import Replay
import Reports
import Rules
import System
import WebSocket

struct ReplayCommand: PacketCommand {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case text
        case json
        case junit
    }

    static let configuration = CommandConfiguration(
        commandName: "replay",
        abstract: "Play a captured conversation again, to a server or to a client, and compare the answers.",
        discussion: """
            With --to, wsray is the client: it sends what the captured client sent, with a new key and new masks, and compares the server's \
            answers with the captured ones, as diff compares two runs. With --listen, it is the server, and compares what a client sends. \
            Nothing is sent anywhere else. What will be sent, and where, is first announced on standard error; --dry-run only announces it, in \
            full.

            By default each message is sent once the messages before it have come. Connections are played one after another. Ids and tokens \
            that the peer chose anew are carried over into later messages; others are put in with --set and --header.

            EXAMPLES:
              wsray replay golden.pcapng --to ws://localhost:8080/
              wsray replay golden.pcapng --to ws://localhost:8080/ --dry-run
              wsray replay session.har --connection 2 --to wss://staging.example.com/ws \\
                --header "Authorization: Bearer $TOKEN"
              wsray replay golden.pcapng --to ws://localhost:8080/ \\
                --set '$.token=s3cret' --set alice=bob --ignore json.price
              wsray replay golden.pcapng --to ws://localhost:8080/ --format junit \\
                > replay.xml
              wsray replay golden.pcapng --listen 8080

            EXIT STATUS: 0 same, 1 different, 2 the conversation could not be played, or the input could not be read to its end, 130 Ctrl-C.
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(visibility: .hidden) var counting: CountOptions
    @OptionGroup(visibility: .hidden) var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup(title: "Peer") var peer: PeerOptions
    @OptionGroup(title: "Messages") var playing: PlayingOptions
    @OptionGroup(title: "Decoding") var pairing: PairingOptions
    @OptionGroup(title: "Comparison") var comparison: ComparisonOptions
    @OptionGroup var redaction: RedactionOptions
    @OptionGroup var fit: WidthOptions
    @OptionGroup var look: LookOptions
    @OptionGroup(visibility: .hidden) var paging: PagerOptions

    @Flag(name: .customLong("dry-run"), help: "Say what would be sent, and connect to nobody.")
    var isDryRun = false

    @Option(help: ArgumentHelp("Rows for people, one JSON object, or JUnit XML.", valueName: "format"))
    var format = Format.text

    @Option(
        help: ArgumentHelp("Also write what was said to this pcapng file, without TLS.", valueName: "file"),
        completion: .file(extensions: ["pcapng"]))
    var save: String?

    mutating func validate() throws {
        if let interface = live.interfaces.first {
            throw ValidationError("replay plays files. Write the capture to one first: wsray -i \(interface) -w FILE")
        }
        try live.requireInterfaces()
        guard !source.files.isEmpty else {
            throw ValidationError("Name a capture: wsray replay capture.pcapng --to ws://localhost:8080/")
        }
        if input.count != nil { throw ValidationError("replay plays whole connections, which --count would break off.") }
        try input.selection.requireConnections("replay plays whole connections")
        if redaction.redact, save != nil {
            throw ValidationError("--save writes what was said as it was, with its secrets. Save first, then share: wsray cut --redact.")
        }
        if save == "-" { throw ValidationError("--save writes to a file; standard output has the comparison.") }
    }

    func run() throws {
        try orExit { () throws(CaptureError) in try input.giveUpRoot() }
        if UserIdentity.isRoot { HeldFiles.open(input.files + input.keys.logs + input.keys.privateKeys) }
        if let save { try Output.refuse(save, readingFrom: input.files) }
        // All that is looked up or opened by name is, before the first packet is looked at.
        let scene = try isDryRun ? nil : ReplayScene(peer)
        confine(scene)
        let collected = try collect()
        let chosen = try choose(collected)
        if isDryRun { return announce(chosen) }
        guard let scene else { return }
        Interrupt.installWithDescriptor()
        let stage = ReplayStage(
            scene, peer, try playingOptions(), try playing.values(), try playing.changes(), input,
            redacting: redaction.redact ? redaction.names : nil)
        stage.play(chosen)
        if let save { try stage.write(to: save) }
        try report(collected, chosen, stage)
    }

    private func playingOptions() throws -> Player.Options {
        var options = try playing.options(peer, input)
        options.quotes = !redaction.redact
        return options
    }

    /// Gives up what is not needed any more: connections can be made to the port of the target, or taken, and nothing else.
    private func confine(_ scene: ReplayScene?) {
        guard input.isConfined else { return }
        var needs = Sandbox.Needs(folders: save.map { [Sandbox.folder(of: $0)] } ?? [])
        switch scene {
        case .client(_, let target): needs.connectsTo = target.port
        case .server: needs.accepts = true
        case nil: break
        }
        Confinement.enter(needs)
    }

    // MARK: The capture

    private func collect() throws -> ReplayReport.Result {
        var inspection = Inspector.Options()
        inspection.limits = input.limits
        inspection.keepsWireBytes = false
        // A part of a message cannot be searched.
        if redaction.redact { inspection.keptByteCount = .max }
        let report = ReplayReport(
            comparison.limits(input.memoryByteCount), byteLimit: input.memoryByteCount / 4,
            redacting: redaction.redact ? redaction.names : nil)
        let result = report.result
        try Session.show(input, inspection, report, decodes: true, rules: pairing.rules) { _ in [] }
        return result
    }

    /// What can be played, and says of the rest why it cannot.
    private func choose(_ result: ReplayReport.Result) throws -> [ReplayReport.Chosen] {
        let side = peer.side
        var chosen: [ReplayReport.Chosen] = []
        for (index, script) in result.scripts.scripts.enumerated() {
            if let obstacle = script.obstacle(for: side) {
                Output.remark("connection \(script.connection.number) is not played: \(obstacle)")
            } else {
                chosen.append(ReplayReport.Chosen(index: index, script: script, shown: result.shownScripts.scripts[index]))
            }
        }
        guard !chosen.isEmpty else {
            Output.remark("there is no connection to play")
            throw ExitCode(2)
        }
        return chosen
    }

    private func announce(_ chosen: [ReplayReport.Chosen]) {
        guard let values = try? playing.values(), let changes = try? playing.changes() else { return }
        for one in chosen {
            ReplayAnnouncement.show(one.shown, peer, values, changes, isWhole: true, isRedacted: redaction.redact)
        }
    }

    // MARK: The result

    private func report(_ collected: ReplayReport.Result, _ chosen: [ReplayReport.Chosen], _ stage: ReplayStage) throws {
        let b = stage.compared(comparison.limits(input.memoryByteCount), pairing.rules)
        var known: [(a: Int, b: Int, options: DifferenceOptions)] = []
        for played in stage.played {
            guard let place = played.place(in: b) else { continue }
            var options = try comparison.options()
            options.onlySide = peer.side.other
            options.countsSooner = false
            // How long a side waits for the other one's FIN is wsray's own choice here.
            options.ignoredRules = [.closeClientFirst, .closeServerLate]
            if played.hasOwnEnd { options.ignored.insert(.end) }
            known.append((played.index, place, options))
        }
        let missing = Set(chosen.map(\.index)).subtracting(known.map(\.a)).sorted()
        let difference = CaptureDifference(collected.compared, b, known: known, onlyA: missing)
        var source = DifferenceReport.Source(name: stage.title, failure: format == .json ? stage.trouble : nil)
        source.remarks = stage.played.compactMap { played in played.obstacle.map { (played.number, $0) } }
        var shown = comparison.shown(format == .text ? look.palette : Palette(), fit)
        if stage.played.isEmpty { shown.obstacle = stage.trouble ?? (Interrupt.isRequested ? "interrupted" : nil) }
        var report = DifferenceReport(
            difference, .init(name: input.files.map { InputFile.name(of: $0) }.joined(separator: ", ")), source, shown)
        let isSame = report.isSame
        switch format {
        case .text: report.writeText()
        case .json: report.writeJSON(tool: "wsray", version: Wsray.version)
        case .junit: report.writeJUnit(failure: stage.trouble)
        }
        do throws(Output.Failure) { try Output.flush(&report.output) } catch {
            if case .system(let reason) = error { Output.remark(reason) }
            if case .system = error { throw ExitCode(2) }
        }
        if Interrupt.isRequested { throw ExitCode(130) }
        if stage.trouble != nil { throw ExitCode(2) }
        if !isSame { throw ExitCode(1) }
    }
}
