import Bytes
import Inspection
import Verdicts
import WebSocket

/// What leaves the viewer: to the clipboard, and to files.
extension State {
    /// Bytes that a terminal's clipboard is asked to take; terminals refuse much more.
    static let clipboardLimit = 74_994

    func copy() -> [Effect] {
        if case .handshake(let connection, _) = screen {
            return [.copy(Array(HandshakeView.text(transcript.connections[Int(connection)]).utf8))]
        }
        guard let row = selectedRow else { return [] }
        let bytes = content(of: row)
        guard bytes.count <= Self.clipboardLimit else { return [.copy(Array(bytes.prefix(Self.clipboardLimit)))] }
        return [.copy(bytes)]
    }

    /// The payload of a frame, or the whole message where the frame ends one of several frames.
    func content(of row: UInt32) -> [UInt8] {
        var content = ByteBuffer()
        transcript.appendContent(of: row, payloads, to: &content)
        return content.span.copied()
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
            guard let row = selectedRow else { return [] }
            return [.save(content(of: row), as: name)]
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
