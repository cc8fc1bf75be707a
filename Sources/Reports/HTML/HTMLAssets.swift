import Bytes
import Digests

/// The style sheet and the script of the document, and the policy that allows them and nothing else.
enum HTMLAssets {
    static var style: [UInt8] { PackageResources.report_css }

    /// One script out of several files, in the order in which they need each other.
    static var script: [UInt8] {
        let files = [
            PackageResources.model_js, PackageResources.text_js, PackageResources.json_js, PackageResources.plots_js,
            PackageResources.lanes_js,
            PackageResources.messages_js, PackageResources.detail_js, PackageResources.connection_js, PackageResources.main_js,
        ]
        return Array("(() => {\n\"use strict\";\n".utf8) + files.joined() + Array("})();\n".utf8)
    }

    /// A Content-Security-Policy (CSP 3): nothing is loaded from anywhere, and nothing runs but what has the digest of our own script.
    static func policy(style: [UInt8], script: [UInt8]) -> String {
        "default-src 'none'; style-src '\(source(style))'; script-src '\(source(script))'; base-uri 'none'; form-action 'none'"
    }

    private static func source(_ bytes: [UInt8]) -> String { "sha256-\(Base64.encode(SHA256.hash(bytes.span).span))" }
}
