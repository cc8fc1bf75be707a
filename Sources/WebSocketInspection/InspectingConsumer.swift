import Bytes
import Capture
import Input
import Inspection
import Recordings

/// Carries the packets of an input through an inspector into a sink.
public struct InspectingConsumer<Sink: EventSink & ~Copyable>: PacketConsumer, ~Copyable {
    public private(set) var inspector: Inspector
    public var sink: Sink
    /// What the person should know of the input: sentences without a full stop.
    public private(set) var remarks: [String] = []
    /// Why an input could not be read to its end; the first, where there are several.
    public private(set) var failure: CaptureError?
    private var name = ""

    public init(_ sink: consuming Sink, options: Inspector.Options = Inspector.Options()) {
        self.sink = sink
        inspector = Inspector(options)
    }

    /// Ends the inspection: what was open until now has ended. To be called when the input has been read.
    public mutating func finish() { inspector.finish(into: &sink) }

    public consuming func takeSink() -> Sink { sink }

    // MARK: PacketConsumer

    @inlinable public var hasEnough: Bool { sink.hasEnough }

    public mutating func begin(_ source: InputSource) throws(Never) -> Bool {
        name = source.name
        return true
    }

    public mutating func beginAnew() throws(Never) { inspector.finish(into: &sink) }

    public mutating func take(_ header: PacketHeader, _ bytes: Span<UInt8>, at offset: UInt64, isSelected: Bool) throws(Never) {
        if isSelected { inspector.inspect(header, bytes, into: &sink) }
    }

    public static var takesRecordings: Bool { true }

    public mutating func take(_ event: RecordedEvent, _ content: Span<UInt8>) throws(Never) {
        inspector.take(event, content)
        inspector.play(into: &sink)
    }

    public mutating func note(_ note: InputNote) {
        switch note {
        case .count(let count):
            if let loss = count.loss { inspector.noteLoss(of: loss.count, from: loss.from, to: loss.to) }
        case .failure(let error): if failure == nil { failure = error }
        case .ended(let end):
            remarks += end.remarks.map { "\(name): \($0)" }
            if failure == nil { failure = end.failure }
        case .recording: inspector.beginRecording()
        case .opened, .interface, .secrets, .checkpoint: break
        }
    }

    public mutating func pause(at offset: UInt64) throws(Never) -> Bool { true }
}

extension Inspector {
    /// Reads capture files from first to last, and passes what they show to a sink.
    /// - Parameters:
    ///   - files: `-` for standard input.
    ///   - filter: which packets to inspect, as for tcpdump.
    /// - Returns: what was counted.
    /// - Throws: why a file could not be read to its end; what could be read was passed on by then.
    @discardableResult
    public static func inspect<Sink: EventSink & ~Copyable>(
        files: [String], filter: String? = nil, options: Options = Options(), into sink: inout Sink
    ) throws(CaptureError) -> Summary {
        var compiled: PacketFilter?
        if let filter { compiled = try PacketFilter(filter) }
        var input = FileInput(files.map { InputFile($0) }, filter: compiled)
        var consumer = InspectingConsumer(consume sink, options: options)
        input.run(into: &consumer)
        consumer.finish()
        let (summary, failure) = (consumer.inspector.summary, consumer.failure)
        sink = consumer.takeSink()
        if let failure { throw failure }
        return summary
    }
}
