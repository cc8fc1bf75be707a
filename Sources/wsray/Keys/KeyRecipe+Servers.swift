// Libraries, servers and devices.
extension KeyRecipe {
    static let libraries: [KeyRecipe] = [
        KeyRecipe(
            name: "rust", others: ["rustls", "tungstenite", "reqwest"], title: "Rust with rustls",
            lines: [
                "The program has to ask for it, and then looks at SSLKEYLOGFILE:",
                "     config.key_log = Arc::new(rustls::KeyLogFile::new());",
                " SSLKEYLOGFILE=$PWD/keys.log cargo run",
                "With native-tls it uses the system's library: see openssl.",
            ]),
        KeyRecipe(
            name: "openssl", others: ["libssl", "ruby", "php", "perl"], title: "Programs with OpenSSL",
            lines: [
                " openssl s_client -keylogfile keys.log -connect example.com:443",
                "Others write one if they were made to (curl, Python). For all others there is a library to load before (wiki.wireshark.org/TLS):",
                " git clone https://git.lekensteyn.nl/peter/wireshark-notes && make -C wireshark-notes/src",
                " SSLKEYLOGFILE=$PWD/keys.log LD_PRELOAD=$PWD/wireshark-notes/src/libsslkeylog.so PROGRAM",
                "It works where the program loads libssl.so: ldd PROGRAM shows that. OpenSSL 3.5 looks at SSLKEYLOGFILE by itself where it was",
                "built with enable-sslkeylog, which distributions seldom do.",
            ]),
        KeyRecipe(
            name: "gnutls", others: ["wget"], title: "Programs with GnuTLS",
            lines: [
                " SSLKEYLOGFILE=$PWD/keys.log gnutls-cli example.com",
                "All programs with GnuTLS do so, wget on Debian for example.",
            ]),
    ]

    static let servers: [KeyRecipe] = [
        KeyRecipe(
            name: "nginx", title: "nginx, as a server",
            lines: [
                "The commercial version has a directive, ssl_key_log FILE. Otherwise load a library before OpenSSL (wsray keys --how openssl), and",
                "let it through in nginx.conf, outside of all blocks:",
                "     env SSLKEYLOGFILE=/var/log/nginx/keys.log;",
                "     env LD_PRELOAD=/usr/local/lib/libsslkeylog.so;",
                "The service needs LD_PRELOAD, too: systemctl edit nginx, Environment=LD_PRELOAD=…",
            ]),
        KeyRecipe(
            name: "haproxy", title: "HAProxy, as a server",
            lines: [
                "From 2.2 on; one line of its log for each connection over TLS 1.3, and a key log made from those:",
                "     global",
                "         tune.ssl.keylog on",
                "     frontend https",
                "         log-format \"KEYS %[ssl_fc_client_random,hex] %[ssl_fc_client_traffic_secret_0] %[ssl_fc_server_traffic_secret_0]\"",
                " awk 'sub(/.*KEYS /, \"\") { print \"CLIENT_TRAFFIC_SECRET_0\", $1, $2; print \"SERVER_TRAFFIC_SECRET_0\", $1, $3 }' haproxy.log",
                "For TLS 1.2 the line is: CLIENT_RANDOM %[ssl_fc_client_random,hex] %[ssl_fc_session_key,hex]",
            ]),
        KeyRecipe(
            name: "envoy", others: ["istio"], title: "Envoy, as a server or a client",
            lines: [
                "In common_tls_context of a DownstreamTlsContext or an UpstreamTlsContext:",
                "     key_log: { path: /tmp/keys.log }",
            ]),
        KeyRecipe(
            name: "server", others: ["rsa"], title: "A server whose private key you have",
            lines: [
                "The key opens TLS 1.2 with RSA key exchange, and nothing else: not TLS 1.3, not ECDHE.",
                " wsray --rsa-key server.key capture.pcapng",
                "To try it out, let the server offer nothing else: ssl_protocols TLSv1.2; ssl_ciphers AES128-GCM-SHA256;",
            ]),
    ]

    static let devices: [KeyRecipe] = [
        KeyRecipe(
            name: "android", title: "Android",
            lines: [
                "Chrome, on a device with USB debugging:",
                " adb shell 'echo \"chrome --ssl-key-log-file=/data/local/tmp/keys.log\" > /data/local/tmp/chrome-command-line'",
                "Enable \"command line on non-rooted devices\" in chrome://flags, and restart it. Programs: Frida can log their keys, on a rooted",
                "device; or log at the server, or let a proxy write the log (wsray keys --how mitmproxy).",
            ]),
        KeyRecipe(
            name: "ios", others: ["iphone"], title: "iOS",
            lines: [
                "iOS writes no key log. In programs of yours, URLSession cannot either: log at the server, or let a proxy write the log",
                "(wsray keys --how mitmproxy).",
            ]),
        KeyRecipe(
            name: "mitmproxy", others: ["proxy"], title: "Any program that trusts a proxy's certificate",
            lines: [
                " SSLKEYLOGFILE=$PWD/keys.log mitmproxy --listen-port 8080",
                "The log has the secrets of both sides: to the client and to the server.",
            ]),
    ]
}
