import Bytes
import Capture
import Input
import System
import Viewer

/// Where the packets of an input can be read again: written by the thread that reads, asked by the one that shows.
final class InputIndex: Sendable {
    /// A file, or a copy of what comes only once.
    struct File: Sendable {
        /// What it is read from again, as a whole.
        var path: String
        /// What payloads and single packets are read from: the file itself, or a copy of it.
        var packetPath: String
        var name: String
        var firstPacket: UInt64
        /// Packets of it that are there by now.
        var packetCount: UInt64 = 0
        /// Where to begin in `packetPath`, to find any packet after a few.
        var checkpoints: [CaptureReader.Checkpoint] = []
        /// Keeps the copy open, where there is one.
        var copy: UnnamedFile?
        /// All there is of it is the copy.
        var isOnlyCopied = false
        /// Why packets after the last one are not kept, where there are any.
        var end: KeepingEnd?

        /// It as an input, as far as it is there by now: a copy may be in the middle of being written.
        var input: InputFile {
            var input = InputFile(path, name: name)
            input.firstPacket = firstPacket
            if isOnlyCopied { input.endNumber = firstPacket + packetCount }
            return input
        }
    }

    private let known = Mutex<[File]>([])

    var files: [File] { known.withLock { $0 } }
    var count: Int { known.withLock { $0.count } }

    func begin(_ file: File) { known.withLock { $0.append(file) } }

    /// Changes what is known of the file that is being read.
    func update(_ change: (inout File) -> Void) {
        known.withLock { if !$0.isEmpty { change(&$0[$0.count - 1]) } }
    }

    /// Packets from one checkpoint to the next.
    static let spacing: UInt64 = 1_024

    /// Goes through packets of the input once more, from one number to another, as far as they are there.
    func read(_ numbers: ClosedRange<UInt64>, _ body: (PacketHeader, Span<UInt8>) -> Void) {
        let wanted = known.withLock { files -> [(path: String, name: String, end: UInt64, checkpoint: CaptureReader.Checkpoint)] in
            files.compactMap { file in
                let end = file.firstPacket + file.packetCount
                guard file.firstPacket <= numbers.upperBound, end > numbers.lowerBound else { return nil }
                let behind = file.checkpoints.partitioningIndex { $0.number > numbers.lowerBound }
                guard let checkpoint = file.checkpoints.isEmpty ? nil : file.checkpoints[max(0, behind - 1)] else { return nil }
                return (file.packetPath, file.name, min(end, numbers.upperBound + 1), checkpoint)
            }
        }
        for file in wanted {
            // What cannot be read any more is not shown.
            do throws(CaptureError) {
                var reader = try CaptureReader(path: file.path, from: file.checkpoint, name: file.name)
                while let header = try reader.next(), header.number < file.end {
                    if header.number >= numbers.lowerBound { body(header, reader.bytes) }
                }
            } catch {}
        }
    }
}
