import Bytes
import Foundation
import TestSupport
import Testing

@testable import Capture

@Suite("Compressed captures")
struct CompressionTests {
    /// `GzipTests.file` as `zstd -19`, `xz -6e`, `lz4 -9` and `bzip2 -9` wrote it.
    private static let files: [(compression: Compression, bytes: [UInt8])] = [
        (
            .zstd,
            decoded(
                "KLUv/QRoXQIAJALUw7KhAgAEAAQAAQAAAADxU2UAAAAAHgE8AloDeASWBbQGEqCgdrt2MGpcD7A0sylESarziwQtWXfrtXPmHgQslTwmuKSdwHcH9vyWOg==")
        ),
        (
            .xz,
            decoded(
                "/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4ALtAD9dAGow0ch9i/gJm68fzHkIdYpx+0eMksuVkUQ3nCkWXZgOn2pPk3BverosoWx72bXBuIiuxZKBYDCO0xy1"
                    + "1boEgAAAsReRRAdrjVwAAVvuBQAAAGWlJgWxxGf7AgAAAAAEWVo=")
        ),
        (
            .lz4,
            decoded(
                "BCJNGGRAp2IAAACG1MOyoQIABAABADAEAAEHADDxU2UHABMeBAAfAQEACgQuABM8BAAfAgEAKARMABNaBAAfAwEARgRqABN4BAAfBAEAZASIABOWBAAfBQEA"
                    + "ggSmABO0BAAfBgEAm1AGBgYGBgAAAABnhGvh")
        ),
        (
            .bzip2,
            decoded(
                "QlpoOTFBWSZTWUwmPBIAAEhrvv+AABEARAkQAgAEQBEAIABUAAgABAAgACAASGKhvVDRp6hoAGJQP1QANA9SAbJWkzzjavbaaaaaaBIvRmiAI13rxIaHmGVu"
                    + "VRYlclUKaFyEguB2C4DQ9v+qEzAP4u5IpwoSCYTHgkA=")
        ),
    ]
    /// The same by `xz --lzma2=dict=256MiB`.
    private static let largeWindow = decoded(
        "/Td6WFoAAATm1rRGAgAhASAAAAAJiKV24ALtAD9dAGow0ch9i/gJm68fzHkIdYpx+0eMksuVkUQ3nCkWXZgOn2pPk3BverosoWx72bXBuIiuxZKBYDCO0xy1"
            + "1boEgAAAsReRRAdrjVwAAVvuBQAAAGWlJgWxxGf7AgAAAAAEWVo=")

    private static func decoded(_ text: String) -> [UInt8] { Data(base64Encoded: text).map { Array($0) } ?? [] }

    /// Those whose library is there.
    private static var readable: [(compression: Compression, bytes: [UInt8])] { files.filter { $0.compression.decompressor() != nil } }

    private static func decompressed(_ bytes: [UInt8], portion: Int = .max) -> [UInt8]? {
        var source = ByteSource(bytes, portion: portion)
        return try? source.readAll(limit: 1 << 20)
    }

    /// A skippable frame of so many bytes, the form of which zstd and lz4 share.
    private static func skippable(_ count: Int, _ kind: UInt8 = 0x50) -> [UInt8] {
        [kind, 0x2A, 0x4D, 0x18, UInt8(count), 0, 0, 0] + [UInt8](repeating: 0x28, count: count)
    }

    /// A zstd frame of raw blocks (RFC 8878 §3.1.1).
    private static func zstd(_ bytes: [UInt8], windowExponent: UInt8 = 11) -> [UInt8] {
        var frame: [UInt8] = [0x28, 0xB5, 0x2F, 0xFD, 0, windowExponent << 3]
        var start = 0
        repeat {
            let end = min(start + 50, bytes.count)
            let header = (end == bytes.count ? 1 : 0) | (end - start) << 3
            frame += [UInt8(truncatingIfNeeded: header), UInt8(truncatingIfNeeded: header >> 8), 0] + bytes[start..<end]
            start = end
        } while start < bytes.count
        return frame
    }

    @Test("what the compressors wrote is read as it was, however it is delivered")
    func formats() {
        let plain = Reading(GzipTests.file)
        for (compression, bytes) in Self.readable {
            #expect(Compression(bytes.span) == compression)
            for portion in [Int.max, 1, 7] {
                let reading = Reading(bytes, portion: portion)
                #expect(reading.packets == plain.packets && reading.error == nil, "\(compression)")
                #expect(reading.facts.isCompressed)
            }
        }
    }

    @Test("streams in a row are one")
    func streams() {
        for (compression, bytes) in Self.readable {
            for portion in [Int.max, 1] {
                #expect(
                    Self.decompressed(bytes + bytes + bytes, portion: portion) == GzipTests.file + GzipTests.file + GzipTests.file,
                    "\(compression)")
            }
        }
    }

    @Test("skippable frames are passed over, before, between and after others")
    func skippable() {
        for (compression, bytes) in Self.readable where compression == .zstd || compression == .lz4 {
            for portion in [Int.max, 1, 5] {
                let file = Self.skippable(0) + Self.skippable(99, 0x5F) + bytes + Self.skippable(3, 0x51) + bytes + Self.skippable(20)
                #expect(Self.decompressed(file, portion: portion) == GzipTests.file + GzipTests.file, "\(compression)")
            }
        }
        guard Compression.zstd.decompressor() != nil else { return }
        #expect(Reading(Self.skippable(9)).error?.message == "test.pcap: is zstd with nothing inside, not a capture file")
        #expect(Reading(Array(Self.skippable(9).dropLast())).error?.kind == .brokenOff)
        #expect(Reading(Self.skippable(9) + Array("something".utf8)).error?.message.contains("zstd data is corrupt") == true)
    }

    @Test("a file cut anywhere gives packets of the whole, then says that it ends early")
    func cut() {
        let plain = Reading(GzipTests.file).packets
        for (compression, bytes) in Self.readable {
            for length in 4..<bytes.count {
                for portion in [Int.max, 3] {
                    let reading = Reading(Array(bytes.prefix(length)), portion: portion)
                    #expect(plain.starts(with: reading.packets))
                    #expect(reading.error?.kind == .brokenOff, "\(compression) cut at \(length): \(String(describing: reading.error))")
                    #expect(reading.error?.message.hasSuffix("(the \(compression.name) data ends early)") == true)
                }
            }
        }
    }

    @Test("of data that were cut or damaged, all packets before are handed out")
    func raw() {
        guard Compression.zstd.decompressor() != nil else { return }
        let frame = Self.zstd(GzipTests.file)
        #expect(Reading(frame).packets == Reading(GzipTests.file).packets)
        for length in 6..<frame.count {
            // Each block has 50 bytes after a header of three.
            let delivered = (length - 6) / 53 * 50 + max(0, (length - 6) % 53 - 3)
            let plain = Reading(GzipTests.file.prefix(delivered))
            #expect(Reading(frame.prefix(length)).packets == plain.packets, "cut at \(length)")
        }
        // A block of the reserved type (§3.1.1.2.2).
        var damaged = frame
        damaged[6 + 53 * 6] |= 6
        let reading = Reading(damaged)
        #expect(reading.packets == Reading(GzipTests.file.prefix(300)).packets && reading.error?.kind == .malformed)
    }

    @Test("a window that takes too much memory is refused, and it is said what reads it")
    func windows() {
        if Compression.zstd.decompressor() != nil {
            #expect(Reading(Self.zstd(GzipTests.file, windowExponent: 17)).error == nil)
            let message = Reading(Self.zstd(GzipTests.file, windowExponent: 18)).error?.message
            #expect(
                message
                    == "test.pcap: takes more than 128 MB of memory to decompress; `zstd -dc --long=31 FILE | wsray -` has no such limit")
        }
        if Compression.xz.decompressor() != nil { #expect(Reading(Self.largeWindow).error?.kind == .unsupported) }
    }

    @Test("damaged data end in packets and at most one error, however they are delivered", arguments: SeededRandom.oneSeed)
    func damage(seed: UInt64) {
        var random = SeededRandom(seed)
        for (compression, bytes) in Self.readable {
            for _ in 0..<1_000 {
                var damaged = bytes
                for _ in 0..<Int.random(in: 1...3, using: &random) {
                    damaged[Int.random(in: 4..<damaged.count, using: &random)] = UInt8.random(in: 0 ... .max, using: &random)
                }
                let (whole, cut) = (Reading(damaged), Reading(damaged, portion: Int.random(in: 1...9, using: &random)))
                // A decoder of xz may go past the end of a damaged chunk, as far as there is input.
                let areAlike = whole.packets.starts(with: cut.packets) || cut.packets.starts(with: whole.packets)
                #expect(areAlike && (whole.error == nil) == (cut.error == nil), "\(compression)")
                if compression != .xz { #expect(whole.packets == cut.packets, "\(compression)") }
            }
        }
    }

    @Test("what is compressed twice, or in a form that is not read, is named")
    func others() {
        guard Compression.zstd.decompressor() != nil else { return }
        #expect(
            Reading(Self.zstd(Self.files[1].bytes)).error?.message.contains(
                "inside the zstd data it is compressed once more, with xz; pipe it in with `zstd -dc FILE | wsray -`") == true)
        #expect(Reading([0x02, 0x21, 0x4C, 0x18, 0, 0, 0, 0]).error?.message.contains("old format of lz4") == true)
    }

    @Test("what lacks its library says which package has it, and what reads the file without")
    func missing() {
        #expect(
            SourceFailure.lacksLibrary(.zstd).description(" anywhere").text
                == "is compressed with zstd, and libzstd.so.1 is not installed (package libzstd1); `zstd -dc FILE | wsray -` does without")
    }
}
