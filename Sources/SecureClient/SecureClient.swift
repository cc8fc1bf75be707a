import Bytes
import CSSL
import System

/// The client's side of TLS, by libssl: bytes in, bytes out, without any socket.
@safe
package final class SecureClient {
    /// Whom to trust.
    package enum Trust: Sendable {
        /// Authorities that the system trusts.
        case system
        /// Authorities of a file with certificates (PEM).
        case file(String)
        /// Whoever answers.
        case anybody
    }

    /// Why there is no secure connection, as a clause.
    package struct Failure: Error {
        package var words: String
        package init(words: String) { self.words = words }
    }

    // Invariant: made in `init`, freed in `deinit`; the BIOs belong to `ssl`.
    private let context: OpaquePointer
    private let ssl: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer
    package private(set) var isEstablished = false
    /// The peer ended TLS: nothing more comes.
    package private(set) var isEnded = false

    /// - Parameter host: a name, or an address without brackets.
    package init(to host: String, trusting trust: Trust) throws(Failure) {
        guard let context = unsafe SSL_CTX_new(TLS_client_method()) else { throw Failure(words: Self.lastError()) }
        guard let ssl = unsafe Self.session(context, host, trust) else {
            var words = Self.lastError()
            if case .file(let path) = trust { words = "\(path): \(words)" }
            unsafe SSL_CTX_free(context)
            throw Failure(words: words)
        }
        guard let incoming = unsafe wsray_bio_new(), let outgoing = unsafe wsray_bio_new() else {
            LibraryFailure.end("libssl, for a buffer")
        }
        unsafe SSL_set_bio(ssl, incoming, outgoing)
        unsafe SSL_set_connect_state(ssl)
        unsafe self.context = context
        unsafe self.ssl = ssl
        unsafe self.incoming = incoming
        unsafe self.outgoing = outgoing
    }

    deinit {
        unsafe SSL_free(ssl)
        unsafe SSL_CTX_free(context)
    }

    /// A session that is ready for its BIOs; nil where libssl says why not.
    private static func session(_ context: OpaquePointer, _ host: String, _ trust: Trust) -> OpaquePointer? {
        guard unsafe wsray_ssl_require_tls12(context) == 1 else { return nil }
        switch trust {
        case .system: guard unsafe SSL_CTX_set_default_verify_paths(context) == 1 else { return nil }
        case .file(let path): guard unsafe SSL_CTX_load_verify_file(context, path) == 1 else { return nil }
        case .anybody: break
        }
        if case .anybody = trust {
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_NONE, nil)
        } else {
            unsafe SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nil)
        }
        guard let ssl = unsafe SSL_new(context) else { return nil }
        // The certificate is to be that of this address, or of this name, which alone is asked for (RFC 6066 §3).
        let parameters = unsafe SSL_get0_param(ssl)
        let isAddress = unsafe X509_VERIFY_PARAM_set1_ip_asc(parameters, host) == 1
        // Saying that it is no address is an error.
        ERR_clear_error()
        if !isAddress {
            guard unsafe SSL_set1_host(ssl, host) == 1, unsafe wsray_ssl_ask_for(ssl, host) == 1 else {
                unsafe SSL_free(ssl)
                return nil
            }
        }
        return unsafe ssl
    }

    // MARK: Bytes

    /// Goes on with the handshake as far as what has come allows.
    package func shakeHands() throws(Failure) {
        guard !isEstablished else { return }
        ERR_clear_error()
        let status = unsafe SSL_do_handshake(ssl)
        if status == 1 {
            isEstablished = true
        } else if unsafe SSL_get_error(ssl, status) != SSL_ERROR_WANT_READ {
            throw Failure(words: refusal)
        }
    }

    /// Takes what came from the peer, and appends what that says.
    package func take(_ bytes: Span<UInt8>, into plain: inout ByteBuffer) throws(Failure) {
        // Invariant: the memory BIO copies what it is given, and takes all of it.
        unsafe bytes.withUnsafeBytes { source in
            _ = unsafe BIO_write(incoming, source.baseAddress, Int32(clamping: source.count))
        }
        try shakeHands()
        guard isEstablished else { return }
        while true {
            var status: Int32 = 0
            ERR_clear_error()
            // Invariant: libssl writes within the lent room.
            unsafe plain.append(upTo: 16 << 10) { room in
                status = unsafe SSL_read(ssl, room.baseAddress, Int32(room.count))
                return Int(max(0, status))
            }
            if status > 0 { continue }
            switch unsafe SSL_get_error(ssl, status) {
            case SSL_ERROR_WANT_READ: return
            case SSL_ERROR_ZERO_RETURN:
                isEnded = true
                return
            default: throw Failure(words: Self.lastError())
            }
        }
    }

    /// Takes what is to be said to the peer; only once the connection is established.
    package func send(_ plain: Span<UInt8>) throws(Failure) {
        guard !plain.isEmpty else { return }
        ERR_clear_error()
        // Invariant: what libssl makes of it goes to a memory BIO, which has room for everything.
        let count = unsafe plain.withUnsafeBytes { unsafe SSL_write(ssl, $0.baseAddress, Int32(clamping: $0.count)) }
        guard Int(count) == plain.count else { throw Failure(words: Self.lastError()) }
    }

    /// Says that nothing more is said (close_notify).
    package func end() { if isEstablished { _ = unsafe SSL_shutdown(ssl) } }

    /// Appends what there is to send.
    package func drain(into output: inout ByteBuffer) {
        while unsafe wsray_bio_pending(outgoing) > 0 {
            // Invariant: libssl writes within the lent room.
            unsafe output.append(upTo: 16 << 10) { room in Int(max(0, unsafe BIO_read(outgoing, room.baseAddress, Int32(room.count)))) }
        }
    }

    // MARK: Words

    /// Why the handshake failed.
    private var refusal: String {
        let result = unsafe SSL_get_verify_result(ssl)
        guard result != Int(X509_V_OK) else { return Self.lastError() }
        // Invariant: a constant C string.
        let words = unsafe String(cString: X509_verify_cert_error_string(result))
        return "the server's certificate cannot be trusted: \(words)"
    }

    private static func lastError() -> String {
        let code = ERR_get_error()
        guard code != 0 else { return "TLS broke off" }
        // The top bit says that it is an error of the system (ERR_SYSTEM_FLAG).
        if code & 0x8000_0000 != 0 { return SystemError(code: Int32(truncatingIfNeeded: code & 0x7FFF_FFFF)).words }
        // Invariant: a constant C string, or none.
        return unsafe ERR_reason_error_string(code).map { unsafe String(cString: $0) } ?? "error \(code) of libssl"
    }
}
