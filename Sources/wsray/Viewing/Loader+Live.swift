import Bytes
import Capture
import Inspection
import System
import Viewer

/// A live capture for the viewer: whatever comes is copied, since it comes only once.
extension Loader {
    /// Milliseconds after which it is looked whether anybody still wants packets.
    private static let longestWait: Int32 = 100

    mutating func capture() {
        inspector.noteLoss(of: 0, from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: 0))
        let name = options.live.interfaces.joined(separator: ", ")
        begin("", name, isFile: false, isCopied: true)
        copy?.describe(live?.capture.interfaces ?? [])
        do throws(CaptureError) {
            try live?.capture.start()
            receive()
        } catch {
            note(error)
        }
        live?.capture.stop()
        noteCut(name)
        live?.file?.close()
        if let error = live?.file?.failure { note(error) }
        if let drops = live?.dropCounts, !drops.isEmpty { progress.remarks.append("packets dropped: \(drops)") }
    }

    private mutating func receive() {
        guard let interfaces = live?.capture.interfaces, let descriptor = live?.capture.descriptor else { return }
        var batch = PacketBatch()
        while !isStopped, !handover.isStopped {
            if live?.capture.receive(&batch) == true {
                take(&batch, of: interfaces)
                handOverWhenDue()
            } else {
                handOver()
                live?.file?.flush()
                if live?.capture.isFinished == true { return }
                descriptor.wait(for: .reading, milliseconds: Self.longestWait)
            }
            live?.stopWhenDue(shown: inspector.summary.frames &+ inspector.summary.connections)
        }
    }

    private mutating func take(_ batch: inout PacketBatch, of interfaces: [CaptureInterface]) {
        for statistics in batch.statistics {
            copy?.append(statistics)
            guard let loss = live?.note(statistics) else { continue }
            inspector.noteLoss(of: loss.count, from: loss.from, to: loss.to)
        }
        for place in 0..<batch.count {
            let header = batch.header(at: place, number: packets + 1, of: interfaces)
            if live?.isRepeated(header, batch.bytes(at: place)) == true { continue }
            packets += 1
            if let kept = keep(header, batch.bytes(at: place)) { recorder.beginPacket(header.number, batch.bytes(at: place), at: kept) }
            inspector.inspect(header, batch.bytes(at: place), into: &recorder)
            recorder.endPacket()
            live?.write(header, batch.bytes(at: place), of: inspector.lastFlow)
            progress.readByteCount += UInt64(header.originalLength)
        }
        for failure in batch.failures { note(failure) }
    }
}
