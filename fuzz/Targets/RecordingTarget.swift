import Bytes
import Inspection
import Recordings
import Reports
import System
import WebSocket

extension FuzzTarget {
    /// A HAR, or a zip archive: delivered in pieces and handed on in parts it is the same, and so it is written as a HAR and read again.
    static let recording = FuzzTarget("recording") { input throws(Broken) in
        var script = InputScript(input)
        let choice = script.byte()
        let form = ReportForm(choice & 7, &script)
        let recording = Recording(bytes: script.rest, isArchive: choice & 0x10 != 0)
        let whole = recording.read()
        try whole.check()
        if !recording.isArchive {
            for portion in [1, 7] {
                try demand(recording.read(portion: portion) == whole, "delivered \(portion) bytes at a time it is another")
            }
        }
        try demand(
            recording.read(waitingByteCount: 3_000).conversations == whole.conversations, "handed on in parts it has other messages")
        try form.check(recording, .init(), isRedacted: choice & 8 != 0)

        var archive = HARReport()
        archive.begin(tool: "wsray", version: "0")
        _ = recording.inspect(.init(), into: &archive)
        archive.finish()
        let again = Recording(bytes: archive.output.span.copied(), isArchive: false).read()
        try demand(again.error == nil, "what is written cannot be read: \(again.error?.text ?? "")")
        // Entries are written in the order in which connections end.
        let (written, read) = (whole.writtenLines.sorted(), again.writtenLines.sorted())
        for (one, other) in zip(written, read) { try demand(one == other, "written as a HAR and read again: \(other), not \(one)") }
        try demand(written.count == read.count, "written as a HAR and read again there are \(read.count) lines, not \(written.count)")
    }
}

private struct Recording: Inspectable {
    let bytes: [UInt8]
    let isArchive: Bool

    private func reader(portion: Int, _ limits: RecordingLimits) throws(RecordingError) -> RecordingReader {
        guard isArchive else { return RecordingReader(BytesInMemory(bytes, portion: portion), limits: limits) }
        guard let file = UnnamedFile(), file.append(bytes.span), let descriptor = try? Descriptor.reading(file.path) else {
            throw RecordingError(.unreadable, "cannot be written")
        }
        return try RecordingReader(RecordedArchive(ZipArchive(descriptor, isOwned: true)), limits: limits)
    }

    func read(portion: Int = .max, waitingByteCount: Int = .max) -> RecordedEvents {
        var limits = RecordingLimits()
        limits.messageByteCount = RecordedEvents.messageByteCount
        limits.waitingByteCount = waitingByteCount
        var events = RecordedEvents()
        do throws(RecordingError) {
            var reader = try reader(portion: portion, limits)
            do throws(RecordingError) {
                while let event = try reader.next() { events.note(event, reader.content) }
            } catch { events.error = error }
            events.end(reader.facts)
        } catch { events.error = error }
        return events
    }

    func inspect(_ options: Inspector.Options, into sink: inout some EventSink & ~Copyable) -> Summary {
        var inspector = Inspector(options)
        inspector.beginRecording()
        var limits = RecordingLimits()
        limits.messageByteCount = RecordedEvents.messageByteCount
        do throws(RecordingError) {
            var reader = try reader(portion: .max, limits)
            while let event = try reader.next() {
                inspector.take(event, reader.content)
                inspector.play(into: &sink)
            }
        } catch {
            // What stands before the damage is shown.
        }
        inspector.finish(into: &sink)
        return inspector.summary
    }
}
