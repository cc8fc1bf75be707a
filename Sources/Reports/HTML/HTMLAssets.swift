import Bytes
import Digests

/// The style sheet and the script of a document, and the policy that allows them and nothing else.
struct HTMLAssets {
    let style: [UInt8]
    let script: [UInt8]

    /// - Parameter scripts: in the order in which they need each other; they become one.
    private init(style: [UInt8], scripts: [[UInt8]]) {
        self.style = style
        script = Array("(() => {\n\"use strict\";\n".utf8) + scripts.joined() + Array("})();\n".utf8)
    }

    /// Of the page that shows a capture.
    static var report: HTMLAssets {
        HTMLAssets(
            style: PackageResources.report_css,
            scripts: [
                PackageResources.model_js, PackageResources.text_js, PackageResources.json_js, PackageResources.plots_js,
                PackageResources.lanes_js,
                PackageResources.messages_js, PackageResources.detail_js, PackageResources.connection_js, PackageResources.main_js,
            ])
    }

    /// Of the page that compares two captures.
    static var difference: HTMLAssets {
        HTMLAssets(
            style: PackageResources.report_css + PackageResources.difference_css,
            scripts: [PackageResources.text_js, PackageResources.difference_js])
    }

    /// A Content-Security-Policy (CSP 3): nothing is loaded from anywhere, and nothing runs but what has the digest of our own script.
    var policy: String {
        "default-src 'none'; style-src '\(Self.source(style))'; script-src '\(Self.source(script))'; base-uri 'none'; form-action 'none'"
    }

    private static func source(_ bytes: [UInt8]) -> String { "sha256-\(Base64.encode(SHA256.hash(bytes.span).span))" }
}
