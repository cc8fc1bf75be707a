import Bytes
import Capture
import Packets
import Recordings
import System

/// Reads files and pipes one after another, and hands on what is in them.
public struct FileInput: ~Copyable {
    @usableFromInline let files: [InputFile]
    @usableFromInline let hasFilter: Bool
    private let recordingLimits: RecordingLimits
    private var filter: PacketFilter?
    /// The number of the last packet.
    @usableFromInline var lastNumber: UInt64 = 0
    /// The consumer wants nothing more.
    @usableFromInline var isStopped = false
    /// When the file before this one began.
    private var begun: Timestamp?
    /// When the last packet was captured.
    @usableFromInline var lastTime = Timestamp(nanoseconds: 0)
    /// Of captures that were made on all interfaces at once.
    private var sightings: Sightings?
    /// What of the current file's facts was handed on.
    private var handedOn = HandedOn()

    private struct HandedOn {
        var interfaceCount = 0
        var secretsCount = 0
    }

    public init(_ files: [InputFile], filter: consuming PacketFilter? = nil, recordingLimits: RecordingLimits = RecordingLimits()) {
        self.files = files
        self.recordingLimits = recordingLimits
        hasFilter = filter != nil
        self.filter = filter
    }

    /// Reads all files, or until the consumer has enough.
    @inlinable
    public mutating func run<Consumer: PacketConsumer & ~Copyable>(into consumer: inout Consumer) throws(Consumer.Failure) {
        for file in files where !isStopped && !consumer.hasEnough { try read(file, into: &consumer) }
    }

    @inlinable
    mutating func read<Consumer: PacketConsumer & ~Copyable>(
        _ file: InputFile, into consumer: inout Consumer
    ) throws(Consumer.Failure) {
        let firstPacket = file.firstPacket ?? lastNumber + 1
        guard try consumer.begin(InputSource(name: file.name, path: file.path, firstPacket: firstPacket)) else {
            isStopped = true
            return
        }
        // A pipe may say nothing for long, and the person may have enough of waiting.
        if file.path == "-", !waitForInput() {
            isStopped = true
            return consumer.note(.ended(SourceEnd()))
        }
        var failure: CaptureError?
        guard let opened = open(file, firstPacket, &failure) else { return consumer.note(.ended(SourceEnd(failure: failure))) }
        switch consume opened {
        case .capture(let reader): try read(reader, of: file, firstPacket, into: &consumer)
        case .recording(let reader): try read(reader, named: file.name, into: &consumer)
        }
    }

    @inlinable
    mutating func read<Consumer: PacketConsumer & ~Copyable>(
        _ opened: consuming CaptureReader, of file: InputFile, _ firstPacket: UInt64, into consumer: inout Consumer
    ) throws(Consumer.Failure) {
        var failure: CaptureError?
        var reader = opened
        consumer.note(.opened(isCompressed: reader.facts.isCompressed, canBringSecrets: reader.facts.format == .pcapng))
        do throws(Consumer.Failure) {
            if firstPacket < file.endNumber { failure = try readPackets(&reader, upTo: file.endNumber, into: &consumer) }
            try consumer.catchUp()
        } catch {
            consumer.note(.ended(end(of: reader, nil)))
            throw error
        }
        consumer.note(.ended(end(of: reader, failure)))
    }

    /// Hands on packets until the end, or up to a number, or until the input fails.
    /// - Returns: why it failed.
    @inlinable
    mutating func readPackets<Consumer: PacketConsumer & ~Copyable>(
        _ reader: inout CaptureReader, upTo end: UInt64, into consumer: inout Consumer
    ) throws(Consumer.Failure) -> CaptureError? {
        var isFirst = true
        var header = PacketHeader()
        var untilLookahead = 1
        while !consumer.hasEnough {
            let spacing = Consumer.checkpointSpacing
            if spacing > 0, isFirst || lastNumber % spacing == 0 { consumer.note(.checkpoint(reader.checkpoint)) }
            var isNewsPossible = isFirst
            if !reader.nextBuffered(into: &header) {
                // Reading moves the bytes of the packets before.
                try consumer.catchUp()
                if !reader.hasBufferedPacket, try !consumer.pause(at: reader.offset) {
                    isStopped = true
                    return nil
                }
                var failure: CaptureError?
                guard next(of: &reader, into: &header, &failure) else {
                    if failure == nil { handOn(from: &reader, to: &consumer) }
                    return failure
                }
                isNewsPossible = true
            }
            if isFirst, isAnew(header.time) { try consumer.beginAnew() }
            isFirst = false
            if isNewsPossible { handOn(from: &reader, to: &consumer) }
            lastNumber = header.number
            lastTime = header.time
            var isSelected = true
            if hasFilter {
                var failure: CaptureError?
                isSelected = isSelectedByFilter(header, reader.bytes, &failure)
                if let failure { return failure }
            }
            if header.linkType == .linuxCooked2, isRepeated(header, reader.bytes) { isSelected = false }
            untilLookahead -= 1
            if untilLookahead == 0 { untilLookahead = consumer.lookAhead(&reader, after: header) }
            try consumer.take(header, reader.bytes, at: spacing > 0 ? reader.offset : 0, isSelected: isSelected)
            if consumer.wantsLook { try consumer.look(&reader, after: header) }
            if header.number &+ 1 >= end { return nil }
        }
        return nil
    }

    /// Hands on what stood between two packets, or after the last.
    @inlinable @inline(never)
    mutating func handOn<Consumer: PacketConsumer & ~Copyable>(from reader: inout CaptureReader, to consumer: inout Consumer) {
        while let note = nextFact(of: reader) { consumer.note(note) }
        while let count = reader.takeCount() { consumer.note(.count(count)) }
    }
}

// What is not worth specializing.
extension FileInput {
    @usableFromInline
    func waitForInput() -> Bool { Interrupt.waitForInput() }

    @usableFromInline
    mutating func open(_ file: InputFile, _ firstPacket: UInt64, _ failure: inout CaptureError?) -> OpenedFile? {
        handedOn = HandedOn()
        do throws(CaptureError) {
            return try file.open(firstPacket: firstPacket, recordingLimits)
        } catch {
            // A pipe may never have had a writer, and the person may have had enough of waiting.
            if !Interrupt.isRequested { failure = error }
            return nil
        }
    }

    @usableFromInline
    func end(of reader: borrowing CaptureReader, _ failure: CaptureError?) -> SourceEnd {
        SourceEnd(remarks: reader.facts.notes, failure: failure, offset: reader.offset)
    }

    /// Reads on; false at the end, or where that fails.
    @usableFromInline
    func next(of reader: inout CaptureReader, into header: inout PacketHeader, _ failure: inout CaptureError?) -> Bool {
        do throws(CaptureError) {
            guard let read = try reader.next() else { return false }
            header = read
            return true
        } catch {
            // An interrupt ends the wait for a pipe, perhaps inside a packet.
            if !Interrupt.isRequested { failure = error }
            return false
        }
    }

    /// Whether a packet of a capture on all interfaces was seen before, on another one.
    @usableFromInline @inline(never)
    mutating func isRepeated(_ header: PacketHeader, _ bytes: Span<UInt8>) -> Bool {
        if sightings == nil { sightings = Sightings() }
        return sightings?.isRepeated(header, bytes) ?? false
    }

    /// Packets that were seen on several interfaces, counted once.
    public var repeatedCount: UInt64 {
        mutating get { sightings?.repeatedCount ?? 0 }
    }

    /// What comes after a recording is a capture of its own.
    mutating func noteRecording() { begun = Timestamp(nanoseconds: .max) }

    /// Whether a file with a first packet of this time is a capture of its own.
    ///
    /// Files that go on where the one before ended, as `tcpdump -C` writes them, are one capture. One that begins before the one before
    /// ended is another, and so is one that begins long after: its connections are others, although their addresses may be the same.
    @usableFromInline
    mutating func isAnew(_ time: Timestamp) -> Bool {
        defer { begun = time }
        guard let begun else { return false }
        guard time > begun else { return true }
        let pause = time.nanoseconds(since: lastTime)
        return pause < -Self.overlap || pause > max(Self.longestPause, lastTime.nanoseconds(since: begun))
    }

    /// Nanoseconds by which packets may be written too late.
    private static let overlap: Int64 = 1_000_000_000
    /// Nanoseconds without a packet that a capture may last between two files, however little it lasted before.
    private static let longestPause: Int64 = 600_000_000_000

    @usableFromInline
    mutating func nextFact(of reader: borrowing CaptureReader) -> InputNote? {
        if handedOn.interfaceCount < reader.facts.interfaces.count {
            handedOn.interfaceCount += 1
            return .interface(reader.facts.interfaces[handedOn.interfaceCount - 1])
        }
        if handedOn.secretsCount < reader.facts.secrets.count {
            handedOn.secretsCount += 1
            return .secrets(reader.facts.secrets[handedOn.secretsCount - 1])
        }
        return nil
    }

    @usableFromInline
    mutating func isSelectedByFilter(_ header: PacketHeader, _ bytes: Span<UInt8>, _ failure: inout CaptureError?) -> Bool {
        do throws(CaptureError) {
            return try filter?.matches(header, bytes) ?? true
        } catch {
            failure = error
            return false
        }
    }
}
