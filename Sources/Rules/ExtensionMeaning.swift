import HTTP
import WebSocket

/// What an extension's parameters mean for the two ends, a phrase each (RFC 7692 §7.1).
///
/// Of extensions other than permessage-deflate nothing is known, and nothing is said.
public enum ExtensionMeaning {
    /// Of what a client offers: each parameter that is there.
    public static func ofOffer(_ element: Extension) -> [String] {
        guard element.isDeflate else { return [] }
        return element.parameters.compactMap { parameter in
            switch (parameter.name, parameter.value) {
            case ("server_no_context_takeover", _): "server is asked not to keep its context"
            case ("client_no_context_takeover", _): "client will not keep its context"
            case ("server_max_window_bits", let bits?): "server is asked for a window of at most 2^\(bits) bytes"
            case ("client_max_window_bits", let bits?): "client will use a window of at most 2^\(bits) bytes"
            case ("client_max_window_bits", nil): "server may ask the client for a smaller window"
            default: nil
            }
        }
    }

    /// Of what a server answered: who may keep context, and how large a window each may use, whether said or by default.
    public static func ofAnswer(_ element: Extension) -> [String] {
        guard element.isDeflate else { return [] }
        let agreed = DeflateParameters(element.parameters.map { ($0.name, $0.value) })
        return [("server", agreed.server), ("client", agreed.client)].flatMap { name, side in
            [
                "\(name) \(side.resetsContext ? "must not" : "may") keep its context",
                "\(name) may use a window of 2^\(side.windowBits) bytes",
            ]
        }
    }
}

extension Extension {
    fileprivate var isDeflate: Bool { name.equalsIgnoringCase(DeflateParameters.extensionName) }
}
