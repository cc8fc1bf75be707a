/// Everything that wsray calls odd, one case a rule.
///
/// The raw value is the stable id.
public enum Rule: String, CaseIterable, Sendable {
    // The opening handshake.
    case acceptMissing = "handshake.accept.missing"
    case acceptWrong = "handshake.accept.wrong"

    // Frames.
    case maskMissing = "frame.mask.missing"
    case maskUnexpected = "frame.mask.unexpected"
    case reservedBits = "frame.reserved-bits"
    case reservedOpcode = "frame.opcode.reserved"
    case lengthNotMinimal = "frame.length.not-minimal"
    case lengthTopBit = "frame.length.top-bit"
    case controlTooLong = "control.too-long"
    case controlFragmented = "control.fragmented"

    // Messages.
    case continuationUnexpected = "message.continuation.unexpected"
    case messageInterrupted = "message.interrupted"
    case textNotUTF8 = "message.text.not-utf8"
    case deflateInvalid = "message.deflate.invalid"

    // Closing.
    case closeBodyTooShort = "close.body.too-short"
    case closeCodeInvalid = "close.code.invalid"
    case closeReasonNotUTF8 = "close.reason.not-utf8"
    case frameAfterClose = "close.frame-after"

    // What the capture lacks or a limit cut short.
    case captureGap = "capture.gap"
    case frameCutOff = "frame.cut-off"
    case captureCut = "capture.cut"
    case retransmissionDiffers = "capture.retransmission.differs"
    case resynchronized = "capture.resynchronized"
    case contentUnknown = "capture.content.unknown"
    case dataAfterEnd = "capture.data-after-end"
    case messageLimit = "limit.message"
    case headLimit = "limit.head"
    case connectionLimit = "limit.connections"
    case memoryLimit = "limit.memory"

    /// The catalogue's entry; its text lives in `Catalogue.swift`.
    public var entry: CatalogueEntry { CatalogueEntry.of(self) }
    public var severity: Severity { entry.severity }
}
