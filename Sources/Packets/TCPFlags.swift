/// The control bits of a TCP header (RFC 9293 §3.1), in the order of the wire.
public struct TCPFlags: OptionSet, Hashable, Sendable {
    public let rawValue: UInt8
    @inlinable public init(rawValue: UInt8) { self.rawValue = rawValue }

    public static let fin = TCPFlags(rawValue: 0x01)
    public static let syn = TCPFlags(rawValue: 0x02)
    public static let rst = TCPFlags(rawValue: 0x04)
    public static let psh = TCPFlags(rawValue: 0x08)
    public static let ack = TCPFlags(rawValue: 0x10)
    public static let urg = TCPFlags(rawValue: 0x20)
    public static let ece = TCPFlags(rawValue: 0x40)
    public static let cwr = TCPFlags(rawValue: 0x80)
}

extension TCPFlags: CustomStringConvertible {
    /// `SYN,ACK`; a dash when no bit is set.
    public var description: String {
        let names = ["FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR"]
        let set = names.indices.filter { rawValue & 1 << UInt8($0) != 0 }.map { names[$0] }
        return set.isEmpty ? "-" : set.joined(separator: ",")
    }
}
