import Bytes
import Capture
import Inspection
import Packets
import Reports
import System
import Terminal
import Text
import Viewer

/// Writes files for the viewer; what takes reading the input once more is done in a thread of its own.
final class Export: Sendable {
    private let notice = Mutex<Notice?>(nil)
    private let options: InputOptions
    private let index: InputIndex
    private let wake: WakePipe

    init(_ options: InputOptions, _ index: InputIndex, _ wake: WakePipe) {
        self.options = options
        self.index = index
        self.wake = wake
    }

    /// What there is to say of a file that was written meanwhile.
    func takeNotice() -> Notice? {
        notice.withLock { notice in
            defer { notice = nil }
            return notice
        }
    }

    private func report(_ text: Notice) {
        notice.withLock { $0 = text }
        wake.ring()
    }

    // MARK: A payload

    /// Writes a new file; one that is there already stays as it is.
    static func save(_ bytes: [UInt8], as name: String) -> Notice {
        let descriptor: Descriptor
        do throws(CaptureError) { descriptor = try create(name) } catch { return Notice(error.message, .failure) }
        defer { descriptor.close() }
        do throws(SystemError) { try descriptor.write(bytes.span) } catch { return Notice("\(name): \(error.words)", .failure) }
        return Notice("saved \(Quantity.counted(UInt64(bytes.count), "byte")) as \(name)")
    }

    /// Makes a file; one that is there already stays as it is.
    private static func create(_ name: String) throws(CaptureError) -> Descriptor {
        try refuseWhatIsThere(name)
        do throws(PathError) { return try OutputPath.createFile(name, .isRefused) } catch { throw CaptureError(error) }
    }

    private static func refuseWhatIsThere(_ name: String) throws(CaptureError) {
        guard FileStatus(ofPath: name, followsLink: false) != nil else { return }
        throw CaptureError(.unreadable, "\(name) already exists; choose another name")
    }

    // MARK: What is read again

    /// Why nothing can be read again; nil when something can.
    private var obstacle: Notice? {
        index.count > 0 ? nil : Notice("nothing was kept that could be read again: there is no directory for a copy; set TMPDIR", .failure)
    }

    /// What was saved, and what could not be since it is not kept any more.
    private func result(_ count: UInt64, _ noun: String, _ name: String, missing: UInt64? = nil, lost: LostPackets?) -> Notice {
        var text = "saved \(Quantity.counted(count, noun)) as \(name)"
        if let missing, missing > 0 { text += "; \(Quantity.count(missing)) could not be read again" }
        if let lost, missing != 0 { text += "; \(lost.words)" }
        return Notice(text, text.contains(";") ? .failure : .note)
    }

    /// Packets of one connection, as pcapng.
    func saveConnection(_ connection: SavedConnection, as name: String) -> Notice {
        if let obstacle { return obstacle }
        do throws(CaptureError) { try Self.refuseWhatIsThere(name) } catch { return Notice(error.message, .failure) }
        Background.run { [self] in
            do throws(CaptureError) {
                let (count, lost) = try writeConnection(connection, as: name)
                report(result(count, "packet", name, lost: lost))
            } catch {
                report(Notice(error.message, .failure))
            }
        }
        return Notice("saving \(name)")
    }

    private func writeConnection(_ connection: SavedConnection, as name: String) throws(CaptureError) -> (UInt64, LostPackets?) {
        var pass = PacketPass(index, ConnectionWriter(connection, name))
        try pass.run(options)
        let lost = pass.lost
        var writer = pass.takeTaker()
        return (try writer.close(), lost)
    }

    /// Frames as JSON Lines, as `wsray dump` writes them.
    func saveFrames(_ frames: [UInt64: Set<UInt64>], as name: String) -> Notice {
        if let obstacle { return obstacle }
        let descriptor: Descriptor
        do throws(CaptureError) { descriptor = try Self.create(name) } catch { return Notice(error.message, .failure) }
        Background.run { [self] in
            defer { descriptor.close() }
            do throws(CaptureError) {
                guard let (count, lost) = try writeFrames(frames, to: descriptor) else {
                    return report(Notice("\(name): \(SystemError.last.words)", .failure))
                }
                let wanted = frames.values.reduce(0) { $0 + $1.count }
                report(result(UInt64(count), "frame", name, missing: UInt64(wanted - count), lost: lost))
            } catch {
                report(Notice(error.message, .failure))
            }
        }
        return Notice("saving \(name)")
    }

    /// The number of frames that were written; nil when writing failed.
    private func writeFrames(_ frames: [UInt64: Set<UInt64>], to descriptor: Descriptor) throws(CaptureError) -> (Int, LostPackets?)?
    {
        var pass = PacketPass(index, FrameWriter(frames, descriptor, options))
        try pass.run(options)
        let lost = pass.lost
        var writer = pass.takeTaker()
        return writer.close().map { ($0, lost) }
    }
}
