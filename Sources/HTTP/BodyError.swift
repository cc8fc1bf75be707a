/// Why the end of a message body cannot be found, and where that showed.
public struct BodyError: Error, Sendable, Equatable {
    public enum Cause: Sendable, Equatable {
        /// A Content-Length that is no number, or one beyond 64 bits (RFC 9112 §6.3).
        case badContentLength
        /// Several Content-Lengths that do not say the same: a classic of request smuggling (RFC 9112 §11.2).
        case differingContentLengths
        /// A request with a Transfer-Encoding that does not end in `chunked` (RFC 9112 §6.3).
        case requestNotChunked
        /// Something else where a chunk size should be, or one beyond 64 bits: most likely bytes are missing (RFC 9112 §7.1).
        case badChunkSize
        /// No line end behind a chunk's data: its size was wrong, or bytes are missing.
        case badChunkEnd
        /// A chunk's size and extensions, or all trailers, longer than ``BodyDecoder/lineLimit`` or ``BodyDecoder/trailerLimit``.
        case tooLong
    }

    public var cause: Cause
    /// Counted from the first byte of the body.
    public var offset: UInt64

    public init(cause: Cause, offset: UInt64) {
        self.cause = cause
        self.offset = offset
    }
}

extension BodyError: CustomStringConvertible {
    public var description: String {
        let sentence =
            switch cause {
            case .badContentLength: "The Content-Length is not a number of bytes"
            case .differingContentLengths: "The Content-Lengths differ"
            case .requestNotChunked: "The request's last transfer coding is not chunked"
            case .badChunkSize: "A chunk does not begin with its size"
            case .badChunkEnd: "A chunk's data does not end where its size says"
            case .tooLong: "A chunk's extensions, or the trailers, are longer than the limit"
            }
        return "\(sentence) (at byte \(offset) of the body)."
    }
}
