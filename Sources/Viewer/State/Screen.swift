import Inspection
import Statistics
import WebSocket

/// Which row of a list is selected, and which one stands at the top.
struct ListPlace: Hashable, Sendable {
    var selected = 0
    var top = 0

    mutating func move(by count: Int, of total: Int) {
        selected = max(0, min(total - 1, selected + count))
    }

    /// Keeps the selection inside the list, and what is shown around it.
    mutating func clamp(to total: Int, height: Int) {
        selected = max(0, min(total - 1, selected))
        let height = max(1, height)
        if selected < top { top = selected }
        if selected >= top + height { top = selected - height + 1 }
        top = max(0, min(top, total - height))
    }
}

/// What the frames of a timeline are taken from.
enum Scope: Hashable, Sendable {
    case all
    /// By index into `Transcript.connections`.
    case connection(UInt32)
}

enum TimelineItem: Hashable, Sendable {
    case frame(UInt32)
    /// Where a connection begins or ends.
    case marker(Marker.Kind)
}

/// One of the screens, with where one is in it.
enum Screen: Sendable {
    case connections(ListPlace)
    case timeline(TimelinePlace)
    case frame(FramePlace)
    case findings(ListPlace)
    case requests(ListPlace)
    case handshake(connection: UInt32, ListPlace)
    /// A connection that could not be read, or came to nothing, at length.
    case unread(ConnectionItem, ListPlace)
    case statistics(StatisticsPlace)
    case help(ListPlace)
    case compare(ComparePlace)

    var place: Places {
        switch self {
        case .connections: .connections
        case .timeline: .timeline
        case .frame: .frame
        case .findings: .findings
        case .requests: .requests
        case .handshake, .unread: .handshake
        case .statistics: .statistics
        case .help: .help
        case .compare: .compare
        }
    }
}

struct TimelinePlace: Sendable {
    var scope: Scope
    var list = ListPlace()
    var filter: FilterRun?

    init(_ scope: Scope) { self.scope = scope }
}

enum PayloadForm: Int, CaseIterable, Sendable {
    case text
    case json
    case hex

    var name: String {
        switch self {
        case .text: "text"
        case .json: "JSON"
        case .hex: "hex"
        }
    }

    var next: PayloadForm { PayloadForm(rawValue: rawValue + 1) ?? .text }
}

/// Which bytes of a frame are looked at.
enum ContentKind: Sendable {
    /// The payload, unmasked; of a compressed message the content.
    case payload
    /// As they were sent: masked, deflated.
    case wire
    /// All frames of the message together.
    case message
}

struct FramePlace: Sendable {
    var row: UInt32
    /// nil while the payload itself decides.
    var form: PayloadForm?
    var field = 0
    var kind = ContentKind.payload
    /// Lines of the payload; in a JSON tree, rows.
    var list = ListPlace()
    /// Rows of the JSON tree that are folded.
    var folded: Set<Int> = []
    var document: FrameDocument?
    var packets: FramePackets?

    init(_ row: UInt32) { self.row = row }
}

struct ComparePlace: Sendable {
    var left: UInt32
    var right: UInt32
    /// nil while the payloads themselves decide.
    var form: PayloadForm?
    var kind = ContentKind.payload
    var list = ListPlace()
    var comparison: Comparison?
}

struct StatisticsPlace: Sendable {
    var scope: Scope
    /// What selects the frames that are counted; nil where all of the scope are.
    var filter: FilterRun?
    var list = ListPlace()
    var figures = FrameFigures()
    /// Messages without an end that were looked at.
    var unfinishedCount = 0

    init(_ scope: Scope, _ filter: FilterRun? = nil) {
        self.scope = scope
        self.filter = filter
    }
}
