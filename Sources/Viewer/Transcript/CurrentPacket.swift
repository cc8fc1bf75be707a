import Bytes
import Inspection
import WebSocket

/// The packet that is being inspected, and where in it the frames stand that are told of meanwhile.
///
/// A frame is looked for, behind the one before it, and believed to be found only where header and payload agree byte for byte. So
/// it need not be known how the bytes travelled: what was decrypted or put together is simply not found.
@safe
struct CurrentPacket {
    private var number: UInt64 = 0
    private var bytes = unsafe UnsafeBufferPointer<UInt8>(start: nil, count: 0)
    private var offset: UInt64 = 0
    /// Where the next frame may begin.
    private var cursor = 0

    mutating func begin(_ number: UInt64, _ bytes: Span<UInt8>, at offset: UInt64) {
        self.number = number
        // Invariant: the caller keeps the bytes in place until `end`.
        unsafe self.bytes = bytes.withUnsafeBufferPointer { unsafe $0 }
        self.offset = offset
        cursor = 0
    }

    mutating func end() {
        unsafe bytes = UnsafeBufferPointer(start: nil, count: 0)
        number = 0
    }

    /// Where in the capture file the payload stands, masked where the frame is; nil when it does not stand there as it is.
    mutating func find(_ frame: Frame, _ payload: Span<UInt8>) -> UInt64? {
        guard frame.packets.first == number, UInt64(payload.count) == frame.header.length else { return nil }
        let header = frame.header
        let whole = unsafe Span(_unsafeElements: bytes)
        let last = whole.count - header.byteCount - payload.count
        while cursor <= last {
            defer { cursor += 1 }
            guard whole[cursor] == header.first, whole[cursor + 1] == header.second, FrameHeader(whole, at: cursor) == header else {
                continue
            }
            let start = cursor + header.byteCount
            guard isSame(whole.extracting(start..<start + payload.count), payload, header) else { continue }
            cursor = start + payload.count - 1
            return offset + UInt64(start)
        }
        // Those that follow in this packet will not be found either.
        cursor = whole.count
        return nil
    }

    private func isSame(_ wire: Span<UInt8>, _ payload: Span<UInt8>, _ header: FrameHeader) -> Bool {
        // Invariant: both spans have `payload.count` bytes, and every access below ends there.
        let word = header.maskingKey.bigEndian
        return unsafe wire.withUnsafeBytes { wire in
            unsafe payload.withUnsafeBytes { payload in
                var at = 0
                while payload.count - at >= 4 {
                    let masked = unsafe wire.loadUnaligned(fromByteOffset: at, as: UInt32.self)
                    guard unsafe masked ^ word == payload.loadUnaligned(fromByteOffset: at, as: UInt32.self) else { return false }
                    at += 4
                }
                var rest = word.littleEndian
                while at < payload.count {
                    guard unsafe wire[at] ^ UInt8(truncatingIfNeeded: rest) == payload[at] else { return false }
                    rest >>= 8
                    at += 1
                }
                return true
            }
        }
    }
}
