import Bytes
import Capture
import Inspection
import System

/// What goes along with a live capture: the file that is written, and what was lost.
struct LiveRecording: ~Copyable {
    private var file: CaptureFile?
    private let writesFile: Bool
    private let interfaces: [CaptureInterface]
    /// Packets that may have to be written yet, where only those of WebSocket connections are.
    private var pending: PendingPackets?
    /// Which of standard input, output and error were a terminal at the beginning.
    private let terminals = [Descriptor.standardInput, .standardOutput, .standardError].filter(\.isTerminal)
    var drops: DropTally

    init(_ file: consuming CaptureFile?, _ interfaces: [CaptureInterface], _ options: LiveOptions, _ limits: Limits) {
        self.file = file
        self.interfaces = interfaces
        writesFile = options.write != nil
        // A request, its answer, and frames enough to be recognised.
        let flowByteCount = 2 * (limits.headByteCount + limits.undecidedByteCount)
        pending = options.webSocketOnly ? PendingPackets(flowByteCount: flowByteCount, totalByteCount: limits.totalByteCount / 4) : nil
        drops = DropTally(interfaceCount: interfaces.count)
    }

    /// Connections of which packets were given up before it was known what they are.
    var lostFlowCount: UInt64 {
        mutating get { pending?.lostFlowCount ?? 0 }
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
            packets.release(flow, of: interfaces, to: &output)
            file = consume output
        }
        pending = consume packets
    }

    /// Takes note of a count.
    mutating func note(_ statistics: InterfaceStatistics) {
        drops.note(statistics)
        file?.append(statistics)
    }

    // MARK: The file

    mutating func flush() { file?.flush() }

    var hasFailed: Bool {
        mutating get { file?.failure != nil }
    }

    /// Ends the file; why it could not be written, where it could not.
    mutating func close() -> CaptureError? {
        file?.close()
        return file?.failure
    }

    /// What SIGHUP asks for; false where there is no file to go on with, and where the terminal was closed.
    mutating func goOnInNextFile() -> Bool {
        guard writesFile, !isTerminalGone else { return false }
        if let remark = beginNextFile() { Output.remark(remark) }
        return true
    }

    /// Why all goes on in the same file, where no other can be begun.
    mutating func beginNextFile() -> String? {
        guard let error = file?.rotate() else { return nil }
        return "\(error.message); going on with the file before"
    }

    /// The terminal that the program was started from is gone.
    private var isTerminalGone: Bool {
        terminals.contains { descriptor in
            var items = [Awaited(descriptor, for: .hangUp)]
            items.wait(milliseconds: 0)
            return items[0].isGone || items[0].isInvalid
        }
    }
}
