import Bytes
import Channels

// What the handshake says, and the change from one stage to the next.
extension TLSSession {
    func takePlain(_ header: RecordHeader, _ payload: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) -> Step {
        withHalf(direction) { $0.isLocating = false }
        switch header.type {
        case .handshake:
            withHalf(direction) { $0.messages.append(payload) }
            readMessages(direction, &output)
            return .done
        case .changeCipherSpec:
            guard let answer else {
                // The client's may be seen before the answer is.
                if hello != nil, isClient(direction) { return .wait }
                markOpaque(direction, hello == nil ? .notFromBeginning : .handshakeLost)
                return .done
            }
            if answer.version != .tls13 { beginProtection(direction) }
            return .done
        case .alert:
            if let alert = alert(inTheClear: header, payload, direction) { note(alert, direction, &output) }
            return .done
        case .heartbeat: return .done
        case .applicationData:
            guard let answer else {
                if hello != nil, isClient(direction) { return .wait }
                return beginMidway(direction)
            }
            guard answer.version == .tls13 else {
                // ChangeCipherSpec is missing, and perhaps Finished with it.
                beginProtection(direction)
                withHalf(direction) { $0.unopenedCount = 1 }
                return .again
            }
            // The client's first record after its hello; the server's stage changed with its own hello.
            if isClient(direction), earlyData == .offered { return .wait }
            withHalf(direction) { $0.stage = .trial(Half.Trial(labels: firstLabels(direction))) }
            return .again
        }
    }

    /// The secrets that may protect a direction's first record in TLS 1.3.
    private func firstLabels(_ direction: Direction) -> [KeyLogLabel] {
        guard isClient(direction) else { return [.serverHandshake, .serverTraffic] }
        return (earlyData == .accepted ? [.clientEarly] : []) + [.clientHandshake, .clientTraffic]
    }

    func markOpaque(_ direction: Direction, _ reason: OpaqueReason) { withHalf(direction) { $0.markOpaque(reason) } }

    /// An alert that is not encrypted; nil also where anything may look like one, in bytes that are no records.
    func alert(inTheClear header: RecordHeader, _ payload: Span<UInt8>, _ direction: Direction) -> Alert? {
        withHalf(direction) { $0.hasNonsense } ? nil : Alert(inTheClear: header, payload)
    }

    /// Notes an alert; `close_notify` ends the direction, every other one the connection (RFC 8446 §6).
    func note(_ alert: Alert, _ direction: Direction, _ output: inout LayerOutput) {
        withHalf(direction) { if $0.alert == nil || $0.alert == .closeNotify { $0.alert = alert } }
        // In TLS 1.2 these are warnings (RFC 5246 §7.2.2).
        if [41, 90, 100].contains(alert.code) { return }
        output.end(
            nil, direction,
            abort: alert == .closeNotify ? nil : StreamAbort(code: UInt64(alert.code), name: alert.name, carrier: "TLS alert"))
    }

    // MARK: Messages

    func readMessages(_ direction: Direction, _ output: inout LayerOutput) {
        while let (type, byteCount) = withHalf(direction, { $0.messages.next }) {
            let message = withHalf(direction) { half in
                let message = half.messages.span.extracting(0..<byteCount).copied()
                half.messages.removeFirst(byteCount)
                return message
            }
            guard let type = HandshakeType(rawValue: type) else { continue }
            read(type, message, direction, &output)
        }
    }

    private func read(_ type: HandshakeType, _ message: [UInt8], _ direction: Direction, _ output: inout LayerOutput) {
        let body = message.span.extracting(4..<message.count)
        let isTLS13 = answer?.version == .tls13
        if !isTLS13, type != .helloRequest { keepTranscript(message, type) }
        switch type {
        case .clientHello: readClientHello(body, direction)
        case .serverHello: readServerHello(body, direction, &output)
        case .encryptedExtensions:
            readEncryptedExtensions(body)
            output.resume(direction.opposite)
        case .certificate, .serverKeyExchange, .serverHelloDone: if !isTLS13 { withHalf(direction) { $0.hasKeyExchange = true } }
        case .clientKeyExchange:
            withHalf(direction) { $0.hasKeyExchange = true }
            readKeyExchange(body)
        case .newSessionTicket: if !isTLS13 { readTicket(body) }
        case .endOfEarlyData: if isTLS13, isClient(direction) { change(direction, to: [.clientHandshake, .clientTraffic]) }
        case .finished: if isTLS13 { readFinished(direction, &output) }
        case .keyUpdate: if isTLS13 { updateKeys(direction) }
        case .helloRequest: break
        }
    }

    private func readClientHello(_ body: Span<UInt8>, _ direction: Direction) {
        guard let hello = ClientHello(body) else { return }
        client = direction
        // A renegotiation within the connection, or a second hello after a retry.
        let isFirst = self.hello == nil
        self.hello = hello
        answer = answer.flatMap { $0.isRetry ? nil : $0 }
        encryptedPremaster = []
        guard isFirst else { return }
        security.serverName = hello.serverName
        security.offeredProtocols = hello.protocols
        if hello.offersEarlyData { earlyData = .offered }
    }

    private func readServerHello(_ body: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) {
        guard let answer = ServerHello(body) else { return }
        client = direction.opposite
        self.answer = answer
        if answer.isRetry {
            if earlyData == .offered { earlyData = .refused }
            return output.resume(direction.opposite)
        }
        security.version = answer.version?.name
        security.cipher = answer.suite.name
        if let name = answer.protocols.first { security.applicationProtocol = name }
        if answer.version == .tls13 {
            security.isResumed = answer.selectsPreSharedKey
            if earlyData == .offered, !answer.selectsPreSharedKey { earlyData = .refused }
            withHalf(direction) {
                $0.messages.removeAll()
                $0.stage = .trial(Half.Trial(labels: [.serverHandshake, .serverTraffic]))
            }
            // Nobody will say whether early data was accepted where the server's handshake cannot be opened.
            if earlyData == .offered, !mayOpenHandshake { earlyData = .accepted }
        }
        output.resume(direction.opposite)
    }

    private func readEncryptedExtensions(_ body: Span<UInt8>) {
        let extensions = EncryptedExtensions(body)
        if let name = extensions.protocolName { security.applicationProtocol = name }
        if earlyData == .offered { earlyData = extensions.acceptsEarlyData ? .accepted : .refused }
    }

    /// The first Finished of a direction ends its handshake; one that follows authenticates the client once more (RFC 8446 §4.6.2).
    private func readFinished(_ direction: Direction, _ output: inout LayerOutput) {
        let isHandshake = withHalf(direction) { $0.secret?.label == .clientHandshake || $0.secret?.label == .serverHandshake }
        guard isHandshake else { return }
        change(direction, to: [isClient(direction) ? .clientTraffic : .serverTraffic])
        if !isClient(direction) {
            if earlyData == .offered { earlyData = .refused }
            output.resume(direction.opposite)
        }
    }

    /// Further records are protected with other secrets (RFC 8446 §7).
    private func change(_ direction: Direction, to labels: [KeyLogLabel]) {
        withHalf(direction) { half in
            half.stage = .trial(Half.Trial(labels: labels))
            half.protection = nil
            half.secret = nil
            half.resetLosses()
        }
    }

    // MARK: TLS 1.2 and older

    private static let transcriptLimit = 256 << 10

    private func keepTranscript(_ message: [UInt8], _ type: HandshakeType) {
        guard store.derivesFromPremaster else { return }
        if type == .clientHello { transcript = [] }
        guard transcript.count + message.count <= Self.transcriptLimit, encryptedPremaster.isEmpty else { return }
        transcript += message
    }

    private func readKeyExchange(_ body: Span<UInt8>) {
        guard answer?.suite.sendsPremaster == true else {
            encryptedPremaster = [0]
            return
        }
        // SSL 3.0 has no length before it.
        var reader = HelloReader(body)
        encryptedPremaster = reader.vector(lengthByteCount: 2).map { body.extracting($0).copied() } ?? body.copied()
    }

    private func readTicket(_ body: Span<UInt8>) {
        var reader = HelloReader(body)
        guard reader.skip(4) != nil, let ticket = reader.vector(lengthByteCount: 2) else { return }
        newTicket = body.extracting(ticket).copied()
    }
}
