import Bytes

// Heads as they are sent (RFC 9112 §2.1).
extension RequestHead {
    /// Appends the request line, the fields and the blank line. What would end a line inside of them becomes a blank.
    public func encode(into output: inout ByteBuffer) {
        output.append(line: [method, target, version])
        output.append(headers)
    }
}

extension ResponseHead {
    /// Appends the status line, the fields and the blank line. What would end a line inside of them becomes a blank.
    public func encode(into output: inout ByteBuffer) {
        let digits = "\(status)"
        output.append(line: [version, String(repeating: "0", count: max(0, 3 - digits.count)) + digits, reason])
        output.append(headers)
    }
}

extension ByteBuffer {
    fileprivate mutating func append(line words: [String]) {
        for (index, word) in words.enumerated() {
            if index > 0 { append(UInt8.space) }
            append(withoutLineEnds: word.utf8.span)
        }
        append("\r\n")
    }

    fileprivate mutating func append(_ headers: Headers) {
        for header in headers {
            append(withoutLineEnds: header.name.utf8.span)
            append(": ")
            append(withoutLineEnds: header.value.utf8.span)
            append("\r\n")
        }
        append("\r\n")
    }

    private mutating func append(withoutLineEnds text: Span<UInt8>) {
        for index in text.indices {
            let byte = text[index]
            append(byte == .carriageReturn || byte == .lineFeed || byte == 0 ? .space : byte)
        }
    }
}
