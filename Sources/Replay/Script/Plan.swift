import Bytes
import Differences
import WebSocket

/// What one side does in a script of its own accord, and what it waits for.
///
/// What merely answers the peer is not in it: pongs, the answer to a Close frame, answers to heartbeats of a protocol. These are sent when
/// the peer asks for them.
struct Plan {
    /// A frame to send.
    struct Cue {
        /// Indexes as in `Script.Part`.
        var line: Int
        var part: Int
        /// Nanoseconds since the answer to the upgrade, and since what came before it.
        var offset: Int64
        var gap: Int64
        /// Messages of `awaited` that came before it.
        var awaitedCount: Int
    }

    /// A message of the peer.
    struct Awaited {
        var line: Int
        /// Nanoseconds since what came before it.
        var gap: Int64
        /// What messages have in common that may stand for it.
        var kind: UInt64
    }

    private(set) var cues: [Cue] = []
    private(set) var awaited: [Awaited] = []
    /// The peer's Close frame is awaited: the last of `awaited`.
    private(set) var awaitsClose = false
    /// The line that answers the peer's Close frame, where that came first and was answered.
    private(set) var closeAnswer: Int?
    /// Lines that answer the peer's heartbeats, by the kind of these; nil for one that was not answered.
    private(set) var heartbeats: [UInt64: Int?] = [:]

    init(_ script: Script, for side: Side) {
        var last = script.start
        var openPings: [[UInt8]] = []
        // The peer's heartbeat that was not answered yet, and how many of this side were not.
        var openBeat: UInt64?
        var ownBeatCount = 0
        var hasClosed = false
        for part in script.parts {
            let line = script.lines[part.line]
            let gap = max(0, part.time.nanoseconds(since: last))
            guard line.from == side else {
                guard part.index == line.frameLengths.count - 1 else { continue }
                switch line.opcode {
                case .ping: openPings.append(line.content)
                case .pong: break
                case .close:
                    guard !hasClosed, !awaitsClose else { continue }
                    awaitsClose = true
                    awaited.append(Awaited(line: part.line, gap: gap, kind: MessageKeys.form([], .close)))
                default:
                    let kind = MessageKeys.form(line.content, line.opcode)
                    guard line.isHeartbeat else {
                        if !awaitsClose { awaited.append(Awaited(line: part.line, gap: gap, kind: kind)) }
                        last = part.time
                        continue
                    }
                    if heartbeats.index(forKey: kind) == nil { heartbeats[kind] = .some(nil) }
                    if ownBeatCount > 0 { ownBeatCount -= 1 } else { openBeat = kind }
                }
                continue
            }
            if line.opcode == .pong, let answered = openPings.firstIndex(of: line.content) {
                openPings.removeFirst(answered + 1)
                continue
            }
            if line.opcode == .close {
                guard !awaitsClose else {
                    closeAnswer = part.line
                    continue
                }
                hasClosed = true
            }
            if line.isHeartbeat {
                if let beat = openBeat {
                    heartbeats[beat] = part.line
                    openBeat = nil
                    continue
                }
                ownBeatCount += 1
            }
            cues.append(
                Cue(
                    line: part.line, part: part.index, offset: max(0, part.time.nanoseconds(since: script.start)), gap: gap,
                    awaitedCount: awaited.count))
            last = part.time
        }
    }
}
