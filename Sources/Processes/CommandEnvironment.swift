/// The environment of a command that is to log its keys, as `NAME=value` strings.
public struct CommandEnvironment: Sendable {
    public private(set) var variables: [String]

    /// - Parameter block: the content of `/proc/PID/environ`: variables that end with a zero each.
    public init(block: [UInt8]) {
        variables = block.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }.filter { $0.contains("=") }
    }

    public init(_ variables: [String]) { self.variables = variables }

    public subscript(name: String) -> String? {
        get { variables.first { $0.hasPrefix("\(name)=") }.map { String($0.dropFirst(name.utf8.count + 1)) } }
        set {
            variables.removeAll { $0.hasPrefix("\(name)=") }
            if let newValue { variables.append("\(name)=\(newValue)") }
        }
    }

    /// Has programs log their secrets to this file: those that look at SSLKEYLOGFILE, and Node.js, which does not.
    public mutating func logKeys(to path: String) {
        self["SSLKEYLOGFILE"] = path
        let option = Self.quoted("--tls-keylog=\(path)")
        let before = self["NODE_OPTIONS"] ?? ""
        self["NODE_OPTIONS"] = before.isEmpty ? option : "\(before) \(option)"
    }

    /// As NODE_OPTIONS wants an option with blanks in it.
    static func quoted(_ option: String) -> String {
        guard option.contains(where: { $0 == " " || $0 == "\"" || $0 == "\\" }) else { return option }
        let escaped = option.map { $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return "\"\(escaped)\""
    }

    /// Removes what sudo has added, where the environment from before cannot be had.
    public mutating func leaveSudo(user: String, home: String?) {
        for name in ["SUDO_USER", "SUDO_UID", "SUDO_GID", "SUDO_COMMAND", "MAIL"] { self[name] = nil }
        self["USER"] = user
        self["LOGNAME"] = user
        if let home { self["HOME"] = home }
    }
}
