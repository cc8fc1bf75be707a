import System

/// Why a source gave no more bytes although its end was not reached.
package enum SourceFailure: Error {
    case system(SystemError)
    /// The compressed data stop before their end.
    case endsEarly(Compression)
    /// The compressed data are not what a compressor writes; the library's words.
    case corrupt(Compression, String)
    /// Decompressing them takes more memory than is given.
    case exceedsMemory(Compression)
    /// The library that decompresses them is not installed.
    case lacksLibrary(Compression)
}

extension SourceFailure {
    /// Nothing could be decompressed, whatever the data.
    var concernsAll: Bool {
        switch self {
        case .exceedsMemory, .lacksLibrary: true
        case .system, .endsEarly, .corrupt: false
        }
    }

    /// What it means for the input, and a sentence without its subject, the input's name.
    /// - Parameters:
    ///   - circumstances: where that was, such as "after packet 3"; begins with a blank, or is empty.
    package func description(_ circumstances: String) -> (kind: CaptureError.Kind, text: String) {
        switch self {
        case .system(let error): return (.unreadable, "reading failed (\(error.words))\(circumstances)")
        case .endsEarly(let compression): return (.brokenOff, "breaks off\(circumstances) (the \(compression.name) data ends early)")
        case .corrupt(let compression, let reason):
            return (.malformed, "\(compression.name) data is corrupt (\(reason))\(circumstances)")
        case .exceedsMemory(let compression):
            let limit = Compression.windowLimit >> 20
            let command = compression == .zstd ? "zstd -dc --long=31" : "\(compression.name) -dc"
            return (
                .unsupported,
                "takes more than \(limit) MB of memory to decompress\(circumstances); `\(command) FILE | wsray -` has no such limit"
            )
        case .lacksLibrary(let compression):
            let library = compression.library
            return (
                .unsupported,
                "is compressed with \(compression.name), and \(library.names.first ?? "its library") is not installed (package "
                    + "\(library.package)); `\(compression.name) -dc FILE | wsray -` does without"
            )
        }
    }
}
