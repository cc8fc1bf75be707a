import Bytes
import Capture
import Cutting
import Inspection
import Rules
import Text
import WebSocket

/// Which connections `--where` selects, of however many it selects something.
struct SelectionReport: EventReport, ~Copyable {
    var output = ByteBuffer()
    private(set) var connections: Set<UInt64> = []

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}

    mutating func note(_ event: Event) {
        if case .opened(let connection) = event { connections.insert(connection.number) }
    }

    var hasEnough: Bool { false }
    mutating func begin(sources: [String]) {}
    mutating func finish(_ summary: Summary, failure: String?) {}
}

extension CutPlan: EventReport {
    var output: ByteBuffer {
        get { ByteBuffer() }
        set {}
    }

    static var takesPackets: Bool { true }
    static var takesRecordings: Bool { false }
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
    private let secrets: [UInt8]

    /// - Parameter selection: how the connections were selected, for the comment on the section.
    /// - Parameter secrets: lines of a key log to write along, if any.
    init(_ cutter: consuming PacketCutter, selection: String?, secrets: [UInt8] = []) {
        self.secrets = secrets
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
        if !secrets.isEmpty { writer.add(DecryptionSecrets(form: .tlsKeyLog, bytes: secrets)) }
    }

    mutating func beginFile(_ name: String, firstPacket: UInt64) { interfaces = [:] }

    static var takesPackets: Bool { true }
    static var takesRecordings: Bool { false }

    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {
        let (isWanted, comment) = cutter.take(header, bytes, place)
        guard isWanted else { return }
        var header = header
        header.interface = number(of: header.interface, header.linkType, interfaces)
        let written = cutter.bytes
        if let comment {
            writer.add(header, written.span, comment: comment)
        } else {
            writer.add(header, written.span)
        }
    }

    /// What is not in the file although it was to be, and why.
    var remarks: [String] {
        var remarks: [String] = []
        func note(_ count: UInt64, _ noun: String, _ rest: String) {
            if count > 0 { remarks.append("\(Quantity.counted(count, noun)) \(rest)") }
        }
        if cutter.isOverwritten {
            remarks.append("more is to be overwritten than --limit-plan allows: all that came after was overwritten, unseen")
        }
        note(
            cutter.carriedCount, "connection",
            "left out: what is inside TLS, QUIC, SOCKS, or HTTP/2 whose beginning is missing cannot be overwritten without breaking it")
        if cutter.sharedCount > 0 {
            remarks.append("HTTP/2: what other streams say on the same TCP connections was overwritten, in header blocks as well")
        }
        note(cutter.fragmentCount, "packet", "left out: cut by IP, secrets in them cannot be overwritten")
        note(cutter.omittedFragmentCount, "packet", "left out: more packets are cut by IP than are followed")
        note(cutter.contradictingCount, "packet", "left out: later ones have other bytes for the same part of the stream")
        note(
            cutter.omittedLatePlaceCount, "packet",
            "left out: more stand out of order at the beginning of connections than are followed")
        note(cutter.forgottenCount, "packet", "overwritten in part: sent again after so long that it cannot be told what they repeat")
        note(cutter.omittedCommentCount, "comment", "left out: too many findings")
        return remarks
    }

    /// Statistics stay in their places among the packets, so that what was lost at capture is known to be: of all interfaces, since
    /// a loss on any may be what is missing.
    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) {
        var statistics = statistics.withoutDelivered
        statistics.interface = number(of: statistics.interface, .ethernet, interfaces)
        writer.add(statistics)
    }

    private mutating func number(of index: UInt32, _ linkType: LinkType, _ known: [CaptureInterface]) -> UInt32 {
        if let number = interfaces[index] { return number }
        let place = Int(index)
        var interface =
            place < known.count ? known[place] : CaptureInterface(linkType: linkType, snapLength: 0, resolution: .nanoseconds)
        // What an operator wrote about an interface is not part of the packets.
        interface.description = nil
        interface.filter = nil
        let number = writer.add(interface)
        interfaces[index] = number
        return number
    }

    mutating func finish(_ summary: Summary, failure: String?) {}

    mutating func frame(
        _ frame: Frame, payload: Span<UInt8>, ending message: Message?, content: Span<UInt8>, of connection: Connection
    ) {}

    mutating func note(_ event: Event) {}
    var hasEnough: Bool { false }
}
