import Bytes
import Chains
import Inspection
import Rules
import Text
import Verdicts

/// How much may wait, and how it is shared out.
///
/// A connection may keep everything until there is too much of all. Then what each may keep is lowered, again and again, down to a few
/// frames; then whole connections go, those first that ended well, and of these the latest. What has gone is counted.
struct HTMLSize: Sendable {
    /// Bytes of frames, of messages, and of everything else that connections have.
    struct Waiting: Sendable {
        var rows = 0
        var messages = 0
        var others = 0

        var total: Int { rows + messages + others }
    }

    let limit: Int
    var waiting = Waiting()
    /// Bytes of frames and of messages that each connection may keep.
    private(set) var rowShare: Int
    private(set) var messageShare: Int

    /// Bytes that a share is not lowered below: the first frames and the last of a connection.
    private static let leastShare = 4 << 10

    init(limit: Int) {
        self.limit = limit
        rowShare = limit
        messageShare = limit
    }

    var isExceeded: Bool { waiting.total > limit }
    var isAtLeast: Bool { max(rowShare, messageShare) <= Self.leastShare }
    /// What has to go, and some more, so that it need not happen often.
    var excess: Int { waiting.total - limit + limit / 8 }

    /// Lowers the share of what there is too much of by an eighth: in small steps, so that little room is left unused, and yet some
    /// sixty of them lead from 20 MB to the least.
    mutating func lower() {
        let hasManyMessages = waiting.messages * 5 > limit * 3
        if hasManyMessages || rowShare <= Self.leastShare, messageShare > Self.leastShare {
            messageShare -= messageShare / 8
        } else {
            rowShare -= rowShare / 8
        }
    }
}

extension HTMLReport {
    mutating func tightenIfNeeded() {
        while size.isExceeded {
            if size.isAtLeast {
                guard omitSome() else { return }
            } else {
                size.lower()
                for entry in ended + open.values { trim(entry) }
            }
        }
    }

    private mutating func trim(_ entry: HTMLConnection) {
        size.waiting.rows -= entry.rows.byteCount
        size.waiting.messages -= entry.messages.byteCount
        entry.rows.trim(to: size.rowShare)
        entry.messages.trim(to: size.messageShare)
        size.waiting.rows += entry.rows.byteCount
        size.waiting.messages += entry.messages.byteCount
    }

    /// Lets go of connections that have ended; false where there are none.
    private mutating func omitSome() -> Bool {
        guard let least = ended.map(\.standing).min() else { return false }
        var excess = size.excess
        var stays = [Bool](repeating: true, count: ended.count)
        for index in ended.indices.reversed() where ended[index].standing == least && excess > 0 {
            excess -= ended[index].byteCount
            stays[index] = false
            omit(ended[index])
        }
        ended = zip(ended, stays).filter(\.1).map(\.0)
        return true
    }

    private mutating func omit(_ entry: HTMLConnection) {
        size.waiting.rows -= entry.rows.byteCount
        size.waiting.messages -= entry.messages.byteCount
        size.waiting.others -= entry.findings.byteCount + entry.members.count
        omittedConnectionCount += 1
        omittedFrameCount += entry.rows.elementCount + entry.omittedFrameCount
    }

    /// Takes a connection that has ended; it may be the first to be let go.
    mutating func close(_ entry: HTMLConnection, _ end: ConnectionEnd, _ verdict: Verdict) {
        entry.standing = verdict.standing
        entry.phrase = verdict.phrase(of: end.connection)
        var objects = JSONLinesReport(lineOptions(for: end.connection))
        objects.append(opening: end.connection)
        objects.output.append(UInt8(ascii: ","))
        objects.append(end)
        entry.members.append(inert: objects.output.span)
        size.waiting.others += entry.members.count
        ended.append(entry)
        tightenIfNeeded()
    }

    private func lineOptions(for connection: Connection) -> JSONLinesReport.Options {
        var lines = JSONLinesReport.Options()
        lines.payloadLimit = options.payloadLimit
        lines.tellsReconnects = false
        // Where all is well, that takes more room than it tells.
        lines.handshake = connection.status != .open || connection.handshakeFindings != HandshakeFindings()
        return lines
    }

    /// `3 connections and 20,000 frames are left out …`; nil where nothing is.
    var omissionWords: String? {
        let frames = ended.reduce(omittedFrameCount) { $0 + $1.omittedFrameCount }
        let messages = ended.reduce(0) { $0 + $1.messages.omittedCount }
        var parts: [String] = []
        if omittedConnectionCount > 0 { parts.append(Quantity.counted(omittedConnectionCount, "connection")) }
        if frames > 0 { parts.append(Quantity.counted(frames, "frame")) }
        if messages > 0 { parts.append("what \(Quantity.counted(messages, "message")) \(messages == 1 ? "carries" : "carry")") }
        guard let last = parts.popLast() else { return nil }
        let list = parts.isEmpty ? last : "\(parts.joined(separator: ", ")) and \(last)"
        return "left out to keep the page below \(Quantity.size(UInt64(options.byteCount))): \(list)"
    }
}
