import Bytes

@testable import TLS

/// What opens the records of one direction, held so that expectations may change it.
final class Receiver {
    var protection: RecordProtection

    /// Traps where this libcrypto lacks the cipher.
    init(_ protection: consuming RecordProtection?) {
        guard let protection else { preconditionFailure("libcrypto does not have the cipher") }
        self.protection = protection
    }

    /// Type and content of a record; nil where it does not open, and then nothing must have been written.
    func opened(_ record: [UInt8], skippingUpTo limit: UInt64 = 0) -> Opened? {
        guard record.count >= RecordHeader.byteCount, let header = RecordHeader(record.span) else { return nil }
        var output = ByteBuffer()
        output.append(0xAA)
        let payload = record.span.extracting(RecordHeader.byteCount..<record.count)
        let content = protection.open(header, payload, skippingUpTo: limit, into: &output)?.content
        precondition(output.span[0] == 0xAA && output.count == 1 + (content?.byteCount ?? 0), "the output has other bytes than the content")
        return content.map { Opened(type: $0.type, bytes: Array(output.span.copied().dropFirst())) }
    }
}

struct Opened: Equatable {
    var type = ContentType.applicationData
    var bytes: [UInt8]
}
