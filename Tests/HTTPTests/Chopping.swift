import HTTP
import TestSupport

/// The ends of the pieces in which `count` bytes arrive: whole, byte by byte, and a few times at random.
func choppings(of count: Int, seed: UInt64) -> [[Int]] {
    var random = SeededRandom(seed)
    let random4 = (0..<4).map { _ in (0..<count).filter { _ in Int.random(in: 0..<7, using: &random) == 0 } + [count] }
    return [[count], Array(0...count)] + random4
}

func decodeRequest(_ bytes: [UInt8], ends: [Int]? = nil, limits: HeadLimits = HeadLimits()) -> HeadOutcome<RequestHead> {
    var decoder = RequestHeadDecoder(limits: limits)
    return firstOutcome(of: bytes, ends: ends) { decoder.take($0) }
}

func decodeResponse(_ bytes: [UInt8], ends: [Int]? = nil, limits: HeadLimits = HeadLimits()) -> HeadOutcome<ResponseHead> {
    var decoder = ResponseHeadDecoder(limits: limits)
    return firstOutcome(of: bytes, ends: ends) { decoder.take($0) }
}

private func firstOutcome<Head: Equatable>(
    of bytes: [UInt8], ends: [Int]?, take: (Span<UInt8>) -> HeadOutcome<Head>
) -> HeadOutcome<Head> {
    for end in ends ?? [bytes.count] {
        let outcome = take(bytes.span.extracting(0..<end))
        if outcome != .needsMore { return outcome }
    }
    return .needsMore
}

/// What became of a body, however many pieces it came in.
struct BodyResult: Equatable {
    enum End: Equatable {
        case open
        case done
        case malformed(BodyError)
    }

    var consumed = 0
    var end = End.open
}

func decodeBody(_ framing: BodyFraming, _ bytes: [UInt8], ends: [Int]? = nil) -> BodyResult {
    var decoder = BodyDecoder(framing)
    var result = BodyResult()
    for end in ends ?? [bytes.count] {
        switch decoder.take(bytes.span.extracting(result.consumed..<end)) {
        case .needsMore(let consumed): result.consumed += consumed
        case .done(let consumed): return BodyResult(consumed: result.consumed + consumed, end: .done)
        case .malformed(let consumed, let error): return BodyResult(consumed: result.consumed + consumed, end: .malformed(error))
        }
    }
    return result
}

extension String {
    var bytes: [UInt8] { Array(utf8) }
}

extension HeadOutcome {
    var head: Head? { if case .head(let head) = self { head } else { nil } }
    var error: HeadError? { if case .malformed(let error) = self { error } else { nil } }
}
