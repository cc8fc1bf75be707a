import Bytes

/// Takes fields of a handshake message from its front; nil once there are too few bytes.
struct HelloReader: ~Escapable {
    private let bytes: Span<UInt8>
    private(set) var offset = 0

    @_lifetime(copy bytes)
    init(_ bytes: Span<UInt8>) { self.bytes = bytes }

    var isAtEnd: Bool { offset >= bytes.count }

    mutating func number(byteCount: Int) -> Int? {
        guard bytes.count - offset >= byteCount else { return nil }
        var number = 0
        for index in offset..<offset + byteCount { number = number << 8 | Int(bytes[index]) }
        offset += byteCount
        return number
    }

    /// The range of the next `count` bytes.
    mutating func skip(_ count: Int) -> Range<Int>? {
        guard count >= 0, bytes.count - offset >= count else { return nil }
        offset += count
        return offset - count..<offset
    }

    /// The range of a vector with its length before it.
    mutating func vector(lengthByteCount: Int) -> Range<Int>? {
        guard let count = number(byteCount: lengthByteCount) else { return nil }
        return skip(count)
    }
}

/// Extensions that matter to a decoder (RFC 8446 §4.2 and those named).
enum HelloExtension: Int {
    case serverName = 0
    case alpn = 16
    /// RFC 7366.
    case encryptThenMAC = 22
    /// RFC 7627.
    case extendedMasterSecret = 23
    /// RFC 5077.
    case sessionTicket = 35
    case preSharedKey = 41
    case earlyData = 42
    case supportedVersions = 43
    /// RFC 9001 §8.2.
    case transportParameters = 57
    /// RFC 9849.
    case encryptedClientHello = 0xFE0D

    /// Visits the extensions at the end of a hello or of EncryptedExtensions.
    static func forEach(in block: Span<UInt8>, _ visit: (HelloExtension, Span<UInt8>) -> Void) {
        var reader = HelloReader(block)
        while let type = reader.number(byteCount: 2), let range = reader.vector(lengthByteCount: 2) {
            if let known = HelloExtension(rawValue: type) { visit(known, block.extracting(range)) }
        }
    }
}

extension Span<UInt8> {
    /// The first name of a list in an ALPN extension (RFC 7301 §3.1), or all of them.
    var protocolNames: [String] {
        var names: [String] = []
        var reader = HelloReader(self)
        guard reader.number(byteCount: 2) != nil else { return names }
        while names.count < 16, let range = reader.vector(lengthByteCount: 1) {
            names.append(String(decoding: extracting(range).copied(), as: UTF8.self))
        }
        return names
    }
}
