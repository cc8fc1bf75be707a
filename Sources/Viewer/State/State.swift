import Filter
import Terminal

/// Everything that decides what is on the screen, and what a key does next.
///
/// Changes only through `perform`, `receive`, `resize` and `work`; none of them waits, and none reads a clock.
public struct State {
    let transcript: Transcript
    let payloads: Payloads
    public internal(set) var look: Look
    public internal(set) var terminalSize: Size
    /// The size that everything is laid out for: never less than what is drawn at all.
    var size: Size {
        Size(columns: max(terminalSize.columns, Chrome.leastColumns), rows: max(terminalSize.rows, Chrome.leastRows))
    }
    /// What the input is called.
    let source: String

    /// The screens on the way to the one that is shown, which is the last.
    var screens: [Screen] = [.connections(ListPlace())]
    var prompt: Prompt?
    /// One line for the person, until the next key.
    public internal(set) var notice: Notice?
    public internal(set) var progress = Progress()
    var isFollowing = false
    var isLadder = false
    var connectionList = ConnectionList()
    /// Whether lists have a detail of what is selected; nil where the terminal's size decides.
    var showsDetail: Bool?
    /// Whether the frame screen leaves out the bits of the header; nil where the terminal's size decides.
    var foldsHeader: Bool?
    /// The payload of the frame that is selected in a list with a detail.
    var detail: FrameDocument?
    /// Seconds that the local zone is ahead of UTC at a second since 1970.
    public var zone: (@Sendable (Int64) -> Int64)?
    public var clock = Clock.relative
    /// Rows that were marked, in order.
    var marks: [UInt32] = []
    /// Connections that were marked, in order.
    var markedConnections: [UInt64] = []
    var search: SearchRun?
    /// The filter that there was when another began to be typed.
    var filterBefore: FilterRun?
    var connectionFilterBefore: Condition?
    var history: [Prompt.Purpose: [String]] = [:]

    public init(_ transcript: Transcript, _ reader: any PayloadReading, source: String, look: Look, size: Size) {
        self.transcript = transcript
        payloads = Payloads(reader: reader)
        self.source = source
        self.look = look
        terminalSize = size
        prepareScreen()
    }

    /// Something can be shown by now.
    public var hasRows: Bool { transcript.revision > 0 }
    /// Application bytes of all frames.
    public var payloadByteCount: UInt64 { transcript.byteCount }

    var screen: Screen {
        get { screens[screens.count - 1] }
        set { screens[screens.count - 1] = newValue }
    }

    public enum Clock: String, CaseIterable, Sendable {
        case relative
        case absolute
        case local
        case delta

        var next: Clock {
            switch self {
            case .relative: .absolute
            case .absolute: .local
            case .local: .delta
            case .delta: .relative
            }
        }

        var name: String {
            switch self {
            case .relative: "since the beginning"
            case .absolute: "time of day, UTC"
            case .local: "time of day, local"
            case .delta: "since the row before"
            }
        }
    }
}

/// One line for the person.
public struct Notice: Hashable, Sendable {
    public enum Kind: Hashable, Sendable {
        case note
        case failure
    }

    public var text: String
    public var kind: Kind

    public init(_ text: String, _ kind: Kind = .note) {
        self.text = text
        self.kind = kind
    }
}

/// How far the reading of the input is.
public struct Progress: Hashable, Sendable {
    public var readByteCount: UInt64 = 0
    /// nil for an input whose end nobody knows.
    public var totalByteCount: UInt64?
    public var isDone = false
    /// More packets come as they are sent.
    public var isLive = false
    /// Why not everything could be read, or what could not be kept.
    public var remarks: [String] = []
    /// Packets that a live capture has lost by now, in words; empty where it has lost none.
    public var drops = ""
    /// What the program shall end with: not 0 when the input could not be read to its end.
    public var exitStatus: Int32 = 0

    public init() {}

    /// All there is to say of it.
    public var allRemarks: [String] { (drops.isEmpty ? [] : ["packets dropped: \(drops)"]) + remarks }

    var percent: Int? {
        guard let totalByteCount, totalByteCount > 0 else { return nil }
        return Int(min(99, readByteCount * 100 / totalByteCount))
    }
}
