import Bytes
import Capture

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Interfaces that are captured on, the file that is written along, and when to stop.
struct LiveInput: ~Copyable {
    let capture: LiveCapture
    var file: CaptureFile?
    let writesFile: Bool
    /// Of each interface, what was counted last.
    private(set) var counted: [InterfaceStatistics]
    private var toldDropped: UInt64 = 0
    private var toldAt: Int64 = 0
    private let start = LiveInput.now
    private let duration: Int64?
    private let idleExit: Int64?
    /// How much had been shown, and since when it is no more.
    private var activity: UInt64 = 0
    private var activeAt = LiveInput.now
    private var hasStopped = false

    /// Opens the interfaces and the file, and gives up root when that is done.
    init(_ options: InputOptions) throws(CaptureError) {
        let live = options.live
        let user = try User.unprivileged(named: live.user)
        let capture = try Self.open(live.interfaces, live.capture(filter: options.filter))
        for warning in capture.warnings { Output.remark(warning) }
        let file = try Self.open(live.file(owner: user), of: capture.interfaces)
        try user?.become()
        self.init(capture, file, live)
    }

    private init(_ capture: LiveCapture, _ file: consuming CaptureFile?, _ options: LiveOptions) {
        self.capture = capture
        self.file = file
        writesFile = options.write != nil
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
        return try CaptureFile(file, interfaces: interfaces)
    }

    private static var waysToPermission: String {
        #if os(Linux)
            let program = Output.programPath ?? "$(command -v wsray)"
            return "; run it with sudo, or allow it for good: sudo setcap cap_net_raw+ep \(program)"
        #else
            return "; run it with sudo"
        #endif
    }

    /// Nanoseconds of a clock that nobody sets.
    static var now: Int64 {
        var time = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    // MARK: Waiting

    /// Waits for packets, for a signal, for the output's reader to go away, or for the time to stop.
    func wait() -> Bool {
        var items = [
            pollfd(fd: capture.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: Interrupt.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: STDOUT_FILENO, events: 0, revents: 0),
        ]
        _ = unsafe poll(&items, nfds_t(items.count), millisecondsLeft)
        return Int32(items[2].revents) & (POLLERR | POLLHUP) == 0
    }

    /// Milliseconds until something is due without a packet; −1 for never.
    private var millisecondsLeft: Int32 {
        if hasStopped { return -1 }
        let due = [duration.map { start + $0 }, idleExit.map { activeAt + $0 }].compactMap { $0 }.min()
        guard let due else { return -1 }
        // Rounded up, so that it is due when the waiting ends.
        return Int32(clamping: max(0, due - Self.now) / 1_000_000 + 1)
    }

    /// Ends the capture when it is time; what passed by before that still comes.
    mutating func stopWhenDue(shown: UInt64) {
        guard !hasStopped else { return }
        let now = Self.now
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
        let now = Self.now
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
