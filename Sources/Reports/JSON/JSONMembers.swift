import Bytes
import Inspection
import WebSocket

// Members that every line has, written without asking for room. Sums of their bytes stand where the room is reserved.
extension LineWriter {
    /// A key, then a number.
    @inline(__always)
    mutating func append(_ key: StaticString, _ number: UInt64) {
        append(key)
        append(decimal: number)
    }

    @inline(__always)
    mutating func append(_ key: StaticString, _ value: Bool) {
        append(key)
        if value { append("true") } else { append("false") }
    }

    @inline(__always)
    mutating func append(from side: Side) {
        if side == .client { append(#","from":"client""#) } else { append(#","from":"server""#) }
    }

    /// The members of a header's first byte.
    @inline(__always)
    mutating func append(first header: FrameHeader) {
        // Nearly all frames are whole text messages.
        if header.first == 0x81 { return append(#","fin":true,"rsv":0,"opcode":1,"kind":"text""#) }
        append(#","fin":"#, header.isFinal)
        append(#","rsv":"#, UInt64(header.reserved))
        append(header.opcode)
    }

    @inline(__always)
    mutating func append(_ opcode: Opcode) {
        append(#","opcode":"#, UInt64(opcode.rawValue))
        append(#","kind":""#)
        append(opcode.name)
        append(UInt8(ascii: "\""))
    }

    /// The members `packets` and `packetsOmitted`; nothing for an empty list.
    @inline(__always)
    mutating func append(packets: borrowing PacketList) {
        guard packets.first > 0 else { return }
        append(#","packets":["#, packets.first)
        if packets.count > 1 {
            for number in packets.rest { append(",", number) }
        }
        append(UInt8(ascii: "]"))
        if !packets.isPlain, packets.omittedCount > 0 { append(#","packetsOmitted":"#, packets.omittedCount) }
    }

    /// What the members of a list take at most: two keys, and 21 bytes for each number.
    @inline(__always)
    static func byteCount(of packets: borrowing PacketList) -> Int { 80 + 21 * packets.count }
}
