import Bytes
import System

/// The few packets that a filter selects, each as soon as it passes by.
///
/// For what has to be done while a packet is on its way. Used by one thread at a time.
public final class PacketWatch {
    public let interfaces: [CaptureInterface]
    /// Readable when there is a packet, for poll(2).
    public let descriptors: [Descriptor]
    private let captures: [InterfaceCapture]

    private static let bufferByteCount = 1 << 20
    private static let snapLength = 256

    /// Opens the interfaces, which takes permission.
    public init(_ names: [String], filter: String) throws(CaptureError) {
        var options = LiveCapture.Options()
        options.bufferByteCount = Self.bufferByteCount
        options.snapLength = Self.snapLength
        options.filter = filter
        options.isImmediate = true
        var captures: [InterfaceCapture] = []
        for name in names { captures.append(try InterfaceCapture(name, number: UInt32(captures.count), options)) }
        self.captures = captures
        interfaces = captures.map(\.interface)
        descriptors = captures.map(\.descriptor)
    }

    /// Replaces what is in a batch by the packets that have come; false when there are none.
    public func receive(_ batch: inout PacketBatch) -> Bool {
        batch.removeAll()
        for capture in captures {
            while let count = try? capture.read(into: &batch), count > 0 {}
        }
        return batch.count > 0
    }
}
