import Bytes
import Inspection
import Packets
import Rules
import WebSocket

/// The values of fields about frames and messages; nothing is allocated.
enum FrameValues {
    /// A number, or what stands for one; nil for what is not there, and for fields that have several values or none such.
    @inline(__always)
    static func number(
        of field: Field, _ frame: borrowing Frame, _ message: Message?, _ content: Span<UInt8>, _ connection: Connection
    ) -> Int128? {
        // Of what was recorded, no frames are known.
        if connection.isRecorded, isOfFrames(field) { return nil }
        return switch field {
        case .length: Int128(frame.header.length)
        case .opcode: Int128(frame.header.opcode.rawValue)
        case .from: Int128(frame.from.rawValue)
        case .fin: frame.header.isFinal ? 1 : 0
        case .rsv: Int128(frame.header.reserved)
        case .masked: frame.header.isMasked ? 1 : 0
        case .mask: frame.header.isMasked ? Int128(frame.header.maskingKey) : nil
        case .headerLength: Int128(frame.header.byteCount)
        case .captured: Int128(frame.capturedLength)
        case .complete: frame.isComplete ? 1 : 0
        case .compressed: frame.isCompressed ? 1 : 0
        case .control: frame.header.opcode.isControl ? 1 : 0
        case .offset: Int128(frame.offset)
        case .frame: Int128(frame.number)
        case .time: Int128(frame.time.nanoseconds)
        case .endTime: Int128(frame.endTime.nanoseconds)
        case .elapsed: Int128(frame.time.nanoseconds(since: connection.time))
        case .rtt: frame.roundTrip.map { Int128($0) }
        case .sourcePort: Int128((frame.from == .client ? connection.client : connection.server).port)
        case .destinationPort: Int128((frame.from == .client ? connection.server : connection.client).port)
        case .message: Int128(frame.message)
        case .messageOpcode: Int128(frame.messageOpcode.rawValue)
        case .ends: message == nil ? 0 : 1
        case .closeCode: closeCode(frame, message, content)
        default: messageNumber(of: field, message)
        }
    }

    private static func isOfFrames(_ field: Field) -> Bool {
        switch field {
        case .fin, .rsv, .masked, .mask, .headerLength, .captured, .compressed, .offset, .frame, .sourcePort, .destinationPort,
            .messageWireLength, .messageFrames:
            true
        default: false
        }
    }

    static func messageNumber(of field: Field, _ message: Message?) -> Int128? {
        guard let message else { return nil }
        switch field {
        case .messageLength: return Int128(message.length)
        case .messageWireLength: return Int128(message.wireLength)
        case .messageFrames: return Int128(message.frameCount)
        case .messageDuration: return Int128(message.endTime.nanoseconds(since: message.time))
        default: return nil
        }
    }

    /// RFC 6455 §5.5.1: two bytes, where the body has them.
    private static func closeCode(_ frame: borrowing Frame, _ message: Message?, _ content: Span<UInt8>) -> Int128? {
        guard frame.header.opcode == .close, message != nil, content.count >= 2 else { return nil }
        return Int128(content.uint16BE(at: 0))
    }

    static func address(of field: Field, _ frame: borrowing Frame, _ connection: Connection) -> IPAddress? {
        if connection.isRecorded { return nil }
        return switch field {
        case .sourceAddress: (frame.from == .client ? connection.client : connection.server).address
        case .destinationAddress: (frame.from == .client ? connection.server : connection.client).address
        default: nil
        }
    }

    /// Where in the content of the message that a frame ends the text of a field stands; nil where there is none.
    static func text(of field: Field, _ opcode: Opcode, isEnding: Bool, _ content: Span<UInt8>) -> Range<Int>? {
        guard isEnding else { return nil }
        switch field {
        case .bytes: return 0..<content.count
        case .text: return opcode == .text ? 0..<content.count : nil
        case .json: return opcode.isControl ? nil : 0..<content.count
        case .closeReason: return opcode == .close && content.count > 2 ? 2..<content.count : nil
        default: return nil
        }
    }
}
