import Bytes
import JSON

/// The files of a zip archive that may be a Playwright trace, or a HAR that Playwright wrote with what it received beside it.
public final class RecordedArchive {
    private let zip: ZipArchive
    private var names: [String]
    /// The files are those of a trace.
    let isTrace: Bool
    private(set) var isReadingLines = false
    /// `Playwright 1.65.1 (chromium)`, as far as the trace says it.
    private(set) var recorder = ""

    /// - Parameter zip: an archive of any kind.
    public init(_ zip: ZipArchive) throws(RecordingError) {
        self.zip = zip
        let traces = zip.names { $0.hasSuffix(".network") }
        isTrace = !traces.isEmpty
        names = (isTrace ? traces : zip.names { $0.hasSuffix(".har") }).sorted()
        if isTrace { recorder = try Self.recorder(of: zip) }
    }

    /// There is nothing in it to be read.
    var foreign: RecordingError {
        RecordingError(.notARecording, "is a zip archive with neither a Playwright trace nor a HAR in it; unpack it first")
    }

    func nextFile() throws(RecordingError) -> (bytes: any RecordedBytes, isTrace: Bool)? {
        guard !names.isEmpty else { return nil }
        isReadingLines = isTrace
        guard let file = try zip.file(named: names.removeFirst()) else { return nil }
        return (file, isTrace)
    }

    /// A file that an entry names; nil where the archive lacks it.
    func file(named name: String) throws(RecordingError) -> (any RecordedBytes)? {
        if let file = try zip.file(named: name) { return file }
        return try zip.file(named: "resources/\(name)")
    }

    /// The first line of a trace says what wrote it.
    private static func recorder(of zip: borrowing ZipArchive) throws(RecordingError) -> String {
        guard let name = zip.names({ $0.hasSuffix(".trace") }).min(), let file = try zip.file(named: name) else { return "Playwright" }
        var stream = JSONStream(file)
        guard try stream.peek() == UInt8(ascii: "{"), try stream.enterObject() else { return "Playwright" }
        var isFirst = true
        var (version, browser) = ("", "")
        while let member = try stream.nextMember(&isFirst) {
            if member == .playwrightVersion {
                version = try stream.shortText(limit: 64) ?? ""
            } else if member == .browserName {
                browser = try stream.shortText(limit: 64) ?? ""
            } else {
                try stream.skip()
            }
        }
        return "Playwright" + (version.isEmpty ? "" : " \(version)") + (browser.isEmpty ? "" : " (\(browser))")
    }
}
