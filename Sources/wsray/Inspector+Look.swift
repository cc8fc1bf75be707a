import Bytes
import Capture
import Inspection

extension Inspector {
    /// Looks for bytes that are missing among the packets that a reader has at hand.
    /// - Parameter isWaiting: more may take long to come, and is not waited for.
    mutating func look(_ reader: inout CaptureReader, after header: PacketHeader, isWaiting: Bool) {
        var ahead = CaptureReader.Lookahead()
        while true {
            let bytes = reader.peek(&ahead)
            if bytes.isEmpty { break }
            if !look(at: bytes, like: header) { return endLook(mayFollow: false) }
        }
        endLook(mayFollow: !isWaiting && !reader.isProbablyAtEnd)
    }
}
