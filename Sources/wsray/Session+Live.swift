import Bytes
import Capture
import Inspection
import System

/// A live capture: batches from the thread that captures, to the report and to the file.
extension Session {
    mutating func capture(into report: inout some Report & ~Copyable) throws(Output.Failure) {
        Interrupt.installForCapture()
        report.beginFile(options.live.interfaces.joined(separator: ", "), firstPacket: 1)
        inspector.noteLoss(of: 0, from: Timestamp(nanoseconds: 0), to: Timestamp(nanoseconds: 0))
        var failed: Output.Failure?
        do throws(CaptureError) {
            try live?.capture.start()
            do throws(Output.Failure) { try receive(into: &report) } catch { failed = error }
        } catch {
            note(error)
        }
        live?.capture.stop()
        live?.file?.close()
        if let error = live?.file?.failure { note(error) }
        if let failed { throw failed }
    }

    /// Takes batches until the end; what there is to show is shown before it would wait.
    private mutating func receive(into report: inout some Report & ~Copyable) throws(Output.Failure) {
        guard let interfaces = live?.capture.interfaces else { return }
        var batch = PacketBatch()
        while !report.hasEnough {
            if options.keys.poll() {
                inspector.resumeWaiting()
                try report.flush(&inspector)
            }
            if live?.capture.receive(&batch) == true {
                try take(&batch, of: interfaces, into: &report)
            } else {
                try report.flush(&inspector)
                live?.file?.flush()
                if live?.capture.isFinished == true { return }
                if live?.wait() == false { throw .closed }
            }
            live?.tellLosses()
            if Interrupt.descriptor.isOpen { Interrupt.answer() }
            if Interrupt.takeHangUp() { hangUp() }
            live?.stopWhenDue(shown: inspector.summary.frames &+ inspector.summary.connections)
        }
    }

    private mutating func take(
        _ batch: inout PacketBatch, of interfaces: [CaptureInterface], into report: inout some Report & ~Copyable
    ) throws(Output.Failure) {
        for statistics in batch.statistics {
            if let loss = live?.note(statistics) { note(loss) }
        }
        for place in 0..<batch.count {
            let header = batch.header(at: place, number: packets + 1, of: interfaces)
            if live?.isRepeated(header, batch.bytes(at: place)) == true { continue }
            packets += 1
            try report.show(header, batch.bytes(at: place), &inspector)
            live?.write(header, batch.bytes(at: place), of: inspector.lastFlow)
            if report.hasEnough { return }
        }
        for failure in batch.failures { note(failure, isSaid: interfaces.count > 1) }
    }

    /// SIGHUP: the next file, or the end where there is none, and where the terminal was closed.
    private mutating func hangUp() {
        guard live?.writesFile == true, live?.isTerminalGone == false else {
            live?.stop()
            return
        }
        if let error = live?.file?.rotate() { Output.remark("\(error.message); going on with the file before") }
    }
}
