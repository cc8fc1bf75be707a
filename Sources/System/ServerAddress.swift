#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A host and a port to connect to, as `host:port` or `[2001:db8::1]:port`.
package struct ServerAddress: Sendable, Equatable, CustomStringConvertible {
    package var host: String
    package var port: UInt16

    package init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
        } else if host.contains(":") {
            return nil
        }
        guard !host.isEmpty else { return nil }
        self.host = String(host)
        self.port = port
    }

    package var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// Why there is no connection.
    package struct Failure: Error {
        package var words: String
    }

    /// Connects with TCP to the first address of the host that answers.
    /// - Parameter milliseconds: how long each address is waited for.
    package func connect(waiting milliseconds: Int32 = 10_000) throws(Failure) -> Descriptor {
        var hints = unsafe addrinfo()
        unsafe hints.ai_family = AF_UNSPEC
        #if canImport(Glibc)
            unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        #else
            unsafe hints.ai_socktype = SOCK_STREAM
        #endif
        var found: UnsafeMutablePointer<addrinfo>?
        let status = unsafe getaddrinfo(host, "\(port)", &hints, &found)
        guard status == 0, let first = unsafe found else {
            // Invariant: gai_strerror returns a constant C string.
            throw Failure(words: unsafe String(cString: gai_strerror(status)))
        }
        defer { unsafe freeaddrinfo(first) }
        var failure = Failure(words: "the host has no address")
        var next: UnsafeMutablePointer<addrinfo>? = unsafe first
        // Invariant: the list is one of getaddrinfo, freed after this.
        while let address = unsafe next {
            switch unsafe Self.connect(to: address.pointee, milliseconds) {
            case .success(let descriptor): return descriptor
            case .failure(let error): failure = error
            }
            unsafe next = address.pointee.ai_next
        }
        throw failure
    }

    private static func connect(to address: addrinfo, _ milliseconds: Int32) -> Result<Descriptor, Failure> {
        let number = unsafe socket(address.ai_family, address.ai_socktype, address.ai_protocol)
        guard number >= 0 else { return .failure(Failure(words: SystemError.last.words)) }
        let descriptor = Descriptor(number)
        let flags = fcntl(number, F_GETFL)
        // What is waited for has an end.
        _ = fcntl(number, F_SETFL, flags | O_NONBLOCK)
        var failed = unsafe systemConnect(number, address.ai_addr, address.ai_addrlen) != 0 ? errno : 0
        if failed == EINPROGRESS {
            var isReady: Bool?
            repeat { isReady = descriptor.wait(for: .writing, milliseconds: milliseconds) } while isReady == nil && errno == EINTR
            failed = isReady == true ? pendingError(of: number) : ETIMEDOUT
        }
        guard failed == 0 else {
            descriptor.close()
            return .failure(Failure(words: SystemError(code: failed).words))
        }
        _ = fcntl(number, F_SETFL, flags)
        return .success(descriptor)
    }

    private static func pendingError(of number: Int32) -> Int32 {
        var code: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return unsafe getsockopt(number, SOL_SOCKET, SO_ERROR, &code, &length) == 0 ? code : errno
    }
}

/// The call, which `connect` hides.
private func systemConnect(_ number: Int32, _ address: UnsafeMutablePointer<sockaddr>?, _ length: socklen_t) -> Int32 {
    unsafe connect(number, address, length)
}
