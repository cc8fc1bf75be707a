import Bytes
import CCrypto
import System

/// The derivations of TLS, done by libcrypto.
package enum KeyDerivation {
    /// HKDF-Expand-Label without context (RFC 8446 §7.1).
    package static func expand(_ secret: Secret, label: StaticString, byteCount: Int, _ hash: HashAlgorithm) -> Secret {
        var info = [UInt8(byteCount >> 8), UInt8(byteCount & 0xFF), UInt8(6 + label.utf8CodeUnitCount)]
        info += Array("tls13 ".utf8) + label.bytes + [0]
        return derive(
            "HKDF", hash, secret.span, as: "key", info.span, as: "info", byteCount: byteCount, mode: EVP_KDF_HKDF_MODE_EXPAND_ONLY)
    }

    /// HKDF-Extract (RFC 5869 §2.2).
    package static func extract(_ secret: Span<UInt8>, salt: Span<UInt8>, _ hash: HashAlgorithm) -> Secret {
        derive("HKDF", hash, secret, as: "key", salt, as: "salt", byteCount: hash.byteCount, mode: EVP_KDF_HKDF_MODE_EXTRACT_ONLY)
    }

    /// The pseudorandom function of TLS 1.0 to 1.2 (RFC 5246 §5).
    static func pseudorandom(
        _ secret: Secret, label: StaticString, seed: [UInt8], byteCount: Int, _ hash: HashAlgorithm
    ) -> Secret {
        let seed = label.bytes + seed
        return derive(
            "TLS1-PRF", hash, secret.span, as: "secret", seed.span, as: "seed", byteCount: byteCount)
    }

    static func digest(_ bytes: Span<UInt8>, _ hash: HashAlgorithm) -> [UInt8] {
        unsafe [UInt8](unsafeUninitializedCapacity: hash.byteCount) { room, count in
            let algorithm = unsafe EVP_MD_fetch(nil, hash.rawValue, nil)
            defer { unsafe EVP_MD_free(algorithm) }
            // Invariant: `room` holds what the algorithm writes.
            let isDone = unsafe bytes.withUnsafeBytes {
                unsafe EVP_Digest($0.baseAddress, $0.count, room.baseAddress, nil, algorithm, nil) == 1
            }
            if !isDone { LibraryFailure.end("libcrypto, for a digest") }
            count = hash.byteCount
        }
    }

    /// - Parameters:
    ///   - secretName: what the function calls its secret input.
    ///   - otherName: what it calls its other input.
    ///   - mode: for a function that has several.
    private static func derive(
        _ function: String, _ hash: HashAlgorithm, _ secret: Span<UInt8>, as secretName: StaticString, _ other: Span<UInt8>,
        as otherName: StaticString, byteCount: Int, mode: Int32? = nil
    ) -> Secret {
        let algorithm = unsafe EVP_KDF_fetch(nil, function, nil)
        let context = unsafe EVP_KDF_CTX_new(algorithm)
        unsafe EVP_KDF_free(algorithm)
        defer { unsafe EVP_KDF_CTX_free(context) }
        if unsafe context == nil { LibraryFailure.end("libcrypto, to derive a key") }
        var modeNumber = mode ?? 0
        var name = Array(hash.rawValue.utf8CString)
        // Invariant: all that the parameters point to is kept by the closures around them, and libcrypto only reads it.
        return unsafe name.withUnsafeMutableBufferPointer { name in
            unsafe withUnsafeMutablePointer(to: &modeNumber) { modeNumber in
                unsafe secret.withUnsafeBytes { secret in
                    unsafe other.withUnsafeBytes { other in
                        var parameters = unsafe [
                            OSSL_PARAM_construct_utf8_string(("digest" as StaticString).cString, name.baseAddress, 0),
                            octets(secretName, secret), octets(otherName, other),
                        ]
                        if mode != nil { unsafe parameters.append(OSSL_PARAM_construct_int(("mode" as StaticString).cString, modeNumber)) }
                        unsafe parameters.append(OSSL_PARAM_construct_end())
                        return unsafe Secret(byteCount: byteCount) { room in
                            unsafe EVP_KDF_derive(context, room.baseAddress?.assumingMemoryBound(to: UInt8.self), room.count, parameters)
                                == 1
                        }
                    }
                }
            }
        }
    }

    private static func octets(_ name: StaticString, _ bytes: UnsafeRawBufferPointer) -> OSSL_PARAM {
        unsafe OSSL_PARAM_construct_octet_string(name.cString, UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count)
    }
}

extension StaticString {
    fileprivate var bytes: [UInt8] { withUTF8Buffer { unsafe Array($0) } }

    /// A literal is kept for ever, and ends with a zero.
    fileprivate var cString: UnsafePointer<CChar> { unsafe UnsafeRawPointer(utf8Start).assumingMemoryBound(to: CChar.self) }
}
