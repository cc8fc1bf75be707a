import Bytes
import System

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
    private let stopping: WakePipe
    private let captures: [InterfaceCapture]

    /// Opens the interfaces, which takes permission; after that none is needed.
    public init(_ names: [String], _ options: Options = Options()) throws(CaptureError) {
        var captures: [InterfaceCapture] = []
        for name in names { captures.append(try InterfaceCapture(name, number: UInt32(captures.count), options)) }
        self.captures = captures
        interfaces = captures.map(\.interface)
        warnings = captures.compactMap(\.warning)
        queue = try PacketQueue(limit: options.bufferByteCount)
        stopping = try WakePipe.orFailure()
    }

    deinit { stop() }

    /// Begins to receive packets. To be called once.
    public func start() throws(CaptureError) {
        let loop = CaptureLoop(captures, queue, stopping)
        // Invariant: nobody else has the loop, which the thread takes over.
        nonisolated(unsafe) let handedOver = loop
        do throws(SystemError) { try Background.detach { unsafe handedOver.run() } } catch {
            throw CaptureError(.unreadable, "starting a thread failed: \(error.words)")
        }
    }

    /// Ends the capture: what passed by until now can still be received.
    public func stop() { stopping.ring() }

    /// Readable while there is something to receive, or the end.
    public var descriptor: Descriptor { queue.pipe.descriptor }

    /// Exchanges a batch that is done with for the next; false when there is none yet.
    public func receive(_ batch: inout PacketBatch) -> Bool { queue.receive(&batch) }

    /// Everything was received, and nothing more will come.
    public var isFinished: Bool { queue.isFinished }
}
