// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-usid", path: "..")],
    targets: [
        .executableTarget(
            name: "h5bench",
            dependencies: [
                .product(name: "HDF5", package: "swift-usid"), .product(name: "HDF5Filters", package: "swift-usid"),
            ])
    ],
    swiftLanguageModes: [.v6]
)
