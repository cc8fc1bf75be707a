import FuzzTargets
import System
import Testing

/// Inputs that fuzzing found worth keeping, those among them that once broke something.
@Suite("Corpora of fuzzing")
struct CorpusTests {
    @Test("every input of the corpora is taken without a broken promise", arguments: FuzzTarget.all.map(\.name))
    func corpus(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let files = Corpus.files(of: name)
        #expect(!files.isEmpty, "fuzz/corpus/\(name) is empty")
        for file in files {
            let input = try #require(Directory.content(ofFile: file))
            do { try target.run(input) } catch { Issue.record("\(file): \(error)") }
        }
    }

    @Test("no input at all breaks no promise", arguments: FuzzTarget.all.map(\.name))
    func nothing(name: String) throws {
        try FuzzTarget.named(name)?.run([])
    }
}

/// What `fuzz/corpus` has, or another folder that is named.
enum Corpus {
    private static let folder =
        CurrentProcess.environment("WSRAY_CORPUS")
        ?? String(#filePath.dropLast("Tests/FuzzTargetsTests/CorpusTests.swift".count)) + "fuzz/corpus"

    static func files(of target: String) -> [String] {
        Directory.names(in: "\(folder)/\(target)").sorted().map { "\(folder)/\(target)/\($0)" }
    }

    static func inputs(of target: String) -> [[UInt8]] { files(of: target).compactMap { Directory.content(ofFile: $0) } }
}
