/// What a body decoder did with the unread bytes.
public enum BodyOutcome: Sendable, Equatable {
    /// All bytes belong to the body, which goes on.
    case needsMore(consumed: Int)
    /// The body ends behind the consumed bytes.
    case done(consumed: Int)
    /// Nobody can say where the body ends; the consumed bytes are before the offending one.
    case malformed(consumed: Int, BodyError)
}

extension BodyOutcome {
    /// Bytes that were taken.
    public var consumed: Int {
        switch self {
        case .needsMore(let consumed), .done(let consumed), .malformed(let consumed, _): consumed
        }
    }
}

/// Finds the end of a message body, and its content for who wants that (RFC 9112 §6, §7). Keeps none of it.
///
/// Other than a head decoder it reads every byte it can: the next call gets the bytes behind the consumed ones.
public struct BodyDecoder: Sendable, Equatable {
    /// Longest line of a chunk's size and extensions.
    public static let lineLimit = 16 * 1024
    /// Most bytes of trailers together, blank line included.
    public static let trailerLimit = 64 * 1024

    private var state: State
    /// Bytes of the body so far, gaps included; only errors name it, so it may wrap.
    private var position: UInt64 = 0

    public init(_ framing: BodyFraming) {
        state =
            switch framing {
            case .none: .finished
            case .contentLength(let length): .content(remaining: length)
            case .chunked: .chunked(ChunkScanner())
            case .untilClose: .untilClose
            case .malformed(let cause): .failed(BodyError(cause: cause, offset: 0))
            }
    }

    public static func forRequest(_ head: RequestHead) -> BodyDecoder { BodyDecoder(.ofRequest(head)) }

    public static func forResponse(_ head: ResponseHead, toMethod method: String?) -> BodyDecoder {
        BodyDecoder(.ofResponse(head, toMethod: method))
    }

    /// Whether the body has ended, so that `take` would answer `done` without a byte.
    public var isDone: Bool {
        switch state {
        case .finished, .content(remaining: 0): true
        default: false
        }
    }

    /// Whether nobody can say where the body ends.
    public var isBroken: Bool { if case .failed = state { true } else { false } }

    /// Whether the body is whole if the connection ends here.
    public var isWholeAtClose: Bool { isDone || state == .untilClose }

    public mutating func take(_ unread: Span<UInt8>) -> BodyOutcome {
        var content = DroppedContent()
        return take(unread, into: &content)
    }

    public mutating func take(_ unread: Span<UInt8>, into content: inout some BodyContent & ~Copyable) -> BodyOutcome {
        switch state {
        case .finished: return .done(consumed: 0)
        case .failed(let error): return .malformed(consumed: 0, error)
        case .untilClose:
            content.add(unread)
            return .needsMore(consumed: unread.count)
        case .content(let remaining):
            let consumed = Int(min(remaining, UInt64(unread.count)))
            content.add(unread.extracting(0..<consumed))
            state = .content(remaining: remaining - UInt64(consumed))
            return isDone ? .done(consumed: consumed) : .needsMore(consumed: consumed)
        case .chunked(var scanner):
            let step = scanner.take(unread, into: &content)
            position &+= UInt64(step.consumed)
            switch step.end {
            case nil:
                state = .chunked(scanner)
                return .needsMore(consumed: step.consumed)
            case .whole:
                state = .finished
                return .done(consumed: step.consumed)
            case .broken(let cause):
                let error = BodyError(cause: cause, offset: position)
                state = .failed(error)
                return .malformed(consumed: step.consumed, error)
            }
        }
    }

    /// Goes on behind bytes that are missing from the stream.
    ///
    /// True when they all lie where no byte matters: in counted content, in a chunk's data, or in a body that ends with the
    /// connection. Otherwise nothing changes, and where the body ends is no longer known.
    public mutating func skip(gap: UInt64) -> Bool {
        if gap == 0 { return true }
        switch state {
        case .finished, .failed: return false
        case .untilClose: return true
        case .content(let remaining):
            guard gap <= remaining else { return false }
            state = .content(remaining: remaining - gap)
        case .chunked(var scanner):
            guard scanner.skip(gap: gap) else { return false }
            state = .chunked(scanner)
            position &+= gap
        }
        return true
    }

    private enum State: Sendable, Equatable {
        case content(remaining: UInt64)
        case chunked(ChunkScanner)
        case untilClose
        case finished
        case failed(BodyError)
    }
}
