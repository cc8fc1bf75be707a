import Bytes

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// A file that blocks are written to: owner of its descriptor.
struct OutputFile: ~Copyable {
    let path: String
    private var descriptor: Int32
    /// Bytes that are in the file.
    private(set) var byteCount: UInt64 = 0

    /// Names tried for the next file of a row, where others exist.
    private static let triedCount = 100_000

    /// Opens a file, emptied if there was one, or only a new one. It is readable by its owner only.
    init(_ path: String, isNew: Bool = false) throws(CaptureError) {
        descriptor = try OutputPath.createFile(path, isNew ? O_EXCL : O_TRUNC)
        self.path = path
    }

    /// Opens the file of a row that has this number or the next that no file has yet: nothing that is there is written over.
    init(numbered number: inout Int, _ path: String) throws(CaptureError) {
        for _ in 0..<Self.triedCount {
            let numbered = Self.numbered(path, number)
            if unsafe access(numbered, F_OK) != 0 {
                try self.init(numbered, isNew: true)
                return
            }
            number += 1
        }
        throw CaptureError(.unreadable, "\(path): \(Self.triedCount) files of this row are there already")
    }

    deinit { if descriptor >= 0 { systemClose(descriptor) } }

    /// `captures/day.pcapng` as `captures/day.00002.pcapng`.
    static func numbered(_ path: String, _ number: Int) -> String {
        let digits = String(number)
        let inserted = "." + String(repeating: "0", count: max(0, 5 - digits.count)) + digits
        let name = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { path.index(after: $0) } ?? path.startIndex
        guard let dot = path[name...].lastIndex(of: "."), dot > name else { return path + inserted }
        return path[..<dot] + inserted + path[dot...]
    }

    static func canCreate(beside path: String) -> Bool {
        let folder = path.utf8.lastIndex(of: UInt8(ascii: "/")).map { String(path[...$0]) } ?? "."
        return unsafe access(folder, W_OK | X_OK) == 0
    }

    static func remove(_ path: String) { OutputPath.removeFile(path) }

    /// As `uname -sr` says it.
    static var operatingSystem: String? {
        var names = utsname()
        guard unsafe uname(&names) == 0 else { return nil }
        func text<Characters>(_ characters: Characters) -> String {
            // Invariant: an array of characters that ends with a zero.
            unsafe withUnsafeBytes(of: characters) { unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
        }
        return "\(text(names.sysname)) \(text(names.release))"
    }

    // MARK: Writing

    /// Writes whole blocks; when that fails, those of them that could be written remain.
    mutating func write(blocks: Span<UInt8>) throws(CaptureError) {
        var written = 0
        while written < blocks.count {
            let start = written
            // Invariant: `start` is below the span's count.
            let count = unsafe blocks.withUnsafeBufferPointer { source in
                unsafe systemWrite(descriptor, source.baseAddress.unsafelyUnwrapped + start, source.count - start)
            }
            if count >= 0 {
                written += count
                continue
            }
            switch errno {
            case EINTR: continue
            case EAGAIN:
                var item = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&item, 1, 1_000)
            case let code:
                let whole = Self.wholeBlocks(blocks, upTo: written)
                byteCount += UInt64(whole)
                _ = ftruncate(descriptor, off_t(byteCount))
                throw CaptureError(.unreadable, "\(path): writing failed: \(systemWords(code))")
            }
        }
        byteCount += UInt64(written)
    }

    mutating func close() {
        if descriptor >= 0 { systemClose(descriptor) }
        descriptor = -1
    }

    /// Bytes of the blocks that end within the first `count` bytes.
    private static func wholeBlocks(_ blocks: Span<UInt8>, upTo count: Int) -> Int {
        var end = 0
        while count - end >= 8 {
            let length = Int(blocks.uint32LE(at: end + 4))
            guard length <= count - end else { break }
            end += length
        }
        return end
    }
}

/// write(2) and close(2), under names that the methods do not hide.
private func systemWrite(_ descriptor: Int32, _ bytes: UnsafePointer<UInt8>, _ count: Int) -> Int {
    unsafe write(descriptor, bytes, count)
}

private func systemClose(_ descriptor: Int32) { close(descriptor) }
