import Packets

/// A TCP socket as `/proc/net/tcp` and `/proc/net/tcp6` list it (proc_pid_net(5)).
public struct SocketEntry: Hashable, Sendable {
    public var local: Endpoint
    /// Port 0 where there is no peer.
    public var remote: Endpoint
    /// One of the kernel's numbers for TCP's states; 10 listens.
    public var state: UInt8
    /// 0 where no process holds the socket any more.
    public var inode: UInt64

    public init(local: Endpoint, remote: Endpoint, state: UInt8, inode: UInt64) {
        self.local = local
        self.remote = remote
        self.state = state
        self.inode = inode
    }

    public var isListening: Bool { state == 10 }
}

/// Reads the kernel's tables of TCP sockets.
public enum SocketTable {
    /// The sockets of a table; lines that are none are passed over.
    ///
    /// An IPv4-mapped address of an IPv6 socket becomes the IPv4 address, which is what its packets have.
    public static func entries(_ table: [UInt8]) -> [SocketEntry] {
        table.split(separator: UInt8(ascii: "\n")).compactMap { entry($0) }
    }

    /// The inode in the target of a link below `/proc/PID/fd`: `socket:[1234]`.
    public static func inode(ofLink target: String) -> UInt64? {
        guard target.hasPrefix("socket:["), target.hasSuffix("]") else { return nil }
        return UInt64(target.dropFirst(8).dropLast())
    }

    private static func entry(_ line: ArraySlice<UInt8>) -> SocketEntry? {
        let words = line.split(separator: UInt8(ascii: " "), maxSplits: 10)
        guard words.count >= 10, let local = endpoint(words[1]), let remote = endpoint(words[2]), let state = hexadecimal(words[3]),
            let inode = decimal(words[9])
        else { return nil }
        return SocketEntry(local: local, remote: remote, state: UInt8(truncatingIfNeeded: state), inode: inode)
    }

    /// `0100007F:1F90`: the words of an address in the machine's byte order, the port as a number.
    private static func endpoint(_ text: ArraySlice<UInt8>) -> Endpoint? {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), let port = hexadecimal(text[text.index(after: colon)...]), port <= 0xFFFF
        else { return nil }
        var words: [UInt32] = []
        var digits = text[..<colon]
        guard digits.count == 8 || digits.count == 32 else { return nil }
        while !digits.isEmpty {
            guard let word = hexadecimal(digits.prefix(8)) else { return nil }
            words.append(UInt32(bigEndian: UInt32(truncatingIfNeeded: word)))
            digits = digits.dropFirst(8)
        }
        return Endpoint(address: address(words), port: UInt16(port))
    }

    private static func address(_ words: [UInt32]) -> IPAddress {
        if words.count == 1 { return IPAddress(v4: words[0]) }
        if words[0] == 0, words[1] == 0, words[2] == 0xFFFF { return IPAddress(v4: words[3]) }
        return IPAddress(v6: UInt64(words[0]) << 32 | UInt64(words[1]), UInt64(words[2]) << 32 | UInt64(words[3]))
    }

    private static func hexadecimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.count <= 8 else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            switch digit {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): number = number << 4 | UInt64(digit - UInt8(ascii: "0"))
            case UInt8(ascii: "A")...UInt8(ascii: "F"): number = number << 4 | UInt64(digit - UInt8(ascii: "A") + 10)
            default: return nil
            }
        }
        return number
    }

    private static func decimal(_ digits: ArraySlice<UInt8>) -> UInt64? {
        guard !digits.isEmpty, digits.count <= 19 else { return nil }
        var number: UInt64 = 0
        for digit in digits {
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
            number = number * 10 + UInt64(digit - UInt8(ascii: "0"))
        }
        return number
    }
}
