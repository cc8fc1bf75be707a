import Bytes

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Packets of one or more interfaces as they come, captured by a thread of its own.
///
/// That thread does nothing but carry packets from the kernel into batches, so that whatever takes its time with them, a
/// terminal or a pipe, does not make the kernel drop any. When more waits than `Options.bufferByteCount`, batches are
/// dropped and counted. For use by one thread: `receive` never waits; `descriptor` is readable when there is something to receive, for poll(2).
public final class LiveCapture {
    public struct Options: Sendable {
        /// Bytes that the kernel keeps for each interface, and bytes that wait to be received.
        public var bufferByteCount = 64 << 20
        /// Bytes kept of each packet.
        public var snapLength = 262_144
        public var isPromiscuous = false
        /// What packets to capture, as for tcpdump; the kernel does the selecting.
        public var filter: String?
        /// The kernel hands over each packet as it comes, which is for few packets only.
        var isImmediate = false

        public init() {}
    }

    /// In the order in which they were named; `PacketHeader.interface` is an index into it.
    public let interfaces: [CaptureInterface]
    /// What there is to remark about them: lines without a full stop.
    public let warnings: [String]
    private let queue: PacketQueue
    private let stopping: Doorbell
    private let captures: [InterfaceCapture]

    /// Opens the interfaces, which takes permission; after that none is needed.
    public init(_ names: [String], _ options: Options = Options()) throws(CaptureError) {
        var captures: [InterfaceCapture] = []
        for name in names { captures.append(try InterfaceCapture(name, number: UInt32(captures.count), options)) }
        self.captures = captures
        interfaces = captures.map(\.interface)
        warnings = captures.compactMap(\.warning)
        queue = try PacketQueue(limit: options.bufferByteCount)
        stopping = try Doorbell()
    }

    deinit { stop() }

    /// Begins to receive packets. To be called once.
    public func start() throws(CaptureError) {
        let loop = CaptureLoop(captures, queue, stopping)
        var all = sigset_t()
        var before = sigset_t()
        unsafe sigfillset(&all)
        // Signals are for the thread that shows and writes.
        unsafe pthread_sigmask(SIG_BLOCK, &all, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        #if canImport(Darwin)
            var thread: pthread_t?
        #else
            var thread = pthread_t()
        #endif
        let context = unsafe Unmanaged.passRetained(loop).toOpaque()
        let code = unsafe pthread_create(&thread, nil, captureThread, context)
        guard code == 0 else { throw CaptureError(.unreadable, "starting a thread failed: \(systemWords(code))") }
        #if canImport(Darwin)
            if let thread = unsafe thread { unsafe pthread_detach(thread) }
        #else
            pthread_detach(thread)
        #endif
    }

    /// Ends the capture: what passed by until now can still be received.
    public func stop() { stopping.ring() }

    /// Readable while there is something to receive, or the end.
    public var descriptor: Int32 { queue.doorbell.descriptor }

    /// Exchanges a batch that is done with for the next; false when there is none yet.
    public func receive(_ batch: inout PacketBatch) -> Bool { queue.receive(&batch) }

    /// Everything was received, and nothing more will come.
    public var isFinished: Bool { queue.isFinished }
}

#if canImport(Darwin)
    private func captureThread(_ context: UnsafeMutableRawPointer) -> UnsafeMutableRawPointer? {
        unsafe Unmanaged<CaptureLoop>.fromOpaque(context).takeRetainedValue().run()
        return nil
    }
#else
    private func captureThread(_ context: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
        // Invariant: `start` passed a retained loop.
        if let context = unsafe context { unsafe Unmanaged<CaptureLoop>.fromOpaque(context).takeRetainedValue().run() }
        return nil
    }
#endif
