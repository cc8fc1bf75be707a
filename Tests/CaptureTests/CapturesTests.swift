import Capture
import Foundation
import Testing

/// `WSRAY_CAPTURES` names the folder when it is elsewhere.
private let folder: URL? = {
    let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let elsewhere = ProcessInfo.processInfo.environment["WSRAY_CAPTURES"].map { URL(fileURLWithPath: $0) }
    let folder = elsewhere ?? package.deletingLastPathComponent().appendingPathComponent("shared/captures")
    return FileManager.default.fileExists(atPath: folder.appendingPathComponent("MANIFEST.tsv").path) ? folder : nil
}()

/// Public captures, where their folder stands beside the package.
@Suite(.enabled(if: folder != nil, "no ../shared/captures")) struct CapturesTests {
    private static func read(_ file: URL) throws -> Reading {
        try Reading(ByteSource(path: file.path), name: file.lastPathComponent)
    }

    @Test("each capture in the manifest has as many packets as it says")
    func counts() throws {
        let captures = try #require(folder)
        let manifest = try String(decoding: Data(contentsOf: captures.appendingPathComponent("MANIFEST.tsv")), as: UTF8.self)
        let rows = manifest.split(whereSeparator: \.isNewline).map { $0.split(separator: "\t", omittingEmptySubsequences: false) }
        let columns = try #require(rows.first)
        let packets = try #require(columns.firstIndex(of: "packets"))
        #expect(rows.count > 300)
        for row in rows.dropFirst() {
            let file = captures.appendingPathComponent(String(row[0])).appendingPathComponent(
                String(row[1].split(separator: "/").last ?? ""))
            let reading = try Self.read(file)
            // Two bytes stand behind its only packet.
            let isCut = row[1] == "ndpi-fuzz-2021-10-13.pcap"
            #expect(reading.error?.kind == (isCut ? .brokenOff : nil), "\(row[1])")
            #expect(Int(row[packets]) == reading.packets.count, "\(row[1])")
        }
    }

    @Test("captures that the manifest does not list are read to a clean end", arguments: ["autobahn", "real"])
    func unlisted(name: String) throws {
        let captures = try #require(folder).appendingPathComponent(name)
        let files = try FileManager.default.contentsOfDirectory(at: captures, includingPropertiesForKeys: nil).filter {
            $0.pathExtension == "pcap"
        }
        #expect(!files.isEmpty)
        for file in files {
            let reading = try Self.read(file)
            #expect(reading.error == nil, "\(file.lastPathComponent)")
            #expect(!reading.packets.isEmpty, "\(file.lastPathComponent)")
        }
    }
}
