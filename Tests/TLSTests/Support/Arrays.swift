import Bytes
import Channels

@testable import TLS

// What takes spans takes arrays here: expectations cannot hold a span.

extension ClientHello {
    init?(bytes: [UInt8]) { self.init(bytes.span) }
}

extension ServerHello {
    init?(bytes: [UInt8]) { self.init(bytes.span) }
}

extension RecordHeader {
    init?(bytes: [UInt8]) { self.init(bytes.span) }
}

extension Random {
    init(bytes: [UInt8]) { self.init(bytes.span) }
}

extension Secret {
    convenience init(bytes: [UInt8]) { self.init(bytes.span) }

    var bytes: [UInt8] { span.copied() }
}

extension TLSLayer {
    func recognize(bytes: [UInt8], fromServer: Bool) -> Recognition { recognize(bytes.span, fromServer: fromServer) }
}
