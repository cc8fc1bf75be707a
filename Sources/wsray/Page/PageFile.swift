import ArgumentParser
import Capture
import System

/// Where a page is written to: standard output, led to a file that takes its name when the page is whole.
final class PageFile {
    /// nil for standard output as it is.
    private let path: String?
    private var file: ReplacedFile?
    /// Bytes of the page; nil where there is none, because nothing could be read.
    var byteCount: UInt64?
    private(set) var failure: ExitCode?

    init(_ path: String?) { self.path = path }

    /// Opens it, as the user who owns it then. With interfaces, those have to be open by now.
    func open() {
        guard let path, file == nil, failure == nil else { return }
        do throws(PathError) {
            let opened = try ReplacedFile(path)
            guard Descriptor.standardOutput.become(opened.descriptor) else {
                return fail("no file descriptors left", ExitCode(2))
            }
            file = opened
        } catch { fail(error) }
    }

    /// Gives the file its name, where the page is whole.
    func commit() {
        guard let file, let byteCount, failure == nil else { return }
        do throws(PathError) {
            // Why it is not whole was said by what wrote it.
            if try !file.commit(byteCount: byteCount) { failure = ExitCode(2) }
        } catch { fail(error) }
    }

    /// Removes what is no page.
    func discard() { file = nil }

    /// Says why the file cannot be written, by the name that it was to have.
    private func fail(_ error: PathError) {
        var shown = error
        if let path, error.message.hasPrefix("\(path)."), let colon = error.message.dropFirst(path.count).firstIndex(of: ":") {
            shown.message = path + error.message[colon...]
        }
        let failure = CaptureError(shown)
        fail(User.explaining(failure).message, ExitCode(failure.exitStatus))
    }

    private func fail(_ reason: String, _ code: ExitCode) {
        Output.remark(reason)
        failure = code
    }
}
