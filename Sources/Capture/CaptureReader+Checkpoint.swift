import Bytes

extension CaptureReader {
    /// A place between two packets of a file that is not compressed, with what stood before it that packets behind it need.
    public struct Checkpoint: Sendable {
        /// Of the packet behind it.
        public let number: UInt64
        let offset: UInt64
        let state: State
        let byteOrder: ByteOrder
        let recordHeaderLength: Int
        let lengthOrder: LengthOrder
        let lastTime: Timestamp
        let links: [Link]
        let interfaces: [CaptureInterface]
        let firstInterface: Int
        let isSectionUnknown: Bool
    }

    /// Where `next` goes on.
    public var checkpoint: Checkpoint {
        Checkpoint(
            number: nextNumber, offset: window.offset, state: state, byteOrder: byteOrder, recordHeaderLength: recordHeaderLength,
            lengthOrder: lengthOrder, lastTime: lastTime, links: links, interfaces: facts.interfaces, firstInterface: firstInterface,
            isSectionUnknown: isSectionUnknown)
    }

    /// Reads a file on from a place that an earlier reading came past. Beside interfaces, `facts` has what stands behind it only.
    public init(path: String, from checkpoint: Checkpoint, name: String) throws(CaptureError) {
        self.name = name
        limits = CaptureLimits()
        firstNumber = checkpoint.number
        nextNumber = checkpoint.number
        window = InputWindow(try ByteSource(path: path, at: checkpoint.offset), at: checkpoint.offset)
        state = checkpoint.state
        byteOrder = checkpoint.byteOrder
        recordHeaderLength = checkpoint.recordHeaderLength
        lengthOrder = checkpoint.lengthOrder
        lastTime = checkpoint.lastTime
        links = checkpoint.links
        facts.interfaces = checkpoint.interfaces
        firstInterface = checkpoint.firstInterface
        isSectionUnknown = checkpoint.isSectionUnknown
    }
}

extension CaptureReader.Checkpoint {
    /// A place in a file of one section that `PcapngWriter` wrote, with the interfaces described before it.
    public init(number: UInt64, offset: UInt64, interfaces: [CaptureInterface]) {
        self.number = number
        self.offset = offset
        state = .pcapng
        byteOrder = .little
        recordHeaderLength = 0
        lengthOrder = .capturedFirst
        lastTime = Timestamp(nanoseconds: 0)
        self.interfaces = interfaces
        links = interfaces.map { interface in
            let resolution = PcapngWriter.resolution(of: interface)
            return CaptureReader.Link(
                linkType: interface.linkType, snapLength: interface.snapLength, fractionDigits: resolution.fractionDigits,
                clock: InterfaceClock(resolution))
        }
        firstInterface = 0
        isSectionUnknown = false
    }
}
