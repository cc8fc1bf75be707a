#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A number by which the system knows an open file, pipe or terminal. Whoever opened it closes it.
public struct Descriptor: Hashable, Sendable {
    package let number: Int32

    package init(_ number: Int32) { self.number = number }

    /// Stands for none: poll(2) passes over it.
    package static let none = Descriptor(-1)
    package static let standardInput = Descriptor(STDIN_FILENO)
    package static let standardOutput = Descriptor(STDOUT_FILENO)
    package static let standardError = Descriptor(STDERR_FILENO)

    package var isOpen: Bool { number >= 0 }
    package var isTerminal: Bool { isatty(number) == 1 }

    // MARK: Opening and closing

    /// Opens a file, or anything else, for reading.
    /// - Parameter waits: false for not waiting until a pipe has a writer; an interrupt ends the wait.
    package static func reading(_ path: String, waits: Bool = true) throws(SystemError) -> Descriptor {
        while true {
            let number = unsafe open(path, O_RDONLY | O_CLOEXEC | (waits ? 0 : O_NONBLOCK))
            if number >= 0 { return Descriptor(number) }
            if errno != EINTR || Interrupt.isRequested { throw .last }
        }
    }

    /// Makes a file in a directory, readable by its owner only. A link of that name is not followed.
    package static func writing(_ name: String, in directory: Descriptor, overwrites: Bool) throws(SystemError) -> Descriptor {
        let flags = O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC | (overwrites ? O_TRUNC : O_EXCL)
        let number = unsafe openat(directory.number, name, flags, 0o600)
        guard number >= 0 else { throw .last }
        return Descriptor(number)
    }

    /// The terminal that the process belongs to, wherever standard input and output go; nil where there is none.
    package static func controllingTerminal() -> Descriptor? {
        let number = unsafe open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)
        return number >= 0 ? Descriptor(number) : nil
    }

    package func close() { systemClose(number) }

    package func duplicate() throws(SystemError) -> Descriptor {
        let copy = dup(number)
        guard copy >= 0 else { throw .last }
        return Descriptor(copy)
    }

    /// Makes this the same as another one.
    package func become(_ other: Descriptor) -> Bool { dup2(other.number, number) >= 0 }

    // MARK: Reading

    /// Reads what is there, waiting while nothing is; 0 is the end.
    package func read(into room: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
        let count = unsafe systemRead(number, room.baseAddress, room.count)
        guard count >= 0 else { throw .last }
        return count
    }

    /// The same into an array that is large enough.
    package func read(into room: inout [UInt8]) throws(SystemError) -> Int {
        let count = unsafe room.withUnsafeMutableBytes { unsafe systemRead(number, $0.baseAddress, $0.count) }
        guard count >= 0 else { throw .last }
        return count
    }

    /// The same from a place on, without going on from there the next time.
    package func read(into room: UnsafeMutableRawBufferPointer, at offset: UInt64) throws(SystemError) -> Int {
        let count = unsafe pread(number, room.baseAddress, room.count, off_t(clamping: offset))
        guard count >= 0 else { throw .last }
        return count
    }

    /// Reads from a place on until the room is full or the end is reached; how many bytes were read.
    package func readAll(into room: UnsafeMutableRawBufferPointer, at offset: UInt64) -> Int {
        var count = 0
        while count < room.count {
            let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: room[count...])
            do throws(SystemError) {
                let added = unsafe try read(into: rest, at: offset + UInt64(count))
                if added == 0 { break }
                count += added
            } catch {
                if !error.isInterruption { break }
            }
        }
        return count
    }

    /// Goes to a place of a file, where the next reading begins.
    package func seek(to offset: UInt64) throws(SystemError) {
        if lseek(number, off_t(clamping: offset), SEEK_SET) < 0 { throw .last }
    }

    // MARK: Writing

    /// Writes everything, waiting for whoever is slow to read. Allowed in signal handlers.
    /// - Returns: how much was written, and why not all of it.
    package func writeAll(_ bytes: UnsafeRawBufferPointer) -> (count: Int, failure: SystemError?) {
        var written = 0
        while written < bytes.count {
            // Invariant: `written` is below the count, and no more than the rest is asked for.
            let count = unsafe systemWrite(number, bytes.baseAddress.unsafelyUnwrapped + written, bytes.count - written)
            if count >= 0 {
                written += count
            } else if errno == EAGAIN {
                wait(for: .writing, milliseconds: 1_000)
            } else if errno != EINTR {
                return (written, .last)
            }
        }
        return (written, nil)
    }

    package func write(_ bytes: Span<UInt8>) throws(SystemError) {
        let failure = unsafe bytes.withUnsafeBytes { unsafe writeAll($0).failure }
        if let failure { throw failure }
    }

    /// Writes to a place in a file; false when that fails.
    package func write(_ bytes: Span<UInt8>, at offset: UInt64) -> Bool {
        unsafe bytes.withUnsafeBytes { source in
            var written = 0
            while written < source.count {
                // Invariant: `written` is below the count, and no more than the rest is asked for.
                let count = unsafe pwrite(
                    number, source.baseAddress.unsafelyUnwrapped + written, source.count - written,
                    off_t(clamping: offset + UInt64(written)))
                if count > 0 { written += count } else if count == 0 || errno != EINTR { return false }
            }
            return true
        }
    }

    /// Makes a file shorter, or longer with zeros.
    @discardableResult
    package func truncate(to byteCount: UInt64) -> Bool { ftruncate(number, off_t(clamping: byteCount)) == 0 }
}

// Under names that methods do not hide.

private func systemRead(_ descriptor: Int32, _ room: UnsafeMutableRawPointer?, _ count: Int) -> Int {
    unsafe read(descriptor, room, count)
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

private func systemClose(_ descriptor: Int32) { close(descriptor) }
