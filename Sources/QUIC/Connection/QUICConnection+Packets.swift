import Bytes
import Channels

// Datagrams, the packets in them, and those that wait for their keys.
extension QUICConnection {
    public func take(_ datagram: Span<UInt8>, from direction: Direction, at mark: PacketMark, into output: inout LayerOutput) {
        // Both cases are written out: choosing one of two objects would count references.
        if direction == .fromLow {
            take(datagram, from: fromLow, to: fromHigh, mark, &output)
        } else {
            take(datagram, from: fromHigh, to: fromLow, mark, &output)
        }
    }

    private func take(
        _ datagram: Span<UInt8>, from sender: Sender, to receiver: Sender, _ mark: PacketMark, _ output: inout LayerOutput
    ) {
        datagramCount &+= 1
        sender.traffic.datagramCount &+= 1
        sender.traffic.byteCount &+= UInt64(datagram.count)
        guard !datagram.isEmpty else { return }
        let before = readiness
        var start = 0
        while start < datagram.count, LongHeader.isLong(datagram[start]), let header = LongHeader(datagram, at: start) {
            take(header, datagram.extracting(start..<header.end), startingAt: start, sender, mark, &output)
            start = header.end
        }
        if start < datagram.count, !LongHeader.isLong(datagram[start]) {
            takeShort(datagram.extracting(start..<datagram.count), isAlone: start == 0, from: sender, to: receiver, mark, &output)
        }
        if readiness != before { takeWaiting(into: &output) }
        if !fromLow.gapped.isEmpty { reviewGaps(of: fromLow, at: mark, &output) }
        if !fromHigh.gapped.isEmpty { reviewGaps(of: fromHigh, at: mark, &output) }
    }

    private func take(
        _ header: LongHeader, _ packet: Span<UInt8>, startingAt start: Int, _ sender: Sender, _ mark: PacketMark,
        _ output: inout LayerOutput
    ) {
        let level: PacketLevel
        switch header.kind {
        case .versionNegotiation:
            if !isClient(sender), !isAnswered { hasNegotiatedVersion = true }
            return
        case .retry: return takeRetry(packet, header, sender)
        case .initial: level = .initial
        case .earlyData: level = .earlyData
        case .handshake: level = .handshake
        }
        if level == .initial, isClient(sender), let version = header.version, beginsAnother(version) {
            restart(version, destination: header.destination)
        }
        let numberOffset = header.numberOffset - start
        switch open(packet, numberOffset, level, header.version, sender, mark, &output) {
        case .opened:
            if level != .earlyData { noteSource(header, sender) }
        case .waits: wait(packet, numberOffset, level, header.version, sender, mark)
        case .failed: sender.traffic.packetCount &+= 1
        }
    }

    /// A packet that was authentic names the ID that its sender wants to be addressed by, and the version that it speaks.
    private func noteSource(_ header: LongHeader, _ sender: Sender) {
        if !sender.ids.contains(header.source) { register(header.source, of: sender) }
        guard !isClient(sender) else { return }
        isAnswered = true
        if let version = header.version { self.version = version }
    }

    /// - Parameter isAlone: no other packet came before it in the datagram. What follows one may be padding.
    @inline(__always)
    private func takeShort(
        _ packet: Span<UInt8>, isAlone: Bool, from sender: Sender, to receiver: Sender, _ mark: PacketMark, _ output: inout LayerOutput
    ) {
        guard receiver.isAddressed(by: packet) || isAlone else { return }
        let numberOffset = 1 &+ Int(receiver.current.byteCount)
        switch open(packet, numberOffset, .application, nil, sender, mark, &output) {
        case .opened: break
        case .waits: wait(packet, numberOffset, .application, nil, sender, mark)
        case .failed: passOver(packet, sender, mark)
        }
    }

    /// A packet with a short header that nothing opens.
    private func passOver(_ packet: Span<UInt8>, _ sender: Sender, _ mark: PacketMark) {
        sender.traffic.packetCount &+= 1
        if sender.hasResetToken(packet) {
            noteEnd(DatagramEnd(by: sender.direction, mark: mark, reason: .statelessReset))
        } else {
            sender.unopenedCount += 1
        }
    }

    enum Opening {
        case opened
        /// Its keys may still come.
        case waits
        case failed
    }

    /// Opens a packet and takes what is in it.
    @inline(__always)
    func open(
        _ packet: Span<UInt8>, _ numberOffset: Int, _ level: PacketLevel, _ version: QUICVersion?, _ sender: Sender, _ mark: PacketMark,
        _ output: inout LayerOutput
    ) -> Opening {
        // Taken out, so that what is called with a part of it can reach everything else.
        var plain = ByteBuffer()
        swap(&plain, &room.plain)
        defer { swap(&plain, &room.plain) }
        var trial = Trial(level: level, version: version ?? self.version, numberOffset: numberOffset)
        let opening = decrypt(packet, &trial, sender, into: &plain)
        guard opening == .opened, let head = trial.head else { return opening }
        sender.traffic.packetCount &+= 1
        let isNew =
            switch level {
            case .application, .earlyData: sender.application.capture(head.number)
            case .handshake: sender.handshake.capture(head.number)
            case .initial: sender.initial.capture(head.number)
            }
        if isNew { takeFrames(plain.span, of: head.number, level, sender, mark, &output) }
        return .opened
    }

    // MARK: Waiting

    private func wait(
        _ packet: Span<UInt8>, _ numberOffset: Int, _ level: PacketLevel, _ version: QUICVersion?, _ sender: Sender, _ mark: PacketMark
    ) {
        waitingOrder += 1
        let waiting = WaitingPackets.Packet(
            bytes: packet.copied(), numberOffset: numberOffset, level: level, version: version, mark: mark, order: waitingOrder)
        keepWaiting(waiting, sender)
    }

    private func keepWaiting(_ packet: WaitingPackets.Packet, _ sender: Sender) {
        let count = sender.waiting.append(packet, limit: limits.waitingByteCount)
        sender.unopenedCount += UInt64(count)
        sender.traffic.packetCount += UInt64(count)
    }

    /// Takes the packets that wait, in the order in which they came, as far as they can be opened now.
    func takeWaiting(into output: inout LayerOutput) {
        while !(fromLow.waiting.isEmpty && fromHigh.waiting.isEmpty) {
            let before = readiness
            let low = fromLow.waiting.takeAll()
            let high = fromHigh.waiting.takeAll()
            var (lowIndex, highIndex) = (0, 0)
            while lowIndex < low.count || highIndex < high.count {
                let isLow = highIndex == high.count || lowIndex < low.count && low[lowIndex].order < high[highIndex].order
                let packet = isLow ? low[lowIndex] : high[highIndex]
                if isLow { lowIndex += 1 } else { highIndex += 1 }
                takeAgain(packet, isLow ? fromLow : fromHigh, &output)
            }
            if readiness == before { return }
        }
    }

    private func takeAgain(_ packet: WaitingPackets.Packet, _ sender: Sender, _ output: inout LayerOutput) {
        var numberOffset = packet.numberOffset
        if packet.level == .application {
            // Meanwhile other connection IDs may have become known.
            let receiver = self.sender(sender.direction.opposite)
            _ = receiver.isAddressed(by: packet.bytes.span)
            numberOffset = 1 + Int(receiver.current.byteCount)
        }
        switch open(packet.bytes.span, numberOffset, packet.level, packet.version, sender, packet.mark, &output) {
        case .opened: break
        case .waits: keepWaiting(packet, sender)
        case .failed:
            if packet.level == .application {
                passOver(packet.bytes.span, sender, packet.mark)
            } else {
                sender.traffic.packetCount += 1
            }
        }
    }

    func noteEnd(_ end: DatagramEnd) {
        if hasEnded { return }
        hasEnded = true
        self.end = end
    }
}

extension StreamAbort {
    /// RFC 9000 §10.3.
    static let statelessReset = StreamAbort(code: 0, name: "stateless reset", carrier: "stateless reset")
}
