// libssl, and what it has as macros, which Swift does not import.
#ifndef WSRAY_CSSL_SHIM_H
#define WSRAY_CSSL_SHIM_H

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>

/// The least version is TLS 1.2. 1 when that was done.
static inline long wsray_ssl_require_tls12(SSL_CTX *context) { return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION); }

/// The name that the client asks for (SNI). 1 when that was done.
static inline long wsray_ssl_ask_for(SSL *ssl, const char *name) { return SSL_set_tlsext_host_name(ssl, name); }

/// Bytes that wait in a memory BIO.
static inline size_t wsray_bio_pending(BIO *bio) { return BIO_ctrl_pending(bio); }

/// A memory BIO that says "nothing yet" and not "end" while it is empty.
static inline BIO *wsray_bio_new(void) {
    BIO *bio = BIO_new(BIO_s_mem());
    if (bio) BIO_set_mem_eof_return(bio, -1);
    return bio;
}
#endif
