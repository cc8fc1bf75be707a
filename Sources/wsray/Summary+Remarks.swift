import Inspection

extension Summary {
    /// What the person should know when nothing, or not everything, could be shown.
    var remarks: [String] {
        var remarks: [String] = []
        if connections == 0 {
            remarks.append("no WebSocket connection in \(packets) packets and \(flows) TCP connections")
        }
        if tlsFlows > 0 { remarks.append("\(tlsFlows) TLS connection\(tlsFlows == 1 ? " is" : "s are") encrypted and not shown") }
        if http2Flows > 0 { remarks.append("\(http2Flows) HTTP/2 connection\(http2Flows == 1 ? " is" : "s are") not read yet") }
        if let unsupportedLinkType {
            remarks.append("\(unsupportedPackets) packets of link type \(unsupportedLinkType), which is not decoded")
        }
        return remarks
    }
}
