/// What a capture says about one packet, beside its bytes.
public struct PacketHeader: Sendable {
    /// Position in the input, counted from 1 over all files, as Wireshark and tcpdump number packets within a file.
    public var number: UInt64
    public var time: Timestamp
    /// Digits behind the decimal point that the capture really has: 6 or 9.
    public var fractionDigits: UInt8
    public var linkType: LinkType
    /// Bytes that the packet had on the wire; the captured bytes may be fewer (snaplen).
    public var originalLength: Int
    /// The interface within the input, counted from 0 in order of appearance.
    public var interface: UInt32

    /// Of no packet yet, to be filled.
    @inlinable
    public init() { self.init(number: 0, time: Timestamp(nanoseconds: 0), fractionDigits: 6, linkType: .null, originalLength: 0) }

    @inlinable
    public init(
        number: UInt64, time: Timestamp, fractionDigits: UInt8, linkType: LinkType, originalLength: Int, interface: UInt32 = 0
    ) {
        self.number = number
        self.time = time
        self.fractionDigits = fractionDigits
        self.linkType = linkType
        self.originalLength = originalLength
        self.interface = interface
    }
}
