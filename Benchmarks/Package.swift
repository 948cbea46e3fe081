// swift-tools-version: 6.2
import PackageDescription

let package = Package(
    name: "benchmarks",
    platforms: [.macOS(.v15)],
    dependencies: [
        .package(name: "swift-usid", path: ".."),
        // Without its traits it counts no allocations and needs no library of the system.
        .package(url: "https://github.com/ordo-one/benchmark", from: "1.38.1", traits: []),
    ],
    targets: [
        .target(name: "BenchSupport", dependencies: [.product(name: "HDF5Filters", package: "swift-usid")]),
        .executableTarget(
            name: "h5bench",
            dependencies: [
                "BenchSupport", .product(name: "HDF5", package: "swift-usid"),
                .product(name: "HDF5Filters", package: "swift-usid"),
            ]),
        .executableTarget(
            name: "usidbench", dependencies: ["BenchSupport", .product(name: "USID", package: "swift-usid")]),
        .executableTarget(
            name: "processbench",
            dependencies: [
                "BenchSupport", .product(name: "HDF5", package: "swift-usid"),
                .product(name: "USIDProcessing", package: "swift-usid"),
            ],
            swiftSettings: [.enableExperimentalFeature("Lifetimes")]),
        .executableTarget(
            name: "Micro",
            dependencies: [
                .product(name: "HDF5", package: "swift-usid"), .product(name: "HDF5Filters", package: "swift-usid"),
                .product(name: "Benchmark", package: "benchmark"),
            ],
            path: "Benchmarks/Micro",
            plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]),
    ],
    swiftLanguageModes: [.v6]
)
