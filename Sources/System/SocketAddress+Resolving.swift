#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

extension SocketAddress {
    /// An address of a host, with a port: a `sockaddr` as the system made it.
    struct Resolved: Sendable {
        let family: Int32
        private let bytes: [UInt8]

        fileprivate init(_ address: addrinfo) {
            unsafe family = address.ai_family
            // Invariant: the address has the length that stands beside it.
            bytes = unsafe Array(UnsafeRawBufferPointer(start: address.ai_addr, count: Int(address.ai_addrlen)))
        }

        func withPointer<Result>(_ body: (UnsafePointer<sockaddr>?, socklen_t) -> Result) -> Result {
            unsafe bytes.withUnsafeBytes { unsafe body($0.baseAddress?.assumingMemoryBound(to: sockaddr.self), socklen_t($0.count)) }
        }
    }

    /// The kind of sockets that TCP has.
    static var stream: Int32 {
        #if canImport(Glibc)
            Int32(SOCK_STREAM.rawValue)
        #else
            SOCK_STREAM
        #endif
    }

    /// Looks the addresses of a host up.
    /// - Parameter isToListen: addresses of this host are wanted.
    static func resolve(_ host: String, _ port: UInt16, isToListen: Bool) throws(ServerAddress.Failure) -> [Resolved] {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        unsafe hints.ai_socktype = stream
        unsafe hints.ai_flags = isToListen ? AI_PASSIVE : 0
        var found: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, "\(port)", &hints, &found)
        guard status == 0, let first = unsafe found else {
            // Invariant: gai_strerror returns a constant C string.
            throw ServerAddress.Failure(words: unsafe String(cString: gai_strerror(status)))
        }
        defer { unsafe freeaddrinfo(first) }
        var addresses: [Resolved] = []
        var next: UnsafeMutablePointer<addrinfo>? = unsafe first
        // Invariant: the list is one of getaddrinfo, freed after this.
        while let address = unsafe next {
            addresses.append(unsafe Resolved(address.pointee))
            unsafe next = address.pointee.ai_next
        }
        return addresses
    }

    // MARK: What a socket is bound to

    /// The numbers of an address and its port: 4 or 16 bytes.
    package typealias Numbers = (address: [UInt8], port: UInt16)

    /// The own end of a connection.
    package static func own(of descriptor: Descriptor) -> Numbers? { unsafe numbers(descriptor, getsockname) }
    /// The peer's end of it.
    package static func peer(of descriptor: Descriptor) -> Numbers? { unsafe numbers(descriptor, getpeername) }

    private typealias Question = (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32

    private static func numbers(_ descriptor: Descriptor, _ ask: Question) -> Numbers? {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        // Invariant: the storage has room for an address of any family, and the family says which it is.
        return unsafe withUnsafeMutablePointer(to: &storage) { pointer in
            let raw = UnsafeMutableRawPointer(pointer)
            guard unsafe ask(descriptor.number, raw.assumingMemoryBound(to: sockaddr.self), &length) == 0 else { return nil }
            switch unsafe Int32(pointer.pointee.ss_family) {
            case AF_INET:
                let address = unsafe raw.load(as: sockaddr_in.self)
                return unsafe (withUnsafeBytes(of: address.sin_addr) { unsafe Array($0) }, UInt16(bigEndian: address.sin_port))
            case AF_INET6:
                let address = unsafe raw.load(as: sockaddr_in6.self)
                return unsafe (withUnsafeBytes(of: address.sin6_addr) { unsafe Array($0) }, UInt16(bigEndian: address.sin6_port))
            default: return nil
            }
        }
    }
}
