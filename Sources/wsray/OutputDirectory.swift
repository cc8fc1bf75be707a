import Capture
import System

/// A directory that files are written to: never over others unless that was asked for, and never through a link.
final class OutputDirectory {
    struct Failure: Error {
        var message: String
        var exitStatus: Int32 = 2
    }

    private static let indexName = "index.jsonl"

    private let path: String
    private let overwrites: Bool
    private var descriptor = Descriptor.none
    private var index = Descriptor.none
    /// Why something could not be written, if that was so.
    private(set) var failure: Failure?

    init(_ path: String, overwrites: Bool) {
        self.path = path
        self.overwrites = overwrites
    }

    /// Makes the directory, where there is none, and the index in it. The second time nothing happens.
    func open() throws(Failure) {
        guard !descriptor.isOpen else { return }
        do throws(PathError) { descriptor = try OutputPath.createDirectory(path) } catch {
            let error = CaptureError(error)
            throw fail(Failure(message: User.explaining(error).message, exitStatus: error.exitStatus))
        }
        index = try create(Self.indexName)
    }

    deinit {
        finish()
        if descriptor.isOpen { descriptor.close() }
    }

    func finish() {
        if index.isOpen { index.close() }
        index = .none
    }

    func write(_ bytes: Span<UInt8>, to name: String) throws(Failure) {
        let file = try create(name)
        defer { file.close() }
        try write(bytes, file, name)
    }

    func appendToIndex(_ bytes: Span<UInt8>) throws(Failure) { try write(bytes, index, Self.indexName) }

    private func create(_ name: String) throws(Failure) -> Descriptor {
        do throws(SystemError) {
            return try Descriptor.writing(name, in: descriptor, overwrites: overwrites)
        } catch {
            guard error.isThereAlready else { throw fail(Failure(message: "\(path)/\(name): \(error.words)")) }
            let message = "\(path)/\(name) already exists. Name another directory, or overwrite with --force."
            throw fail(Failure(message: message, exitStatus: 64))
        }
    }

    private func write(_ bytes: Span<UInt8>, _ file: Descriptor, _ name: String) throws(Failure) {
        do throws(SystemError) { try file.write(bytes) } catch {
            throw fail(Failure(message: "\(path)/\(name): \(error.words)"))
        }
    }

    private func fail(_ failure: Failure) -> Failure {
        self.failure = failure
        return failure
    }
}
