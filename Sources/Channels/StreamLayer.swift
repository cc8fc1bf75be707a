import Bytes

/// What is spoken over streams that a layer below puts in order, each by itself. HTTP/3.
///
/// It keeps what it cannot read yet, with the packets that brought it, and within its limits. It reports heads, content and ends of those
/// streams that carry requests.
public protocol StreamLayer: AnyObject {
    /// Takes the next bytes of one direction of a stream.
    ///
    /// - Parameters:
    ///   - offset: of the first of them in the stream.
    ///   - mark: the packet that brought them.
    func take(
        _ bytes: Span<UInt8>, of stream: UInt64, from direction: Direction, at offset: UInt64, _ mark: PacketMark,
        into output: inout LayerOutput)

    /// The next bytes of a stream will never come: so many of them.
    func noteGap(_ byteCount: UInt64, of stream: UInt64, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput)

    /// The sender ended its direction, and all that came before was handed on.
    func end(_ stream: UInt64, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput)

    /// The sender gave its direction up (RESET_STREAM).
    func reset(_ stream: UInt64, from direction: Direction, code: UInt64, at mark: PacketMark, into output: inout LayerOutput)

    /// The receiver of a direction wants no more of it (STOP_SENDING).
    func stop(_ stream: UInt64, from direction: Direction, code: UInt64, at mark: PacketMark, into output: inout LayerOutput)

    /// Nothing more comes.
    func finish(into output: inout LayerOutput)

    /// The name of an application's error code: `H3_NO_ERROR`.
    func name(ofError code: UInt64) -> String

    /// Bytes that wait, of all streams.
    var waitingByteCount: Int { get }

    /// What one end spends on keeping streams apart, its frames and headers.
    func framing(of direction: Direction) -> Framing?
}
