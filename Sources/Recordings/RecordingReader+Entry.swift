import Bytes
import HTTP

// The members of an entry (HAR 1.2; members that begin with _ are the recorders' own).
extension RecordingReader {
    mutating func takeMember(_ isFirst: Bool) throws(RecordingError) {
        var isFirst = isFirst
        guard let member = try stream.nextMember(&isFirst) else { return try finishEntry() }
        state = .entry(isFirst: false)
        if member == .request {
            try takeRequest()
        } else if member == .response {
            try takeResponse()
        } else if member == .startedDateTime {
            entry.start = try stream.shortText().flatMap(RecordedTime.instant)
        } else if member == .time {
            entry.duration = try stream.takeScalar().flatMap(RecordedTime.milliseconds)
        } else if member == .serverIPAddress {
            entry.serverAddress = try stream.shortText(limit: 64)
        } else if member == .serverPort {
            entry.serverPort = try stream.takeScalar().flatMap { UInt16(String(decoding: $0, as: UTF8.self)) }
        } else if member == .resourceType {
            if try stream.shortText(limit: 64) == "websocket" { entry.isWebSocket = true }
        } else if member == .webSocketMessages {
            entry.hasMessages = true
            if try stream.enterArray() { state = .messages(isFirst: true) }
        } else if member == .webSocketControls {
            entry.isWebSocket = true
            if try stream.enterArray() { state = .messages(isFirst: true) }
        } else {
            try stream.skip()
        }
    }

    private mutating func takeRequest() throws(RecordingError) {
        guard try stream.enterObject() else { return }
        var isFirst = true
        while let member = try stream.nextMember(&isFirst) {
            if member == .method {
                entry.method = try stream.shortText(limit: 64) ?? "GET"
            } else if member == .url {
                entry.url = try stream.shortText() ?? ""
            } else if member == .httpVersion {
                entry.requestVersion = try stream.shortText(limit: 64) ?? ""
            } else if member == .headers {
                entry.requestHeaders = try takeHeaders()
            } else if member == .comment {
                entry.lacksRequest = try stream.shortText(limit: 128) == Self.ownComment(on: "request")
            } else {
                try stream.skip()
            }
        }
    }

    private mutating func takeResponse() throws(RecordingError) {
        guard try stream.enterObject() else { return }
        var isFirst = true
        while let member = try stream.nextMember(&isFirst) {
            if member == .status {
                entry.status = try stream.takeScalar().flatMap { Int(String(decoding: $0, as: UTF8.self)) } ?? 0
            } else if member == .statusText {
                entry.reason = try stream.shortText(limit: 1_024) ?? ""
            } else if member == .httpVersion {
                entry.responseVersion = try stream.shortText(limit: 64) ?? ""
            } else if member == .headers {
                entry.responseHeaders = try takeHeaders()
            } else if member == .comment {
                entry.lacksResponse = try stream.shortText(limit: 128) == Self.ownComment(on: "response")
            } else if member == .content {
                try takeContent()
            } else if member == .failure {
                if let text = try stream.shortText(limit: 1_024), !text.isEmpty { entry.failure = text }
            } else {
                try stream.skip()
            }
        }
    }

    /// What wsray's own archives say where HAR demands a head that was not captured.
    private static func ownComment(on head: StaticString) -> String { "The \(head) was not captured." }

    private mutating func takeContent() throws(RecordingError) {
        guard try stream.enterObject() else { return }
        var isFirst = true
        while let member = try stream.nextMember(&isFirst) {
            if member == .text {
                entry.body.removeAll()
                _ = try stream.text(into: &entry.body, limit: limits.bodyByteCount)
            } else if member == .encoding {
                entry.isBodyBase64 = try stream.shortText(limit: 64) == "base64"
            } else if member == .file {
                if let file = try stream.shortText(limit: 1_024), entry.attachment == nil { entry.attachment = file }
            } else {
                try stream.skip()
            }
        }
    }

    private mutating func takeHeaders() throws(RecordingError) -> RecordedEntry.HeaderList {
        var list = RecordedEntry.HeaderList()
        guard try stream.enterArray() else { return list }
        var isFirst = true
        while try stream.nextElement(&isFirst) {
            guard try stream.enterObject() else { continue }
            var (field, value) = ("", "")
            var isFirstMember = true
            while let member = try stream.nextMember(&isFirstMember) {
                if member == .name {
                    field = try stream.shortText() ?? ""
                } else if member == .value {
                    value = try stream.shortText(limit: limits.headByteCount) ?? ""
                } else {
                    try stream.skip()
                }
            }
            list.append(field, value, limit: limits.headByteCount)
        }
        return list
    }

    // MARK: The end of an entry

    private mutating func finishEntry() throws(RecordingError) {
        if entry.concernsWebSocket, let name = entry.attachment, let archive, let bytes = try archive.file(named: name) {
            entry.hasMessages = true
            var file = JSONStream(bytes)
            swap(&file, &stream)
            outer = consume file
            state = .attachment
            return
        }
        endEntry()
        state = archive?.isReadingLines == true ? .line(isFirst: false) : .entries(isFirst: false)
    }

    /// Hands on what is known of the entry that is being read, if it is one of interest.
    mutating func endEntry() {
        switch state {
        case .entry, .messages, .attachment: break
        case .beginning, .lines, .line, .entries, .ended: return
        }
        guard entry.concernsWebSocket else {
            facts.otherCount += 1
            return order.takeBack()
        }
        var connection = entry.connection(recorder: facts.recorder)
        connection.lacksMessages = !entry.hasMessages && connection.isGranted == true
        if connection.lacksMessages { facts.silentCount += 1 }
        facts.connectionCount += 1
        number += 1
        order.set(connection)
        order.end()
        state = .entries(isFirst: false)
    }

    mutating func endAttachment() {
        endEntry()
        if let file = outer.take() { stream = file }
        state = archive?.isReadingLines == true ? .line(isFirst: false) : .entries(isFirst: false)
    }
}
