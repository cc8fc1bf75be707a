import Bytes
import Capture
import Cutting
import Inspection
import Rules
import WebSocket

/// Which connections `--where` selects, of however many it selects something.
struct SelectionReport: EventReport, ~Copyable {
    var output = ByteBuffer()
    let shownCount: UInt64 = 0
    private(set) var connections: Set<UInt64> = []

    mutating func opened(_ connection: Connection) { connections.insert(connection.number) }
    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}
    mutating func abandoned(_ message: Message, content: Span<UInt8>, of connection: Connection) {}
    mutating func found(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) {}
    mutating func exchanged(_ exchange: Exchange) {}
    mutating func ended(_ connection: Connection) {}
    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) {}
}

extension CutPlan: EventReport {
    var output: ByteBuffer {
        get { ByteBuffer() }
        set {}
    }

    static var takesPackets: Bool { true }
    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {
        note(header, place)
    }

    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) { finish() }
}

/// Writes the packets of a plan, while the input is inspected once more.
struct CutReport: EventReport, ~Copyable {
    var cutter: PacketCutter
    private var writer = PcapngWriter()
    /// Numbers in the cut of the interfaces of the current file.
    private var interfaces: [UInt32: UInt32] = [:]
    private let selection: String?
    let shownCount: UInt64 = 0

    /// - Parameter selection: how the connections were selected, for the comment on the section.
    init(_ cutter: consuming PacketCutter, selection: String?) {
        self.cutter = cutter
        self.selection = selection
    }

    var output: ByteBuffer {
        _read { yield writer.output }
        _modify { yield &writer.output }
    }

    mutating func begin(sources: [String]) {
        let names = sources.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
        let numbers = cutter.connections.prefix(100).map { "\($0)" }.joined(separator: ", ")
        let more = cutter.connections.count > 100 ? " and \(cutter.connections.count - 100) more" : ""
        var comment = "Cut out of \(names.joined(separator: ", ")): connections \(numbers.isEmpty ? "none" : numbers)\(more)"
        if let selection { comment += ", selected by \(selection)" }
        if let removed = cutter.removedText { comment += ". Secrets were overwritten: \(removed)" }
        writer.beginSection(CaptureSection(application: "wsray \(Wsray.version)"), comment: comment)
    }

    mutating func beginFile(_ name: String, firstPacket: UInt64) { interfaces = [:] }

    static var takesPackets: Bool { true }

    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {
        let (isWanted, comment) = cutter.take(header, bytes, place)
        guard isWanted else { return }
        var header = header
        header.interface = number(of: header, interfaces)
        let written = cutter.bytes
        if let comment {
            writer.add(header, written.span, comment: comment)
        } else {
            writer.add(header, written.span)
        }
    }

    private mutating func number(of header: PacketHeader, _ known: [CaptureInterface]) -> UInt32 {
        if let number = interfaces[header.interface] { return number }
        let place = Int(header.interface)
        var interface =
            place < known.count
            ? known[place] : CaptureInterface(linkType: header.linkType, snapLength: 0, resolution: .nanoseconds)
        // What an operator wrote about an interface is not part of the packets.
        interface.description = nil
        interface.filter = nil
        let number = writer.add(interface)
        interfaces[header.interface] = number
        return number
    }

    mutating func finish(_ summary: Summary, failure: String?) {}

    mutating func opened(_ connection: Connection) {}
    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}
    mutating func abandoned(_ message: Message, content: Span<UInt8>, of connection: Connection) {}
    mutating func found(_ finding: Finding, from side: Side?, in connection: Connection?, at time: Timestamp) {}
    mutating func exchanged(_ exchange: Exchange) {}
    mutating func ended(_ connection: Connection) {}
}
