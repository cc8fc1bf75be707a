import Bytes
import TLS

/// Two ends of a QUIC connection, made up for tests: what each would put on the wire, with secrets that are known.
package struct QUICPeers {
    package enum End { case client, server }
    package enum Level { case initial, earlyData, handshake, application }

    /// What the server chooses.
    package struct Suite: Sendable {
        package var code: UInt16
        package var cipher: String
        package var hashByteCount: Int

        package static let aes128 = Suite(code: 0x1301, cipher: "AES-128-GCM", hashByteCount: 32)
        package static let aes256 = Suite(code: 0x1302, cipher: "AES-256-GCM", hashByteCount: 48)
        package static let chacha = Suite(code: 0x1303, cipher: "ChaCha20-Poly1305", hashByteCount: 32)
        package static let all = [aes128, aes256, chacha]
    }

    package var suite: Suite
    package var isV2: Bool
    package var random: [UInt8]
    /// What the client calls the server at first, and what each end calls itself.
    package var original: [UInt8] = [1, 2, 3, 4, 5, 6, 7, 8]
    package var clientID: [UInt8] = [0xC1, 0xC2, 0xC3, 0xC4, 0xC5]
    package var serverID: [UInt8] = [0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57, 0x58]
    /// What Initial packets are protected with.
    package var initialID: [UInt8]
    package var token: [UInt8] = []
    package var protocols = ["h3"]
    package var offersEarlyData = false
    package var acceptsEarlyData = false
    package var resumes = false
    /// Transport parameters besides the usual ones.
    package var clientParameters: [UInt8] = []
    package var serverParameters: [UInt8] = []
    /// The next packet number of each end and level.
    package var numbers: [String: UInt64] = [:]
    /// Updates that each end has made to its keys.
    private var updates: [End: (count: Int, sealer: PacketSealer)] = [:]

    package init(_ suite: Suite = .aes128, isV2: Bool = false, random: UInt8 = 7) {
        self.suite = suite
        self.isV2 = isV2
        self.random = [UInt8](repeating: random, count: 32)
        initialID = original
    }

    // MARK: Secrets

    private func secret(_ end: End, _ level: Level) -> [UInt8] {
        let first: UInt8 = (end == .client ? 0x10 : 0x20) + (level == .handshake ? 1 : level == .application ? 2 : 3)
        return (0..<suite.hashByteCount).map { first &+ UInt8($0) &* 3 &+ random[0] }
    }

    /// The key log of the client.
    package func keyLog(_ labels: [KeyLogLabel] = [.clientEarly, .clientHandshake, .serverHandshake, .clientTraffic, .serverTraffic])
        -> [UInt8]
    {
        func hex(_ bytes: [UInt8]) -> String { bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined() }
        let lines = labels.map { label in
            let (end, level): (End, Level) =
                switch label {
                case .clientEarly: (.client, .earlyData)
                case .clientHandshake: (.client, .handshake)
                case .serverHandshake: (.server, .handshake)
                case .clientTraffic: (.client, .application)
                default: (.server, .application)
                }
            return "\(label.rawValue) \(hex(random)) \(hex(secret(end, level)))\n"
        }
        return Array(lines.joined().utf8)
    }

    package func sealer(_ end: End, _ level: Level) -> PacketSealer {
        guard level == .initial else { return PacketSealer(suite.cipher, secret: secret(end, level), isV2: isV2) }
        let salt: [UInt8] =
            isV2
            ? [
                0x0D, 0xED, 0xE3, 0xDE, 0xF7, 0x00, 0xA6, 0xDB, 0x81, 0x93, 0x81, 0xBE, 0x6E, 0x26, 0x9D, 0xCB, 0xF9, 0xBD, 0x2E, 0xD9,
            ]
            : [
                0x38, 0x76, 0x2C, 0xF7, 0xF5, 0x59, 0x34, 0xB3, 0x4D, 0x17, 0x9A, 0xE6, 0xA4, 0xC8, 0x0C, 0xAD, 0xCC, 0xBB, 0x7F, 0x0A,
            ]
        let common = KeyDerivation.extract(initialID.span, salt: salt.span, .sha256)
        let secret = KeyDerivation.expand(common, label: end == .client ? "client in" : "server in", byteCount: 32, .sha256)
        return PacketSealer("AES-128-GCM", secret: secret.span.copied(), isV2: isV2)
    }

    // MARK: Packets

    /// A number as a variable-length integer (RFC 9000 §16).
    package static func number(_ value: UInt64) -> [UInt8] {
        switch value {
        case 0..<0x40: [UInt8(value)]
        case 0..<0x4000: PacketBuilder.bigEndian(UInt16(value | 0x4000))
        case 0..<0x4000_0000: PacketBuilder.bigEndian(UInt32(value | 0x8000_0000))
        default: PacketBuilder.bigEndian(value | 0xC000_0000_0000_0000)
        }
    }

    package static func vector(_ bytes: [UInt8]) -> [UInt8] { number(UInt64(bytes.count)) + bytes }

    /// Takes the next packet number of an end.
    package mutating func nextNumber(_ end: End, _ level: Level) -> UInt64 {
        let space = "\(end) \(level == .earlyData ? .application : level)"
        defer { numbers[space, default: 0] += 1 }
        return numbers[space, default: 0]
    }

    /// A packet with a long header.
    package mutating func long(_ end: End, _ level: Level, _ frames: [UInt8], number: UInt64? = nil) -> [UInt8] {
        let number = number ?? nextNumber(end, level)
        let kind: UInt8 = level == .initial ? 0 : level == .earlyData ? 1 : 2
        let bits = isV2 ? (kind + 1) & 3 : kind
        let destination = end == .server ? clientID : level == .handshake ? serverID : initialID
        let version: UInt32 = isV2 ? 0x6B33_43CF : 1
        var header = [0xC0 | bits << 4] + PacketBuilder.bigEndian(version)
        header += [UInt8(destination.count)] + destination
        let source = end == .client ? clientID : serverID
        header += [UInt8(source.count)] + source
        if level == .initial { header += Self.vector(end == .client ? token : []) }
        header += PacketBuilder.bigEndian(UInt16(frames.count + 4 + 16) | 0x4000)
        return sealer(end, level).seal(header: header, number: number, frames)
    }

    /// A packet with a short header.
    package mutating func short(
        _ end: End, _ frames: [UInt8], number: UInt64? = nil, numberByteCount: Int = 4, to destination: [UInt8]? = nil
    ) -> [UInt8] {
        let number = number ?? nextNumber(end, .application)
        let update = updates[end] ?? (0, sealer(end, .application))
        updates[end] = update
        // So short that there would be no sample (RFC 9001 §5.4.2).
        let padding = [UInt8](repeating: 0, count: max(0, 4 - frames.count))
        let phase: UInt8 = update.count & 1 == 0 ? 0 : 4
        return update.sealer.seal(
            header: [0x40 | phase] + (destination ?? (end == .client ? serverID : clientID)), number: number,
            numberByteCount: numberByteCount, padding.isEmpty ? frames : frames + padding)
    }

    /// An end begins to use new keys.
    package mutating func updateKeys(_ end: End) {
        let update = updates[end] ?? (0, sealer(end, .application))
        updates[end] = (update.count + 1, update.sealer.updated)
    }

    // MARK: Handshake

    private static func message(_ type: UInt8, _ body: [UInt8]) -> [UInt8] {
        [type, 0] + PacketBuilder.bigEndian(UInt16(body.count)) + body
    }

    private static func list(_ bytes: [UInt8]) -> [UInt8] { PacketBuilder.bigEndian(UInt16(bytes.count)) + bytes }
    private static func ext(_ type: UInt16, _ body: [UInt8]) -> [UInt8] { PacketBuilder.bigEndian(type) + list(body) }

    private func names(_ names: [String]) -> [UInt8] { Self.list(names.flatMap { [UInt8($0.utf8.count)] + Array($0.utf8) }) }

    package static func parameter(_ kind: UInt64, _ value: UInt64) -> [UInt8] { number(kind) + vector(number(value)) }

    /// Room for 64 KB in all and in each stream; silence of 30 seconds.
    private static var usualParameters: [UInt8] {
        parameter(0x01, 30_000) + [0x04, 0x05, 0x06, 0x07].flatMap { parameter($0, 65_536) }
    }

    package var clientHello: [UInt8] {
        var extensions = Self.ext(0, Self.list([0] + Self.list(Array("example.com".utf8))))
        extensions += Self.ext(16, names(protocols))
        extensions += Self.ext(57, Self.usualParameters + clientParameters)
        if offersEarlyData { extensions += Self.ext(42, []) }
        return Self.message(1, [3, 3] + random + [0] + Self.list([0x13, 0x01, 0x13, 0x02, 0x13, 0x03]) + [1, 0] + Self.list(extensions))
    }

    package var serverHello: [UInt8] {
        var extensions = Self.ext(43, [3, 4])
        if resumes { extensions += Self.ext(41, [0, 0]) }
        let body = [3, 3] + [UInt8](repeating: 0xAB, count: 32) + [0] + PacketBuilder.bigEndian(suite.code) + [0] + Self.list(extensions)
        return Self.message(2, body)
    }

    package var encryptedExtensions: [UInt8] {
        var extensions = Self.ext(16, names(Array(protocols.prefix(1))))
        extensions += Self.ext(57, Self.usualParameters + serverParameters)
        if acceptsEarlyData { extensions += Self.ext(42, []) }
        return Self.message(8, Self.list(extensions))
    }

    /// The datagrams of a handshake without certificates, in order; those of the client's are at even places.
    package mutating func handshake() -> [[UInt8]] {
        let hello = long(.client, .initial, Self.crypto(clientHello) + [UInt8](repeating: 0, count: 900))
        let answer = long(.server, .initial, Self.ack(0...0) + Self.crypto(serverHello))
        return [
            hello, answer + long(.server, .handshake, Self.crypto(encryptedExtensions + Self.message(20, [1, 2, 3]))),
            long(.client, .handshake, Self.ack(0...0) + Self.crypto(Self.message(20, [4, 5, 6]))),
        ]
    }

    // MARK: Frames

    package static func crypto(_ bytes: [UInt8], at offset: Int = 0) -> [UInt8] { [0x06] + number(UInt64(offset)) + vector(bytes) }

    package static func stream(_ id: UInt64, at offset: UInt64, _ bytes: [UInt8], isLast: Bool = false) -> [UInt8] {
        [isLast ? 0x0F : 0x0E] + number(id) + number(offset) + vector(bytes)
    }

    /// - Parameter ranges: of packet numbers, the highest ones first.
    package static func ack(_ ranges: ClosedRange<UInt64>...) -> [UInt8] {
        let first = ranges[0]
        var frame = [0x02] + number(first.upperBound) + number(0) + number(UInt64(ranges.count - 1)) + number(UInt64(first.count - 1))
        var low = first.lowerBound
        for range in ranges.dropFirst() {
            frame += number(low - range.upperBound - 2) + number(UInt64(range.count - 1))
            low = range.lowerBound
        }
        return frame
    }

    package static func reset(_ id: UInt64, code: UInt64, size: UInt64) -> [UInt8] { [0x04] + number(id) + number(code) + number(size) }
    package static func stop(_ id: UInt64, code: UInt64) -> [UInt8] { [0x05] + number(id) + number(code) }

    package static func newID(_ id: [UInt8], sequence: UInt64, token: [UInt8]) -> [UInt8] {
        [0x18] + number(sequence) + number(0) + [UInt8(id.count)] + id + token
    }
}
