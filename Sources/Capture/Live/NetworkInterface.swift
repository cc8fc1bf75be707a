import Bytes
import CPcap
import System

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
            if let text = unsafe SocketAddress.text(address.pointee.addr) {
                addresses.append(Address(text: text, prefixLength: unsafe SocketAddress.prefixLength(address.pointee.netmask)))
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
}
