// Fields of connections and findings.
extension FieldEntry {
    static func connection(_ field: Field) -> FieldEntry? {
        switch field {
        case .connection: FieldEntry(.number, .connection, "number of the connection, from 1", "connection == 3")
        case .clientAddress: FieldEntry(.address, .connection, "the client's address", "client.address == 127.0.0.1")
        case .clientPort: FieldEntry(.number, .connection, "the client's TCP port", "client.port > 49151")
        case .serverAddress: FieldEntry(.address, .connection, "the server's address", "server.address == 127.0.0.0/8")
        case .serverPort: FieldEntry(.number, .connection, "the server's TCP port", "server.port in (80, 8000..9000)")
        case .address:
            FieldEntry(.address, .connection, "either side's address", "address == 127.0.0.1", ["ip.addr", "ipv6.addr"])
        case .port: FieldEntry(.number, .connection, "either side's TCP port", "port == 8765", ["tcp.port"])
        case .deflate: FieldEntry(.flag, .connection, "permessage-deflate was agreed on", "deflate and not compressed and not control")
        case .inferred: FieldEntry(.flag, .connection, "something was taken for granted, such as a handshake that is missing", "inferred")
        default: nil
        }
    }

    static func security(_ field: Field) -> FieldEntry? {
        switch field {
        case .transport:
            FieldEntry(
                .text, .connection, "what carries the connection: tcp, tls, h2, h2+tls, h3; quic, where it could not be decrypted",
                "transport in (\"h2\", \"h2+tls\")")
        case .stream:
            FieldEntry(.number, .connection, "stream of HTTP/2 or HTTP/3 that is the connection", "stream == 5", ["http2.streamid"])
        case .tcp:
            FieldEntry(
                .number, .connection, "number of the TCP or QUIC connection, from 1; streams of HTTP/2 and HTTP/3 share one",
                "tcp == 1 and stream > 7")
        case .tunnel:
            FieldEntry(.text, .connection, "tags and tunnels that it passes through: vlan, vxlan, gtp-u, …", "tunnel == \"vxlan\"")
        case .tunnelID:
            FieldEntry(.number, .connection, "their numbers: VLAN, VNI, TEID, key, session", "tunnel.id == 42")
        case .encrypted:
            FieldEntry(.flag, .connection, "a TLS or QUIC connection that could not be decrypted", "encrypted and server.port == 443")
        case .tlsSNI:
            FieldEntry(
                .text, .connection, "host name that the client asked for in TLS (SNI)", "tls.sni == \"example.com\"",
                ["tls.handshake.extensions_server_name"])
        case .tlsVersion: FieldEntry(.text, .connection, "version of TLS", "tls.version == \"TLS 1.3\"")
        case .tlsCipher: FieldEntry(.text, .connection, "cipher suite, by its registered name", "tls.cipher ~ /_CBC_/")
        case .tlsALPN: FieldEntry(.text, .connection, "protocol agreed on in TLS (ALPN)", "tls.alpn == \"http/1.1\"")
        case .tlsResumed: FieldEntry(.flag, .connection, "the TLS session was resumed", "tls.resumed")
        default: nil
        }
    }

    static func handshake(_ field: Field) -> FieldEntry? {
        switch field {
        case .url: FieldEntry(.text, .connection, "URL that the client asked for", "url ~ \"/rooms\"", ["http.request.full_uri"])
        case .host: FieldEntry(.text, .connection, "the Host that the client asked for", "host contains \":8765\"", ["http.host"])
        case .path:
            FieldEntry(.text, .connection, "target of the request, query included", "path ~ /^\\/report/", ["http.request.uri"])
        case .requestMethod:
            FieldEntry(.text, .connection, "method of the request", "request.method != \"GET\"", ["http.request.method"])
        case .requestHeader:
            FieldEntry(
                .text, .connection, "a header field of the request: request.header.NAME or request.header[\"NAME\"]",
                "request.header.user-agent contains \"Python\"")
        case .status:
            FieldEntry(.name, .connection, "what became of the upgrade: open, refused, unanswered, or inferred", "status == refused")
        case .responseStatus:
            FieldEntry(.number, .connection, "status of the response", "response.status >= 400", ["http.response.code"])
        case .responseHeader:
            FieldEntry(.text, .connection, "a header field of the response", "response.header[\"Server\"] ~ /python/i")
        case .upgradeTime:
            FieldEntry(.duration, .connection, "time from the request to the response", "upgrade.time > 300us")
        case .subprotocol: FieldEntry(.text, .connection, "subprotocol agreed on", "subprotocol == \"chat.v2\"")
        case .extension:
            FieldEntry(.text, .connection, "names of the extensions agreed on", "extension == \"permessage-deflate\"", ["extensions"])
        default: nil
        }
    }

    static func finding(_ field: Field) -> FieldEntry {
        switch field {
        case .finding:
            FieldEntry(
                .name, .finding, "rules that something breaks, as wsray explain lists them", "finding ~ /^frame\\.mask/", ["findings"])
        default:
            FieldEntry(.name, .finding, "severity of a finding: note < warning < violation", "severity >= warning")
        }
    }
}
