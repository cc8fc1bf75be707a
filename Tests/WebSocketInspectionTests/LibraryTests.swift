import System
import Testing
import WebSocketInspection

@Suite("The library")
struct LibraryTests {
    private static let root = String(#filePath.dropLast("/Tests/WebSocketInspectionTests/LibraryTests.swift".count))

    private func text(of path: String) throws -> String {
        let file = try Descriptor.reading(path)
        defer { file.close() }
        var room = [UInt8](repeating: 0, count: 1 << 16)
        let count = unsafe room.withUnsafeMutableBytes { unsafe file.readAll(into: $0, at: 0) }
        return String(decoding: room[..<count], as: UTF8.self)
    }

    @Test("the example reads a capture")
    func example() throws {
        let lines = try conversations(in: ["\(Self.root)/fixtures/chat/capture.pcap"])
        #expect(lines.contains { $0.hasPrefix("#1 client: ") })
        #expect(lines.contains { $0.hasPrefix("#1 ") && $0.contains("losed") })
    }

    @Test("the example in the documents is the one that is compiled")
    func document() throws {
        let example = try text(of: "\(Self.root)/Tests/WebSocketInspectionTests/Example.swift")
        #expect(try text(of: "\(Self.root)/Docs/Library.md").contains("```swift\n\(example)```"))
    }

    @Test("a file that is not there is an error, after what could be read of the others")
    func missing() {
        var sink = Conversations()
        let chat = "\(Self.root)/fixtures/chat/capture.pcap"
        #expect(throws: CaptureError.self) { try Inspector.inspect(files: [chat, "\(Self.root)/none"], into: &sink) }
        #expect(!sink.lines.isEmpty)
    }

    @Test("packets that a filter rejects are not inspected")
    func filter() throws {
        var sink = Conversations()
        let summary = try Inspector.inspect(files: ["\(Self.root)/fixtures/chat/capture.pcap"], filter: "udp", into: &sink)
        #expect(sink.lines.isEmpty)
        #expect(summary.packets == 0)
    }
}
