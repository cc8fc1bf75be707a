import Bytes

/// Formats of values that are not text.
public enum BinaryFormat: Sendable, CaseIterable {
    /// msgpack.org, `spec.md`.
    case messagePack
    /// RFC 8949.
    case cbor
    /// bsonspec.org, version 1.1.
    case bson
    /// Erlang's external term format, with its version byte 131.
    case etf
    /// The wire format of Protocol Buffers, of which no schema is known: numbers of fields, and what their types allow to say.
    case protobuf
}

/// One value of such a format, written as JSON.
///
/// What JSON has no word for is an object that says so: `{"bytes":"…"}` with base64, `{"ext":N,"bytes":"…"}`, `{"tag":N,"value":…}`,
/// `{"float":"NaN"}`. Numbers are written exactly, however many digits they take. A map's keys are texts: what is no text is written as JSON
/// in quotes.
public struct BinaryValue: Sendable, Equatable {
    /// After its last byte.
    public var end: Int
    /// Something is not in the JSON: what is beyond the limit, where it ends, or the end of a text of more than 16 KiB.
    public var isCut: Bool

    public init(end: Int, isCut: Bool) {
        self.end = end
        self.isCut = isCut
    }

    /// Values in each other.
    public static let depthLimit = 64

    /// Reads one value from `start` on, and appends it.
    /// - Returns: nil, and nothing is appended, where there is none: bytes that the format does not allow, an end too early, or more than
    ///   `depthLimit` values in each other.
    public static func append(
        _ format: BinaryFormat, _ bytes: Span<UInt8>, at start: Int = 0, to output: inout ByteBuffer, limit: Int = 64 << 10
    ) -> BinaryValue? {
        let before = output.count
        var written = ByteBuffer()
        swap(&written, &output)
        var writer = ValueWriter(written, limit: limit)
        let end: Int?
        switch format {
        case .messagePack:
            var reader = MessagePackReader(at: start)
            end = reader.read(bytes, &writer) ? reader.cursor.position : nil
        case .cbor:
            var reader = CBORReader(at: start)
            end = reader.read(bytes, &writer) ? reader.cursor.position : nil
        case .bson:
            var reader = BSONReader(at: start)
            end = reader.read(bytes, &writer) ? reader.cursor.position : nil
        case .etf:
            var reader = ETFReader(at: start)
            end = reader.readWhole(bytes, &writer) ? reader.cursor.position : nil
        case .protobuf:
            var reader = ProtobufReader(at: start, end: bytes.count)
            end = reader.read(bytes, &writer) ? bytes.count : nil
        }
        let isCut = writer.isCut
        output = writer.finish()
        guard let end else {
            output.truncate(to: before)
            return nil
        }
        return BinaryValue(end: end, isCut: isCut)
    }
}
