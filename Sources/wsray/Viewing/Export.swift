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
    /// - Parameter wholeCount: bytes that there were of the payload.
    static func save(_ bytes: [UInt8], of wholeCount: UInt64, as name: String) -> Notice {
        let descriptor: Descriptor
        do throws(CaptureError) { descriptor = try create(name) } catch { return Notice(error.message, .failure) }
        defer { descriptor.close() }
        do throws(SystemError) { try descriptor.write(bytes.span) } catch { return unwritten(name, error.words) }
        return Notice("saved \(Quantity.part(UInt64(bytes.count), of: wholeCount, "byte")) as \(name)")
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

    /// Takes a file away again that could not be written.
    private static func unwritten(_ name: String, _ reason: String) -> Notice {
        OutputPath.removeFile(name)
        return Notice("nothing was saved as \(name): \(reason)", .failure)
    }

    // MARK: What is read again

    /// Why nothing can be read again; nil when something can.
    private var obstacle: Notice? {
        index.count > 0 ? nil : Notice("nothing was kept that could be read again: there is no directory for a copy; set TMPDIR", .failure)
    }

    /// What was saved, and what could not be since it is not there any more.
    /// - Parameter missing: how many could not be found; nil where that is not known.
    private func result(
        _ count: UInt64, _ noun: String, _ name: String, missing: UInt64? = nil, lost: LostPackets?, failure: CaptureError?
    ) -> Notice {
        var reasons: [String] = []
        if let missing, missing > 0, count > 0 { reasons.append("\(Quantity.count(missing)) could not be read again") }
        if missing != 0 { reasons += [lost?.words, failure?.message].compactMap { $0 } }
        if count == 0, !reasons.isEmpty { return Self.unwritten(name, reasons.joined(separator: "; ")) }
        let saved = "saved \(Quantity.counted(count, noun)) as \(name)"
        return Notice(([saved] + reasons).joined(separator: "; "), reasons.isEmpty ? .note : .failure)
    }

    /// Packets of one connection, as pcapng.
    func saveConnection(_ connection: SavedConnection, as name: String) -> Notice {
        if let obstacle { return obstacle }
        do throws(CaptureError) { try Self.refuseWhatIsThere(name) } catch { return Notice(error.message, .failure) }
        Background.run { [self] in report(writeConnection(connection, as: name)) }
        return Notice("saving \(name)")
    }

    private func writeConnection(_ connection: SavedConnection, as name: String) -> Notice {
        var pass = PacketPass(index, ConnectionWriter(connection, name))
        let failure: CaptureError?
        do throws(CaptureError) { failure = try pass.run(options) } catch { return Notice(error.message, .failure) }
        let lost = pass.lost
        var writer = pass.takeTaker()
        do throws(CaptureError) {
            return result(try writer.close(), "packet", name, lost: lost, failure: failure)
        } catch {
            return Self.unwritten(name, error.message)
        }
    }

    /// Frames as JSON Lines, as `wsray dump` writes them.
    func saveFrames(_ frames: [UInt64: Set<UInt64>], as name: String) -> Notice {
        if let obstacle { return obstacle }
        let descriptor: Descriptor
        do throws(CaptureError) { descriptor = try Self.create(name) } catch { return Notice(error.message, .failure) }
        Background.run { [self] in
            defer { descriptor.close() }
            report(writeFrames(frames, as: name, to: descriptor))
        }
        return Notice("saving \(name)")
    }

    private func writeFrames(_ frames: [UInt64: Set<UInt64>], as name: String, to descriptor: Descriptor) -> Notice {
        var pass = PacketPass(index, FrameWriter(frames, descriptor, options))
        let failure: CaptureError?
        do throws(CaptureError) { failure = try pass.run(options) } catch { return Self.unwritten(name, error.message) }
        let lost = pass.lost
        var writer = pass.takeTaker()
        let wanted = UInt64(frames.values.reduce(0) { $0 + $1.count })
        do throws(SystemError) {
            let count = try writer.close()
            return result(count, "frame", name, missing: wanted - count, lost: lost, failure: failure)
        } catch {
            return Self.unwritten(name, error.words)
        }
    }
}
