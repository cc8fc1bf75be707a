import FuzzTargets
import System
import Testing

/// Inputs that fuzzing found worth keeping, those among them that once broke something.
@Suite("Corpora of fuzzing")
struct CorpusTests {
    private static let folder = String(#filePath.dropLast("Tests/FuzzTargetsTests/CorpusTests.swift".count)) + "fuzz/corpus"

    @Test("every input of the corpora is taken without a broken promise", arguments: FuzzTarget.all.map(\.name))
    func corpus(name: String) throws {
        let target = try #require(FuzzTarget.named(name))
        let files = Directory.names(in: "\(Self.folder)/\(name)")
        #expect(!files.isEmpty, "fuzz/corpus/\(name) is empty")
        for file in files.sorted() {
            let input = try #require(Directory.content(ofFile: "\(Self.folder)/\(name)/\(file)"))
            do { try target.run(input) } catch { Issue.record("fuzz/corpus/\(name)/\(file): \(error)") }
        }
    }

    @Test("no input at all breaks no promise", arguments: FuzzTarget.all.map(\.name))
    func nothing(name: String) throws {
        try FuzzTarget.named(name)?.run([])
    }
}
