import Foundation

/// Public captures, where their folder stands beside the package; `WSRAY_CAPTURES` names it when it is elsewhere.
enum RealCaptures {
    static let folder: URL? = {
        let package = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let elsewhere = ProcessInfo.processInfo.environment["WSRAY_CAPTURES"].map { URL(fileURLWithPath: $0) }
        let folder = elsewhere ?? package.deletingLastPathComponent().appendingPathComponent("shared/captures")
        return FileManager.default.fileExists(atPath: folder.appendingPathComponent("MANIFEST.tsv").path) ? folder : nil
    }()

    static var areThere: Bool { folder != nil }

    static func path(_ name: String) -> String { folder.map { $0.appendingPathComponent(name).path } ?? name }

    static func bytes(_ name: String) -> [UInt8] {
        (try? Data(contentsOf: URL(fileURLWithPath: path(name)))).map { [UInt8]($0) } ?? []
    }

    /// The rows of the manifest, each by column.
    static let manifest: [[String: String]] = {
        let text = String(decoding: bytes("MANIFEST.tsv"), as: UTF8.self)
        let rows = text.split(whereSeparator: \.isNewline).map {
            $0.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
        }
        guard let columns = rows.first else { return [] }
        return rows.dropFirst().map { Dictionary(zip(columns, $0), uniquingKeysWith: { first, _ in first }) }
    }()

    static func names(in directory: String) -> [String] {
        manifest.filter { $0["dir"] == directory }.compactMap { $0["file"].map { "\(directory)/\($0.split(separator: "/").last ?? "")" } }
    }

    /// A file of JSON objects, one a line.
    static func objects(_ name: String) throws -> [[String: Any]] {
        try bytes(name).split(separator: 10).map { line in
            try JSONSerialization.jsonObject(with: Data(line)) as? [String: Any] ?? [:]
        }
    }
}
