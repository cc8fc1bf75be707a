import Rules
import Testing
import WebSocket

@Suite struct FrameRulesTests {
    /// Frames of one side in order, and what is to be said of the last of them.
    struct Case: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var sender = Side.server
        var allowsCompression = false
        var frames: [FrameHeader]
        var rules: [Rule] = []

        init(_ description: String, _ frames: FrameHeader..., from sender: Side = .server, compression: Bool = false, rules: [Rule] = []) {
            testDescription = description
            self.frames = frames
            self.sender = sender
            allowsCompression = compression
            self.rules = rules
        }
    }

    private static func frame(
        _ opcode: UInt8, fin: Bool = true, rsv: UInt8 = 0, masked: Bool = false, form: UInt8? = nil, _ length: UInt64 = 5
    ) -> FrameHeader {
        let minimal: UInt8 = length <= 125 ? UInt8(length) : length <= 0xFFFF ? 126 : 127
        return FrameHeader(
            first: (fin ? 0x80 : 0) | rsv << 4 | opcode, second: (masked ? 0x80 : 0) | (form ?? minimal),
            maskingKey: masked ? .random(in: .min ... .max) : 0, length: length)
    }

    static let cases = [
        Case("a masked frame of a client", frame(1, masked: true), from: .client),
        Case("an unmasked frame of a client", frame(1), from: .client, rules: [.maskMissing]),
        Case("an unmasked control frame of a client", frame(9), from: .client, rules: [.maskMissing]),
        Case("an unmasked frame of a server", frame(1)),
        Case("a masked frame of a server", frame(1, masked: true), rules: [.maskUnexpected]),

        Case("RSV1 with compression on text", frame(1, rsv: 4), compression: true),
        Case("RSV1 with compression on a first fragment", frame(2, fin: false, rsv: 4), compression: true),
        Case("RSV1 without compression", frame(1, rsv: 4), rules: [.compressionNotAgreed]),
        Case(
            "RSV1 on a continuation", frame(1, fin: false, rsv: 4), frame(0, rsv: 4), compression: true, rules: [.compressionMisplaced]),
        Case("a continuation of a compressed message", frame(1, fin: false, rsv: 4), frame(0), compression: true),
        Case("RSV1 on a ping", frame(9, rsv: 4), compression: true, rules: [.compressionMisplaced]),
        Case("RSV1 on a close", frame(8, rsv: 4), compression: true, rules: [.compressionMisplaced]),
        Case("RSV2", frame(1, rsv: 2), compression: true, rules: [.reservedBits]),
        Case("RSV3", frame(1, rsv: 1), compression: true, rules: [.reservedBits]),
        Case("RSV1 and RSV3", frame(1, rsv: 5), compression: true, rules: [.reservedBits]),

        Case("opcode 2", frame(2)),
        Case("opcode 3", frame(3), rules: [.reservedOpcode]),
        Case("opcode 7", frame(7), rules: [.reservedOpcode]),
        Case("opcode 10", frame(10)),
        Case("opcode 11", frame(11), rules: [.reservedOpcode]),
        Case("opcode 15", frame(15), rules: [.reservedOpcode]),

        Case("125 bytes in 7 bits", frame(2, 125)),
        Case("125 bytes in 16 bits", frame(2, form: 126, 125), rules: [.lengthNotMinimal]),
        Case("126 bytes in 16 bits", frame(2, form: 126, 126)),
        Case("no bytes in 64 bits", frame(2, form: 127, 0), rules: [.lengthNotMinimal]),
        Case("65,535 bytes in 64 bits", frame(2, form: 127, 65_535), rules: [.lengthNotMinimal]),
        Case("65,536 bytes in 64 bits", frame(2, form: 127, 65_536)),
        Case("a continuation in 16 bits", frame(2, fin: false), frame(0, 300)),
        Case("a continuation of 3 bytes in 16 bits", frame(2, fin: false), frame(0, form: 126, 3), rules: [.lengthNotMinimal]),
        Case("2^63 - 1 bytes", frame(2, 1 << 63 - 1)),
        Case("2^63 bytes", frame(2, 1 << 63), rules: [.lengthTopBit]),

        Case("a ping of 125 bytes", frame(9, 125)),
        Case("a ping of 126 bytes", frame(9, 126), rules: [.controlTooLong]),
        Case("a pong of 3 bytes in 16 bits", frame(10, form: 126, 3), rules: [.lengthNotMinimal]),
        Case("a close of 70,000 bytes", frame(8, 70_000), rules: [.controlTooLong]),
        Case("an empty ping", frame(9, 0)),
        Case("a ping without FIN", frame(9, fin: false), rules: [.controlFragmented]),
        Case("a close without FIN", frame(8, fin: false), rules: [.controlFragmented]),
        Case("a text without FIN", frame(1, fin: false)),

        Case("a continuation at the start", frame(0), rules: [.continuationUnexpected]),
        Case("a continuation behind a whole message", frame(1), frame(0), rules: [.continuationUnexpected]),
        Case("a continuation behind the end of a message", frame(1, fin: false), frame(0), frame(0), rules: [.continuationUnexpected]),
        Case("a continuation behind a ping", frame(1, fin: false), frame(9), frame(0)),
        Case("a ping between fragments", frame(1, fin: false), frame(9)),
        Case("a third fragment", frame(1, fin: false), frame(0, fin: false), frame(0, fin: false)),
        Case("a text inside a message", frame(2, fin: false), frame(1), rules: [.messageInterrupted]),
        Case("a binary behind two fragments", frame(2, fin: false), frame(0, fin: false), frame(2), rules: [.messageInterrupted]),
        Case("a text behind the end of a message", frame(2, fin: false), frame(0), frame(1)),
        Case("a text behind an interrupted message", frame(2, fin: false), frame(1), frame(1)),

        Case("a text behind a close", frame(8), frame(1), rules: [.frameAfterClose]),
        Case("a fragment behind a close", frame(1, fin: false), frame(8), frame(0), rules: [.frameAfterClose]),
        Case("a text behind a ping", frame(9), frame(1)),
        // §5.5.1 forbids data frames alone.
        Case("a pong behind a close", frame(8), frame(10)),

        Case(
            "everything wrong at once", frame(12, fin: false, rsv: 7, masked: true, form: 127, 126),
            rules: [.maskUnexpected, .reservedBits, .reservedOpcode, .lengthNotMinimal, .controlTooLong, .controlFragmented]),
    ]

    @Test("each rule fires where it must, alone, and near by it does not", arguments: cases)
    func rules(_ example: Case) {
        var rules = FrameRules(sender: example.sender, allowsCompression: example.allowsCompression)
        var findings: [Finding] = []
        for frame in example.frames {
            findings = []
            _ = rules.judge(frame, into: &findings)
        }
        #expect(Set(findings.map(\.rule)) == Set(example.rules))
        #expect(findings.count == example.rules.count)
    }

    @Test("a header that is judged fast is judged as one that is judged in full", arguments: Side.allCases)
    func fastPath(sender: Side) {
        // Every first byte, length form and mask, in each state: what is wrong does not depend on which way was taken.
        var failures = 0
        for (isOpen, hasClosed, allowsCompression) in [
            (false, false, false), (true, false, true), (false, true, false), (true, true, true),
        ] {
            for first in UInt8.min ... .max {
                for (second, length) in [(0, 0), (125, 125), (126, 3), (126, 126), (127, 9), (127, 65_536)] as [(UInt8, UInt64)] {
                    for masked: UInt8 in [0, 0x80] {
                        let header = FrameHeader(
                            first: first, second: second | masked, maskingKey: masked == 0 ? 0 : 0x1234_5678, length: length)
                        var rules = FrameRules(sender: sender, allowsCompression: allowsCompression)
                        var findings: [Finding] = []
                        let mask: UInt8 = sender == .client ? 0x80 : 0
                        if isOpen { _ = rules.judge(FrameHeader(first: 1, second: mask, maskingKey: 7, length: 0), into: &findings) }
                        if hasClosed {
                            _ = rules.judge(FrameHeader(first: 0x88, second: mask, maskingKey: 0xFE, length: 0), into: &findings)
                        }
                        if !findings.isEmpty { failures += 1 }
                        _ = rules.judge(header, into: &findings)
                        let expected = Self.expected(header, sender, isOpen, hasClosed, allowsCompression)
                        if Set(findings.map(\.rule)) != expected { failures += 1 }
                    }
                }
            }
        }
        #expect(failures == 0)
    }

    /// The RFC's sentences once more, each by itself.
    private static func expected(
        _ header: FrameHeader, _ sender: Side, _ isOpen: Bool, _ hasClosed: Bool, _ allowsCompression: Bool
    ) -> Set<Rule> {
        let opcode = Int(header.first & 0xF)
        let isControl = opcode >= 8
        let startsMessage = opcode == 1 || opcode == 2
        let rsv = Int(header.first >> 4 & 7)
        let isMasked = header.second >= 0x80
        var rules: Set<Rule> = []
        if hasClosed && !isControl { rules.insert(.frameAfterClose) }
        if hasClosed && isControl && opcode != 10 { rules.insert(.controlAfterClose) }
        if sender == .client && !isMasked { rules.insert(.maskMissing) }
        if sender == .server && isMasked { rules.insert(.maskUnexpected) }
        if rsv == 4 {
            if !allowsCompression { rules.insert(.compressionNotAgreed) } else if !startsMessage { rules.insert(.compressionMisplaced) }
        } else if rsv != 0 {
            rules.insert(.reservedBits)
        }
        if (3...7).contains(opcode) || opcode >= 11 { rules.insert(.reservedOpcode) }
        let form = header.second & 0x7F
        if form == 126 && header.length < 126 || form == 127 && header.length < 65_536 { rules.insert(.lengthNotMinimal) }
        if isControl && header.length > 125 { rules.insert(.controlTooLong) }
        if isControl && header.first < 0x80 { rules.insert(.controlFragmented) }
        if opcode == 0 && !isOpen { rules.insert(.continuationUnexpected) }
        if startsMessage && isOpen { rules.insert(.messageInterrupted) }
        return rules
    }

    @Test("after a gap the rules about history rest until a message begins, and the others do not")
    func afterGap() {
        var rules = FrameRules(sender: .server, allowsCompression: false)
        var findings: [Finding] = []
        _ = rules.judge(Self.frame(1, fin: false), into: &findings)
        rules.loseTrack()
        // The gap may hold the end of one message and the start of another.
        let stray = rules.judge(Self.frame(0, fin: false), into: &findings)
        let first = rules.judge(Self.frame(1), into: &findings)
        #expect(findings.isEmpty)
        #expect(stray == .tail && first == .first)
        _ = rules.judge(Self.frame(0), into: &findings)
        #expect(findings.map(\.rule) == [.continuationUnexpected])
        findings = []
        rules.loseTrack()
        _ = rules.judge(Self.frame(0, rsv: 4, masked: true), into: &findings)
        #expect(Set(findings.map(\.rule)) == [.compressionNotAgreed, .maskUnexpected])
    }

    @Test("a capture that begins amid a connection knows no history either")
    func midConnection() {
        var rules = FrameRules(sender: .client, allowsCompression: true, knowsHistory: false)
        var findings: [Finding] = []
        _ = rules.judge(Self.frame(0, masked: true), into: &findings)
        _ = rules.judge(Self.frame(9, masked: true), into: &findings)
        _ = rules.judge(Self.frame(0, masked: true), into: &findings)
        #expect(findings.isEmpty)
    }

    @Test("a close is remembered over a gap")
    func closeBeforeGap() {
        var rules = FrameRules(sender: .server, allowsCompression: false)
        var findings: [Finding] = []
        _ = rules.judge(Self.frame(8, 0), into: &findings)
        rules.loseTrack()
        _ = rules.judge(Self.frame(1), into: &findings)
        #expect(findings.map(\.rule) == [.frameAfterClose])
    }

    @Test("roles say what a frame is to its message")
    func roles() {
        var rules = FrameRules(sender: .server, allowsCompression: false)
        var findings: [Finding] = []
        let frames = [
            Self.frame(1, fin: false), Self.frame(9), Self.frame(0, fin: false), Self.frame(4), Self.frame(0), Self.frame(0),
            Self.frame(12),
        ]
        let roles = frames.map { rules.judge($0, into: &findings) }
        #expect(roles == [.first, .control, .next, .stray, .next, .stray, .control])
    }

    @Test("an unknown extension may use reserved bits and opcodes")
    func unknownExtension() {
        var rules = FrameRules(sender: .server, allowsCompression: false, allowsUnknown: true)
        var findings: [Finding] = []
        for frame in [Self.frame(1, rsv: 7), Self.frame(3), Self.frame(12)] { _ = rules.judge(frame, into: &findings) }
        #expect(findings.isEmpty)
    }

    @Test("the first bytes of a header that never came tell all but the length")
    func beginning() {
        var findings: [Finding] = []
        var rules = FrameRules(sender: .client, allowsCompression: false)
        rules.judge(beginning: 0x80, nil, into: &findings)
        #expect(findings.map(\.rule) == [.continuationUnexpected])
        findings = []
        rules.judge(beginning: 0x81, 0x7F, into: &findings)
        #expect(findings.map(\.rule) == [.maskMissing])
    }
}
