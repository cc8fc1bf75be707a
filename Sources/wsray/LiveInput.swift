import Bytes
import Capture
import Inspection
import Packets
import System
import Text

/// Interfaces that are captured on, the file that is written along, and when to stop.
struct LiveInput: ~Copyable {
    let capture: LiveCapture
    var file: CaptureFile?
    let writesFile: Bool
    /// Packets that may have to be written yet, where only those of WebSocket connections are.
    private var pending: PendingPackets?
    /// Where a packet may be seen on several interfaces.
    private var sightings: Sightings?
    /// Which of standard input, output and error were a terminal at the beginning.
    private let terminals = [Descriptor.standardInput, .standardOutput, .standardError].filter(\.isTerminal)
    /// Of each interface, what was counted last.
    private(set) var counted: [InterfaceStatistics]
    private var toldDropped: UInt64 = 0
    private var toldAt: Int64 = 0
    private let start = SystemClock.nanoseconds
    private let duration: Int64?
    private let idleExit: Int64?
    /// How much had been shown, and since when it is no more.
    private var activity: UInt64 = 0
    private var activeAt = SystemClock.nanoseconds
    private var hasStopped = false

    /// Opens the interfaces, gives up root when that is done, and opens the file.
    init(_ options: InputOptions) throws(CaptureError) {
        let live = options.live
        let user = try User.unprivileged(named: live.user)
        let capture = try Self.open(live.interfaces, live.capture(filter: options.filter))
        for warning in capture.warnings { Output.remark(warning) }
        if let user { try User.become(user) }
        let file = try Self.open(live.file, of: capture.interfaces)
        if let write = live.write, live.rotate != nil, !CaptureFile.canCreate(beside: write) {
            let name = user?.name ?? "this user"
            throw CaptureError(.noPermission, "\(write): \(name) may not create the files that follow there; --user root may")
        }
        self.init(capture, file, live, options.limits)
    }

    private init(_ capture: LiveCapture, _ file: consuming CaptureFile?, _ options: LiveOptions, _ limits: Limits) {
        self.capture = capture
        self.file = file
        writesFile = options.write != nil
        // A request, its answer, and frames enough to be recognised.
        let flowByteCount = 2 * (limits.headByteCount + limits.undecidedByteCount)
        pending = options.webSocketOnly ? PendingPackets(flowByteCount: flowByteCount, totalByteCount: limits.totalByteCount / 4) : nil
        sightings = options.interfaces.count > 1 || options.interfaces == ["any"] ? Sightings() : nil
        counted = capture.interfaces.indices.map { InterfaceStatistics(interface: UInt32($0), time: Timestamp(nanoseconds: 0)) }
        duration = options.duration?.nanoseconds
        idleExit = options.idleExit?.nanoseconds
    }

    private static func open(_ names: [String], _ options: LiveCapture.Options) throws(CaptureError) -> LiveCapture {
        do throws(CaptureError) {
            return try LiveCapture(names, options)
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
            return "; run it with sudo, or allow it for good: sudo setcap cap_net_raw+ep \(program)"
        #else
            return "; run it with sudo"
        #endif
    }

    // MARK: Waiting

    /// Waits for packets, for a signal, for the output's reader to go away, or for the time to stop.
    func wait() -> Bool {
        var items = [Awaited(capture.descriptor), Awaited(Interrupt.descriptor), Awaited(.standardOutput, for: .hangUp)]
        items.wait(milliseconds: millisecondsLeft)
        return !items[2].isGone
    }

    /// Milliseconds until something is due without a packet; −1 for never.
    private var millisecondsLeft: Int32 {
        if hasStopped { return -1 }
        let due = [duration.map { start + $0 }, idleExit.map { activeAt + $0 }].compactMap { $0 }.min()
        guard let due else { return -1 }
        // Rounded up, so that it is due when the waiting ends.
        return Int32(clamping: max(0, due - SystemClock.nanoseconds) / 1_000_000 + 1)
    }

    /// Ends the capture when it is time; what passed by before that still comes.
    mutating func stopWhenDue(shown: UInt64) {
        guard !hasStopped else { return }
        let now = SystemClock.nanoseconds
        if shown != activity {
            activity = shown
            activeAt = now
        }
        let isDue = duration.map { now - start >= $0 } ?? false
        let isIdle = idleExit.map { now - activeAt >= $0 } ?? false
        if isDue || isIdle || Interrupt.isRequested || file?.failure != nil { stop() }
    }

    mutating func stop() {
        hasStopped = true
        capture.stop()
    }

    /// The terminal that the program was started from is gone.
    var isTerminalGone: Bool {
        terminals.contains { descriptor in
            var items = [Awaited(descriptor, for: .hangUp)]
            items.wait(milliseconds: 0)
            return items[0].isGone || items[0].isInvalid
        }
    }

    // MARK: Packets

    /// True when the packet was seen before, on another interface.
    mutating func isRepeated(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Bool {
        sightings?.isRepeated(header, bytes) ?? false
    }

    /// Writes a packet, or keeps it until it is known what it is of.
    mutating func write(_ header: PacketHeader, _ bytes: Span<UInt8>, of flow: FlowStanding) {
        guard pending != nil else {
            file?.append(header, bytes)
            return
        }
        switch flow {
        case .webSocket(let number):
            release(number)
            file?.append(header, bytes)
        case .undecided(let number): pending?.keep(header, bytes, of: number)
        case .other(let number): pending?.forget(number)
        // A whole of which only a part is there would be of no use.
        case .fragment: file?.append(header, bytes)
        case .none: break
        }
    }

    private mutating func release(_ flow: UInt64) {
        guard var packets = pending.take() else { return }
        if !packets.isEmpty, var output = file.take() {
            packets.release(flow, of: capture.interfaces, to: &output)
            file = consume output
        }
        pending = consume packets
    }

    /// What there is to say at the end beside counts of drops.
    var remarks: [String] {
        mutating get {
            let repeated = sightings?.repeatedCount ?? 0
            let lost = pending?.lostFlowCount ?? 0
            return [
                repeated == 0 ? nil : "\(Quantity.counted(repeated, "packet")) seen on several interfaces, counted once",
                lost == 0 ? nil : "\(Quantity.counted(lost, "TCP connection")) not kept until it was known what they are: --limit-memory",
            ].compactMap { $0 }
        }
    }

    // MARK: What was lost

    /// Takes note of a count; what was lost since the one before.
    mutating func note(_ statistics: InterfaceStatistics) -> PacketLoss? {
        let place = Int(statistics.interface)
        let loss = PacketLoss(from: counted[place].dropped == nil ? nil : counted[place], to: statistics)
        counted[place] = statistics
        file?.append(statistics)
        return loss
    }

    /// Says that more packets were dropped, once a second at most.
    mutating func tellLosses() {
        let dropped = counted.reduce(0) { $0 &+ ($1.dropped ?? 0) }
        guard dropped > toldDropped else { return }
        let now = SystemClock.nanoseconds
        guard toldAt == 0 || now - toldAt >= 1_000_000_000 else { return }
        toldDropped = dropped
        toldAt = now
        Output.remark("packets dropped so far: \(dropCounts)")
    }

    /// "3 by the kernel, 1 by wsray, whose output is read too slowly".
    var dropCounts: String {
        func part(_ words: String, _ count: (InterfaceStatistics) -> UInt64) -> String? {
            let sum = counted.reduce(0) { $0 &+ count($1) }
            return sum == 0 ? nil : "\(sum) \(words)"
        }
        let parts = [
            part("by the kernel", { $0.droppedBySystem ?? 0 }), part("by the interface", { $0.droppedByInterface ?? 0 }),
            part("by wsray, whose output is read too slowly", { $0.droppedByProgram }),
        ]
        return parts.compactMap { $0 }.joined(separator: ", ")
    }
}
