// swift-tools-version: 6.2
import PackageDescription

// Say where wsray is: a folder beside this one, or the address of a repository.
let package = Package(
    name: "conversations",
    dependencies: [.package(name: "wsray", path: "../../..")],
    targets: [
        .executableTarget(
            name: "conversations",
            dependencies: [
                .product(name: "WebSocketInspection", package: "wsray")
            ],
            path: "Sources")
    ]
)
