import JSON

/// How requests and answers of a private protocol belong together: what is at a place in the one equals what is at a place in the other.
public struct PairRule: Sendable {
    /// As it was written: `request.id == response.reqId`.
    public let text: String
    let request: JSONPath
    let response: JSONPath

    public init(_ text: String, request: JSONPath, response: JSONPath) {
        self.text = text
        self.request = request
        self.response = response
    }
}
