#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A new file for secrets that other processes of the same user write to: read as it grows, and overwritten at the end.
package final class PrivateFile: Sendable {
    package let path: String
    private let descriptor: Descriptor

    package init(_ path: String) throws(SystemError) {
        let number = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard number >= 0 else { throw .last }
        descriptor = Descriptor(number)
        self.path = path
    }

    deinit { descriptor.close() }

    /// Hands what has been added to `take`, and wipes it from memory; true if there was something.
    package func readOn(_ take: (Span<UInt8>) -> Void) -> Bool {
        var room = [UInt8](repeating: 0, count: 64 << 10)
        defer { Self.wipe(&room) }
        var hasNew = false
        while true {
            do throws(SystemError) {
                let count = try descriptor.read(into: &room)
                if count == 0 { return hasNew }
                hasNew = true
                take(room.span.extracting(0..<count))
            } catch {
                if !error.isInterruption { return hasNew }
            }
        }
    }

    /// Overwrites all that is in it with zeros and empties it.
    package func wipe() {
        let zeros = [UInt8](repeating: 0, count: 64 << 10)
        let byteCount = FileStatus(of: descriptor)?.byteCount ?? 0
        var offset: UInt64 = 0
        while offset < byteCount {
            let count = Int(min(UInt64(zeros.count), byteCount - offset))
            guard descriptor.write(zeros.span.extracting(0..<count), at: offset) else { break }
            offset += UInt64(count)
        }
        fsync(descriptor.number)
        descriptor.truncate(to: 0)
    }

    /// Overwrites bytes in memory in a way that is not optimized away.
    package static func wipe(_ bytes: inout [UInt8]) {
        #if canImport(Darwin)
            if !bytes.isEmpty { _ = unsafe memset_s(&bytes, bytes.count, 0, bytes.count) }
        #else
            if !bytes.isEmpty { unsafe explicit_bzero(&bytes, bytes.count) }
        #endif
    }
}
