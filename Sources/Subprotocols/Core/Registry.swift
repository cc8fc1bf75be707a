/// All protocols that are known, in the order in which they are asked; the first that recognises a connection has it.
enum Registry {
    // JSON-RPC's messages say what they are, so it is asked before those that are told by what they usually say.
    static let dialects: [any Dialect.Type] = [
        JSONRPC.self, GraphQLTransport.self, GraphQLLegacy.self, SocketIO.self, SignalR.self, STOMP.self, MQTT.self, Phoenix.self,
        ActionCable.self,
        WAMP.self, OCPP.self, Kubernetes.self, Pusher.self, DevTools.self, BiDi.self, Centrifugo.self, HomeAssistant.self, Slack.self,
        DDP.self, Nostr.self, SockJS.self, MarketFeed.self, Jupyter.self, Discord.self, Vite.self,
        XMPP.self, SIP.self, Hocuspocus.self, Yjs.self,
        MessagePackRPC.self, MessagePackShape.self, CBORShape.self, BSONShape.self, ETFShape.self, ProtobufShape.self,
        CompressedShape.self, ZstdShape.self,
    ]

    /// Those that a handshake without a subprotocol may tell.
    static let byURL: [any Dialect.Type] = dialects.filter { $0.isToldByURL }

    /// A protocol that may recognise a message by itself.
    private struct Recogniser {
        let dialect: any Dialect.Type
        /// The names that tell it, one way or another; none where objects are told by something else.
        let telling: [MemberNames]

        init(_ dialect: any Dialect.Type) {
            self.dialect = dialect
            telling = dialect.tellingMembers.map { MemberNames($0) }
        }

        /// False where it cannot recognise an object with these names.
        func mayRecognise(_ names: MemberNames) -> Bool {
            let telling = telling.span
            if telling.isEmpty { return true }
            for index in telling.indices where names.mayHave(telling[index]) { return true }
            return false
        }
    }

    private static let recognisers = dialects.map { Recogniser($0) }

    /// The protocols that may recognise a message with an opening, in their order.
    private struct Recognisers {
        let all: [Recogniser]
        /// All names that tell any of them; nil where one of them is told by something else.
        let telling: MemberNames?

        init(of opening: Openings) {
            all = recognisers.filter { !$0.dialect.openings.isDisjoint(with: opening) }
            let isTold = all.allSatisfy { !$0.telling.isEmpty }
            telling = isTold ? MemberNames(all.flatMap { $0.dialect.tellingMembers.joined() }) : nil
        }
    }

    /// By the raw values of openings.
    private static let byOpening: [Recognisers] = (0...Openings.all.rawValue).map { Recognisers(of: Openings(rawValue: $0)) }

    /// The protocol that recognises a message by itself. Counts no references: most messages speak none.
    /// - Parameter names: those of its members; nil where it is no object.
    static func dialect(of content: Span<UInt8>, _ message: MessageFacts, _ opening: Openings, _ names: MemberNames?) -> (any Dialect.Type)?
    {
        let recognisers = byOpening.span
        let place = Int(opening.rawValue)
        if let names, let telling = recognisers[place].telling, !names.mayShare(telling) { return nil }
        let all = recognisers[place].all.span
        for index in all.indices {
            if let names, !all[index].mayRecognise(names) { continue }
            if all[index].dialect.recognise(content, message) { return all[index].dialect }
        }
        return nil
    }
}
