/// Types of frames (RFC 9000 §19, RFC 9221 §4). STREAM and others carry flags in their lowest bits.
enum FrameType {
    static let padding: UInt64 = 0x00
    static let ping: UInt64 = 0x01
    static let ack: UInt64 = 0x02
    static let ackWithECN: UInt64 = 0x03
    static let resetStream: UInt64 = 0x04
    static let stopSending: UInt64 = 0x05
    static let crypto: UInt64 = 0x06
    static let newToken: UInt64 = 0x07
    static let stream: ClosedRange<UInt64> = 0x08...0x0F
    static let maxData: UInt64 = 0x10
    static let maxStreamData: UInt64 = 0x11
    static let maxStreamsOfBoth: UInt64 = 0x12
    static let maxStreamsOfOne: UInt64 = 0x13
    static let dataBlocked: UInt64 = 0x14
    static let streamDataBlocked: UInt64 = 0x15
    static let streamsBlockedOfBoth: UInt64 = 0x16
    static let streamsBlockedOfOne: UInt64 = 0x17
    static let newConnectionID: UInt64 = 0x18
    static let retireConnectionID: UInt64 = 0x19
    static let pathChallenge: UInt64 = 0x1A
    static let pathResponse: UInt64 = 0x1B
    static let connectionClose: UInt64 = 0x1C
    static let applicationClose: UInt64 = 0x1D
    static let handshakeDone: UInt64 = 0x1E
    static let datagram: UInt64 = 0x30
    static let datagramWithLength: UInt64 = 0x31
}
