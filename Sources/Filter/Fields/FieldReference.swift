import JSON

/// A field as an expression names it: with the name of a header field, or a place in JSON.
public struct FieldReference: Equatable, Sendable {
    public var field: Field
    /// Of `request.header` and `response.header`.
    var headerName: String?
    /// Of `json`.
    var path: JSONPath?
    /// As it was written.
    public var written: String
    /// Where that stands: UTF-8 offsets in the expression.
    public var range: Range<Int>

    /// Of `json`: the place in the message.
    public var place: JSONPath? { path }

    /// What it is about has to be decoded.
    public var isAboutOperations: Bool { field.entry.level == .operation }

    init(_ field: Field, headerName: String? = nil, path: JSONPath? = nil, written: String, at range: Range<Int>) {
        self.field = field
        self.headerName = headerName
        self.path = path
        self.written = written
        self.range = range
    }
}
