import Bytes
import System
import Text
import WebSocket

/// The files of a zip archive, found by its directory at the end (APPNOTE.TXT 6.3.10, §4.3).
///
/// Stored and deflated files are read. Zip64 is, as far as sizes and places need it; encryption is not.
public final class ZipArchive {
    private struct Member {
        var method: UInt16
        var isEncrypted: Bool
        var byteCount: UInt64
        var headerOffset: UInt64
    }

    private let descriptor: Descriptor
    private let isOwned: Bool
    private var members: [String: Member] = [:]
    /// Bytes of files that may still be read: no more than in proportion to the archive, also where files overlap or are named again and again.
    private var leftByteCount: UInt64

    /// Bytes of a directory at most: hundreds of thousands of files.
    private static let directoryByteCount: UInt64 = 64 << 20

    /// - Parameter isOwned: the descriptor is closed with the archive.
    package init(_ descriptor: Descriptor, isOwned: Bool) throws(RecordingError) {
        self.descriptor = descriptor
        self.isOwned = isOwned
        guard let size = FileStatus(of: descriptor)?.byteCount else { throw Self.broken("cannot be read") }
        leftByteCount = min(size, 1 << 60) * 4 + 64 << 10
        try readDirectory(of: size)
    }

    deinit { if isOwned { descriptor.close() } }

    func names(_ isWanted: (String) -> Bool) -> [String] { members.keys.filter(isWanted) }

    func file(named name: String) throws(RecordingError) -> (any RecordedBytes)? {
        guard let member = members[name] else { return nil }
        guard !member.isEncrypted else { throw Self.broken("is a zip archive whose files are encrypted; unpack it first") }
        guard member.method == 0 || member.method == 8 else {
            throw Self.broken(
                "is a zip archive with \(SafeText.escaping(name)) compressed by method \(member.method), which is not read; unpack it first"
            )
        }
        let header = bytes(at: member.headerOffset, 30)
        guard header.count == 30, header.span.uint32LE(at: 0) == 0x0403_4B50 else { throw Self.broken("is a zip archive that is damaged") }
        let start = member.headerOffset + 30 + UInt64(header.span.uint16LE(at: 26)) + UInt64(header.span.uint16LE(at: 28))
        return ZipFile(self, descriptor, from: start, count: member.byteCount, isDeflated: member.method == 8)
    }

    /// Notes that bytes of a file were read.
    fileprivate func spend(_ byteCount: Int) throws(RecordingError) {
        guard UInt64(byteCount) <= leftByteCount else {
            throw Self.broken("is a zip archive whose files overlap, or are named many times; no more of it is read")
        }
        leftByteCount -= UInt64(byteCount)
    }

    private static func broken(_ text: String) -> RecordingError { RecordingError(.malformed, text) }

    private func bytes(at offset: UInt64, _ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let read = unsafe bytes.withUnsafeMutableBytes { unsafe descriptor.readAll(into: $0, at: offset) }
        return read == count ? bytes : Array(bytes[..<max(0, read)])
    }

    // MARK: The directory

    private func readDirectory(of size: UInt64) throws(RecordingError) {
        // The end record has a comment of 65,535 bytes at most behind it.
        let tailCount = Int(min(size, 22 + 65_535))
        let tail = bytes(at: size - UInt64(tailCount), tailCount)
        let end = stride(from: tail.count - 22, through: 0, by: -1).first { tail.span.uint32LE(at: $0) == 0x0605_4B50 }
        guard let end else { throw RecordingError(.brokenOff, "is a zip archive without its end: it was not written whole") }
        var count = UInt64(tail.span.uint32LE(at: end + 12))
        var offset = UInt64(tail.span.uint32LE(at: end + 16))
        if count == 0xFFFF_FFFF || offset == 0xFFFF_FFFF || tail.span.uint16LE(at: end + 10) == 0xFFFF, end >= 20,
            tail.span.uint32LE(at: end - 20) == 0x0706_4B50
        {
            let record = bytes(at: tail.span.uint64LE(at: end - 12), 56)
            guard record.count == 56, record.span.uint32LE(at: 0) == 0x0606_4B50 else {
                throw Self.broken("is a zip archive that is damaged")
            }
            (count, offset) = (record.span.uint64LE(at: 40), record.span.uint64LE(at: 48))
        }
        guard count <= Self.directoryByteCount, offset <= size, count <= size - offset else {
            throw Self.broken("is a zip archive that is damaged, or has too many files")
        }
        let directory = bytes(at: offset, Int(count))
        var position = 0
        while directory.count - position >= 46, directory.span.uint32LE(at: position) == 0x0201_4B50 {
            position = try takeMember(directory.span, at: position)
        }
    }

    /// Takes an entry of the directory, and returns where the next one is.
    private func takeMember(_ bytes: Span<UInt8>, at start: Int) throws(RecordingError) -> Int {
        let nameCount = Int(bytes.uint16LE(at: start + 28))
        let extraCount = Int(bytes.uint16LE(at: start + 30))
        let next = start + 46 + nameCount + extraCount + Int(bytes.uint16LE(at: start + 32))
        guard next <= bytes.count else { throw Self.broken("is a zip archive that is damaged") }
        let name = String(decoding: bytes.extracting(start + 46..<start + 46 + nameCount).copied(), as: UTF8.self)
        var member = Member(
            method: bytes.uint16LE(at: start + 10), isEncrypted: bytes.uint16LE(at: start + 8) & 1 != 0,
            byteCount: UInt64(bytes.uint32LE(at: start + 20)), headerOffset: UInt64(bytes.uint32LE(at: start + 42)))
        let extra = bytes.extracting(start + 46 + nameCount..<start + 46 + nameCount + extraCount)
        Self.apply(extra, to: &member, hasLongSize: bytes.uint32LE(at: start + 24) == 0xFFFF_FFFF)
        members[name] = member
        return next
    }

    /// Sizes and places that need more than four bytes (§4.5.3).
    private static func apply(_ extra: Span<UInt8>, to member: inout Member, hasLongSize: Bool) {
        var position = 0
        while extra.count - position >= 4 {
            let (kind, count) = (extra.uint16LE(at: position), Int(extra.uint16LE(at: position + 2)))
            position += 4
            guard count <= extra.count - position else { return }
            guard kind == 1 else {
                position += count
                continue
            }
            let end = position + count
            if hasLongSize { position += 8 }
            if member.byteCount == 0xFFFF_FFFF, end - position >= 8 {
                member.byteCount = extra.uint64LE(at: position)
                position += 8
            }
            if member.headerOffset == 0xFFFF_FFFF, end - position >= 8 { member.headerOffset = extra.uint64LE(at: position) }
            return
        }
    }
}

/// One file of an archive, inflated as it is read.
private final class ZipFile: RecordedBytes {
    /// Keeps the descriptor open.
    private let archive: ZipArchive
    private let descriptor: Descriptor
    private var offset: UInt64
    private var left: UInt64
    private let isDeflated: Bool
    private var stream = InflateStream(.raw)
    private var input = [UInt8](repeating: 0, count: 64 << 10)
    private var inputStart = 0
    private var inputEnd = 0
    private var output = ByteBuffer()
    private var outputStart = 0
    private var isOver = false

    init(_ archive: ZipArchive, _ descriptor: Descriptor, from offset: UInt64, count: UInt64, isDeflated: Bool) {
        self.archive = archive
        self.descriptor = descriptor
        self.offset = offset
        left = count
        self.isDeflated = isDeflated
    }

    func read(into room: UnsafeMutableRawBufferPointer) throws(RecordingError) -> Int {
        if !isDeflated { return try unsafe readStored(into: room) }
        while outputStart == output.count {
            if isOver { return 0 }
            output.removeAll()
            outputStart = 0
            try inflate()
        }
        let count = min(room.count, output.count - outputStart)
        for index in 0..<count { unsafe room[index] = output.span[outputStart + index] }
        outputStart += count
        return count
    }

    private func inflate() throws(RecordingError) {
        if inputStart == inputEnd {
            inputStart = 0
            var failure: RecordingError?
            unsafe input.withUnsafeMutableBytes { room in
                do throws(RecordingError) { inputEnd = try unsafe readStored(into: room) } catch { failure = error }
            }
            if let failure { throw failure }
        }
        guard inputEnd > inputStart else { throw RecordingError(.brokenOff, "breaks off in a file of the zip archive") }
        switch stream.run(input.span.extracting(0..<inputEnd), at: &inputStart, into: &output, room: 64 << 10) {
        case .needsInput, .outputFull: break
        case .ended: isOver = true
        case .invalid(let reason): throw RecordingError(.malformed, "has a zip file that cannot be inflated (\(reason))")
        }
    }

    private func readStored(into room: UnsafeMutableRawBufferPointer) throws(RecordingError) -> Int {
        let count = Int(clamping: min(UInt64(room.count), left))
        guard count > 0 else { return 0 }
        try archive.spend(count)
        do throws(SystemError) {
            let read = try unsafe descriptor.read(into: UnsafeMutableRawBufferPointer(rebasing: room[..<count]), at: offset)
            offset += UInt64(read)
            left -= UInt64(read)
            return read
        } catch { throw RecordingError(.unreadable, "reading failed: \(error.words)") }
    }
}
