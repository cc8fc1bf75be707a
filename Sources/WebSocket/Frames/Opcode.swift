/// What a frame carries: RFC 6455 §5.2 and §11.8, four bits.
///
/// An open set: every value of the four bits is representable, so that a reserved opcode survives as it was sent.
public struct Opcode: RawRepresentable, Hashable, Sendable {
    public var rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue & 0x0F }

    @inlinable public static var continuation: Opcode { Opcode(rawValue: 0x0) }
    @inlinable public static var text: Opcode { Opcode(rawValue: 0x1) }
    @inlinable public static var binary: Opcode { Opcode(rawValue: 0x2) }
    @inlinable public static var close: Opcode { Opcode(rawValue: 0x8) }
    @inlinable public static var ping: Opcode { Opcode(rawValue: 0x9) }
    @inlinable public static var pong: Opcode { Opcode(rawValue: 0xA) }

    /// Opcodes with the most significant bit set are control frames, the reserved 0xB–0xF included (§5.5).
    @inlinable public var isControl: Bool { rawValue & 0x8 != 0 }
    /// 0x3–0x7 and 0xB–0xF have no meaning yet.
    @inlinable public var isReserved: Bool { rawValue & 0x7 > 2 }

    /// The name used on screen and in JSON: `text`, `ping`, `reserved-3`.
    public var name: StaticString {
        switch rawValue {
        case 0x0: "continuation"
        case 0x1: "text"
        case 0x2: "binary"
        case 0x3: "reserved-3"
        case 0x4: "reserved-4"
        case 0x5: "reserved-5"
        case 0x6: "reserved-6"
        case 0x7: "reserved-7"
        case 0x8: "close"
        case 0x9: "ping"
        case 0xA: "pong"
        case 0xB: "reserved-11"
        case 0xC: "reserved-12"
        case 0xD: "reserved-13"
        case 0xE: "reserved-14"
        default: "reserved-15"
        }
    }
}
