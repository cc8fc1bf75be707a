/// Everything that wsray calls odd, one case a rule.
///
/// The raw value is the stable id.
public enum Rule: String, CaseIterable, Sendable {
    // The opening handshake: what the client asks.
    case requestMethod = "handshake.request.method"
    case requestVersion = "handshake.request.http-version"
    case requestTarget = "handshake.request.target"
    case requestHost = "handshake.request.host"
    case requestUpgrade = "handshake.request.upgrade"
    case requestConnection = "handshake.request.connection"
    case protocolVersion = "handshake.request.version"
    case requestEarlyData = "handshake.request.early-data"
    case keyMissing = "handshake.key.missing"
    case keyMalformed = "handshake.key.malformed"
    case keyReused = "handshake.key.reused"
    case originMissing = "handshake.origin.missing"

    // The opening handshake: what the server answers.
    case badRequestAccepted = "handshake.response.bad-request-accepted"
    case responseUpgrade = "handshake.response.upgrade"
    case responseConnection = "handshake.response.connection"
    case responseLength = "handshake.response.length"
    case acceptMissing = "handshake.accept.missing"
    case acceptWrong = "handshake.accept.wrong"
    case refusalVersion = "handshake.refusal.version"
    case refusalUpgrade = "handshake.refusal.upgrade"

    // The opening handshake: what both may get wrong.
    case headMalformed = "handshake.head.malformed"
    case headerRepeated = "handshake.header.repeated"
    case subprotocolMalformed = "handshake.subprotocol.malformed"
    case subprotocolRepeated = "handshake.subprotocol.repeated"
    case subprotocolSeveral = "handshake.subprotocol.several"
    case subprotocolNotOffered = "handshake.subprotocol.not-offered"
    case extensionMalformed = "handshake.extension.malformed"
    case extensionNotOffered = "handshake.extension.not-offered"
    case extensionConflict = "handshake.extension.conflict"
    case deflateUnknown = "handshake.deflate.unknown"
    case deflateRepeated = "handshake.deflate.repeated"
    case deflateValue = "handshake.deflate.value"
    case deflateNotOffered = "handshake.deflate.not-offered"
    case deflateIgnored = "handshake.deflate.ignored"

    // The opening handshake over HTTP/2.
    case connectNotAnnounced = "handshake.http2.not-announced"
    case pseudoHeader = "handshake.http2.pseudo-header"
    case connectionHeader = "handshake.http2.connection-header"
    case nameUppercase = "handshake.http2.name-uppercase"
    case keyNotUsed = "handshake.http2.key-not-used"
    case switchingProtocols = "handshake.http2.switching-protocols"

    // Streams of HTTP/2.
    case streamFrameAfterEnd = "http2.frame-after-end"
    case streamFrameTooLong = "http2.frame-too-long"
    case streamPadding = "http2.padding"
    case streamWindowExceeded = "http2.window.exceeded"
    case windowStalled = "http2.window.stalled"

    // Frames.
    case maskMissing = "frame.mask.missing"
    case maskUnexpected = "frame.mask.unexpected"
    case maskZero = "frame.mask.zero"
    case maskConstant = "frame.mask.constant"
    case maskCounting = "frame.mask.counting"
    case reservedBits = "frame.reserved-bits"
    case compressionNotAgreed = "frame.rsv1.not-agreed"
    case compressionMisplaced = "frame.rsv1.misplaced"
    case reservedOpcode = "frame.opcode.reserved"
    case httpInsteadOfFrames = "frame.http"
    case lengthNotMinimal = "frame.length.not-minimal"
    case lengthTopBit = "frame.length.top-bit"
    case controlTooLong = "control.too-long"
    case controlFragmented = "control.fragmented"

    // Ping and pong.
    case pingUnanswered = "ping.unanswered"
    case pongUnsolicited = "pong.unsolicited"

    // Messages.
    case continuationUnexpected = "message.continuation.unexpected"
    case messageInterrupted = "message.interrupted"
    case textNotUTF8 = "message.text.not-utf8"
    case deflateInvalid = "message.deflate.invalid"
    case deflateWindow = "message.deflate.window"
    case deflateTakeover = "message.deflate.takeover"

    // Closing.
    case closeBodyTooShort = "close.body.too-short"
    case closeCodeInvalid = "close.code.invalid"
    case closeCodeNotEchoed = "close.code.not-echoed"
    case closeReasonNotUTF8 = "close.reason.not-utf8"
    case frameAfterClose = "close.frame-after"
    case controlAfterClose = "close.control-after"
    case closeUnanswered = "close.unanswered"
    case closeMissing = "close.missing"
    case closeReset = "close.reset"
    case closeClientFirst = "close.tcp.client-first"
    case closeServerLate = "close.tcp.server-late"
    case peerSilent = "connection.silent"

    // What whoever checks a capture expects of its connections.
    case forbidden = "check.forbidden"
    case required = "check.required"
    case latencyTooLong = "check.latency"
    case requestUnanswered = "check.unanswered"

    // What the capture lacks or a limit cut short.
    case captureGap = "capture.gap"
    case captureDropped = "capture.dropped"
    case frameCutOff = "frame.cut-off"
    case messageCutOff = "message.cut-off"
    case captureCut = "capture.cut"
    case retransmissionDiffers = "capture.retransmission.differs"
    case resynchronized = "capture.resynchronized"
    case contentUnknown = "capture.content.unknown"
    case dataAfterEnd = "capture.data-after-end"
    case segmentIgnored = "capture.segment.ignored"
    case messageLimit = "limit.message"
    case headLimit = "limit.head"
    case connectionLimit = "limit.connections"
    case memoryLimit = "limit.memory"

    /// The catalogue's entry; its text lives in `Catalogue.swift` and the files beside it.
    public var entry: CatalogueEntry { CatalogueEntry.of(self) }
    public var severity: Severity { entry.severity }
}
