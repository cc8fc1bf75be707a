import Capture
import System

// Packets that a server sends as a capture file over TCP (PCAP-over-IP): they are read like those of a pipe.
extension InputOptions {
    /// Connects where a server or another machine is named, once, before the right to do so is given up.
    func connect() throws(CaptureError) {
        guard !StandardInput.isReplaced else { return }
        if let remote { return try RemoteCapture.start(remote) }
        guard let server else { return }
        let descriptor: Descriptor
        do throws(ServerAddress.Failure) { descriptor = try server.connect() } catch {
            throw CaptureError(.unreadable, "\(server): connecting failed: \(error.words)")
        }
        guard StandardInput.replace(by: descriptor, named: "\(server)") else {
            throw CaptureError(.unreadable, "\(server): \(SystemError.last.words)")
        }
    }
}
