import ArgumentParser
import Bytes
import Capture
import System
import Terminal
import Viewer

struct View: PacketCommand {
    static let configuration = CommandConfiguration(
        commandName: "view",
        abstract: "Browse a capture in the terminal: connections, frames, payloads, findings.",
        discussion: """
            Enter opens and q goes back; ? lists all keys, as does man wsray-view. The first rows appear at once, while the \
            rest is still being read. Everything is shown as it was sent, secrets included: there is no --redact here, but wsray \
            cut --redact makes a capture without them.

            EXAMPLES:
              wsray view capture.pcapng
              wsray view --where 'opcode == close' capture.pcapng
              sudo wsray view -i eth0 -f 'port 8080' -w kept.pcapng
              wsray view --ssh host -f 'port 80'
            """)

    @OptionGroup(title: "Input") var source: SourceOptions
    @OptionGroup(title: "Input") var counting: CountOptions
    @OptionGroup(title: "Live Capture") var live: LiveOptions
    @OptionGroup var selection: SelectionOptions
    @OptionGroup(title: "Decoding") var decoding: DecodingOptions
    @OptionGroup var look: LookOptions
    @OptionGroup(visibility: .hidden) var paging: PagerOptions
    @Option(help: ArgumentHelp("Times since the first row, as time of day (UTC or local), or since the previous row.", valueName: "clock"))
    var time = State.Clock.relative
    @Option(
        name: .customLong("limit-spool"),
        help: ArgumentHelp(
            "Bytes kept on disk of packets that can be read only once, and as many of reassembled payloads (default: 8G).",
            valueName: "size"))
    var limitSpool: ByteSize?

    @OptionGroup(visibility: .hidden) var rehearsal: Rehearsal

    mutating func validate() throws { try input.validate() }

    func run() throws {
        if rehearsal.listsKeys {
            var table = ByteBuffer()
            table.append(string: KeyMap.markdown)
            return try Output.write(table)
        }
        let schema = try decoding.schema()
        var input = input
        input.program = decoding.makeProgram()
        try orExit { () throws(CaptureError) in try input.giveUpRoot() }
        try checkFirst()
        guard let wake = try? WakePipe() else {
            Output.remark("no file descriptors left")
            throw ExitCode(2)
        }
        let level = look.colourLevel
        let spool = UnnamedFile()
        let handover = Handover(wake)
        let index = InputIndex()
        let bytes = StoredBytes(index, spool: spool)
        let reading: Background.Running
        do throws(CaptureError) {
            let loader = try Loader(
                input, decoding, schema, handover, index, spool, spoolLimit: UInt64(limitSpool?.bytes ?? 8 << 30))
            input.confineButFiles()
            reading = Loading(loader).run()
            if !reading.hasStarted { throw CaptureError(.unreadable, "starting a thread failed") }
        } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
        defer {
            // A program of --decode-with ends when this one does, and its input with it.
            handover.stop()
            // The file that a live capture writes is to be whole.
            if !input.live.interfaces.isEmpty { reading.join() }
        }
        if rehearsal.isWanted {
            return try rehearsal.run(handover, bytes, source: input.title, look: Look(level, isASCII: look.ascii), clock: time)
        }
        if rehearsal.measures {
            let state = State(Transcript(), bytes, source: input.title, look: Look(level), size: rehearsal.screenSize)
            var measurement = Measurement(state, level, handover, bytes)
            return try measurement.run()
        }
        try checkTerminal()
        RemoteCapture.holdRemarks(true)
        defer { RemoteCapture.holdRemarks(false) }
        let terminal: RawTerminal
        do throws(RawTerminal.Failure) { terminal = try RawTerminal() } catch {
            Output.remark("there is no terminal to show anything on; wsray FILE writes a timeline into a pipe")
            throw ExitCode(2)
        }
        var state = State(
            Transcript(), bytes, source: input.title, look: Look(level, isASCII: look.ascii), size: terminal.size)
        state.clock = time
        state.zone = { LocalTime.offset(atSecond: $0) }
        if let condition = try input.selection.condition() { state.begin(with: condition) }
        var loop = ViewLoop(
            terminal, wake, state, level, handover, bytes, Export(input, index, wake),
            rotates: input.live.write != nil)
        let progress = loop.run()
        guard progress.exitStatus != 0 else { return }
        for remark in progress.allRemarks { Output.remark(remark) }
        throw ExitCode(progress.exitStatus)
    }

    /// Where there is nothing to show screens on, it is said what else there is.
    private func checkTerminal() throws {
        if !Output.isTerminal {
            Output.remark("view needs a terminal, and standard output is not one; wsray FILE writes a timeline instead")
            throw ExitCode(64)
        }
        if CurrentProcess.environment("TERM") == "dumb" {
            Output.remark("view cannot draw on this terminal (TERM=dumb); wsray FILE writes a timeline instead")
            throw ExitCode(64)
        }
    }

    /// What is no capture at all is said at once, not on a screen.
    private func checkFirst() throws {
        guard let first = input.files.first, first != "-" else { return }
        // A pipe can be opened only once.
        if HeldFiles.status(of: first)?.kind == .pipe { return }
        do throws(CaptureError) {
            _ = try CaptureReader(try ByteSource(path: first), name: first)
        } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
    }
}

extension State.Clock: ExpressibleByArgument {}

extension InputOptions {
    /// What the inputs are called together.
    var title: String {
        if !live.interfaces.isEmpty { return live.title }
        let names = files.map { $0 == "-" ? StandardInput.name : String($0.split(separator: "/").last ?? "") }
        return names.count == 1 ? names[0] : "\(names.first ?? "") and \(names.count - 1) more"
    }
}

extension LookOptions {
    /// The colours that the terminal has, as far as they are wanted.
    var colourLevel: ColourLevel {
        switch color {
        case .never: .mono
        case .always: max(.sixteen, ColourLevel { $0 == "NO_COLOR" ? nil : CurrentProcess.environment($0) })
        case .auto: ColourLevel { CurrentProcess.environment($0) }
        }
    }
}
