/// Walks over a chunked body (RFC 9112 §7.1), one state per thing awaited.
///
///     chunked-body = *( chunk-size [ chunk-ext ] CRLF chunk-data CRLF ) 1*"0" [ chunk-ext ] CRLF trailer-section CRLF
///
/// Every line may end in a bare LF. Extensions and trailers are walked over, not read: neither can hold a line end.
struct ChunkScanner: Sendable, Equatable {
    enum End: Sendable, Equatable {
        case whole
        case broken(BodyError.Cause)
    }

    private enum State: Sendable, Equatable {
        /// In a chunk's size; `size` is what the digits so far say, nil before the first.
        case size(UInt64?, lineLength: Int)
        /// Behind the size, in extensions and up to the LF.
        case lineRest(UInt64, lineLength: Int)
        case data(remaining: UInt64)
        /// Behind a chunk's data; `hasReturn` once its CR is read.
        case dataEnd(hasReturn: Bool)
        /// In the trailers, or at the blank line that ends the body; `isBlank` while the line has nothing but CR.
        case trailers(isBlank: Bool, length: Int)
    }

    private var state = State.size(nil, lineLength: 0)

    /// Reads until the body ends or breaks, or the bytes do; `consumed` leaves out the byte that broke it.
    mutating func take(_ unread: Span<UInt8>, into content: inout some BodyContent & ~Copyable) -> (consumed: Int, end: End?) {
        var offset = 0
        while offset < unread.count {
            if case .data(let remaining) = state {
                let taken = Int(min(remaining, UInt64(unread.count - offset)))
                content.add(unread.extracting(offset..<offset + taken))
                advanceData(by: UInt64(taken), of: remaining)
                offset += taken
                continue
            }
            switch step(unread[offset]) {
            case .broken(let cause): return (offset, .broken(cause))
            case .whole: return (offset + 1, .whole)
            case nil: offset += 1
            }
        }
        return (offset, nil)
    }

    mutating func skip(gap: UInt64) -> Bool {
        guard case .data(let remaining) = state, gap <= remaining else { return false }
        advanceData(by: gap, of: remaining)
        return true
    }

    /// `count` is at most `remaining`.
    private mutating func advanceData(by count: UInt64, of remaining: UInt64) {
        state = count == remaining ? .dataEnd(hasReturn: false) : .data(remaining: remaining - count)
    }

    private mutating func step(_ byte: UInt8) -> End? {
        switch state {
        case .size(let size, let length):
            guard length < BodyDecoder.lineLimit else { return .broken(.tooLong) }
            if let digit = byte.hexDigit {
                guard size ?? 0 <= UInt64.max >> 4 else { return .broken(.badChunkSize) }
                state = .size((size ?? 0) << 4 | digit, lineLength: length + 1)
                return nil
            }
            guard let size else { return .broken(.badChunkSize) }
            switch byte {
            case .lineFeed: beginChunk(of: size)
            case .carriageReturn, .semicolon, .space, .tab: state = .lineRest(size, lineLength: length + 1)
            default: return .broken(.badChunkSize)
            }
        case .lineRest(let size, let length):
            guard length < BodyDecoder.lineLimit else { return .broken(.tooLong) }
            if byte == .lineFeed { beginChunk(of: size) } else { state = .lineRest(size, lineLength: length + 1) }
        case .data: break  // Walked over as a whole in `take`.
        case .dataEnd(let hasReturn):
            switch byte {
            case .lineFeed: state = .size(nil, lineLength: 0)
            case .carriageReturn where !hasReturn: state = .dataEnd(hasReturn: true)
            default: return .broken(.badChunkEnd)
            }
        case .trailers(let isBlank, let length):
            guard length < BodyDecoder.trailerLimit else { return .broken(.tooLong) }
            if byte == .lineFeed, isBlank { return .whole }
            // CR, even twice, keeps a line blank: peers that forgive it end the body here, the others end the connection.
            state = .trailers(isBlank: byte == .lineFeed || (isBlank && byte == .carriageReturn), length: length + 1)
        }
        return nil
    }

    private mutating func beginChunk(of size: UInt64) {
        state = size == 0 ? .trailers(isBlank: true, length: 0) : .data(remaining: size)
    }
}

extension UInt8 {
    fileprivate var hexDigit: UInt64? {
        switch self {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(self - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(self - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(self - UInt8(ascii: "A") + 10)
        default: nil
        }
    }
}
