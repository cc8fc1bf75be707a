import Bytes
import System

/// A file that blocks are written to: owner of its descriptor.
struct OutputFile: ~Copyable {
    let path: String
    /// It was not there before.
    private let isNew: Bool
    private var descriptor: Descriptor
    /// Bytes that are in the file.
    private(set) var byteCount: UInt64 = 0

    /// Names tried for the next file of a row, where others exist.
    private static let triedCount = 100_000

    /// Opens a file, emptied if there was one, or only a new one. It is readable by its owner only.
    init(_ path: String, isNew: Bool = false) throws(CaptureError) {
        do throws(PathError) { descriptor = try OutputPath.createFile(path, isNew ? .isRefused : .isEmptied) } catch {
            throw CaptureError(error)
        }
        self.path = path
        self.isNew = isNew
    }

    /// Opens the file of a row that has this number or the next that no file has yet: nothing that is there is written over.
    init(numbered number: inout Int, _ path: String) throws(CaptureError) {
        for _ in 0..<Self.triedCount {
            let numbered = Self.numbered(path, number)
            if !FileStatus.isThere(numbered) {
                try self.init(numbered, isNew: true)
                return
            }
            number += 1
        }
        throw CaptureError(.unreadable, "\(path): \(Self.triedCount) files of this row are there already")
    }

    deinit { if descriptor.isOpen { descriptor.close() } }

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
        return FileStatus.canCreate(in: folder)
    }

    static func remove(_ path: String) { OutputPath.removeFile(path) }

    // MARK: Writing

    /// Writes whole blocks; when that fails, those of them that could be written remain.
    mutating func write(blocks: Span<UInt8>) throws(CaptureError) {
        let (written, failure) = unsafe blocks.withUnsafeBytes { unsafe descriptor.writeAll($0) }
        guard let failure else {
            byteCount += UInt64(written)
            return
        }
        byteCount += UInt64(Self.wholeBlocks(blocks, upTo: written))
        descriptor.truncate(to: byteCount)
        throw CaptureError(.unreadable, "\(path): writing failed: \(failure.words)")
    }

    /// Removes it, unless something was there before it.
    func removeIfNew() { if isNew { Self.remove(path) } }

    mutating func close() {
        if descriptor.isOpen { descriptor.close() }
        descriptor = .none
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
