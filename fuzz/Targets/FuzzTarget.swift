/// One thing that takes bytes from strangers, and what must hold of its answer to any of them.
public struct FuzzTarget: Sendable {
    /// As the command line and the folder of its corpus call it.
    public let name: String
    private let check: @Sendable ([UInt8]) throws(Broken) -> Void

    init(_ name: String, _ check: @escaping @Sendable ([UInt8]) throws(Broken) -> Void) {
        self.name = name
        self.check = check
    }

    /// Feeds it one input; throws where the answer is wrong, and traps where the program would.
    public func run(_ input: [UInt8]) throws(Broken) { try check(input) }

    public static let all: [FuzzTarget] = [
        capture, packet, segments, stream, http, tls, http2, hpack, http3, quic, subprotocol, binary, inflate, filter, redaction, replay,
        json, text, recording,
    ]

    public static func named(_ name: String) -> FuzzTarget? { all.first { $0.name == name } }
}

/// A promise that an input shows to be broken.
public struct Broken: Error, CustomStringConvertible {
    public let description: String

    init(_ description: String) { self.description = description }
}

func demand(_ isKept: Bool, _ promise: @autoclosure () -> String) throws(Broken) {
    if !isKept { throw Broken(promise()) }
}
