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

    package init(host: String, port: UInt16) {
        self.host = host
        self.port = port
    }

    /// - Parameter takesAnyPort: port 0, which stands for any that is free, is one too.
    package init?(_ text: String, takesAnyPort: Bool = false) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), takesAnyPort || port > 0 else {
            return nil
        }
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
        package init(words: String) { self.words = words }
    }

    /// Connects with TCP to the first address of the host that answers.
    /// - Parameter milliseconds: how long each address is waited for.
    package func connect(waiting milliseconds: Int32 = 10_000) throws(Failure) -> Descriptor {
        try resolve().connect(waiting: milliseconds)
    }

    /// Looks the addresses of the host up.
    package func resolve() throws(Failure) -> ResolvedServer {
        ResolvedServer(try SocketAddress.resolve(host, port, isToListen: false))
    }
}

/// A server whose addresses are known, so that no name is looked up any more.
package struct ResolvedServer: Sendable {
    private let addresses: [SocketAddress.Resolved]

    fileprivate init(_ addresses: [SocketAddress.Resolved]) { self.addresses = addresses }

    /// Connects with TCP to the first address that answers.
    /// - Parameter milliseconds: how long each address is waited for.
    package func connect(waiting milliseconds: Int32 = 10_000) throws(ServerAddress.Failure) -> Descriptor {
        var failure = ServerAddress.Failure(words: "the host has no address")
        for address in addresses {
            switch Self.connect(to: address, milliseconds) {
            case .success(let descriptor): return descriptor
            case .failure(let error): failure = error
            }
        }
        throw failure
    }

    private static func connect(
        to address: SocketAddress.Resolved, _ milliseconds: Int32
    ) -> Result<Descriptor, ServerAddress.Failure> {
        let number = socket(address.family, SocketAddress.stream, 0)
        guard number >= 0 else { return .failure(.init(words: SystemError.last.words)) }
        let descriptor = Descriptor(number)
        // A program that is started has nothing to do with it.
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        let flags = fcntl(number, F_GETFL)
        // What is waited for has an end.
        _ = fcntl(number, F_SETFL, flags | O_NONBLOCK)
        var failed = unsafe address.withPointer { unsafe systemConnect(number, $0, $1) } != 0 ? errno : 0
        if failed == EINPROGRESS {
            var isReady: Bool?
            repeat {
                isReady = descriptor.wait(for: .writing, milliseconds: milliseconds)
            } while isReady == nil && errno == EINTR
                && !Interrupt.isRequested
            failed = isReady == true ? pendingError(of: number) : ETIMEDOUT
        }
        guard failed == 0 else {
            descriptor.close()
            return .failure(.init(words: SystemError(code: failed).words))
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
private func systemConnect(_ number: Int32, _ address: UnsafePointer<sockaddr>?, _ length: socklen_t) -> Int32 {
    unsafe connect(number, address, length)
}
