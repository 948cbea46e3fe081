// swift-tools-version: 6.2
import PackageDescription

// Built by `run` with -sanitize=fuzzer,address for all modules, so that coverage and bounds of the library are seen.
let package = Package(
    name: "fuzzing",
    platforms: [.macOS(.v15)],
    dependencies: [.package(name: "swift-usid", path: "..")],
    targets: [
        // What the targets share: how libFuzzer is started.
        .target(name: "FuzzDriver", swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
        .executableTarget(
            name: "FuzzFile",
            dependencies: [
                "FuzzDriver", .product(name: "HDF5", package: "swift-usid"),
                .product(name: "USID", package: "swift-usid"),
            ],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
        .executableTarget(
            name: "FuzzFilters", dependencies: ["FuzzDriver", .product(name: "HDF5Filters", package: "swift-usid")],
            swiftSettings: [.unsafeFlags(["-parse-as-library"])]),
        // Imports HDF5Format, which is part of the product, as tests do.
        .executableTarget(
            name: "FuzzFormat", dependencies: ["FuzzDriver", .product(name: "HDF5", package: "swift-usid")],
            swiftSettings: [.unsafeFlags(["-parse-as-library"]), .enableExperimentalFeature("Lifetimes")]),
    ],
    swiftLanguageModes: [.v6]
)
