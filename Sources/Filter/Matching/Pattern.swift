import CPcre2
import System

/// A compiled regular expression (PCRE2, with its JIT where the machine has one).
///
/// Compiled code is never changed after `init` and is freed with the last reference, so it may be shared.
@safe
public final class Pattern: @unchecked Sendable {
    public struct Refusal: Error {
        /// Bytes into the expression.
        public var offset: Int
        public var reason: String
    }

    fileprivate let code: OpaquePointer

    /// - Parameters:
    ///   - flags: letters of `imsx`, as Perl has them.
    ///   - isText: characters are those of UTF-8, and what is not UTF-8 matches nothing; otherwise every byte is a character.
    public init(_ expression: String, flags: String, isText: Bool) throws(Refusal) {
        var options: UInt32 = isText ? UInt32(PCRE2_UTF | PCRE2_MATCH_INVALID_UTF) : 0
        // `\C` reads single bytes, which UTF-8 matching cannot promise to survive.
        options |= UInt32(PCRE2_NEVER_BACKSLASH_C)
        for flag in flags.utf8 {
            switch flag {
            case UInt8(ascii: "i"): options |= UInt32(PCRE2_CASELESS)
            case UInt8(ascii: "m"): options |= UInt32(PCRE2_MULTILINE)
            case UInt8(ascii: "s"): options |= UInt32(PCRE2_DOTALL)
            default: options |= UInt32(PCRE2_EXTENDED)
            }
        }
        var error: Int32 = 0
        var offset = 0
        let bytes = Array(expression.utf8)
        // Invariant: the pointer is read only during the call.
        let made = unsafe bytes.withUnsafeBufferPointer { source in
            unsafe pcre2_compile_8(source.baseAddress, source.count, options, &error, &offset, nil)
        }
        guard let made = unsafe made else { throw Refusal(offset: min(offset, bytes.count), reason: Self.message(error)) }
        unsafe code = made
        // Where there is no JIT the interpreter does the same more slowly.
        _ = unsafe pcre2_jit_compile_8(made, UInt32(PCRE2_JIT_COMPLETE))
    }

    deinit { unsafe pcre2_code_free_8(code) }

    private static func message(_ error: Int32) -> String {
        var text = [UInt8](repeating: 0, count: 256)
        let count = unsafe text.withUnsafeMutableBufferPointer { room in
            unsafe pcre2_get_error_message_8(error, room.baseAddress, room.count)
        }
        return count > 0 ? String(decoding: text[..<min(Int(count), text.count)], as: UTF8.self) : "it cannot be compiled"
    }
}

/// What matching needs beside the code; one for each that matches at a time.
@safe
public struct PatternMatcher: ~Copyable {
    private let data: OpaquePointer
    private let context: OpaquePointer
    /// Steps that a match may take.
    private var stepLimit: UInt32 = 10_000_000
    /// Matches given up because they took too many steps.
    public private(set) var givenUpCount: UInt64 = 0

    /// What is left of the steps after many matches were given up: enough for any text that does not make an expression backtrack for ever.
    private static let leastStepLimit: UInt32 = 20_000

    public init() {
        guard let made = unsafe pcre2_match_data_create_8(1, nil), let limits = unsafe pcre2_match_context_create_8(nil) else {
            LibraryFailure.end("PCRE2, to match")
        }
        unsafe data = made
        unsafe context = limits
        unsafe pcre2_set_match_limit_8(context, stepLimit)
    }

    deinit {
        unsafe pcre2_match_data_free_8(data)
        unsafe pcre2_match_context_free_8(context)
    }

    /// Whoever sends one text that takes for ever may send thousands: each one gets half the steps of the one before.
    private mutating func giveUp() {
        givenUpCount += 1
        stepLimit = max(stepLimit / 2, Self.leastStepLimit)
        unsafe pcre2_set_match_limit_8(context, stepLimit)
    }

    public mutating func matches(_ pattern: Pattern, _ text: Span<UInt8>) -> Bool {
        let result = unsafe text.withUnsafeBufferPointer { subject in
            // Invariant: PCRE2 reads `count` bytes from the pointer during the call; an empty text may have none, and any will do.
            if let start = subject.baseAddress { return unsafe pcre2_match_8(pattern.code, start, subject.count, 0, 0, data, context) }
            var nothing: UInt8 = 0
            return unsafe pcre2_match_8(pattern.code, &nothing, 0, 0, 0, data, context)
        }
        if result < -2 { giveUp() }
        // 0 is a match too: there was room for the whole of it only.
        return result >= 0
    }

    /// The first match that begins at `start` or later.
    public mutating func firstMatch(of pattern: Pattern, in text: Span<UInt8>, from start: Int) -> Range<Int>? {
        let result = unsafe text.withUnsafeBufferPointer { subject -> Int32 in
            // Invariant: PCRE2 reads `count` bytes from the pointer during the call.
            guard let first = subject.baseAddress, start <= subject.count else { return -1 }
            return unsafe pcre2_match_8(pattern.code, first, subject.count, start, 0, data, context)
        }
        if result < -2 { giveUp() }
        guard result >= 0, let place = unsafe pcre2_get_ovector_pointer_8(data) else { return nil }
        // Invariant: after a match the vector has two offsets at least; `\K` may have set the first behind the second.
        let (lower, upper) = unsafe (Int(place[0]), Int(place[1]))
        return lower..<max(lower, upper)
    }
}
