/// All protocols that are known, in the order in which they are asked; the first that recognises a connection has it.
enum Registry {
    static let dialects: [any Dialect.Type] = [
        GraphQLTransport.self, GraphQLLegacy.self, SocketIO.self, SignalR.self, STOMP.self, MQTT.self, Phoenix.self, ActionCable.self,
        WAMP.self, OCPP.self, Kubernetes.self, Pusher.self, DevTools.self, BiDi.self, Centrifugo.self, HomeAssistant.self, Slack.self,
        DDP.self, Nostr.self, SockJS.self, MarketFeed.self, JSONRPC.self, Jupyter.self, Discord.self,
        MessagePackRPC.self, Shaped<MessagePackShape>.self, Shaped<CBORShape>.self, Shaped<BSONShape>.self, Shaped<ETFShape>.self,
        Shaped<ProtobufShape>.self, Shaped<CompressedShape>.self,
    ]

    /// Those that may recognise a message by itself, with the names that tell them; nil where objects are told in another way.
    static let byMessage: [(dialect: any Dialect.Type, telling: MemberNames?)] = dialects.map {
        ($0, $0.tellingMembers.isEmpty ? nil : MemberNames($0.tellingMembers))
    }
}
