import Bytes
import Capture
import Inspection

/// Files and pipes, from first to last.
extension Session {
    static func name(_ file: String) -> String { file == "-" ? "standard input" : file }

    mutating func readFiles(into report: inout some Report & ~Copyable) throws(Output.Failure) {
        for file in options.files where !report.hasEnough && !Interrupt.isRequested { try read(file, into: &report) }
    }

    private mutating func read(_ file: String, into report: inout some Report & ~Copyable) throws(Output.Failure) {
        let name = names[file] ?? Self.name(file)
        var outputFailure: Output.Failure?
        report.beginFile(name, firstPacket: packets + 1)
        do throws(CaptureError) {
            var reader = try CaptureReader(
                file == "-" ? ByteSource.standardInput() : try ByteSource(path: file), name: name, firstPacketNumber: packets + 1)
            let end = readPackets(&reader, isStandardInput: file == "-", into: &report)
            for note in reader.facts.notes where makesRemarks { Output.remark("\(name): \(note)") }
            switch end {
            case .done: return
            case .input(let error): throw error
            case .output(let error): outputFailure = error
            }
        } catch {
            note(error)
        }
        if let outputFailure { throw outputFailure }
    }

    private enum End {
        case done
        case input(CaptureError)
        case output(Output.Failure)
    }

    private mutating func readPackets<Shown: Report & ~Copyable>(
        _ reader: inout CaptureReader, isStandardInput: Bool, into report: inout Shown
    ) -> End {
        do throws(Output.Failure) {
            let end = try readAll(&reader, isStandardInput: isStandardInput, into: &report)
            try report.catchUp(&inspector)
            return end
        } catch {
            return .output(error)
        }
    }

    private mutating func readAll<Shown: Report & ~Copyable>(
        _ reader: inout CaptureReader, isStandardInput: Bool, into report: inout Shown
    ) throws(Output.Failure) -> End {
        var isFirst = true
        var header = PacketHeader()
        // Not where it matters after which packet something is shown.
        let mayWait = !Shown.takesPackets && options.count == nil
        var untilLookahead = 1
        while !report.hasEnough {
            if !reader.nextBuffered(into: &header) {
                // Reading moves the bytes of the packets before.
                try report.catchUp(&inspector)
                if !reader.hasBufferedPacket {
                    // Reading may wait: what there is to show is shown first.
                    try report.flush(&inspector)
                    if Interrupt.isRequested || (isStandardInput && !Interrupt.waitForInput()) { return .done }
                }
                do throws(CaptureError) {
                    guard let read = try reader.next() else {
                        while let count = reader.takeCount() { take(count, of: reader.facts.interfaces, into: &report) }
                        return .done
                    }
                    header = read
                } catch {
                    return .input(error)
                }
            }
            if isFirst { try beginFile(at: header.time, into: &report) }
            isFirst = false
            while let count = reader.takeCount() { take(count, of: reader.facts.interfaces, into: &report) }
            packets = header.number
            if filter != nil {
                do throws(CaptureError) {
                    guard try filter?.matches(header, reader.bytes) ?? true else { continue }
                } catch {
                    return .input(error)
                }
            }
            untilLookahead -= 1
            if untilLookahead == 0 { untilLookahead = lookAhead(reader, header) }
            if mayWait {
                try report.showLater(header, reader.bytes, &inspector)
                continue
            }
            try report.show(header, reader.bytes, &inspector)
            if Shown.takesPackets { report.took(header, reader.bytes, inspector.place, of: reader.facts.interfaces) }
        }
        return .done
    }

    /// Has what the next packets will need read; after how many packets to do it again.
    @inline(never)
    private mutating func lookAhead(_ reader: borrowing CaptureReader, _ header: PacketHeader) -> Int {
        // Many, where it is not worth it yet.
        guard inspector.looksAhead else { return 256 }
        var ahead = CaptureReader.Lookahead()
        var count = 0
        while true {
            let bytes = reader.peek(&ahead)
            guard !bytes.isEmpty, inspector.foresee(bytes, like: header) else { break }
            count += 1
        }
        inspector.fetchUpcoming()
        return max(1, count)
    }

    private mutating func take<Shown: Report & ~Copyable>(
        _ count: InterfaceCount, of interfaces: [CaptureInterface], into report: inout Shown
    ) {
        if let loss = count.loss { note(loss) }
        if Shown.takesPackets { report.took(count.statistics, of: interfaces) }
    }

    /// Files that go on where the one before ended, as `tcpdump -C` writes them, are one capture. One that begins no later than
    /// the one before is a capture of its own: its connections are others, although their addresses may be the same.
    private mutating func beginFile(at time: Timestamp, into report: inout some Report & ~Copyable) throws(Output.Failure) {
        if let begun, time <= begun {
            try report.close(&inspector)
            report.beginAnew()
        }
        begun = time
    }
}
