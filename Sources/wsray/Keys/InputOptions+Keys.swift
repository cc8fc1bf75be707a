import Capture
import Channels
import HTTP2
import HTTP3
import Inspection
import QUIC
import System
import TLS
import Tunnels

extension InputOptions {
    /// Reads key logs and private keys; the second time there is nothing to do.
    func loadKeys() throws(CaptureError) { try keys.load(captures: files, isLive: !live.interfaces.isEmpty) }

    /// Has an inspection read all protocols that may carry WebSocket connections.
    func stack(on inspection: inout Inspector.Options) { keys.stack(on: &inspection, headByteCount: limits.headByteCount) }

    /// That there may be a key log that was not given, where one was missing. It is not read unasked.
    func keyRemarks(_ summary: Summary) -> [String] {
        guard summary.encryptedConnections > 0, keys.logs.isEmpty, let log = CurrentProcess.environment("SSLKEYLOGFILE"), !log.isEmpty
        else {
            return []
        }
        return ["SSLKEYLOGFILE is set to \(log): give it with --keys"]
    }
}

extension KeyFiles {
    /// Has an inspection read all protocols that may carry WebSocket connections.
    ///
    /// - Parameters:
    ///   - tls: what recognises TLS, where that is not the usual.
    ///   - headByteCount: the limit on a head of HTTP/2 or HTTP/3.
    ///
    /// The inspection's own limits have to be set before.
    func stack(on inspection: inout Inspector.Options, tls: (any LayerFactory)? = nil, headByteCount: Int = Limits().headByteCount) {
        inspection.layers = [tls ?? TLSLayer(store), HTTP2Layer(HTTP2Limits(headByteCount: headByteCount)), SOCKSLayer(), StartTLSLayer()]
        inspection.datagrams = QUICFactory(store, limits: QUICLimits(inspection.limits)) { client in
            HTTP3Session(HTTP3Limits(headByteCount: headByteCount), client: client)
        }
    }
}

extension QUICLimits {
    /// Those that go with the limits on everything else.
    fileprivate init(_ limits: Limits) {
        self.init()
        // All streams of a direction share it.
        heldByteCount = 4 * limits.heldByteCount
        waitingByteCount = limits.secretlessByteCount
        connectionCount = limits.connectionCount
    }
}
