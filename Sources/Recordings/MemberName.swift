import Bytes

/// The names of members that are read; those that begin with _ are the recorders' own.
enum MemberName {
    case log, creator, browser, entries, name, version, snapshot, request, response, startedDateTime, time
    case serverIPAddress, serverPort, resourceType, webSocketMessages, webSocketControls, method, url
    case httpVersion, headers, status, statusText, content, failure, text, encoding, file, value, type, opcode
    case data, exactData, statedLength, code, reason, roundTrip, isRedacted, isComplete, playwrightVersion
    case browserName
    case comment
    /// Any other.
    case other

    init(_ name: Span<UInt8>) {
        switch name.count {
        case 3:
            self = name.matches("log") ? .log : name.matches("url") ? .url : .other
        case 4:
            self =
                name.matches("name")
                ? .name
                : name.matches("time")
                    ? .time
                    : name.matches("text")
                        ? .text : name.matches("type") ? .type : name.matches("data") ? .data : name.matches("code") ? .code : .other
        case 5:
            self = name.matches("_file") ? .file : name.matches("_sha1") ? .file : name.matches("value") ? .value : .other
        case 6:
            self =
                name.matches("method")
                ? .method
                : name.matches("status")
                    ? .status
                    : name.matches("_error")
                        ? .failure
                        : name.matches("opcode") ? .opcode : name.matches("base64") ? .exactData : name.matches("reason") ? .reason : .other
        case 7:
            self =
                name.matches("comment")
                ? .comment
                : name.matches("creator")
                    ? .creator
                    : name.matches("browser")
                        ? .browser
                        : name.matches("entries")
                            ? .entries
                            : name.matches("version")
                                ? .version
                                : name.matches("request")
                                    ? .request
                                    : name.matches("headers")
                                        ? .headers
                                        : name.matches("content")
                                            ? .content
                                            : name.matches("_base64") ? .exactData : name.matches("_length") ? .statedLength : .other
        case 8:
            self =
                name.matches("snapshot")
                ? .snapshot
                : name.matches("response")
                    ? .response : name.matches("encoding") ? .encoding : name.matches("complete") ? .isComplete : .other
        case 9:
            self =
                name.matches("roundTrip")
                ? .roundTrip : name.matches("_redacted") ? .isRedacted : name.matches("_complete") ? .isComplete : .other
        case 10:
            self = name.matches("statusText") ? .statusText : .other
        case 11:
            self =
                name.matches("_serverPort")
                ? .serverPort : name.matches("httpVersion") ? .httpVersion : name.matches("browserName") ? .browserName : .other
        case 12:
            self = name.matches("_failureText") ? .failure : .other
        case 13:
            self = name.matches("_resourceType") ? .resourceType : .other
        case 15:
            self = name.matches("startedDateTime") ? .startedDateTime : name.matches("serverIPAddress") ? .serverIPAddress : .other
        case 17:
            self = name.matches("playwrightVersion") ? .playwrightVersion : .other
        case 18:
            self =
                name.matches("_webSocketMessages") ? .webSocketMessages : name.matches("_webSocketControls") ? .webSocketControls : .other
        default: self = .other
        }
    }
}
