#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// An open TCP connection that is read and written without waiting. Whoever has it closes it.
package struct TCPSocket: Sendable {
    package let descriptor: Descriptor

    package init(_ descriptor: Descriptor) {
        self.descriptor = descriptor
        _ = fcntl(descriptor.number, F_SETFL, fcntl(descriptor.number, F_GETFL) | O_NONBLOCK)
        // Small messages leave at once.
        var yes: Int32 = 1
        _ = unsafe setsockopt(descriptor.number, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
    }

    /// What came of reading or writing.
    package enum Outcome: Sendable {
        /// So many bytes; 0 while there is nothing to read, or no room to write.
        case bytes(Int)
        /// The peer sends nothing more.
        case ended
        /// The peer reset the connection, or it failed for another reason.
        case failed(SystemError, isReset: Bool)
    }

    package func read(into room: inout [UInt8]) -> Outcome {
        do throws(SystemError) {
            let count = try descriptor.read(into: &room)
            return count == 0 ? .ended : .bytes(count)
        } catch { return Self.outcome(of: error) }
    }

    package func write(_ bytes: Span<UInt8>) -> Outcome {
        let count = unsafe bytes.withUnsafeBytes { unsafe systemWrite(descriptor.number, $0.baseAddress, $0.count) }
        return count >= 0 ? .bytes(count) : Self.outcome(of: .last)
    }

    private static func outcome(of error: SystemError) -> Outcome {
        if error.isInterruption || error.code == EAGAIN { return .bytes(0) }
        return .failed(error, isReset: error.code == ECONNRESET || error.code == EPIPE)
    }

    /// Closes it, and has the peer told so with a reset where that is wanted.
    package func close(isReset: Bool = false) {
        if isReset {
            var option = linger(l_onoff: 1, l_linger: 0)
            _ = unsafe setsockopt(descriptor.number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
        }
        descriptor.close()
    }
}

/// A socket that clients connect to.
package struct ListeningSocket: Sendable {
    package let descriptor: Descriptor

    /// - Parameters:
    ///   - host: whose addresses; the first that is free is taken.
    ///   - port: 0 for any that is free.
    package init(_ host: String, _ port: UInt16) throws(ServerAddress.Failure) {
        var failure = ServerAddress.Failure(words: "the host has no address")
        for address in try SocketAddress.resolve(host, port, isToListen: true) {
            let number = socket(address.family, SocketAddress.stream, 0)
            guard number >= 0 else { continue }
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            var yes: Int32 = 1
            _ = unsafe setsockopt(number, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
            if unsafe address.withPointer({ unsafe bind(number, $0, $1) }) == 0, listen(number, 16) == 0 {
                descriptor = Descriptor(number)
                return
            }
            failure = .init(words: SystemError.last.words)
            Descriptor(number).close()
        }
        throw failure
    }

    /// The next client; nil where it has gone already.
    package func accept() -> TCPSocket? {
        let number = systemAccept(descriptor.number, nil, nil)
        guard number >= 0 else { return nil }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        return TCPSocket(Descriptor(number))
    }

    package func close() { descriptor.close() }
}

// Under names that methods do not hide.

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer?, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

private func systemAccept(
    _ descriptor: Int32, _ address: UnsafeMutablePointer<sockaddr>?, _ length: UnsafeMutablePointer<socklen_t>?
) -> Int32 { unsafe accept(descriptor, address, length) }
