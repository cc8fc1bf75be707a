/// An exchange that is not over: the request waits for its response, or a body for its end.
final class OpenExchange {
    var exchange: Exchange
    private var isRequestOver = false
    private var isResponseOver = false

    init(_ exchange: Exchange) { self.exchange = exchange }

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
    }
}
