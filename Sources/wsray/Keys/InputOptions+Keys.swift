import Capture
import Channels
import TLS
import Tunnels

extension InputOptions {
    /// Reads key logs and private keys; the second time there is nothing to do.
    func loadKeys() throws(CaptureError) { try keys.load(captures: files, isLive: !live.interfaces.isEmpty) }

    /// Protocols that may carry WebSocket connections.
    var layers: [any LayerFactory] { [TLSLayer(keys.store), SOCKSLayer(), StartTLSLayer()] }
}
