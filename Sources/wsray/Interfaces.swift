import ArgumentParser
import Bytes
import Capture
import Reports
import System
import Text

struct Interfaces: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "interfaces",
        abstract: "List the interfaces that -i can capture on.",
        discussion: """
            The link type, what packets begin with, is known only with permission to capture.

            EXAMPLES:
              wsray interfaces
              wsray interfaces --json | jq -r 'select(.state == "up").name'
              sudo wsray interfaces --container web
            """)

    @Flag(help: "Write one JSON object per line.")
    var json = false

    @Flag(help: "Write only the names, one per line.")
    var names = false

    @Option(help: ArgumentHelp("Those of this network namespace: its name, or the number of a process in it.", valueName: "name|pid"))
    var netns: String?

    @Option(help: ArgumentHelp("Those of this container (docker, podman, nerdctl).", valueName: "name"))
    var container: String?

    func validate() throws {
        if netns != nil, container != nil { throw ValidationError("Either --netns or --container: each says whose interfaces are meant.") }
    }

    private func all() throws(CaptureError) -> [NetworkInterface] {
        let visit = try NamespaceChoice(netns: netns, container: container)?.enter()
        defer { visit?.end() }
        return try NetworkInterface.all()
    }

    func run() throws {
        var text = ByteBuffer()
        do throws(CaptureError) {
            let all = try all()
            if names {
                for interface in all { text.append(string: "\(interface.name)\n") }
            } else if json {
                for interface in all { Self.append(object: interface, to: &text) }
            } else {
                Self.append(table: all, to: &text)
            }
        } catch {
            Output.remark(error.message)
            throw ExitCode(error.exitStatus)
        }
        try Output.write(text)
    }

    // MARK: Forms

    private static func append(table all: [NetworkInterface], to text: inout ByteBuffer) {
        let heading = ["NAME", "STATE", "LINK TYPE", "ADDRESSES", "DESCRIPTION"]
        let rows = all.map { interface in
            [
                interface.name, interface.state.rawValue, interface.linkTypeName ?? "–",
                interface.addresses.isEmpty ? "–" : interface.addresses.map(written).joined(separator: " "),
                interface.description ?? (interface.isLoopback ? "loopback" : ""),
            ]
        }
        let widths = heading.indices.map { column in ([heading] + rows).map { $0[column].count }.max() ?? 0 }
        for row in [heading] + rows {
            var column = 0
            for (cell, width) in zip(row, widths) {
                var safe = SafeText()
                safe.append(Array(cell.utf8).span, to: &text)
                column += 1
                if column < row.count, !row[column...].allSatisfy(\.isEmpty) {
                    text.append(string: String(repeating: " ", count: width + 2 - cell.count))
                }
            }
            text.append("\n")
        }
    }

    private static func written(_ address: NetworkInterface.Address) -> String {
        address.prefixLength.map { "\(address.text)/\($0)" } ?? address.text
    }

    private static func append(object interface: NetworkInterface, to text: inout ByteBuffer) {
        func member(_ key: StaticString, _ value: String?) {
            guard let value else { return }
            text.append(key)
            text.append(jsonString: value)
        }
        member(#"{"name":"#, interface.name)
        member(#","state":"#, interface.state.rawValue)
        member(#","description":"#, interface.description)
        if interface.isLoopback { text.append(#","loopback":true"#) }
        if let linkType = interface.linkType {
            text.append(#","linkType":"#)
            text.append(decimal: UInt64(linkType.rawValue))
            member(#","linkTypeName":"#, interface.linkTypeName)
        }
        text.append(#","addresses":["#)
        var isFirst = true
        for address in interface.addresses {
            if !isFirst { text.append(",") }
            isFirst = false
            member(#"{"address":"#, address.text)
            if let length = address.prefixLength {
                text.append(#","prefixLength":"#)
                text.append(decimal: length)
            }
            text.append("}")
        }
        text.append("]}\n")
    }
}
