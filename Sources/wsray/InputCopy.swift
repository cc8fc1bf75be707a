import Capture
import Input
import System

/// A copy of an input that can be read only once.
struct InputCopy {
    private let spool: UnnamedFile
    /// The input was longer than the limit.
    let isCut: Bool

    /// Where it is read from, each time from its beginning.
    var path: String { spool.path }

    /// Whether a file can be read but once: a pipe, a terminal, standard input.
    static func isNeeded(for file: String) -> Bool {
        if file == "-" { return true }
        guard let status = HeldFiles.status(of: file) else { return false }
        return status.kind != .regular && status.kind != .directory
    }

    /// - Parameter file: of what a server sends, `-` as well: it has to be connected by now.
    init(of file: String, limit: Int) throws(CaptureError) {
        let input: Descriptor
        do throws(SystemError) {
            input = file == "-" ? try Descriptor.standardInput.duplicate() : try Descriptor.reading(file)
        } catch {
            throw CaptureError(.unreadable, "\(file): \(error.words)")
        }
        defer { input.close() }
        guard let spool = UnnamedFile() else {
            throw CaptureError(.unreadable, "there is no directory for a copy of \(InputFile.name(of: file)): set TMPDIR to one")
        }
        self.spool = spool
        isCut = try Self.copy(input, to: spool, limit: limit)
    }

    /// True when there was more than `limit`.
    private static func copy(_ input: Descriptor, to spool: UnnamedFile, limit: Int) throws(CaptureError) -> Bool {
        var room = [UInt8](repeating: 0, count: 256 << 10)
        var left = limit
        while !Interrupt.isRequested {
            let count: Int
            do throws(SystemError) {
                count = try input.read(into: &room)
            } catch {
                if error.isInterruption { continue }
                throw CaptureError(.unreadable, "reading failed: \(error.words)")
            }
            if count == 0 { return false }
            guard spool.append(room.span.extracting(0..<min(count, left))) else {
                throw CaptureError(.unreadable, "writing a copy of the input failed: \(SystemError.last.words)")
            }
            if count > left { return true }
            left -= count
        }
        return false
    }
}
