import Bytes
import CPcap

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An interface of this machine that packets can be captured on.
public struct NetworkInterface: Sendable {
    public enum State: String, Sendable {
        case up
        case down
        /// Up, and connected to nothing.
        case disconnected
    }

    public struct Address: Sendable {
        public var text: String
        /// Bits of the network's prefix; nil where the system does not say.
        public var prefixLength: Int?
    }

    public var name: String
    public var description: String?
    public var state: State
    public var isLoopback: Bool
    public var addresses: [Address] = []
    /// What captured packets begin with; nil without permission to capture, and where an interface is down.
    public var linkType: LinkType?
    /// libpcap's name of it, such as `EN10MB`.
    public var linkTypeName: String?

    /// Sources of packets that libpcap lists beside interfaces, and that no TCP comes from.
    private static let otherSources = ["bluetooth", "dbus", "nflog", "nfqueue", "usbmon"]

    /// All of them, in libpcap's order: those that are up come first, `any` and loopback last.
    public static func all() throws(CaptureError) -> [NetworkInterface] {
        var reason = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        var first: UnsafeMutablePointer<pcap_if_t>?
        guard unsafe pcap_findalldevs(&first, &reason) == 0 else {
            throw CaptureError(.unreadable, "listing interfaces failed: \(libpcapWords(reason))")
        }
        defer { unsafe pcap_freealldevs(first) }
        var all: [NetworkInterface] = []
        var next = unsafe first
        // Invariant: a list that libpcap allocated, freed at the end of this function.
        while let entry = unsafe next {
            let interface = unsafe NetworkInterface(entry.pointee)
            if !otherSources.contains(where: interface.name.hasPrefix) { all.append(interface) }
            unsafe next = entry.pointee.next
        }
        return all
    }

    private init(_ entry: pcap_if_t) {
        // Invariant: C strings that live as long as the list.
        name = unsafe String(cString: entry.name)
        description = unsafe entry.description.map { unsafe String(cString: $0) }
        let flags = unsafe Int32(bitPattern: entry.flags)
        let isDisconnected = flags & PCAP_IF_CONNECTION_STATUS == PCAP_IF_CONNECTION_STATUS_DISCONNECTED
        state = flags & PCAP_IF_UP == 0 ? .down : isDisconnected ? .disconnected : .up
        isLoopback = flags & PCAP_IF_LOOPBACK != 0
        var next = unsafe entry.addresses
        while let address = unsafe next {
            if let text = unsafe Self.text(address.pointee.addr) {
                addresses.append(Address(text: text, prefixLength: unsafe Self.prefixLength(address.pointee.netmask)))
            }
            unsafe next = address.pointee.next
        }
        findLinkType()
    }

    private mutating func findLinkType() {
        var reason = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard state != .down, let handle = unsafe pcap_create(name, &reason) else { return }
        defer { unsafe pcap_close(handle) }
        unsafe pcap_set_snaplen(handle, 64)
        unsafe pcap_set_buffer_size(handle, 65_536)
        guard unsafe pcap_activate(handle) >= 0 else { return }
        if unsafe pcap_datalink(handle) == DLT_LINUX_SLL { unsafe pcap_set_datalink(handle, DLT_LINUX_SLL2) }
        let number = unsafe pcap_datalink(handle)
        linkType = LinkType(inFile: UInt32(bitPattern: number))
        // Invariant: a static string of libpcap.
        linkTypeName = unsafe pcap_datalink_val_to_name(number).map { unsafe String(cString: $0) }
    }

    // MARK: Addresses

    /// IPv4 and IPv6 only.
    private static func text(_ address: UnsafePointer<sockaddr>?) -> String? {
        guard let address = unsafe address else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        var isKnown = true
        // Invariant: the family says which structure it is.
        switch Int32(unsafe address.pointee.sa_family) {
        case AF_INET:
            var bytes = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in.self).sin_addr
            unsafe inet_ntop(AF_INET, &bytes, &text, socklen_t(text.count))
        case AF_INET6:
            var bytes = unsafe UnsafeRawPointer(address).loadUnaligned(as: sockaddr_in6.self).sin6_addr
            unsafe inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
        default: isKnown = false
        }
        return isKnown ? libpcapWords(text) : nil
    }

    private static func prefixLength(_ mask: UnsafePointer<sockaddr>?) -> Int? {
        guard let mask = unsafe mask else { return nil }
        switch Int32(unsafe mask.pointee.sa_family) {
        case AF_INET:
            return unsafe UnsafeRawPointer(mask).loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr.nonzeroBitCount
        case AF_INET6:
            let address = unsafe UnsafeRawPointer(mask).loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return unsafe withUnsafeBytes(of: address) { unsafe $0.reduce(0) { $0 + $1.nonzeroBitCount } }
        default: return nil
        }
    }
}
