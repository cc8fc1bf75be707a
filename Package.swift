// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .strictMemorySafety(),
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableExperimentalFeature("Lifetimes"),
]

/// A target of the product, bottom to top as in `Docs/Architecture.md`.
func room(_ name: String, uses dependencies: [Target.Dependency] = []) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(of name: String, also dependencies: [Target.Dependency] = []) -> Target {
    .testTarget(name: "\(name)Tests", dependencies: [.byName(name: name)] + dependencies, swiftSettings: strict)
}

let package = Package(
    name: "wsray",
    platforms: [.macOS(.v26)],
    products: [
        .executable(name: "wsray", targets: ["wsray"]),
        // All that is below the program (Docs/Library.md).
        .library(
            name: "WebSocketInspection",
            targets: ["WebSocketInspection", "Filter", "Redaction", "Statistics", "Reports"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2")
    ],
    targets: [
        .systemLibrary(name: "CPcap", pkgConfig: "libpcap", providers: [.apt(["libpcap-dev"]), .brew(["libpcap"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CCrypto", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CDecompression"),
        .systemLibrary(name: "CSSL", pkgConfig: "libssl", providers: [.apt(["libssl-dev"]), .brew(["openssl@3"])]),
        .systemLibrary(name: "CProcess"),
        .systemLibrary(name: "CSocketDiagnosis"),
        .systemLibrary(name: "CVector"),
        .systemLibrary(name: "CPcre2", pkgConfig: "libpcre2-8", providers: [.apt(["libpcre2-dev"]), .brew(["pcre2"])]),

        room("System", uses: ["CProcess"]),
        room("Bytes", uses: ["CVector"]),
        room("Digests", uses: ["System", "Bytes", "CCrypto"]),
        room("JSON", uses: ["Bytes"]),
        room("Text", uses: ["Bytes"]),
        room("Terminal", uses: ["System", "Bytes", "Text"]),
        room("Decompression", uses: ["System", "CDecompression"]),
        room("Capture", uses: ["System", "Bytes", "Decompression", "CPcap", "CZlib", "CDecompression"]),
        room("Packets", uses: ["Bytes"]),
        room("Channels", uses: ["Bytes"]),
        room("Streams", uses: ["Bytes", "Channels", "Packets"]),
        room("TLS", uses: ["System", "Bytes", "Channels", "CCrypto"]),
        room("Tunnels", uses: ["Bytes", "Channels"]),
        room("FieldCoding", uses: ["Bytes", "Channels"]),
        room("HTTP2", uses: ["Bytes", "Channels", "FieldCoding"]),
        room("HTTP3", uses: ["Bytes", "Channels", "FieldCoding"]),
        room("QUIC", uses: ["System", "Bytes", "Channels", "TLS", "CCrypto"]),
        room("HTTP", uses: ["Bytes", "Digests", "CZlib"]),
        room("WebSocket", uses: ["System", "Bytes", "CZlib"]),
        room("Recordings", uses: ["System", "Bytes", "JSON", "Text", "HTTP", "Packets", "WebSocket"]),
        room("Input", uses: ["System", "Bytes", "Capture", "Packets", "Recordings"]),
        room("BinaryValues", uses: ["Bytes", "Digests", "JSON", "WebSocket", "Decompression", "CDecompression"]),
        room("Waits", uses: ["WebSocket"]),
        room("Subprotocols", uses: ["Bytes", "Digests", "JSON", "BinaryValues", "WebSocket", "Waits"]),
        room("Rules", uses: ["Bytes", "Text", "HTTP", "WebSocket"]),
        room("Verdicts", uses: ["Bytes", "Text", "Channels", "WebSocket", "Rules"]),
        room(
            "Inspection",
            uses: [
                "Bytes", "Text", "Channels", "Packets", "Streams", "HTTP", "WebSocket", "Recordings", "Waits", "Subprotocols", "Rules",
                "Verdicts",
            ]),
        room("Decoding", uses: ["Bytes", "HTTP", "Packets", "Waits", "WebSocket", "Subprotocols", "Rules", "Verdicts", "Inspection"]),
        room(
            "Filter",
            uses: [
                "System", "Bytes", "Channels", "JSON", "Text", "Packets", "HTTP", "WebSocket", "Waits", "Subprotocols", "Rules",
                "Verdicts", "Inspection",
                "CPcre2",
            ]),
        room("Redaction", uses: ["Bytes", "HTTP", "WebSocket", "Subprotocols", "Rules", "Verdicts", "Inspection"]),
        room("Cutting", uses: ["Bytes", "Channels", "Packets", "HTTP", "WebSocket", "Subprotocols", "Rules", "Inspection", "Redaction"]),
        room(
            "Differences",
            uses: ["Bytes", "JSON", "HTTP", "WebSocket", "Subprotocols", "Rules", "Verdicts", "Inspection"]),
        room(
            "Replay",
            uses: [
                "Bytes", "Digests", "JSON", "Text", "Packets", "HTTP", "WebSocket", "Subprotocols", "Verdicts", "Inspection", "Differences",
            ]),
        room("SecureClient", uses: ["System", "Bytes", "CSSL"]),
        room(
            "Statistics",
            uses: ["Bytes", "Channels", "Packets", "Streams", "HTTP", "WebSocket", "Waits", "Subprotocols", "Verdicts", "Inspection"]),
        room(
            "Chains",
            uses: ["Bytes", "Channels", "JSON", "Text", "Packets", "HTTP", "WebSocket", "Subprotocols", "Verdicts", "Inspection"]),
        .target(
            name: "Reports",
            dependencies: [
                "Bytes", "Channels", "Digests", "JSON", "Text", "Packets", "Streams", "HTTP", "WebSocket", "Waits", "Subprotocols", "Rules",
                "Verdicts",
                "Inspection",
                "Differences", "Statistics", "Chains",
                "Filter", "Redaction",
            ],
            resources: [
                .embedInCode("JSON/wsray.schema.json"), .embedInCode("Stats/wsray-stats.schema.json"),
                .embedInCode("Difference/wsray-diff.schema.json"), .embedInCode("HTML/Page/report.css"),
                .embedInCode("HTML/Page/model.js"),
                .embedInCode("HTML/Page/text.js"),
                .embedInCode("HTML/Page/json.js"),
                .embedInCode("HTML/Page/plots.js"),
                .embedInCode("HTML/Page/lanes.js"),
                .embedInCode("HTML/Page/messages.js"),
                .embedInCode("HTML/Page/detail.js"),
                .embedInCode("HTML/Page/connection.js"),
                .embedInCode("HTML/Page/main.js"), .embedInCode("HTML/Page/difference.css"), .embedInCode("HTML/Page/difference.js"),
            ], swiftSettings: strict),
        room(
            "Viewer",
            uses: [
                "Bytes", "Channels", "JSON", "Text", "Terminal", "Packets", "HTTP", "WebSocket", "Subprotocols", "Rules", "Verdicts",
                "Inspection",
                "Differences", "Statistics", "Chains",
                "Filter",
                "Reports",
            ]),
        room(
            "WebSocketInspection",
            uses: ["Bytes", "Capture", "HTTP", "Input", "Inspection", "Packets", "Recordings", "Rules", "Streams", "Verdicts", "WebSocket"]),
        room("Jobs", uses: ["System", "Bytes"]),
        room("Processes", uses: ["Bytes", "Packets"]),
        .executableTarget(
            name: "wsray",
            dependencies: [
                "System", "Bytes", "Capture", "Channels", "Packets", "Recordings", "Input", "HTTP2", "HTTP3", "TLS", "QUIC", "Tunnels",
                "WebSocket",
                "Subprotocols",
                "Waits", "BinaryValues", "Decoding", "Rules", "Inspection",
                "Differences", "Replay", "SecureClient", "HTTP", "Statistics", "Filter", "Redaction", "Cutting", "Reports", "Text",
                "Terminal",
                "Viewer", "Digests", "Jobs",
                "Processes",
                "CSocketDiagnosis",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: strict),

        // Targets for fuzzing (fuzz/README.md), whose corpora are tests like any other.
        .target(
            name: "FuzzTargets",
            dependencies: [
                "BinaryValues", "Bytes", "Capture", "Channels", "Decoding", "Filter", "HTTP", "HTTP2", "HTTP3", "Inspection", "JSON",
                "Packets",
                "QUIC", "Recordings", "Redaction", "Replay", "Reports", "Rules", "Subprotocols", "System", "TLS", "Text", "Tunnels",
                "Verdicts",
                "WebSocket",
                "TestSupport",
            ],
            path: "fuzz/Targets", swiftSettings: strict),
        tests(of: "FuzzTargets", also: ["System", "TestSupport"]),
        .target(
            name: "TestSupport", dependencies: ["System", "Bytes", "CCrypto", "Packets", "TLS"], path: "Tests/TestSupport",
            swiftSettings: strict),
        tests(of: "System", also: ["TestSupport"]),
        tests(of: "Bytes", also: ["TestSupport"]),
        tests(of: "Recordings", also: ["Bytes", "HTTP", "System", "TestSupport", "WebSocket"]),
        tests(of: "BinaryValues", also: ["Bytes", "TestSupport"]),
        tests(of: "Waits", also: ["WebSocket"]),
        tests(of: "Digests"),
        tests(of: "Text", also: ["Bytes"]),
        tests(of: "Terminal", also: ["System", "Bytes"]),
        tests(
            of: "Viewer",
            also: [
                "Bytes", "HTTP", "Inspection", "JSON", "Packets", "Rules", "Statistics", "Terminal", "TestSupport", "Verdicts", "WebSocket",
            ]),
        tests(of: "Capture", also: ["System", "Bytes", "TestSupport"]),
        tests(of: "Packets", also: ["Bytes", "TestSupport"]),
        tests(of: "Input", also: ["System", "Bytes", "Capture", "TestSupport"]),
        tests(of: "Channels", also: ["Bytes"]),
        tests(of: "Streams", also: ["Bytes", "Channels", "Packets", "TestSupport"]),
        tests(of: "TLS", also: ["Bytes", "Capture", "CCrypto", "Channels", "Packets", "TestSupport"]),
        tests(of: "HTTP2", also: ["Bytes", "Channels", "FieldCoding", "TestSupport"]),
        tests(of: "HTTP3", also: ["Bytes", "Channels", "FieldCoding", "TestSupport"]),
        tests(of: "QUIC", also: ["Bytes", "Capture", "Channels", "Digests", "Packets", "TLS", "TestSupport"]),
        tests(of: "HTTP", also: ["Bytes", "Digests", "TestSupport"]),
        tests(of: "WebSocket", also: ["Bytes", "CZlib", "TestSupport"]),
        tests(of: "Rules", also: ["Bytes", "HTTP", "WebSocket", "TestSupport"]),
        tests(of: "Filter", also: ["System", "Bytes", "Capture", "JSON", "HTTP", "Inspection", "Packets", "Rules", "WebSocket"]),
        tests(of: "Subprotocols", also: ["BinaryValues", "Bytes", "JSON", "WebSocket", "TestSupport"]),
        tests(
            of: "Decoding",
            also: [
                "BinaryValues", "Bytes", "Capture", "HTTP", "Inspection", "Packets", "Subprotocols", "TestSupport", "Verdicts", "WebSocket",
            ]),
        tests(of: "Redaction", also: ["Bytes", "Capture", "Inspection", "Rules", "WebSocket"]),
        tests(
            of: "Differences",
            also: ["Bytes", "HTTP", "Inspection", "JSON", "Packets", "TestSupport", "Verdicts", "WebSocket"]),
        tests(
            of: "Replay",
            also: ["Bytes", "Differences", "Digests", "HTTP", "Inspection", "Packets", "Verdicts", "WebSocket"]),
        tests(of: "Jobs", also: ["System", "Bytes"]),
        tests(of: "Processes", also: ["Bytes", "Packets", "TestSupport"]),
        tests(of: "Cutting", also: ["Bytes", "HTTP", "Inspection", "Packets", "Redaction", "TestSupport", "WebSocket"]),
        tests(
            of: "Reports",
            also: ["Bytes", "Digests", "HTTP", "Inspection", "Packets", "Rules", "TestSupport", "Text", "Verdicts", "WebSocket"]),
        tests(of: "WebSocketInspection", also: ["System"]),
        tests(of: "Statistics", also: ["Bytes", "WebSocket"]),
        tests(
            of: "Chains",
            also: ["Bytes", "Channels", "HTTP", "Inspection", "JSON", "Packets", "Subprotocols", "TestSupport", "Verdicts", "WebSocket"]),
        tests(of: "Verdicts", also: ["Bytes", "Channels", "Rules", "WebSocket"]),
        tests(
            of: "Inspection",
            also: [
                "Bytes", "Capture", "Channels", "Digests", "HTTP", "Packets", "HTTP2", "Rules", "Streams", "TestSupport", "TLS", "Verdicts",
                "WebSocket",
            ]),
    ]
)

// The program that libFuzzer drives is built only where it is asked for: it needs `--sanitize fuzzer`, which brings its main function.
if Context.environment["WSRAY_FUZZ"] != nil {
    package.targets.append(
        .executableTarget(
            name: "wsray-fuzz", dependencies: ["FuzzTargets", "System"], path: "fuzz/Runner",
            swiftSettings: strict + [.unsafeFlags(["-parse-as-library"])]))
}
