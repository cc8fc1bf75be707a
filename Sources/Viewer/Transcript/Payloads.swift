import Bytes
import WebSocket

/// Reads stored bytes, and packets, again.
public protocol PayloadReading: AnyObject {
    /// Lends bytes of the file that a packet is in, at the offset that `Recorder.beginPacket` was given; none when they cannot be
    /// read any more.
    func withCapture(packet: UInt64, at offset: UInt64, count: Int, _ body: (Span<UInt8>) -> Void)
    func withSpool(at offset: UInt64, count: Int, _ body: (Span<UInt8>) -> Void)
    /// Lends packets by their numbers, one after another, as far as they can be read again.
    func withPackets(_ numbers: ClosedRange<UInt64>, _ body: (PacketHeader, Span<UInt8>) -> Void)
}

/// Payloads of rows, out of the capture or the spool.
struct Payloads {
    let reader: any PayloadReading

    /// Appends the first `limit` bytes that are stored of a frame: its payload unmasked, or the content of the compressed message
    /// that it ends.
    func append(_ row: FrameRow, limit: Int = .max, to output: inout ByteBuffer) {
        let count = min(Int(row.storedCount), limit)
        guard count > 0 else { return }
        // Taken out for the calls, which may not write to what they were lent.
        var buffer = ByteBuffer()
        swap(&buffer, &output)
        if row.flags.contains(.isInCapture) {
            let key = row.maskingKey
            reader.withCapture(packet: UInt64(row.packet), at: row.place, count: count) { buffer.append(unmasking: $0, key: key, phase: 0) }
        } else {
            reader.withSpool(at: row.place, count: count) { buffer.append($0) }
        }
        swap(&buffer, &output)
    }

    func stored(_ row: FrameRow, limit: Int = .max) -> ByteBuffer {
        var buffer = ByteBuffer()
        append(row, limit: limit, to: &buffer)
        return buffer
    }

    /// Bytes as they were sent: masked, or compressed (and unmasked); nil where they are not kept.
    func wire(_ row: FrameRow, limit: Int = .max) -> ByteBuffer? {
        var buffer = ByteBuffer()
        let count = min(Int(row.length), limit)
        if row.isCompressed, row.flags.contains(.storesContent) {
            guard row.flags.contains(.storesWire), row.place >= row.length else { return nil }
            if count > 0 { reader.withSpool(at: row.place - row.length, count: count) { buffer.append($0) } }
            return buffer
        }
        if row.isCompressed { return row.storedCount == row.length ? stored(row, limit: limit) : nil }
        if row.isUnkept { return nil }
        let plain = stored(row, limit: limit)
        // Masking is its own inverse (RFC 6455 §5.3), and a key of 0 changes nothing.
        buffer.append(unmasking: plain.span, key: row.maskingKey, phase: 0)
        return buffer
    }
}
