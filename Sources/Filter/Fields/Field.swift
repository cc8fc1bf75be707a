import Verdicts

/// Everything that can be asked about, one case a field.
///
/// The raw value is the name in the language; members of the JSON Lines have the same name where there is one. What a field
/// means, its type and its other names live in `FieldEntry.swift` and the files beside it.
public enum Field: String, CaseIterable, Sendable {
    // A frame's header, and when it came.
    case opcode
    case from
    case fin
    case rsv
    case masked
    case mask
    case length
    case headerLength
    case captured
    case complete
    case compressed
    case control
    case offset
    case frame
    case packet
    case time
    case endTime
    case elapsed
    case rtt
    case sourceAddress = "source.address"
    case sourcePort = "source.port"
    case destinationAddress = "destination.address"
    case destinationPort = "destination.port"

    // The message that a frame belongs to, or ends.
    case message
    case messageOpcode = "message.opcode"
    case messageLength = "message.length"
    case messageWireLength = "message.wireLength"
    case messageFrames = "message.frames"
    case messageDuration = "message.duration"
    case ends

    // What was said.
    case text
    case bytes
    case json
    case closeCode = "close.code"
    case closeReason = "close.reason"

    // What a message means in its protocol.
    case `protocol`
    case operationType = "op.type"
    case operationName = "op.name"
    case operationID = "op.id"
    case operationRole = "op.role"
    case operationStatus = "op.status"
    case operationLatency = "op.latency"
    case unanswered = "op.unanswered"

    // The connection and its handshake.
    case connection
    case clientAddress = "client.address"
    case clientPort = "client.port"
    case serverAddress = "server.address"
    case serverPort = "server.port"
    case address
    case port
    case url
    case host
    case path
    case requestMethod = "request.method"
    case requestHeader = "request.header"
    case status
    case responseStatus = "response.status"
    case responseHeader = "response.header"
    case upgradeTime = "upgrade.time"
    case subprotocol
    case `extension`
    case deflate
    case inferred
    case transport
    case stream
    case tcp
    case tunnel
    case tunnelID = "tunnel.id"
    case encrypted
    case tlsSNI = "tls.sni"
    case tlsVersion = "tls.version"
    case tlsCipher = "tls.cipher"
    case tlsALPN = "tls.alpn"
    case tlsResumed = "tls.resumed"

    // How the connection ended.
    case verdictHow = "verdict.how"
    case verdictBy = "verdict.by"
    case verdictCode = "verdict.code"
    case verdictCause = "verdict.cause"
    case verdictText = "verdict.text"
    case verdictIdle = "verdict.idle"
    case verdictSilent = "verdict.silent"
    case verdictTimeout = "verdict.timeout"
    case echoCode = "verdict.echo.code"
    case echoAfter = "verdict.echo.after"
    case browserCode = "verdict.browser.code"
    case browserWasClean = "verdict.browser.wasClean"
    case duration
    case clientFrames = "client.frames"
    case clientBytes = "client.bytes"
    case serverFrames = "server.frames"
    case serverBytes = "server.bytes"

    // What is odd.
    case finding
    case severity

    /// The field that has this name, or this other name; Wireshark's names for header fields are not among them.
    public init(named name: String) throws(ConditionError) {
        guard let field = FieldNames.fields[name.lowercased()] else {
            throw Parser.unknownField(name, at: 0..<name.utf8.count)
        }
        self = field
    }

    /// The table's row.
    public var entry: FieldEntry { FieldEntry.of(self) }
}

/// What values a field has, and so what it can be compared with.
public enum FieldType: String, Sendable {
    /// An integer.
    case number
    /// A number of bytes.
    case size
    /// A length of time.
    case duration
    /// An instant.
    case time
    /// True or false.
    case flag
    /// One of a few names, some of which stand for numbers.
    case name
    case text
    case bytes
    /// An IPv4 or IPv6 address.
    case address
    /// Whatever JSON has at a place.
    case json
}

/// What has to be known to tell a field's value; cheaper ones are asked first.
public enum FieldLevel: Int, Comparable, Sendable {
    /// The same for all frames of a connection; known with the handshake.
    case connection
    /// The same for all frames of a connection; known when it has ended.
    case ending
    /// The frame's header.
    case header
    /// The findings about the frame.
    case finding
    /// The message, when its last frame is there.
    case message
    /// What the message means in its protocol.
    case operation
    /// The message's content.
    case payload

    /// It says something of the connection, and nothing of one frame more than of another.
    var isAboutConnections: Bool { self <= .ending }

    public static func < (a: FieldLevel, b: FieldLevel) -> Bool { a.rawValue < b.rawValue }

    /// The same with its article, for sentences.
    var indefiniteName: String { "\(self == .operation || self == .ending ? "an" : "a") \(name)" }

    /// The word in `wsray fields`.
    public var name: StaticString {
        switch self {
        case .connection: "connection"
        case .ending: "end"
        case .header: "frame"
        case .finding: "finding"
        case .message: "message"
        case .operation: "operation"
        case .payload: "payload"
        }
    }
}
