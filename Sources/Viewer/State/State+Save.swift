import Bytes
import Inspection
import Verdicts
import WebSocket

/// What leaves the viewer: to the clipboard, and to files.
extension State {
    /// Bytes that a terminal's clipboard is asked to take; terminals refuse much more.
    static let clipboardLimit = 74_994

    mutating func copy() -> [Effect] {
        if case .handshake(let connection, _) = screen {
            let text = Array(HandshakeView.text(transcript.connections[Int(connection)]).utf8)
            return [.copy(text, of: UInt64(text.count))]
        }
        guard let row = selectedRow, let (bytes, wholeCount) = content(of: row) else { return [] }
        return [.copy(Array(bytes.prefix(Self.clipboardLimit)), of: wholeCount)]
    }

    /// The payload of a frame, or the whole message where the frame ends one of several frames, with the bytes that there were of it.
    /// nil where nothing of it is kept, which is said.
    private mutating func content(of row: UInt32) -> (bytes: [UInt8], wholeCount: UInt64)? {
        var content = ByteBuffer()
        transcript.appendContent(of: row, payloads, to: &content)
        if content.isEmpty, transcript.isUnkept(row) {
            notice = Notice("the payload was not kept; 4 says why", .failure)
            return nil
        }
        return (content.span.copied(), max(UInt64(content.count), transcript.contentLength(of: row)))
    }

    mutating func askToSave(_ purpose: Prompt.Purpose) {
        guard let connection = selectedConnection else {
            notice = Notice("select a frame or a connection first")
            return
        }
        let number = transcript.connections[Int(connection)].number
        switch purpose {
        case .saveConnection: ask(purpose, "connection-\(number).pcapng")
        case .savePayload:
            guard let row = selectedRow else {
                notice = Notice("select a frame first")
                return
            }
            let frame = transcript.rows[Int(row)]
            ask(purpose, "connection-\(number)-frame-\(frame.number).\(frame.messageOpcode == .text ? "txt" : "bin")")
        case .saveFrames:
            guard !marks.isEmpty || selectedRow != nil else {
                notice = Notice("select or mark a frame first")
                return
            }
            ask(purpose, marks.isEmpty ? "frame.jsonl" : "frames.jsonl")
        case .search, .filter: break
        }
    }

    private func savedConnection(_ index: Int) -> SavedConnection {
        let wanted = transcript.connections[index]
        var saved = SavedConnection(number: wanted.number, client: wanted.client, server: wanted.server)
        for (place, other) in transcript.connections.enumerated()
        where place != index && other.client == wanted.client && other.server == wanted.server {
            // One that follows on the same TCP connection shares its packets.
            if place < index, let end = other.verdict?.time, end < wanted.time { saved.begin = max(saved.begin ?? end, end) }
            if place > index, wanted.lastTime < other.time { saved.end = min(saved.end ?? other.time, other.time) }
        }
        return saved
    }

    mutating func save(_ purpose: Prompt.Purpose, as name: String) -> [Effect] {
        guard let connection = selectedConnection else { return [] }
        switch purpose {
        case .saveConnection: return [.saveConnection(savedConnection(Int(connection)), as: name)]
        case .savePayload:
            guard let row = selectedRow, let (bytes, wholeCount) = content(of: row) else { return [] }
            return [.save(bytes, of: wholeCount, as: name)]
        case .saveFrames:
            let rows = marks.isEmpty ? selectedRow.map { [$0] } ?? [] : marks
            var wanted: [UInt64: Set<UInt64>] = [:]
            for row in rows {
                let frame = transcript.rows[Int(row)]
                wanted[transcript.connections[Int(frame.connection)].number, default: []].insert(UInt64(frame.number))
            }
            return [.saveFrames(wanted, as: name)]
        case .search, .filter: return []
        }
    }
}
