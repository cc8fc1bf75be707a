import Channels
import Inspection
import Rules
import Streams
import WebSocket

/// What one side of a connection sent, and what it cost to send it.
package struct SideCost: Equatable, Sendable {
    /// Text and binary messages.
    package var messages: UInt64 = 0
    package var frames: UInt64 = 0
    /// Bytes of those messages, inflated.
    package var applicationBytes: UInt64 = 0

    // The parts of what was on the wire.
    /// Payload of data frames, as compressed.
    package var payloadBytes: UInt64 = 0
    /// Payload of Close, Ping and Pong frames.
    package var controlBytes: UInt64 = 0
    /// Frame headers without their masking keys.
    package var headerBytes: UInt64 = 0
    package var keyBytes: UInt64 = 0
    /// The head of the request or of the response.
    package var handshakeBytes: UInt64 = 0
    /// Data that TCP carried a second time.
    package var repeatedBytes: UInt64 = 0
    /// Frames that keep streams apart: their headers, padding, settings and the like.
    package var framingBytes: UInt64 = 0
    /// IP and TCP headers.
    package var transportBytes: UInt64 = 0

    /// All data that TCP carried, repeated ones included.
    package var streamBytes: UInt64 = 0
    package var packets: UInt64 = 0
    /// Packets with nothing but an acknowledgement.
    package var acknowledgments: UInt64 = 0

    package var compressed = CompressedCost()
    /// What else is in its stream is TLS: record headers, tags, the handshake.
    package var isSecured = false
    /// The same summed up over connections.
    private var sumOfTLSBytes: UInt64 = 0

    /// What TLS costs beside the content.
    package var tlsBytes: UInt64 { sumOfTLSBytes + (isSecured ? unknownBytes : 0) }

    /// From IP's headers up.
    package var wireBytes: UInt64 { transportBytes + streamBytes }

    /// What is none of the other parts: the body of a refusal, bytes behind a Close, frames that were not captured whole.
    package var otherBytes: UInt64 { isSecured ? 0 : unknownBytes - min(unknownBytes, sumOfTLSBytes) }

    /// What it sent itself, whoever carries it.
    package var ownBytes: UInt64 { payloadBytes + controlBytes + headerBytes + keyBytes + handshakeBytes }

    private var unknownBytes: UInt64 {
        let known = ownBytes + repeatedBytes + framingBytes
        return streamBytes > known ? streamBytes - known : 0
    }

    package mutating func take(_ frame: Frame) {
        frames += 1
        if frame.header.opcode.isControl { controlBytes += frame.capturedLength } else { payloadBytes += frame.capturedLength }
        let key: UInt64 = frame.header.isMasked ? 4 : 0
        headerBytes += UInt64(frame.header.byteCount) - key
        keyBytes += key
    }

    package mutating func take(_ message: Message) {
        guard !message.opcode.isControl else { return }
        messages += 1
        applicationBytes += message.length
        guard message.isCompressed, message.isComplete else { return }
        compressed.messages += 1
        compressed.applicationBytes += message.length
        compressed.wireBytes += message.wireLength
    }

    package mutating func take(_ traffic: DirectionTraffic) {
        packets = traffic.packets
        acknowledgments = traffic.acknowledgments
        transportBytes = traffic.headerBytes
        streamBytes = traffic.payloadBytes
        repeatedBytes = traffic.repeatedBytes
    }

    /// Takes what one end spent on keeping streams apart, after its packets.
    /// - Parameter isSecured: what is not the layer's own is what TLS costs.
    package mutating func take(_ framing: Framing, isSecured: Bool) {
        framingBytes = framing.overheadByteCount
        let rest = repeatedBytes + framing.byteCount
        if isSecured { sumOfTLSBytes = streamBytes - min(streamBytes, rest) }
    }

    package static func + (a: SideCost, b: SideCost) -> SideCost {
        var sum = a
        sum.messages += b.messages
        sum.frames += b.frames
        sum.applicationBytes += b.applicationBytes
        sum.payloadBytes += b.payloadBytes
        sum.controlBytes += b.controlBytes
        sum.headerBytes += b.headerBytes
        sum.keyBytes += b.keyBytes
        sum.handshakeBytes += b.handshakeBytes
        sum.repeatedBytes += b.repeatedBytes
        sum.framingBytes += b.framingBytes
        sum.transportBytes += b.transportBytes
        sum.streamBytes += b.streamBytes
        sum.packets += b.packets
        sum.acknowledgments += b.acknowledgments
        sum.isSecured = false
        sum.sumOfTLSBytes = a.tlsBytes + b.tlsBytes
        sum.compressed = a.compressed + b.compressed
        return sum
    }
}

/// What compression made of the messages that were compressed.
package struct CompressedCost: Equatable, Sendable {
    package var messages: UInt64 = 0
    package var applicationBytes: UInt64 = 0
    package var wireBytes: UInt64 = 0

    /// What those that could use the context of earlier ones would take without.
    package var context = ContextCost()

    package static func + (a: CompressedCost, b: CompressedCost) -> CompressedCost {
        var sum = a
        sum.messages += b.messages
        sum.applicationBytes += b.applicationBytes
        sum.wireBytes += b.wireBytes
        sum.context = a.context + b.context
        return sum
    }
}
