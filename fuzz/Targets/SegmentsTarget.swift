import Inspection
import Packets
import TestSupport

extension FuzzTarget {
    /// Raw segments, in any order and with any numbers, and each report of them: JSON is JSON, and nothing raw reaches the terminal.
    static let segments = FuzzTarget("segments") { input throws(Broken) in
        var script = InputScript(input)
        let choice = script.byte()
        let form = ReportForm(choice & 7, &script)
        let dialogue = Dialogue(segments: &script)
        var options = Inspector.Options()
        options.measuresTraffic = choice & 0x10 != 0
        options.reportsPolling = true
        options.reportsTransport = choice & 0x20 != 0
        options.limits.heldByteCount = 20_000
        options.limits.totalByteCount = choice & 0x40 != 0 ? 30_000 : 512 << 20
        options.limits.connectionCount = choice & 0x80 != 0 ? 2 : 65_536
        try form.check(dialogue, options, isRedacted: choice & 8 != 0)
    }
}

extension Dialogue {
    /// Segments of four connections: of each a byte with direction and connection, one of flags, sequence and acknowledgement numbers near
    /// the next ones, and a payload.
    init(segments script: inout InputScript) {
        self.init()
        var next = [[UInt32]](repeating: [1_000, 2_000_000], count: 4)
        while !script.isAtEnd, packets.count < 400 {
            let choice = script.byte()
            let (side, place) = (Int(choice & 1), Int(choice >> 1 & 3))
            let flags = TCPFlags(rawValue: script.byte())
            let shift = choice & 0x08 != 0 ? UInt32(truncatingIfNeeded: Int(Int16(truncatingIfNeeded: script.number16()))) : 0
            let acknowledged = choice & 0x10 != 0 ? UInt32(truncatingIfNeeded: Int(Int16(truncatingIfNeeded: script.number16()))) : 0
            let payload = script.take(choice & 0x20 != 0 ? script.number16() & 0x3FFF : Int(script.byte()))
            var ends = (PacketBuilder.client, PacketBuilder.server)
            ends.0.port &+= UInt16(place)
            add(
                PacketBuilder.tcp(
                    from: side == 0 ? ends.0 : ends.1, to: side == 0 ? ends.1 : ends.0, sequence: next[place][side] &+ shift,
                    acknowledgment: next[place][1 - side] &+ acknowledged, flags: flags, payload: payload))
            if shift == 0 || choice & 0x40 != 0 {
                next[place][side] &+= UInt32(payload.count) &+ (flags.contains(.syn) || flags.contains(.fin) ? 1 : 0)
            }
        }
    }
}
