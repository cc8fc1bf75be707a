import Bytes
import CPcap

/// A filter in the language of tcpdump (pcap-filter(7)), compiled by libpcap once per link type that occurs.
public struct PacketFilter: ~Copyable {
    public let expression: String
    /// Few, as many as the input has link types that occurred; the one used last is looked at first.
    private var programs: [(linkType: LinkType, program: FilterProgram)] = []
    private var lastUsed = 0

    deinit {
        for (_, program) in programs { program.free() }
    }

    /// Checks the expression.
    ///
    /// Some words exist only on some link types ("wlan", "inbound"), so an expression is refused here only when it compiles for
    /// none of the usual ones; `matches` refuses it when a packet comes for which it has no meaning. libpcap looks up
    /// host names while it compiles.
    public init(_ expression: String) throws(CaptureError) {
        self.expression = expression
        let reason: String
        do throws(FilterProgram.Refusal) {
            programs.append((.ethernet, try FilterProgram(expression, linkType: .ethernet)))
            return
        } catch {
            reason = error.reason
        }
        for linkType in Self.otherLinkTypes {
            guard let program = try? FilterProgram(expression, linkType: linkType) else { continue }
            programs.append((linkType, program))
            return
        }
        throw CaptureError(
            .badFilter, "filter \"\(expression)\": \(reason); it is written as for tcpdump, such as \"tcp port 8080 and host 10.0.0.1\"")
    }

    /// Link types with words of their own: cooked, raw IP, loopback, 802.11 bare and with radiotap.
    private static let otherLinkTypes: [LinkType] = [
        .linuxCooked2, .linuxCooked, .raw, .null, LinkType(rawValue: 105), LinkType(rawValue: 127),
    ]

    /// True when the packet is one that the expression selects.
    ///
    /// Throws when the expression has no meaning for the packet's link type.
    public mutating func matches(_ header: PacketHeader, _ bytes: Span<UInt8>) throws(CaptureError) -> Bool {
        if lastUsed >= programs.count || programs[lastUsed].linkType != header.linkType { lastUsed = try index(of: header.linkType) }
        return programs[lastUsed].program.matches(bytes, originalLength: UInt32(clamping: header.originalLength))
    }

    @inline(never)
    private mutating func index(of linkType: LinkType) throws(CaptureError) -> Int {
        if let known = programs.firstIndex(where: { $0.linkType == linkType }) { return known }
        do throws(FilterProgram.Refusal) {
            programs.append((linkType, try FilterProgram(expression, linkType: linkType)))
        } catch {
            throw CaptureError(
                .badFilter, "filter \"\(expression)\" does not fit packets of link type \(FilterProgram.title(linkType)): \(error.reason)")
        }
        return programs.count - 1
    }
}

/// One compiled program, freed by the filter that it belongs to.
@safe
private struct FilterProgram {
    struct Refusal: Error {
        /// libpcap's words.
        var reason: String
    }

    private let program: UnsafeMutablePointer<bpf_program>

    init(_ expression: String, linkType: LinkType) throws(Refusal) {
        // The snapshot length is only what a matching program returns; any that is not 0 will do.
        guard let handle = unsafe pcap_open_dead(Self.dataLink(linkType), 262_144) else { throw Refusal(reason: "libpcap has no memory") }
        defer { unsafe pcap_close(handle) }
        unsafe program = .allocate(capacity: 1)
        unsafe program.initialize(to: bpf_program())
        guard unsafe pcap_compile(handle, program, expression, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
            unsafe program.deallocate()
            // Invariant: the text lives in the handle, which is open.
            throw Refusal(reason: unsafe String(cString: pcap_geterr(handle)))
        }
    }

    func free() {
        unsafe pcap_freecode(program)
        unsafe program.deallocate()
    }

    func matches(_ bytes: Span<UInt8>, originalLength: UInt32) -> Bool {
        // The program looks at the lengths alone, never at the time.
        var header = pcap_pkthdr()
        header.caplen = UInt32(clamping: bytes.count)
        header.len = originalLength
        return unsafe bytes.withUnsafeBufferPointer { bytes in
            var nothing: UInt8 = 0
            guard let first = bytes.baseAddress else { return unsafe pcap_offline_filter(program, &header, &nothing) != 0 }
            return unsafe pcap_offline_filter(program, &header, first) != 0
        }
    }

    /// The DLT_ value of this system for a file's LINKTYPE_ value; of those that can carry IP only raw IP differs.
    private static func dataLink(_ linkType: LinkType) -> Int32 {
        linkType == .raw ? DLT_RAW : Int32(truncatingIfNeeded: linkType.rawValue)
    }

    static func title(_ linkType: LinkType) -> String {
        guard let name = unsafe pcap_datalink_val_to_name(dataLink(linkType)) else { return "\(linkType.rawValue)" }
        // Invariant: a static string of libpcap.
        return unsafe "\(linkType.rawValue) (\(String(cString: name)))"
    }
}
