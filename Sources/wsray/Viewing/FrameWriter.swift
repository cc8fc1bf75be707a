import Bytes
import Capture
import Inspection
import Reports
import System

/// Writes certain frames, by connection and number, as `wsray dump` writes them.
struct FrameWriter: PassTaker, ~Copyable {
    private let descriptor: Descriptor
    private var inspector: Inspector
    private var sink: SelectedFrames<JSONLinesReport>
    private var failure: SystemError?

    /// - Parameter frames: numbers of frames, by those of their connections.
    init(_ frames: [UInt64: Set<UInt64>], _ descriptor: Descriptor, _ options: InputOptions) {
        self.descriptor = descriptor
        var inspection = Inspector.Options()
        inspection.limits = options.limits
        options.stack(on: &inspection)
        inspector = Inspector(inspection)
        sink = SelectedFrames(JSONLinesReport(JSONLinesReport.Options()), frames)
        if !options.live.interfaces.isEmpty {
            inspector.noteLoss(of: 0, from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: 0))
        }
    }

    mutating func begin(_ interfaces: [CaptureInterface]) {}

    mutating func take(
        _ header: PacketHeader, _ bytes: Span<UInt8>, isAnew: Bool, losses: [PacketLoss]
    ) throws(CaptureError) -> Bool {
        if isAnew { inspector.finish(into: &sink) }
        for loss in losses { inspector.noteLoss(of: loss.count, from: loss.from, to: loss.to) }
        inspector.inspect(header, bytes, into: &sink)
        guard sink.inner.output.count > 64 << 10 || sink.isComplete else { return true }
        write()
        return failure == nil && !sink.isComplete
    }

    /// The number of frames that were written.
    mutating func close() throws(SystemError) -> UInt64 {
        inspector.finish(into: &sink)
        write()
        if let failure { throw failure }
        return UInt64(sink.count)
    }

    private mutating func write() {
        do throws(SystemError) { if failure == nil { try descriptor.write(sink.inner.output.span) } } catch { failure = error }
        sink.inner.output.removeAll()
    }
}
