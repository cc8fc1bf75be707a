import Bytes
import Channels

/// Recognises a SOCKS5 proxy by the client's first bytes (RFC 1928), and reads what goes through it.
public struct SOCKSLayer: LayerFactory {
    public init() {}

    public func recognize(_ bytes: Span<UInt8>, fromServer: Bool) -> Recognition {
        guard !fromServer, bytes[0] == 5 else { return .no }
        // Version, and that many methods; more may follow only once the server has chosen.
        guard bytes.count >= 2 else { return .needsMore }
        let count = 2 + Int(bytes[1])
        guard bytes[1] > 0, bytes.count <= count else { return .no }
        return bytes.count < count ? .needsMore : .yes
    }

    public func makeLayer(isFromBeginning: Bool) -> any ByteLayer { SOCKSSession() }

    public func transport(over transport: String) -> String { transport }
}

/// The negotiation with a SOCKS5 proxy, and then the bytes of whatever the client speaks through it.
final class SOCKSSession: ByteLayer {
    /// What comes next of a direction.
    private enum Step {
        case methods
        /// User name and password, and what the proxy thinks of them (RFC 1929).
        case password
        case request
        /// Everything that follows is the tunnel's.
        case tunnel
        /// The proxy refused.
        case over
    }

    private var client: Direction?
    private var clientStep = Step.methods
    private var serverStep = Step.methods

    func take(_ bytes: Span<UInt8>, from direction: Direction, into output: inout LayerOutput) -> Int {
        if client == nil { client = direction }
        var taken = 0
        while taken < bytes.count {
            let rest = bytes.extracting(taken..<bytes.count)
            let step = client == direction ? clientStep : serverStep
            if case .tunnel = step {
                output.deliver(taken..<bytes.count, direction)
                return bytes.count
            }
            if case .over = step { return bytes.count }
            guard let count = client == direction ? takeClient(rest) : takeServer(rest, direction, &output) else { return taken }
            taken += count
        }
        return taken
    }

    func noteGap(_ gap: Gap, from direction: Direction, into output: inout LayerOutput) {
        let step = client == direction ? clientStep : serverStep
        if case .tunnel = step { output.noteGap(gap, direction) } else { output.giveUp() }
    }

    /// Nil if more bytes are needed, or the proxy's answer.
    private func takeClient(_ bytes: Span<UInt8>) -> Int? {
        switch clientStep {
        case .methods:
            guard bytes.count >= 2, bytes.count >= 2 + Int(bytes[1]) else { return nil }
            clientStep = .request
            return 2 + Int(bytes[1])
        case .password:
            guard bytes.count >= 2, bytes.count >= 3 + Int(bytes[1]) else { return nil }
            let count = 3 + Int(bytes[1]) + Int(bytes[2 + Int(bytes[1])])
            guard bytes.count >= count else { return nil }
            clientStep = .request
            return count
        case .request:
            // What the methods' answer asks for comes first, and that may not have been captured yet.
            if bytes[0] == 1 {
                clientStep = .password
                return 0
            }
            guard let count = Self.addressedByteCount(bytes) else { return nil }
            // Nothing more before the proxy says that it is connected.
            clientStep = .tunnel
            return count
        case .tunnel, .over: return bytes.count
        }
    }

    private func takeServer(_ bytes: Span<UInt8>, _ direction: Direction, _ output: inout LayerOutput) -> Int? {
        switch serverStep {
        case .methods:
            guard bytes.count >= 2 else { return nil }
            serverStep = bytes[1] == 2 ? .password : bytes[1] == 0xFF ? .over : .request
            return 2
        case .password:
            guard bytes.count >= 2 else { return nil }
            serverStep = .request
            return 2
        case .request:
            guard let count = Self.addressedByteCount(bytes) else { return nil }
            serverStep = bytes[1] == 0 ? .tunnel : .over
            return count
        case .tunnel, .over: return bytes.count
        }
    }

    /// The length of a request or a reply (RFC 1928 §4, §6); nil if more bytes are needed to tell.
    private static func addressedByteCount(_ bytes: Span<UInt8>) -> Int? {
        guard bytes.count >= 5 else { return nil }
        let address =
            switch bytes[3] {
            case 3: 1 + Int(bytes[4])
            case 4: 16
            default: 4
            }
        let count = 4 + address + 2
        return bytes.count < count ? nil : count
    }
}
