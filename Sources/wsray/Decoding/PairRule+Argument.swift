import ArgumentParser
import Filter
import JSON
import Subprotocols

extension PairRule: ExpressibleByArgument {
    /// `request.id == response.reqId`: a place in a message of JSON on either side, as after `json` in the language of filters.
    public init?(argument: String) {
        let sides = argument.split(separator: "=", omittingEmptySubsequences: false)
        guard sides.count == 3, sides[1].isEmpty, let request = Self.path(String(sides[0]), after: "request"),
            let response = Self.path(String(sides[2]), after: "response")
        else { return nil }
        self.init(argument, request: request, response: response)
    }

    private static func path(_ text: String, after word: String) -> JSONPath? {
        let trimmed = text.filter { $0 != " " && $0 != "\t" }
        guard trimmed.hasPrefix(word), trimmed.utf8.count > word.utf8.count,
            let fields = try? FieldReference.list("json" + trimmed.dropFirst(word.utf8.count)), fields.count == 1
        else { return nil }
        return fields[0].place
    }
}
