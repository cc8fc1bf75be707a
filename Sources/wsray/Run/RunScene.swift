import ArgumentParser
import Capture
import Inspection
import Reports
import Processes
import System
import TLS
import Text

/// All that `run` opens before the command starts, in the order that permissions ask for.
struct RunScene {
    let capture: LiveCapture
    let watch: SocketWatch
    let keys: KeyFiles
    let environment: CommandEnvironment
    /// Standard output as it was.
    let output: Descriptor
    let inherited: Set<Descriptor>
    let interfaces: [String]

    init(_ run: Run) throws(CaptureError) {
        inherited = ChildProcess.openDescriptors()
        let user = try User.unprivileged(named: nil)
        environment = CallerEnvironment.read(callerOfSudo: user)
        interfaces = run.interfaces.isEmpty ? ["any"] : run.interfaces
        do throws(CaptureError) {
            capture = try LiveCapture(interfaces)
            watch = try SocketWatch(interfaces)
            // The thread that watches would keep what this one gives up later.
            if user == nil, !run.noSandbox { Sandbox.dropCapabilities(diagnosesSockets: true) }
            watch.start()
        } catch {
            guard error.kind == .noPermission else { throw error }
            throw CaptureError(.noPermission, error.message + Self.waysToPermission(run.command[0]))
        }
        for warning in capture.warnings { Output.remark(warning) }
        if let user { try User.become(user) }
        keys = KeyFiles(logs: run.keys)
        try keys.load(captures: [], isLive: true)
        keys.store.expectsMore = true
        output = try Self.redirectOutput(to: run.output)
    }

    private static func waysToPermission(_ command: String) -> String {
        let program = CurrentProcess.programPath ?? "$(command -v wsray)"
        let sudo = "\nwsray: use sudo; \(command) will still run as you: sudo \(program) run … -- \(command) …"
        #if os(Linux)
            return sudo + "\nwsray: or grant it permanently: sudo setcap cap_net_raw+ep \(program)"
        #else
            return sudo
        #endif
    }

    /// Where the command's standard output goes: where it was if what is shown goes to a file, otherwise to standard error.
    private static func redirectOutput(to path: String?) throws(CaptureError) -> Descriptor {
        guard let path else { return .standardError }
        let file: Descriptor
        do throws(PathError) { file = try OutputPath.createFile(path, .isEmptied) } catch { throw User.explaining(CaptureError(error)) }
        defer { file.close() }
        guard let before = try? Descriptor.standardOutput.duplicate(), Descriptor.standardOutput.become(file) else {
            throw CaptureError(.unreadable, "no file descriptors left")
        }
        return before
    }

    /// Runs the command and shows what it says.
    func play(_ run: Run) throws {
        let directory = environment["TMPDIR"] ?? "/tmp"
        let keyLog = try orExit { () throws(CaptureError) in
            try CommandKeyLog(into: keys.store, keepsLines: run.write != nil, temporaryDirectory: directory)
        }
        // Signals are taken from here on, so that the directory goes away whatever comes.
        RunningChild.takeSignals()
        defer { keyLog.remove() }
        var player = RunPlayer(self, run, keyLog)
        try run.withReport(&player)
        keyLog.remove()
        if let status = player.status { throw ExitCode(status) }
    }
}

/// Runs the command while a report shows what it says.
struct RunPlayer: ReportUser {
    private let scene: RunScene
    private let run: Run
    private let keyLog: CommandKeyLog
    /// The status to leave with; nil for 0.
    private(set) var status: Int32?

    init(_ scene: RunScene, _ run: Run, _ keyLog: CommandKeyLog) {
        self.scene = scene
        self.run = run
        self.keyLog = keyLog
    }

    private func open(_ path: String) throws(CaptureError) -> DelayedCaptureFile {
        var options = CaptureFile.Options(path: path)
        options.application = "wsray \(Wsray.version)"
        do throws(CaptureError) {
            return try DelayedCaptureFile(options, interfaces: scene.capture.interfaces)
        } catch {
            throw User.explaining(error)
        }
    }

    mutating func use<Shown: Report & ~Copyable>(_ report: inout Shown, _ inspection: Inspector.Options, _ program: DecodingProgram?) {
        do throws(CaptureError) {
            var inspection = inspection
            scene.keys.stack(on: &inspection)
            let file = try run.write.map { path throws(CaptureError) in try open(path) }
            try scene.capture.start()
            defer { scene.watch.stop() }
            var session = RunSession(scene.capture, scene.watch, keyLog, scene.keys, Inspector(inspection), file)
            try play(&session, &report, program)
        } catch {
            Output.remark(error.message)
            status = error.exitStatus
        }
    }

    private mutating func play<Shown: Report & ~Copyable>(
        _ session: inout RunSession, _ report: inout Shown, _ program: DecodingProgram?
    ) throws(CaptureError) {
        var environment = scene.environment
        environment.logKeys(to: keyLog.path)
        let child = ChildProcess(
            run.command, environment: environment.variables, output: scene.output, inherited: scene.inherited)
        do throws(ChildProcess.Failure) { try RunningChild.start(child) } catch {
            Output.remark(error.text)
            status = error.status
            return
        }
        // After that no program can be started.
        if !run.noSandbox {
            program?.start()
            var needs = Sandbox.Needs(folders: nil)
            needs.diagnosesSockets = true
            Confinement.enter(needs)
        }
        scene.watch.noteStart()
        report.begin(sources: [run.command.joined(separator: " ")])
        session.run(into: &report)
        report.finish(session.inspector.summary, failure: session.failure?.message)
        if session.outputFailure == nil {
            do throws(Output.Failure) { try Output.flush(&report.output) } catch { session.note(error) }
        }
        status = RunningChild.waitStatus.map(\.exitStatusOfShell).flatMap { $0 == 0 ? nil : $0 }
        // It is none of the command's processes, which are listed at the end.
        program?.finish()
        conclude(session)
    }

    /// Says what there is to say at the end, and notes what failed.
    private mutating func conclude(_ session: borrowing RunSession) {
        if case .system(let reason)? = session.outputFailure {
            Output.remark(reason)
            status = 2
        }
        if let failure = session.failure {
            Output.remark(failure.message)
            status = failure.exitStatus
        }
        if case .closed? = session.outputFailure { return }
        for remark in remarks(session) { Output.remark(remark) }
    }

    private func remarks(_ session: borrowing RunSession) -> [String] {
        let summary = session.inspector.summary
        let connections = Quantity.counted(session.connectionCount, "TCP connection")
        let dropped = session.dropped
        var remarks = [
            "\(run.name): \(connections), \(Quantity.counted(session.packets, "packet")) captured on "
                + "\(scene.interfaces.joined(separator: ", ")), \(dropped == 0 ? "none dropped" : "\(dropped) dropped")"
        ]
        if summary.connections > 0 || session.connectionCount > 0 { remarks += summary.remarks }
        if summary.encryptedConnections > 0 {
            remarks.append(
                scene.keys.store.randomCount == 0
                    ? "\(run.name) has logged no keys: wsray keys --how says how to get them from a program that ignores SSLKEYLOGFILE"
                    : "wsray keys --how says how to get keys from programs that ignore SSLKEYLOGFILE")
        }
        let remaining = SocketWatch.remainingProcesses()
        if !remaining.isEmpty {
            let names = remaining.prefix(5).map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
            remarks.append(
                "still running: \(names)\(remaining.count > 5 ? " and \(remaining.count - 5) more" : ""); what they say from now on is not shown"
            )
        }
        if let write = run.write, session.failure == nil {
            let count = scene.keys.store.randomCount
            remarks.append(
                "\(write): \(Quantity.counted(session.packets, "packet"))"
                    + (count == 0
                        ? "" : " and the secrets of \(Quantity.counted(count, "TLS connection")): whoever has the file can read them"))
        }
        return remarks
    }
}
