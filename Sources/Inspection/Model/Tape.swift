import Bytes
import Waits
import WebSocket

/// Events, in the order in which an inspection reports them, until a sink takes them.
///
/// The inspection writes on a tape and knows no sink; whoever has a sink plays the tape into it. So there is one inspection in the
/// program, not one for each report, and the two may run in different threads.
///
/// Frames are records side by side. Payloads are ranges of the tape's own bytes or, if the tape is played before the next packet is
/// read, lent by the packet.
@safe
public struct Tape: ~Copyable {
    /// Where bytes are.
    @safe
    @usableFromInline
    struct Location {
        /// Nil for bytes of the tape's own.
        @usableFromInline var base: UnsafePointer<UInt8>?
        @usableFromInline var offset: Int
        @usableFromInline var count: Int

        /// Bytes of the tape's own.
        static func own(_ offset: Int, count: Int) -> Location { unsafe Location(base: nil, offset: offset, count: count) }
    }

    /// What a frame is to its message.
    @usableFromInline
    enum Kind {
        /// It is a whole message, and its payload is the content.
        case whole(isValidText: Bool)
        /// It does not end a message.
        case part
        /// It ends the message at this index, which has content of its own.
        case ending(Int)
    }

    /// An event in its order; a plain frame, as nearly all are, stands here itself.
    @safe
    @usableFromInline
    struct Record {
        @usableFromInline
        enum Kind {
            case plain
            /// The frame at this index.
            case frame(Int32)
            /// The event at this index.
            case event(Int32)
            /// What the segment at this index shows.
            case mark(Int32)
        }

        @usableFromInline var kind: Kind
        @usableFromInline var plain = PlainFrame.none
        @usableFromInline var connection: Unmanaged<Connection>?
        @usableFromInline var payload = Location.own(0, count: 0)
    }

    /// Any other frame.
    @safe
    @usableFromInline
    struct Entry {
        @usableFromInline var frame: Frame
        @usableFromInline var connection: Unmanaged<Connection>
        @usableFromInline var payload: Location
        @usableFromInline var kind: Kind
    }

    /// A message that a frame ends, with content of its own.
    @safe
    @usableFromInline
    struct Ending {
        @usableFromInline var message: Message
        @usableFromInline var content: Location
    }

    /// Nil until the first of them.
    @usableFromInline var records: UnsafeMutablePointer<Record>?
    @usableFromInline var count = 0
    private var capacity = 0
    @usableFromInline var frames: [Entry] = []
    @usableFromInline var messages: [Ending] = []
    @usableFromInline var events: [Event] = []
    @usableFromInline var marks: [TransportMark] = []
    @usableFromInline var bytes = ByteBuffer()
    /// Payloads are copied, because the tape is played later.
    let ownsBytes: Bool

    /// Bytes of its own memory that it keeps between two uses.
    private static let keptByteCount = 1 << 18

    public init(ownsBytes: Bool = false) {
        self.ownsBytes = ownsBytes
        unsafe records = nil
    }

    // Records contain no references.
    deinit { unsafe records?.deallocate() }

    @inlinable @inline(__always) public var isEmpty: Bool { count == 0 }

    /// Memory that the events take.
    @inline(__always)
    public var byteCount: Int { count &* MemoryLayout<Record>.stride &+ bytes.count &+ rareByteCount }

    /// What events and frames that are not plain take.
    private var rareByteCount = 0

    /// What an event takes, nearly always less.
    private static var eventByteCount: Int { 2_048 }

    // MARK: Writing

    @inline(__always) var end: Int { bytes.count }

    /// The bytes at a location, while nothing is written.
    @inline(__always)
    @_lifetime(borrow self)
    func span(_ location: Location) -> Span<UInt8> {
        // Invariant: bytes of the tape's own were written; others are lent until the tape is cleared.
        if let base = unsafe location.base {
            let lent = unsafe Span(_unsafeStart: base, count: location.count)
            return unsafe _overrideLifetime(lent, borrowing: self)
        }
        return bytes.span.extracting(location.offset..<location.offset + location.count)
    }

    /// The bytes from `offset` on.
    @inline(__always)
    func own(from offset: Int) -> Location { .own(offset, count: bytes.count - offset) }

    /// Takes back the bytes from `offset` on, to which nothing refers.
    @inline(__always)
    mutating func forgetBytes(from offset: Int) { bytes.truncate(to: offset) }

    /// The location of bytes that stay where they are until the tape is played, or of a copy of them.
    @inline(__always)
    mutating func take(_ span: Span<UInt8>, isLent: Bool) -> Location {
        if isLent, !ownsBytes {
            // Invariant: `span` is of the packet's bytes, which stay until the tape was played and cleared.
            return unsafe span.withUnsafeBufferPointer { unsafe Location(base: $0.baseAddress, offset: 0, count: $0.count) }
        }
        let offset = bytes.count
        bytes.append(span)
        return own(from: offset)
    }

    /// Adds a plain frame.
    @inline(__always)
    mutating func append(_ record: Record) {
        if count == capacity { grow() }
        // Invariant: `count` is below `capacity`, and what is there is not initialized.
        unsafe (records.unsafelyUnwrapped + count).initialize(to: record)
        count += 1
    }

    mutating func append(_ frame: consuming Frame, _ connection: Unmanaged<Connection>, _ payload: Location, _ kind: Kind) {
        unsafe frames.append(Entry(frame: consume frame, connection: connection, payload: payload, kind: kind))
        unsafe append(Record(kind: .frame(Int32(frames.count - 1))))
        rareByteCount += MemoryLayout<Entry>.stride
    }

    /// - Parameter contentByteCount: what it refers to besides, if that is much.
    mutating func append(_ event: consuming Event, contentByteCount: Int = 0) {
        events.append(event)
        unsafe append(Record(kind: .event(Int32(events.count - 1))))
        rareByteCount += Self.eventByteCount + contentByteCount
    }

    mutating func append(_ mark: TransportMark) {
        marks.append(mark)
        unsafe append(Record(kind: .mark(Int32(marks.count - 1))))
        rareByteCount += MemoryLayout<TransportMark>.stride
    }

    /// Keeps a message and its content, for the frame that ends it.
    mutating func append(_ message: consuming Message, _ content: Location) -> Kind {
        messages.append(Ending(message: consume message, content: content))
        return .ending(messages.count - 1)
    }

    @inline(never)
    private mutating func grow() {
        let wanted = max(capacity * 2, 64)
        let larger = UnsafeMutablePointer<Record>.allocate(capacity: wanted)
        if let records = unsafe records {
            unsafe larger.moveInitialize(from: records, count: count)
            unsafe records.deallocate()
        }
        unsafe records = larger
        capacity = wanted
    }

    /// What is on the tape, to be played as long as the tape does not change.
    public var recording: Recording {
        // Invariant: the tape's arrays and bytes stay where they are until something is written or the tape is cleared.
        unsafe Recording(
            records: records, count: count, frames: frames.withUnsafeBufferPointer { $0.baseAddress },
            messages: messages.withUnsafeBufferPointer { $0.baseAddress },
            events: events.withUnsafeBufferPointer { $0.baseAddress },
            marks: marks.withUnsafeBufferPointer { $0.baseAddress },
            bytes: bytes.span.withUnsafeBufferPointer { $0.baseAddress })
    }

    /// Passes everything to a sink, in order, and is empty afterwards.
    @inlinable
    public mutating func play(into sink: inout some EventSink & ~Copyable) {
        recording.play(into: &sink)
        clear()
    }

    /// Forgets everything.
    public mutating func clear() {
        count = 0
        rareByteCount = 0
        if !frames.isEmpty { frames.removeAll(keepingCapacity: true) }
        if !messages.isEmpty { messages.removeAll(keepingCapacity: true) }
        if !events.isEmpty { events.removeAll(keepingCapacity: true) }
        if !marks.isEmpty { marks.removeAll(keepingCapacity: true) }
        bytes.removeAll(keepingAtMost: Self.keptByteCount)
    }
}

extension Tape {
    /// The events of a tape, as long as nothing is written on it.
    @safe
    public struct Recording {
        @usableFromInline let records: UnsafeMutablePointer<Record>?
        @usableFromInline let count: Int
        @usableFromInline let frames: UnsafePointer<Entry>?
        @usableFromInline let messages: UnsafePointer<Ending>?
        @usableFromInline let events: UnsafePointer<Event>?
        @usableFromInline let marks: UnsafePointer<TransportMark>?
        @usableFromInline let bytes: UnsafePointer<UInt8>?

        /// Passes everything to a sink, in order.
        @inlinable
        public func play(into sink: inout some EventSink & ~Copyable) {
            var index = 0
            while index < count {
                prefetch(index &+ 8)
                announce(index &+ 5, isNear: false, to: sink)
                announce(index &+ 2, isNear: true, to: sink)
                // Invariant: `index` is below `count`, up to which records are initialized, and so are what records refer to. A
                // connection is kept by the inspection, or by the event that ends it, which comes later on a tape.
                let record = unsafe records.unsafelyUnwrapped + index
                switch unsafe record.pointee.kind {
                case .plain:
                    let payload = unsafe span(record.pointee.payload)
                    unsafe record.pointee.connection.unsafelyUnwrapped._withUnsafeGuaranteedRef {
                        unsafe sink.frame(plain: record.pointee.plain, payload: payload, of: $0)
                    }
                case .frame(let frame): unsafe play(frames.unsafelyUnwrapped + Int(frame), into: &sink)
                case .event(let event): unsafe sink.note(events.unsafelyUnwrapped[Int(event)])
                case .mark(let mark): unsafe sink.transport(marks.unsafelyUnwrapped[Int(mark)])
                }
                index += 1
            }
        }

        /// Asks for the connection of a plain frame; with many connections it has left the processor's caches.
        @inlinable @inline(__always)
        func prefetch(_ index: Int) {
            guard index < count, let connection = unsafe records.unsafelyUnwrapped[index].connection else { return }
            unsafe Prefetch.request(connection.toOpaque())
        }

        /// Has the sink fetch what it notes of the connection of a plain frame, which has left the caches likewise.
        @inlinable @inline(__always)
        func announce(_ index: Int, isNear: Bool, to sink: borrowing some EventSink & ~Copyable) {
            guard index < count, let connection = unsafe records.unsafelyUnwrapped[index].connection else { return }
            unsafe connection._withUnsafeGuaranteedRef { sink.expect($0, isNear: isNear) }
        }

        // Invariant: the entry stays where it is until the tape is cleared.
        @inlinable
        func play(_ entry: UnsafePointer<Entry>, into sink: inout some EventSink & ~Copyable) {
            let payload = unsafe span(entry.pointee.payload)
            // Once, since each use through the pointer would make a copy.
            let frame = unsafe entry.pointee.frame
            unsafe entry.pointee.connection._withUnsafeGuaranteedRef {
                switch unsafe entry.pointee.kind {
                case .whole(let isValidText):
                    var message = Message(of: frame, length: frame.header.length)
                    message.opcode = frame.header.opcode
                    message.isCompressed = false
                    message.isComplete = true
                    message.isValidText = isValidText
                    sink.frame(frame, payload: payload, ending: message, content: payload, of: $0)
                case .part: sink.frame(frame, payload: payload, ending: nil, content: payload, of: $0)
                case .ending(let index):
                    let ending = unsafe messages.unsafelyUnwrapped + index
                    unsafe sink.frame(
                        frame, payload: payload, ending: ending.pointee.message, content: span(ending.pointee.content), of: $0)
                }
            }
        }

        @inlinable @inline(__always)
        @_lifetime(borrow self)
        func span(_ location: Location) -> Span<UInt8> {
            // Invariant: bytes of the tape's own were written and stay where they are; others are lent until the tape is cleared.
            let base = unsafe location.base ?? bytes.map { unsafe $0 + location.offset }
            let lent = unsafe UnsafeBufferPointer(start: base, count: location.count)
            return unsafe _overrideLifetime(Span(_unsafeElements: lent), borrowing: self)
        }
    }
}
