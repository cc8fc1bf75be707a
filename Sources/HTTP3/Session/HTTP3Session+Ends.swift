import Bytes
import Channels

// How streams end.
extension HTTP3Session {
    public func end(_ stream: UInt64, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) {
        end(stream, direction, nil, at: mark, &output)
    }

    public func reset(_ stream: UInt64, from direction: Direction, code: UInt64, at mark: PacketMark, into output: inout LayerOutput) {
        end(stream, direction, StreamAbort(code: code, name: name(ofError: code), carrier: "RESET_STREAM"), at: mark, &output)
    }

    private func end(_ stream: UInt64, _ direction: Direction, _ abort: StreamAbort?, at mark: PacketMark, _ output: inout LayerOutput) {
        // A stream of which nothing came in either direction carries nothing.
        guard known(stream, direction) != nil || known(stream, direction.opposite) != nil,
            let reader = reader(of: stream, direction), !reader.isOver
        else { return }
        if reader.wait == nil { return end(reader, abort, at: mark, &output) }
        hold(StreamReader.Event(offset: reader.offset, content: .end(abort, mark)), reader, &output)
    }

    /// The receiver asks the sender to stop. Of the sender's own direction that says nothing; where it gave that up too, it gave up the
    /// stream, and what still comes was on its way.
    public func stop(_ stream: UInt64, from direction: Direction, code: UInt64, at mark: PacketMark, into output: inout LayerOutput) {
        let other = known(stream, direction.opposite)
        guard case .request = StreamKind(stream), known(stream, direction) != nil || other != nil,
            let reader = reader(of: stream, direction)
        else { return }
        // Where it has given up its own direction, that says why.
        if other?.wasReset != true {
            output.warn(StreamAbort(code: code, name: name(ofError: code), carrier: "STOP_SENDING"), of: stream, direction.opposite)
        }
        if reader.isStopped { return }
        reader.isStopped = true
        if other?.wasReset == true, !reader.isOver { output.drain(stream, direction) }
    }

    /// One direction of a stream is over.
    func end(_ reader: StreamReader, _ abort: StreamAbort?, at mark: PacketMark?, _ output: inout LayerOutput) {
        let (stream, direction) = (reader.stream, reader.direction)
        drop(reader)
        guard reader.isRequest else {
            forget(reader)
            return conclude(reader, isWhole: abort == nil, &output)
        }
        noteGap(reader, &output)
        reader.isOver = true
        reader.wasReset = abort != nil
        output.end(stream, direction, abort: abort, at: mark)
        guard let other = known(stream, direction.opposite) else { return }
        if other.isOver {
            forget(reader)
            forget(other)
        } else if abort != nil, other.isStopped {
            output.drain(stream, other.direction)
        }
    }

    /// Nothing more comes on a stream that others may wait for.
    private func conclude(_ reader: StreamReader, isWhole: Bool, _ output: inout LayerOutput) {
        switch reader.stage {
        case .encoder:
            decoders[reader.direction].loseInstructions(isWhole ? 0 : nil)
            releaseBlocked(reader.direction, &output)
        case .decoder: decoders[reader.direction.opposite].loseAcknowledgments()
        case .control: loseSettings(reader.direction, &output)
        case .type, .request, .searching, .skipping: break
        }
    }

    /// One end gives up a stream in both directions; the other end may still be sending.
    func giveUp(_ stream: UInt64, _ abort: StreamAbort, by direction: Direction, _ output: inout LayerOutput) {
        guard let reader = reader(of: stream, direction), !reader.isOver else { return }
        let other = known(stream, direction.opposite)
        end(reader, abort, at: nil, &output)
        if let other, !other.isOver, !other.isStopped { output.drain(stream, other.direction) }
    }

    public func finish(into output: inout LayerOutput) {
        isFinished = true
        for direction in Direction.allCases { releaseBlocked(direction, &output) }
        for stream in requests(from: 0) {
            for direction in Direction.allCases {
                guard let reader = known(stream, direction), !reader.isOver else { continue }
                while reader.wait != nil { giveUpWaiting(reader, &output) }
                noteGap(reader, &output)
            }
        }
        forgetAll()
    }
}
