import Bytes
import Channels
import TLS

// What the handshake says: TLS in CRYPTO frames, Retry, and beginning anew.
extension QUICConnection {
    func takeCrypto(_ bytes: Span<UInt8>, at offset: UInt64, _ level: PacketLevel, _ sender: Sender, _ mark: PacketMark) {
        switch level {
        case .initial:
            sender.initialMessages.take(bytes, at: offset, mark: mark)
            while let (type, message) = sender.initialMessages.nextMessage() { read(type, message, sender) }
        case .handshake:
            sender.handshakeMessages.take(bytes, at: offset, mark: mark)
            while let (type, message) = sender.handshakeMessages.nextMessage() { read(type, message, sender) }
        // Tickets: keys are updated without any message (RFC 9001 §6).
        case .earlyData, .application: break
        }
    }

    private func read(_ type: HandshakeType?, _ message: [UInt8], _ sender: Sender) {
        let body = message.span.extracting(4..<message.count)
        switch type {
        case .clientHello: if isClient(sender) { readClientHello(body) }
        case .serverHello: if !isClient(sender) { readServerHello(body) }
        case .encryptedExtensions: if !isClient(sender) { readEncryptedExtensions(body) }
        default: break
        }
    }

    private func readClientHello(_ body: Span<UInt8>) {
        guard answer == nil, let hello = ClientHello(body) else { return }
        if self.hello == nil { readiness += 1 }
        self.hello = hello
        security.serverName = hello.serverName
        security.offeredProtocols = hello.protocols
        if hello.offersEarlyData, earlyData == .none { earlyData = .offered }
        if let parameters = hello.transportParameters { note(TransportParameters(parameters.span), of: sender(client)) }
        if !hello.protocols.isEmpty, protocols.isDisjoint(with: hello.protocols) { isForeign = true }
    }

    private func readServerHello(_ body: Span<UInt8>) {
        guard self.answer == nil, let answer = ServerHello(body) else { return }
        readiness += 1
        if answer.isRetry {
            if earlyData == .offered { earlyData = .refused }
            return
        }
        self.answer = answer
        suite = PacketSuite(answer.suite)
        security.version = answer.version?.name
        security.cipher = answer.suite.name
        security.isResumed = answer.selectsPreSharedKey
        guard earlyData == .offered else { return }
        // Nobody will say whether early data was accepted where the server's handshake cannot be opened.
        if !answer.selectsPreSharedKey { earlyData = .refused } else if !mayOpenHandshake { earlyData = .accepted }
    }

    private func readEncryptedExtensions(_ body: Span<UInt8>) {
        let extensions = EncryptedExtensions(body)
        if let name = extensions.protocolName {
            security.applicationProtocol = name
            isForeign = !protocols.contains(name)
        }
        if let parameters = extensions.transportParameters { note(TransportParameters(parameters.span), of: server) }
        if earlyData == .offered { decideEarlyData(extensions.acceptsEarlyData) }
    }

    private func note(_ parameters: TransportParameters, of sender: Sender) {
        sender.parameters = parameters
        if let token = parameters.statelessResetToken { sender.add(resetToken: token) }
        if let id = parameters.preferredID { register(id, of: sender) }
        if let token = parameters.preferredToken { sender.add(resetToken: token) }
        let other = self.sender(sender.direction.opposite)
        other.maxData = max(other.maxData ?? 0, parameters.maxData)
        for stream in streams.all {
            let limit = initialLimit(of: stream.id, other.direction)
            stream.withHalf(other.direction) { half in half.limit = half.limit ?? limit }
        }
    }

    /// The server says that the handshake is over (RFC 9001 §4.1.2): what is left of it are repetitions, which need no keys.
    func confirmHandshake() {
        guard fromLow.parameters != nil, fromHigh.parameters != nil else { return }
        isConfirmed = true
        initialV1 = nil
        initialV2 = nil
        for sender in [fromLow, fromHigh] { sender.forgetHandshake() }
    }

    // MARK: Beginning anew

    /// A server that wants to know first whether the client can be reached (RFC 9000 §8.1.2).
    func takeRetry(_ packet: Span<UInt8>, _ header: LongHeader, _ sender: Sender) {
        sender.traffic.packetCount += 1
        guard !isClient(sender), !isAnswered, !hasRetried, let version = header.version,
            Retry.isAuthentic(packet, version, original: initialDestination)
        else { return }
        hasRetried = true
        register(header.source, of: sender)
        restartHandshake(version, destination: header.source)
    }

    /// Whether another first packet of the client may belong to this connection: the server has not answered, but asked for another one,
    /// or may have done so.
    ///
    /// - Parameter hasToken: the packet has a token.
    func mayBegin(with source: ConnectionID, hasToken: Bool) -> Bool {
        guard !isAnswered, end == nil else { return false }
        let ids = sender(client).ids
        guard ids.contains(source) else { return hasNegotiatedVersion && ids.isEmpty }
        return !source.isEmpty || hasNegotiatedVersion || hasToken
    }

    /// A client that was told which versions there are begins again in one of them (RFC 9000 §6.2).
    func beginsAnother(_ version: QUICVersion) -> Bool { hasNegotiatedVersion && !isAnswered && version != self.version }

    /// The client begins again, in another version, or with another connection ID for the server.
    func restart(_ version: QUICVersion, destination: ConnectionID) {
        register(destination, of: server)
        restartHandshake(version, destination: destination)
    }

    private func restartHandshake(_ version: QUICVersion, destination: ConnectionID) {
        self.version = version
        initialDestination = destination
        initialV1 = nil
        initialV2 = nil
        // The hello comes again, in some stacks another one; the last one counts.
        hello = nil
        earlyData = .none
        sender(client).initialMessages.restart()
        sender(client).initial = NumberSpace()
    }
}
