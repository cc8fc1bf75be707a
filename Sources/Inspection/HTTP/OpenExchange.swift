import HTTP

/// An exchange that is not over: the request waits for its response, or a body for its end.
final class OpenExchange {
    var exchange: Exchange
    /// It is counted, and reported when it is over.
    let isCounted: Bool
    /// Engine.IO polls with it.
    let isPolling: Bool
    /// The body in which it brings packets of Engine.IO, while that comes.
    var polled: PolledContent?
    private var isRequestOver = false
    private var isResponseOver = false

    init(_ exchange: Exchange, isCounted: Bool, isPolling: Bool) {
        self.exchange = exchange
        self.isCounted = isCounted
        self.isPolling = isPolling
    }

    /// Takes content of one of its bodies.
    func add(_ content: Span<UInt8>, ofRequest: Bool) {
        if isCounted { ofRequest ? exchange.requestBody.add(content) : exchange.responseBody.add(content) }
        if let polled, polled.isOfRequest == ofRequest { polled.add(content) }
    }

    /// Notes that the body of one direction has ended; true if that ends the exchange.
    func endBody(ofRequest: Bool) -> Bool {
        if ofRequest { isRequestOver = true } else { isResponseOver = true }
        return isRequestOver && isResponseOver
    }

    /// Notes that nothing more comes of it; true the first time, unless it had ended.
    func giveUp() -> Bool {
        defer { (isRequestOver, isResponseOver) = (true, true) }
        return !(isRequestOver && isResponseOver)
    }

    func noteGap(_ count: UInt64, ofRequest: Bool) {
        if ofRequest { exchange.requestBody.noteGap(count) } else { exchange.responseBody.noteGap(count) }
        if polled?.isOfRequest == ofRequest { polled?.noteGap() }
    }
}
