import Bytes
import Inspection
import Subprotocols
import WebSocket

// What a session said by polling, on a line `protocol`.
extension JSONLinesReport {
    /// The members after the protocol's name.
    mutating func append(_ session: PolledSession, digits: Int) {
        output.append(json: #"","state":"polled""#)
        guard !session.isForgotten else { return output.append(json: #","forgotten":true"#) }
        output.append(json: #","since":""#)
        time.append(session.since, digits: digits, to: &output)
        output.append(#"","version":"#, UInt64(session.version))
        if let interval = session.opening?.pingInterval { append(#","pingInterval":"#, milliseconds: interval) }
        if let timeout = session.opening?.pingTimeout { append(#","pingTimeout":"#, milliseconds: timeout) }
        output.append(#","polledCounts":{"client":"#, session.clientCount)
        output.append(#","server":"#, session.serverCount)
        output.append(json: #"},"polled":["#)
        for (index, packet) in session.packets.enumerated() {
            if index > 0 { output.append(UInt8(ascii: ",")) }
            append(packet, digits: digits)
        }
        output.append(UInt8(ascii: "]"))
        if session.omittedCount > 0 { output.append(#","polledOmitted":"#, session.omittedCount) }
        if session.unreadBodyCount > 0 { output.append(#","unreadBodies":"#, session.unreadBodyCount) }
        if let misfit = session.misfit { output.append(#","misfit":"#, misfit) }
    }

    /// A number of milliseconds as seconds; nothing for one that cannot be meant.
    private mutating func append(_ key: StaticString, milliseconds: UInt64) {
        guard milliseconds <= Int64.max / 1_000_000 else { return }
        output.append(key)
        TimeText.appendSeconds(Int64(milliseconds) * 1_000_000, to: &output)
    }

    private mutating func append(_ packet: PolledPacket, digits: Int) {
        output.append(#"{"number":"#, packet.number)
        output.append(json: #","time":""#)
        time.append(packet.time, digits: digits, to: &output)
        if packet.endTime != packet.time {
            output.append(json: #"","endTime":""#)
            time.append(packet.endTime, digits: digits, to: &output)
        }
        output.append(json: packet.from == .client ? #"","from":"client""# : #"","from":"server""#)
        output.append(#","length":"#, UInt64(packet.byteCount))
        output.append(#","operations":"#, operationsOf: packet.meaning)
        if packet.meaning.omittedCount > 0 { output.append(#","operationsOmitted":"#, UInt64(packet.meaning.omittedCount)) }
        output.append(UInt8(ascii: "}"))
    }
}
