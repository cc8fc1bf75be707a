/// All protocols that are known, in the order in which they are asked; the first that recognises a connection has it.
enum Registry {
    static let dialects: [any Dialect.Type] = [
        GraphQLTransport.self, GraphQLLegacy.self, SocketIO.self, SignalR.self, STOMP.self, MQTT.self, Phoenix.self, ActionCable.self,
        WAMP.self, OCPP.self, Kubernetes.self, Pusher.self, DevTools.self, BiDi.self, Centrifugo.self, HomeAssistant.self, Slack.self,
        DDP.self, Nostr.self, SockJS.self, MarketFeed.self, JSONRPC.self,
    ]
}
