import Bytes
import Channels
import Testing

@Suite("A stream keeps what waits, and knows where it stands") struct ByteStreamTests {
    private func append(_ bytes: [UInt8], _ packet: UInt64, to stream: inout ByteStream) {
        if stream.pending.isEmpty {
            stream.begin(bytes.span, of: ProvenanceTests.origin(packet))
        } else {
            stream.append(bytes.span, of: ProvenanceTests.origin(packet))
        }
    }

    @Test("bytes are consumed from the front, and their packets go with them")
    func consuming() {
        var stream = ByteStream()
        append([1, 2, 3], 1, to: &stream)
        append([4, 5], 2, to: &stream)
        append([6], 3, to: &stream)
        stream.consume(2)
        var pending = stream.pendingBytes
        #expect(pending == [3, 4, 5, 6])
        #expect(stream.offset == 2)
        #expect([2, 3, 5].map { stream.provenance.mark(at: $0).number } == [1, 2, 3])
        stream.consume(1)
        #expect(stream.provenance.pieceCount == 1)
        stream.consume(3)
        pending = stream.pendingBytes
        #expect(pending == [])
        #expect(stream.offset == 6)
        #expect(stream.waitingByteCount == 0)
        append([7], 4, to: &stream)
        #expect(stream.provenance.mark(at: 6).number == 4)
    }

    @Test("what waits is weighed with what it takes to know its packets")
    func weight() {
        var stream = ByteStream()
        append([1, 2, 3], 1, to: &stream)
        #expect(stream.waitingByteCount == 3)
        append([4], 2, to: &stream)
        #expect(stream.waitingByteCount > 4)
    }

    @Test("what is given up moves the offset past it")
    func clearing() {
        var stream = ByteStream()
        append([1, 2, 3], 1, to: &stream)
        append([4], 2, to: &stream)
        stream.clear()
        #expect(stream.offset == 4)
        #expect(stream.waitingByteCount == 0)
    }
}
