/// All protocols that are known, in the order in which they are asked; the first that recognises a connection has it.
enum Registry {
    static let dialects: [any Dialect.Type] = [
        GraphQLTransport.self, GraphQLLegacy.self, SocketIO.self, SignalR.self, STOMP.self, MQTT.self, Phoenix.self, ActionCable.self,
        WAMP.self, OCPP.self, Kubernetes.self, Pusher.self, DevTools.self, BiDi.self, Centrifugo.self, HomeAssistant.self, Slack.self,
        DDP.self, Nostr.self, SockJS.self, MarketFeed.self, JSONRPC.self, Jupyter.self, Discord.self, Vite.self,
        XMPP.self, SIP.self, Hocuspocus.self, Yjs.self,
        MessagePackRPC.self, MessagePackShape.self, CBORShape.self, BSONShape.self, ETFShape.self, ProtobufShape.self,
        CompressedShape.self, ZstdShape.self,
    ]

    /// Those that a handshake without a subprotocol may tell.
    static let byURL: [any Dialect.Type] = dialects.filter { $0.isToldByURL }

    /// A protocol that may recognise a message by itself.
    struct Recogniser {
        let dialect: any Dialect.Type
        let openings: Openings
        /// The names that tell it; nil where objects are told in another way.
        let telling: MemberNames?
    }

    static let byMessage: [Recogniser] = dialects.compactMap {
        if $0.openings.isEmpty { return nil }
        return Recogniser(
            dialect: $0, openings: $0.openings, telling: $0.tellingMembers.isEmpty ? nil : MemberNames($0.tellingMembers))
    }
}
