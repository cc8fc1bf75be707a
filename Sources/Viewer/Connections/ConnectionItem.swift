import Verdicts

/// A row of the list of connections.
enum ConnectionItem: Hashable, Sendable {
    /// A WebSocket connection, by index into `Transcript.connections`.
    case connection(UInt32)
    /// A TCP connection that several of them share, by its number; they follow as streams of it.
    case carrier(UInt64)
    /// A connection that could not be read, by index into `Transcript.encrypted`.
    case encrypted(Int)
    /// A TCP connection that came to nothing, by index into `Transcript.attempts`.
    case attempt(Int)
}

/// In which order connections are listed.
enum ConnectionOrder: CaseIterable, Sendable {
    case number
    case worst
    case frames
    case bytes
    case duration
    case findings

    var next: ConnectionOrder {
        let all = Self.allCases
        return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }

    var name: String {
        switch self {
        case .number: "as they began"
        case .worst: "the worst first"
        case .frames: "the most frames first"
        case .bytes: "the most bytes first"
        case .duration: "the longest first"
        case .findings: "the most findings first"
        }
    }

    /// What is greater stands first.
    func key(_ entry: ConnectionEntry) -> UInt64 {
        switch self {
        case .number: 0
        case .worst: UInt64(entry.standing.rawValue)
        case .frames: entry.frameCount
        case .bytes: entry.byteCount
        case .duration: UInt64(entry.duration)
        case .findings: entry.findingCount
        }
    }
}
