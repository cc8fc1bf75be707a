import Bytes
import Capture
import Packets
import System

/// What packets come from as they pass by, in batches.
public protocol PacketBatches: AnyObject {
    var interfaces: [CaptureInterface] { get }
    func start() throws(CaptureError)
    /// Ends the capture: what passed by until now can still be received.
    func stop()
    /// Readable while there is something to receive, or the end.
    var descriptor: Descriptor { get }
    /// Exchanges a batch that is done with for the next; false when there is none yet.
    func receive(_ batch: inout PacketBatch) -> Bool
    /// Everything was received, and nothing more will come.
    var isFinished: Bool { get }
}

extension LiveCapture: PacketBatches {}

/// Takes batches of interfaces until the end, and hands on what is in them.
public struct LiveInput<Batches: PacketBatches>: ~Copyable {
    @usableFromInline let batches: Batches
    @usableFromInline var deadlines: Deadlines
    /// Where a packet may be seen on several interfaces.
    @usableFromInline var sightings: Sightings?
    @usableFromInline let seesRepeated: Bool
    /// Of each interface, what was counted last.
    private var counted: [InterfaceStatistics]
    @usableFromInline var lastNumber: UInt64 = 0
    private var hasStopped = false

    /// - Parameter seesRepeated: the same packet may be seen on several interfaces, and is to be handed on once.
    public init(_ batches: Batches, deadlines: consuming Deadlines, seesRepeated: Bool) {
        self.batches = batches
        self.deadlines = deadlines
        self.seesRepeated = seesRepeated
        sightings = seesRepeated ? Sightings() : nil
        counted = batches.interfaces.indices.map { InterfaceStatistics(interface: UInt32($0), time: Timestamp(nanoseconds: 0)) }
    }

    /// Packets that were seen on several interfaces, counted once.
    public var repeatedCount: UInt64 {
        mutating get { sightings?.repeatedCount ?? 0 }
    }

    /// Runs until the end of the capture, or until the consumer has enough.
    @inlinable
    public mutating func run<Consumer: LiveConsumer & ~Copyable>(into consumer: inout Consumer) throws(Consumer.Failure) {
        guard try consumer.begin(InputSource(name: name, path: "", firstPacket: 1)) else { return }
        consumer.note(.opened(isCompressed: false, canBringSecrets: false))
        for interface in batches.interfaces { consumer.note(.interface(interface)) }
        let failure = start()
        do throws(Consumer.Failure) {
            if failure == nil { try receive(into: &consumer) }
        } catch {
            stop()
            consumer.note(.ended(SourceEnd()))
            throw error
        }
        stop()
        consumer.note(.ended(SourceEnd(failure: failure)))
    }

    @inlinable
    mutating func receive<Consumer: LiveConsumer & ~Copyable>(into consumer: inout Consumer) throws(Consumer.Failure) {
        let interfaces = batches.interfaces
        var batch = PacketBatch()
        while !consumer.hasEnough {
            if batches.receive(&batch) {
                try take(&batch, of: interfaces, into: &consumer)
            } else {
                if try !consumer.pause(at: 0) || batches.isFinished { return }
                try consumer.wait(for: batches.descriptor, milliseconds: millisecondsLeft)
            }
            let goesOn = consumer.turn()
            if !goesOn || deadlines.isOver(shown: consumer.shownCount) { stop() }
        }
    }

    @inlinable
    mutating func take<Consumer: LiveConsumer & ~Copyable>(
        _ batch: inout PacketBatch, of interfaces: [CaptureInterface], into consumer: inout Consumer
    ) throws(Consumer.Failure) {
        for statistics in batch.statistics { consumer.note(.count(count(of: statistics))) }
        for place in 0..<batch.count {
            let header = batch.header(at: place, number: lastNumber + 1, of: interfaces)
            if seesRepeated, sightings?.isRepeated(header, batch.bytes(at: place)) == true { continue }
            lastNumber += 1
            try consumer.take(header, batch.bytes(at: place), at: 0, isSelected: true)
            if consumer.hasEnough { return }
        }
        for failure in batch.failures { consumer.note(.failure(failure)) }
    }
}

// What is not worth specializing.
extension LiveInput {
    @usableFromInline var name: String { batches.interfaces.compactMap(\.name).joined(separator: ", ") }

    @usableFromInline
    func start() -> CaptureError? {
        do throws(CaptureError) { try batches.start() } catch { return error }
        return nil
    }

    @usableFromInline
    mutating func stop() {
        guard !hasStopped else { return }
        hasStopped = true
        batches.stop()
    }

    /// Milliseconds until something is due without a packet; −1 for never.
    @usableFromInline var millisecondsLeft: Int32 { hasStopped ? -1 : deadlines.millisecondsLeft }

    /// Statistics with what was lost since those before.
    @usableFromInline
    mutating func count(of statistics: InterfaceStatistics) -> InterfaceCount {
        let place = Int(statistics.interface)
        let loss = PacketLoss(from: counted[place].dropped == nil ? nil : counted[place], to: statistics)
        counted[place] = statistics
        return InterfaceCount(statistics: statistics, loss: loss)
    }
}
