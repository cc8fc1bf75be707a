/// Parameters of SETTINGS (RFC 9113 §6.5.2, RFC 8441 §3) that matter here.
enum Setting: UInt16 {
    case headerTableSize = 0x1
    case enablePush = 0x2
    case maxConcurrentStreams = 0x3
    case initialWindowSize = 0x4
    case maxFrameSize = 0x5
    case maxHeaderListSize = 0x6
    case enableConnectProtocol = 0x8
}

/// What one end has announced.
struct Settings {
    var initialWindow: Int64 = 65_535
    /// It made the window smaller while streams may have been open.
    var hasLoweredWindow = false
    var maxFrameSize = 16_384
    /// Nil while nothing said so.
    var enablesConnect: Bool?
}
