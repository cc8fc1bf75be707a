import Bytes
import Capture
import Recordings

// What a program recorded, in place of packets.
extension FileInput {
    @usableFromInline
    mutating func read<Consumer: PacketConsumer & ~Copyable>(
        _ opened: consuming RecordingReader, named name: String, into consumer: inout Consumer
    ) throws(Consumer.Failure) {
        var reader = opened
        if hasFilter {
            return consumer.note(
                .ended(
                    SourceEnd(
                        failure: CaptureError(
                            .badFilter,
                            "\(name): is a recording without packets, so a filter of packets selects nothing of it; --where selects messages"
                        ))))
        }
        guard Consumer.takesRecordings else {
            let message = "\(name): is a recording, which has messages but no packets, and packets are needed here; `wsray FILE` shows them"
            return consumer.note(.ended(SourceEnd(failure: CaptureError(.notACapture, message))))
        }
        // Neither does it go on with the capture before, nor the next one with it.
        if isAnew(Timestamp(nanoseconds: .min)) { try consumer.beginAnew() }
        noteRecording()
        var failure: CaptureError?
        consumer.note(.recording)
        do throws(Consumer.Failure) {
            failure = try hand(&reader, named: name, to: &consumer)
            try consumer.catchUp()
        } catch {
            consumer.note(.ended(SourceEnd()))
            throw error
        }
        consumer.note(.ended(SourceEnd(remarks: isStopped ? [] : reader.facts.notes, failure: failure)))
    }

    /// Hands on what is in a recording; why it could not be read to its end.
    private mutating func hand<Consumer: PacketConsumer & ~Copyable>(
        _ reader: inout RecordingReader, named name: String, to consumer: inout Consumer
    ) throws(Consumer.Failure) -> CaptureError? {
        while !consumer.hasEnough {
            let event: RecordedEvent?
            do throws(RecordingError) {
                event = try reader.next()
            } catch {
                isStopped = error.kind == .interrupted
                return isStopped ? nil : CaptureError(error, of: name)
            }
            guard let event else { return nil }
            try consumer.take(event, reader.content)
        }
        return nil
    }
}
