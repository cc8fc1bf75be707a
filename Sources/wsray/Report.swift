import Bytes
import Capture
import Inspection
import Reports

/// A report that the command line can drive: events in, bytes in `output`.
protocol Report: EventSink, SendableMetatype, ~Copyable {
    var output: ByteBuffer { get set }
    /// To have enough after so many frames, for `--count`.
    mutating func limit(frames count: UInt64)
    mutating func begin(sources: [String])
    /// The next packets are those of this file, of which the first has this number.
    mutating func beginFile(_ name: String, firstPacket: UInt64)
    /// The next packet begins a capture of its own, rather than going on with the one before.
    mutating func beginAnew()
    /// It wants the packets themselves.
    static var takesPackets: Bool { get }
    /// It says of recordings, which have no packets, what it says of captures.
    static var takesRecordings: Bool { get }
    /// A packet of a file was inspected.
    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface])
    /// Statistics stood between packets.
    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface])
    /// - Parameter failure: why the input could not be read to its end.
    mutating func finish(_ summary: Summary, failure: String?)

    /// Shows what a packet shows; the output is written when much of it has gathered.
    mutating func show(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure)
    /// The same of a packet whose bytes stay where they are until `catchUp`, which what it shows may wait for.
    mutating func showLater(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure)
    /// Shows what a recording has brought, once it is worth it.
    /// - Parameter isLimited: it matters after what it has enough.
    mutating func showTape(of inspector: inout Inspector, isLimited: Bool) throws(Output.Failure)
    /// Shows what waits.
    mutating func catchUp(_ inspector: inout Inspector) throws(Output.Failure)
    /// Writes the output, since the input may make us wait.
    mutating func flush(_ inspector: inout Inspector) throws(Output.Failure)
    /// Shows what is left: no packet follows of this capture.
    mutating func close(_ inspector: inout Inspector) throws(Output.Failure)
}

extension Report where Self: ~Copyable {
    @inline(__always)
    mutating func show(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure) {
        inspector.inspect(header, bytes, into: &self)
        if output.count >= Output.flushByteCount { try Output.flush(&output) }
    }

    @inline(__always)
    mutating func showLater(_ header: PacketHeader, _ bytes: Span<UInt8>, _ inspector: inout Inspector) throws(Output.Failure) {
        if inspector.inspect(header, bytes) >= laterByteCount { try catchUp(&inspector) }
    }

    mutating func showTape(of inspector: inout Inspector, isLimited: Bool) throws(Output.Failure) {
        if isLimited || inspector.tapeByteCount >= laterByteCount { try catchUp(&inspector) }
    }

    @inline(never)
    mutating func catchUp(_ inspector: inout Inspector) throws(Output.Failure) {
        inspector.play(into: &self)
        if output.count >= Output.flushByteCount { try Output.flush(&output) }
    }

    mutating func flush(_ inspector: inout Inspector) throws(Output.Failure) {
        inspector.play(into: &self)
        try Output.flush(&output)
    }

    mutating func close(_ inspector: inout Inspector) throws(Output.Failure) { inspector.finish(into: &self) }
}

/// Events that take this much may wait to be shown: little enough to stay in the processor's nearest cache.
private let laterByteCount = 12 << 10

/// A report that events tell everything: where files and packets begin is nothing to it, but for what it says itself.
///
/// What stands before a report is none, so that it has to hand on all that there is.
protocol EventReport: Report, ~Copyable {}

extension EventReport where Self: ~Copyable {
    mutating func limit(frames count: UInt64) {}
    mutating func beginFile(_ name: String, firstPacket: UInt64) {}
    mutating func beginAnew() {}
    static var takesPackets: Bool { false }
    static var takesRecordings: Bool { true }
    mutating func took(_ header: PacketHeader, _ bytes: Span<UInt8>, _ place: PacketPlace?, of interfaces: [CaptureInterface]) {}
    mutating func took(_ statistics: InterfaceStatistics, of interfaces: [CaptureInterface]) {}
}

extension EventReport where Self: CountingSink & ~Copyable {
    mutating func limit(frames count: UInt64) { frameLimit = count }
}
