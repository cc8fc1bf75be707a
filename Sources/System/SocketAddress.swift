#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// What a `sockaddr` of C says: IPv4 and IPv6 only.
package enum SocketAddress {
    /// As a person writes it.
    /// - Parameter address: a `sockaddr` of the length that its family has.
    package static func text(_ address: UnsafeRawPointer?) -> String? {
        guard let address = unsafe address else { return nil }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        // Invariant: the family says which structure it is.
        switch unsafe family(address) {
        case AF_INET:
            var bytes = unsafe address.loadUnaligned(as: sockaddr_in.self).sin_addr
            unsafe inet_ntop(AF_INET, &bytes, &text, socklen_t(text.count))
        case AF_INET6:
            var bytes = unsafe address.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            unsafe inet_ntop(AF_INET6, &bytes, &text, socklen_t(text.count))
        default: return nil
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The bits of a network's prefix.
    /// - Parameter mask: a `sockaddr` with the network's mask.
    package static func prefixLength(_ mask: UnsafeRawPointer?) -> Int? {
        guard let mask = unsafe mask else { return nil }
        switch unsafe family(mask) {
        case AF_INET: return unsafe mask.loadUnaligned(as: sockaddr_in.self).sin_addr.s_addr.nonzeroBitCount
        case AF_INET6:
            let address = unsafe mask.loadUnaligned(as: sockaddr_in6.self).sin6_addr
            return unsafe withUnsafeBytes(of: address) { unsafe $0.reduce(0) { $0 + $1.nonzeroBitCount } }
        default: return nil
        }
    }

    private static func family(_ address: UnsafeRawPointer) -> Int32 {
        Int32(unsafe address.loadUnaligned(as: sockaddr.self).sa_family)
    }
}
