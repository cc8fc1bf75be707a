import Bytes
import CPcap
import System

/// One interface that is captured on: owner of libpcap's handle. Used by one thread at a time.
///
/// Not in immediate mode, but for a `PacketWatch`: there the kernel wakes the program for each packet, otherwise it hands over what
/// has gathered after `gatherMilliseconds`, or when there is much.
@safe
final class InterfaceCapture {
    /// Longest time for which the kernel gathers packets before it hands them over; some come after twice as long.
    static let gatherMilliseconds: Int32 = 40
    /// Packets taken by one call at most.
    private static let packetsPerCall: Int32 = 64

    let interface: CaptureInterface
    /// What libpcap remarked when the interface was opened.
    let warning: String?
    /// For poll(2).
    let descriptor: Descriptor
    /// Milliseconds after which to read even when poll(2) says nothing; nil where it is reliable.
    let longestWait: Int32?
    private let handle: OpaquePointer
    private let number: UInt32
    private let nanosecondsPerFraction: Int64
    private var counts = WideCounts()

    /// - Parameter number: by which packets name the interface.
    init(_ name: String, number: UInt32, _ options: LiveCapture.Options) throws(CaptureError) {
        var reason = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard let handle = unsafe pcap_create(name, &reason) else {
            throw CaptureError(.unreadable, "\(name): \(libpcapWords(reason))")
        }
        do throws(CaptureError) {
            warning = unsafe try Self.activate(handle, name, options)
            try unsafe Self.prepare(handle, name, options)
        } catch {
            unsafe pcap_close(handle)
            throw error
        }
        unsafe self.handle = handle
        self.number = number
        let isFine = unsafe pcap_get_tstamp_precision(handle) == PCAP_TSTAMP_PRECISION_NANO
        nanosecondsPerFraction = isFine ? 1 : 1_000
        var interface = CaptureInterface(
            linkType: LinkType(inFile: UInt32(bitPattern: unsafe pcap_datalink(handle))),
            snapLength: UInt32(clamping: unsafe pcap_snapshot(handle)), resolution: isFine ? .nanoseconds : .microseconds, name: name)
        interface.filter = options.filter
        self.interface = interface
        descriptor = unsafe Descriptor(pcap_get_selectable_fd(handle))
        // Invariant: nil, or a value inside the handle.
        longestWait = unsafe pcap_get_required_select_timeout(handle).map {
            unsafe Int32(clamping: max(1, Timestamp($0.pointee, nanosecondsPerFraction: 1_000).nanoseconds / 1_000_000))
        }
    }

    deinit { unsafe pcap_close(handle) }

    // MARK: Opening

    private static func activate(_ handle: OpaquePointer, _ name: String, _ options: LiveCapture.Options) throws(CaptureError) -> String? {
        unsafe pcap_set_snaplen(handle, Int32(clamping: options.snapLength))
        unsafe pcap_set_promisc(handle, options.isPromiscuous ? 1 : 0)
        unsafe pcap_set_timeout(handle, gatherMilliseconds)
        if options.isImmediate { unsafe pcap_set_immediate_mode(handle, 1) }
        unsafe pcap_set_buffer_size(handle, Int32(clamping: options.bufferByteCount))
        // Where it is not offered, microseconds remain.
        unsafe pcap_set_tstamp_precision(handle, PCAP_TSTAMP_PRECISION_NANO)
        let status = unsafe pcap_activate(handle)
        // Invariant: the text lives in the handle, which is open.
        let words = unsafe String(cString: pcap_geterr(handle))
        // Invariant: a static string of libpcap.
        let title = unsafe String(cString: pcap_statustostr(status))
        switch status {
        case 0: return nil
        case 1...: return "\(name): \(words.isEmpty ? title : words)"
        case PCAP_ERROR_NO_SUCH_DEVICE:
            throw CaptureError(.noInput, "\(name): no such interface; wsray interfaces lists them")
        case PCAP_ERROR_PERM_DENIED, PCAP_ERROR_PROMISC_PERM_DENIED:
            throw CaptureError(.noPermission, "\(name): no permission to capture")
        case PCAP_ERROR_IFACE_NOT_UP: throw CaptureError(.unreadable, "\(name): the interface is down; sudo ip link set \(name) up")
        default: throw CaptureError(.unreadable, "\(name): \(title)\(words.isEmpty || words == title ? "" : " (\(words))")")
        }
    }

    private static func prepare(_ handle: OpaquePointer, _ name: String, _ options: LiveCapture.Options) throws(CaptureError) {
        // The second form says which interface a packet of `any` was seen on. Where it is not known, the first is as good.
        if unsafe pcap_datalink(handle) == DLT_LINUX_SLL { unsafe pcap_set_datalink(handle, DLT_LINUX_SLL2) }
        if let filter = options.filter { try unsafe setFilter(filter, of: handle, name) }
        unsafe leaveOutCopies(of: handle, name, options.filter)
        var reason = [CChar](repeating: 0, count: Int(PCAP_ERRBUF_SIZE))
        guard unsafe pcap_setnonblock(handle, 1, &reason) == 0 else {
            throw CaptureError(.unreadable, "\(name): \(libpcapWords(reason))")
        }
    }

    private static func setFilter(_ filter: String, of handle: OpaquePointer, _ name: String) throws(CaptureError) {
        var program = unsafe bpf_program()
        guard unsafe pcap_compile(handle, &program, filter, 1, PCAP_NETMASK_UNKNOWN) == 0 else {
            throw CaptureError(.badFilter, "filter \"\(filter)\": \(unsafe String(cString: pcap_geterr(handle)))")
        }
        defer { unsafe pcap_freecode(&program) }
        guard unsafe pcap_setfilter(handle, &program) == 0 else {
            throw CaptureError(.unreadable, "\(name): setting the filter failed: \(unsafe String(cString: pcap_geterr(handle)))")
        }
    }

    /// Has the kernel leave out the first of the two copies that it makes of each packet on loopback, when it is sent and when it comes.
    ///
    /// libpcap leaves them out as well, but only after they have taken room in the buffer, and the kernel counts them among what it dropped.
    private static func leaveOutCopies(of handle: OpaquePointer, _ name: String, _ filter: String?) {
        // As libpcap does, by the name.
        if name == "lo" { return unsafe wsray_ignore_outgoing(pcap_fileno(handle)) }
        let loopback = unsafe wsray_interface_number("lo")
        guard name == "any", loopback > 0, unsafe pcap_datalink(handle) == DLT_LINUX_SLL2 else { return }
        let others = "not (ifindex \(loopback) and outbound)"
        // Where the kernel or libpcap cannot do it, the filter stays that was set before.
        try? unsafe setFilter(filter.map { "(\($0)) and \(others)" } ?? others, of: handle, name)
    }

    // MARK: Reading

    /// Appends packets that are there; how many, 0 for none.
    func read(into batch: inout PacketBatch) throws(CaptureError) -> Int {
        var place = Place(interface: number, nanosecondsPerFraction: nanosecondsPerFraction)
        let count = unsafe withUnsafeMutablePointer(to: &batch) { batch in
            unsafe withUnsafeMutablePointer(to: &place) { place in
                unsafe place.pointee.batch = batch
                return unsafe pcap_dispatch(
                    handle, Self.packetsPerCall,
                    { place, header, bytes in
                        // Invariant: libpcap hands on the pointer that it was given, and lends header and bytes for the call.
                        guard let place = unsafe UnsafeMutableRawPointer(place)?.assumingMemoryBound(to: Place.self),
                            let header = unsafe header?.pointee
                        else { return }
                        unsafe place.pointee.append(header, UnsafeBufferPointer(start: bytes, count: Int(header.caplen)))
                    }, UnsafeMutableRawPointer(place).assumingMemoryBound(to: u_char.self))
            }
        }
        if count >= 0 { return Int(count) }
        let words = unsafe String(cString: pcap_geterr(handle))
        throw CaptureError(.unreadable, "\(interface.name ?? ""): \(words.isEmpty ? "capturing failed" : words)")
    }

    /// Where packets of a call go.
    @safe
    private struct Place {
        var interface: UInt32
        var nanosecondsPerFraction: Int64
        /// Valid for the call.
        var batch: UnsafeMutablePointer<PacketBatch>?

        init(interface: UInt32, nanosecondsPerFraction: Int64) {
            self.interface = interface
            self.nanosecondsPerFraction = nanosecondsPerFraction
            unsafe batch = nil
        }

        func append(_ header: pcap_pkthdr, _ bytes: UnsafeBufferPointer<UInt8>) {
            unsafe batch?.pointee.append(
                Span(_unsafeElements: bytes), time: Timestamp(header.ts, nanosecondsPerFraction: nanosecondsPerFraction),
                originalLength: Int(header.len), interface: interface)
        }
    }

    // MARK: Counting

    /// What the kernel and the interface counted since the start; nil when they do not say.
    func statistics(at time: Timestamp) -> InterfaceStatistics? {
        var raw = pcap_stat()
        guard unsafe pcap_stats(handle, &raw) == 0 else { return nil }
        counts.add(raw)
        var statistics = InterfaceStatistics(interface: number, time: time)
        statistics.received = counts.received.total
        statistics.droppedBySystem = counts.dropped.total
        statistics.droppedByInterface = counts.droppedByInterface.total
        return statistics
    }
}

/// libpcap's counts, which begin anew after 4 billion, carried on.
private struct WideCounts {
    var received = WideCount()
    var dropped = WideCount()
    var droppedByInterface = WideCount()

    mutating func add(_ raw: pcap_stat) {
        received.add(raw.ps_recv)
        dropped.add(raw.ps_drop)
        droppedByInterface.add(raw.ps_ifdrop)
    }
}

private struct WideCount {
    private var last: UInt32 = 0
    private(set) var total: UInt64 = 0

    mutating func add(_ raw: UInt32) {
        total += UInt64(raw &- last)
        last = raw
    }
}

/// The text in a buffer that libpcap writes to.
func libpcapWords(_ buffer: [CChar]) -> String {
    String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
}
