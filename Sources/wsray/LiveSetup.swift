import Capture
import Input
import Inspection
import Packets
import System

/// Interfaces that were opened, and the file that is written along, before the capture begins.
struct LiveSetup: ~Copyable {
    private let capture: LiveCapture
    private var recording: LiveRecording
    private let options: LiveOptions
    /// Finds the processes that the connections are of.
    let owners: SocketOwnerSearch?

    /// Opens the interfaces, gives up root when that is done, and opens the file.
    init(_ options: InputOptions) throws(CaptureError) {
        let live = options.live
        let user = try User.unprivileged(named: live.user)
        let helper = SocketOwnerHelper.start(isConfined: options.isConfined)
        let (capture, owners) = try Self.open(live.interfaces, in: live.namespace, live.capture(filter: options.filter), helper)
        ListeningLine.name(live.namespace)
        for warning in capture.warnings { Output.remark(warning) }
        if let user { try User.become(user) }
        let file = try Self.open(live.file, of: capture.interfaces)
        if let write = live.write, live.rotate != nil, !CaptureFile.canCreate(beside: write) {
            let name = user?.name ?? "this user"
            throw CaptureError(.noPermission, "\(write): \(name) may not create the files that follow there; --user root may")
        }
        self.capture = capture
        self.owners = owners
        self.options = live
        recording = LiveRecording(file, capture.interfaces, live, options.limits)
    }

    /// The input; deadlines are counted from now on.
    var input: LiveInput<LiveCapture> {
        LiveInput(
            capture, deadlines: Deadlines(duration: options.duration?.nanoseconds, idleDuration: options.idleExit?.nanoseconds),
            seesRepeated: options.interfaces.count > 1 || options.interfaces == ["any"])
    }

    var interfaces: [CaptureInterface] { capture.interfaces }

    consuming func takeRecording() -> LiveRecording { recording }

    private static func open(
        _ names: [String], in namespace: NamespaceChoice?, _ options: LiveCapture.Options, _ helper: CompanionProcess?
    ) throws(CaptureError) -> (LiveCapture, SocketOwnerSearch?) {
        let visit = try namespace?.enter()
        defer { visit?.end() }
        do throws(CaptureError) {
            return (try LiveCapture(names, options), SocketOwnerSearch(helper))
        } catch {
            guard error.kind == .noPermission else { throw error }
            throw CaptureError(.noPermission, error.message + waysToPermission)
        }
    }

    private static func open(_ file: CaptureFile.Options?, of interfaces: [CaptureInterface]) throws(CaptureError) -> CaptureFile? {
        guard let file else { return nil }
        do throws(CaptureError) { return try CaptureFile(file, interfaces: interfaces) } catch { throw User.explaining(error) }
    }

    private static var waysToPermission: String {
        #if os(Linux)
            let program = CurrentProcess.programPath ?? "$(command -v wsray)"
            return "; use sudo, or grant it permanently: sudo setcap cap_net_raw+ep \(program)"
        #else
            return "; use sudo"
        #endif
    }
}
