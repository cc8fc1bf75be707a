import Bytes
import Foundation
import TestSupport
import Testing

@testable import Reports

@Suite("JSON escapes")
struct JSONEscapingTests {
    /// The ways of putting backslashes in, whichever the processor would take.
    enum Way: CaseIterable {
        /// By a table; one after the other where the processor has no look-up.
        case lookedUp
        case oneByOne

        var backslashes: Backslashes? { self == .lookedUp ? Backslashes.shared : nil }
    }

    /// The escape of each byte by RFC 8259 §7, and DEL's.
    private static let escapes = (UInt8.min...UInt8.max).map { byte -> [UInt8] in
        switch byte {
        case 0x22: Array("\\\"".utf8)
        case 0x5C: Array("\\\\".utf8)
        case 0x08: Array("\\b".utf8)
        case 0x09: Array("\\t".utf8)
        case 0x0A: Array("\\n".utf8)
        case 0x0C: Array("\\f".utf8)
        case 0x0D: Array("\\r".utf8)
        case 0x00..<0x20, 0x7F: Array(String(format: "\\u%04x", Int(byte)).utf8)
        default: [byte]
        }
    }

    private static func naive(_ bytes: [UInt8]) -> [UInt8] { bytes.flatMap { escapes[Int($0)] } }

    private static func escaped(_ bytes: [UInt8]) -> [UInt8] {
        var buffer = ByteBuffer()
        buffer.append(escaping: bytes.span)
        return buffer.span.copied()
    }

    @Test("a table is used where the processor can look up bytes in one")
    func lookup() {
        #if arch(arm64)
            #expect(Backslashes.shared != nil)
        #else
            let processor = try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)
            let flags = processor?.split(separator: "\n").first { $0.hasPrefix("flags") }.map { $0.split(separator: " ") }
            if let flags { #expect((Backslashes.shared != nil) == flags.contains("ssse3")) }
        #endif
    }

    @Test("each byte value is escaped as RFC 8259 says, wherever it stands", arguments: Way.allCases)
    func everyByte(way: Way) {
        let memory = GuardedMemory()
        let room = GuardedMemory()
        for value in UInt8.min...UInt8.max {
            for index in 0..<40 {
                var bytes = [UInt8](repeating: 0x61, count: 40)
                bytes[index] = value
                let result = Self.escaped(bytes, atEnd: true, of: memory, by: way, into: room)
                #expect(result == Self.naive(bytes), "\(value) at \(index)")
            }
        }
    }

    @Test(
        "texts of all lengths are escaped as byte by byte, and nothing outside them and the room for them is touched",
        arguments: Way.allCases, SeededRandom.seeds)
    func lengths(way: Way, seed: UInt64) {
        var random = SeededRandom(seed)
        let memory = GuardedMemory()
        let room = GuardedMemory()
        let letters = Array("abcdefgh ".utf8) + [0x80, 0xFF, 0x21, 0x23, 0x5B, 0x5D, 0x7E]
        let mixtures: [[UInt8]] = [
            Array(UInt8.min...UInt8.max),
            // What gets a backslash before it; also seldom, with letters, and with controls that have a letter, and with others.
            [0x22, 0x5C],
            [0x22, 0x5C, 0x61],
            letters + [0x22],
            letters + [0x22, 0x5C, 0x08, 0x09, 0x0A, 0x0C, 0x0D],
            letters + letters + letters + [0x0A],
            [0x22, 0x0A, 0x61, 0x00, 0x0B, 0x0E, 0x1F, 0x7F],
            letters + letters + letters + [0x22, 0x5C, 0x0D, 0x1B],
            [0x00],
        ]
        for mixture in mixtures {
            for length in 0...100 + Int.random(in: 0...60, using: &random) {
                let bytes = (0..<length).map { _ in mixture.randomElement(using: &random) ?? 0 }
                let expected = Self.naive(bytes)
                for atEnd in [false, true] {
                    let result = Self.escaped(bytes, atEnd: atEnd, of: memory, by: way, into: room)
                    #expect(result == expected, "bytes \(bytes)")
                }
            }
        }
    }

    /// What a text becomes that stands at the start or the end of memory, with room at the end of another.
    private static func escaped(_ text: [UInt8], atEnd: Bool, of memory: GuardedMemory, by way: Way, into room: GuardedMemory) -> [UInt8] {
        let source = unsafe atEnd ? memory.end - text.count : memory.start
        for (index, byte) in text.enumerated() { unsafe source.storeBytes(of: byte, toByteOffset: index, as: UInt8.self) }
        let start = unsafe room.end - LineWriter.escapedByteCount(text.count)
        let end = unsafe LineWriter.escape(source, text.count, into: start, with: way.backslashes)
        return unsafe Array(UnsafeRawBufferPointer(start: start, count: end - start))
    }

    @Test("text longer than one reservation is escaped whole")
    func long() {
        for bytes in [[UInt8](repeating: 1, count: 9_001), (0..<20_000).map { UInt8(truncatingIfNeeded: $0 % 251) }] {
            #expect(Self.escaped(bytes) == Self.naive(bytes))
        }
    }

    @Test("a string becomes a JSON string, whatever it holds")
    func strings() throws {
        for text in [
            "", "plain", "tab\t\"quoted\" back\\slash", "\u{0}\u{1F}\u{7F}", "é€𝄞\u{2028}", String(repeating: "ä\n", count: 5_000),
        ] {
            var buffer = ByteBuffer()
            buffer.append(jsonString: text)
            let bytes = buffer.span.copied()
            #expect(!bytes.contains { $0 < 0x20 || $0 == 0x7F })
            let value = try JSONSerialization.jsonObject(with: Data(bytes), options: .fragmentsAllowed)
            #expect(value as? String == text)
        }
    }
}

/// A page between two that cannot be touched: to read or write outside it ends the tests.
@safe
private final class GuardedMemory {
    let start: UnsafeMutableRawPointer
    let end: UnsafeMutableRawPointer

    init() {
        let pageSize = Int(sysconf(Int32(_SC_PAGESIZE)))
        let pages = unsafe mmap(nil, 3 * pageSize, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0)!
        unsafe start = pages + pageSize
        unsafe end = start + pageSize
        let status = unsafe mprotect(start, pageSize, PROT_READ | PROT_WRITE)
        precondition(status == 0)
    }

    deinit {
        let pageSize = unsafe end - start
        unsafe munmap(start - pageSize, 3 * pageSize)
    }
}
