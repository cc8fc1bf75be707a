import Bytes
import Digests

/// The packets that Engine.IO puts into one body where it polls (engine.io-protocol, "Encoding").
///
/// Version 4 separates them by bytes 1E. Version 3 writes the length of each before it: as text, or as a type and digits where bodies are
/// binary. JSONP, which puts these into JavaScript and forms, is not read.
public struct EngineIOPayload {
    /// Version 3 of the protocol.
    private let isOld: Bool

    public init(isOld: Bool) { self.isOld = isOld }

    /// Hands on the packets that are whole, each as a WebSocket message would have it; false if not all of the body is such.
    /// - Parameter isWhole: the body does not go on after these bytes.
    public func forEachPacket(in body: Span<UInt8>, isWhole: Bool, _ take: (Span<UInt8>, _ isText: Bool) -> Void) -> Bool {
        guard !body.isEmpty else { return isWhole }
        guard isOld else { return separate(body, isWhole: isWhole, take) && isWhole }
        return (body[0] <= 1 ? takeBinary(body, take) : takeText(body, take)) && isWhole
    }

    // MARK: Version 4

    private func separate(_ body: Span<UInt8>, isWhole: Bool, _ take: (Span<UInt8>, _ isText: Bool) -> Void) -> Bool {
        var isGood = true
        var start = 0
        for index in 0...body.count where index == body.count || body[index] == Self.separator {
            // The last one may go on beyond the bytes that are at hand.
            if index < body.count || isWhole { isGood = Self.hand(body.extracting(start..<index), isOld: false, to: take) && isGood }
            start = index + 1
        }
        return isGood
    }

    // MARK: Version 3

    /// What lengths count: UTF-16 in JavaScript, characters or bytes elsewhere.
    private enum Unit: CaseIterable {
        case utf16
        case character
        case byte
    }

    /// `LENGTH:PACKET`, and so on. The unit is the first with which the body comes out even; nearly always all do.
    private func takeText(_ body: Span<UInt8>, _ take: (Span<UInt8>, _ isText: Bool) -> Void) -> Bool {
        let unit = Unit.allCases.first { walk(body, in: $0) { _ in true } } ?? .utf16
        return walk(body, in: unit) { Self.hand(body.extracting($0), isOld: true, to: take) }
    }

    /// Visits packets until one is refused or not whole; true if nothing is left after the last.
    private func walk(_ body: Span<UInt8>, in unit: Unit, _ visit: (Range<Int>) -> Bool) -> Bool {
        var position = 0
        while position < body.count {
            var length = 0
            let start = position
            while position < body.count, position - start < Self.digitLimit, let digit = Self.digit(body[position]) {
                length = length * 10 + digit
                position += 1
            }
            guard position > start, position < body.count, body[position] == UInt8(ascii: ":"),
                let end = Self.end(of: length, unit, in: body, from: position + 1), visit(position + 1..<end)
            else { return false }
            position = end
        }
        return true
    }

    /// Where so many units end; nil where there are not so many.
    private static func end(of count: Int, _ unit: Unit, in body: Span<UInt8>, from start: Int) -> Int? {
        guard unit != .byte else { return count <= body.count - start ? start + count : nil }
        var position = start
        var rest = count
        while position < body.count {
            let byte = body[position]
            if byte & 0xC0 != 0x80 {
                guard rest > 0 else { return position }
                // What begins with F0 or more takes two units of UTF-16.
                rest -= unit == .utf16 && byte >= 0xF0 ? 2 : 1
            }
            position += 1
        }
        return rest == 0 ? position : nil
    }

    /// A type, the digits of the length as bytes, FF, and the packet; type 1 is binary.
    private func takeBinary(_ body: Span<UInt8>, _ take: (Span<UInt8>, _ isText: Bool) -> Void) -> Bool {
        var position = 0
        while position < body.count {
            let type = body[position]
            var length = 0
            position += 1
            let start = position
            while position < body.count, position - start < Self.digitLimit, body[position] < 10 {
                length = length * 10 + Int(body[position])
                position += 1
            }
            guard type <= 1, position > start, position < body.count, body[position] == 0xFF, length <= body.count - position - 1 else {
                return false
            }
            let packet = body.extracting(position + 1..<position + 1 + length)
            position += 1 + length
            if type == 1 {
                take(packet, false)
            } else if !Self.hand(packet, isOld: true, to: take) {
                return false
            }
        }
        return true
    }

    // MARK: Packets

    private static let separator: UInt8 = 0x1E
    /// Digits of a length: beyond, no body is so long.
    private static let digitLimit = 9

    private static func digit(_ byte: UInt8) -> Int? {
        byte >= UInt8(ascii: "0") && byte <= UInt8(ascii: "9") ? Int(byte - UInt8(ascii: "0")) : nil
    }

    /// Hands on a packet that was written as text; false if it is none.
    private static func hand(_ packet: Span<UInt8>, isOld: Bool, to take: (Span<UInt8>, _ isText: Bool) -> Void) -> Bool {
        guard !packet.isEmpty else { return false }
        if packet[0] >= UInt8(ascii: "0"), packet[0] <= UInt8(ascii: "6") {
            take(packet, true)
            return true
        }
        guard packet[0] == UInt8(ascii: "b") else { return false }
        // Version 3 has the type between, which a WebSocket message has as a byte.
        let start = isOld ? 2 : 1
        guard packet.count >= start, !isOld || packet[1] == UInt8(ascii: "4"),
            let bytes = Base64.decode(String(decoding: packet.extracting(start..<packet.count).copied(), as: UTF8.self))
        else { return false }
        let message = isOld ? [4] + bytes : bytes
        take(message.span, false)
        return true
    }
}
