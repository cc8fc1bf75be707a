import ArgumentParser
import Bytes
import Reports

struct Schema: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Print the JSON Schema of the lines that dump writes.")

    func run() throws {
        var text = ByteBuffer()
        text.append(JSONLinesReport.schema.span)
        try Output.write(text)
    }
}
