// swift-tools-version: 6.2
import PackageDescription

// `RawSpan`-based cursors carry lifetimes; the compiler checks them.
let lifetimes: [SwiftSetting] = [.enableExperimentalFeature("Lifetimes")]

let package = Package(
    name: "swift-usid",
    platforms: [.macOS(.v15)],
    products: [
        .library(name: "HDF5", targets: ["HDF5"]),
        .library(name: "HDF5Filters", targets: ["HDF5Filters"]),
        .library(name: "USID", targets: ["USID"]),
        .library(name: "USIDProcessing", targets: ["USIDProcessing"]),
        .executable(name: "h5usid-dump", targets: ["h5usid-dump"]),
        .executable(name: "h5usid", targets: ["h5usid"]),
    ],
    traits: [
        .trait(
            name: "MPI",
            description: "Runs processes on several ranks, through OpenMPI or MPICH as pkg-config finds it (mpi-c).")
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.1.0"),
    ],
    targets: [
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"]), .brew(["zlib"])]),
        // Calls of the C library of the system; nothing is linked.
        .systemLibrary(name: "CProcessors"),
        .target(name: "HDF5Filters", dependencies: ["CZlib"], swiftSettings: lifetimes),
        .target(name: "HDF5Format", dependencies: ["HDF5Filters"], swiftSettings: lifetimes),
        .target(
            name: "HDF5",
            dependencies: [
                "CProcessors", "HDF5Format", "HDF5Filters",
                .product(name: "ComplexModule", package: "swift-numerics"),
            ],
            swiftSettings: lifetimes),
        .target(
            name: "USID",
            dependencies: [
                "HDF5", "HDF5Format", "HDF5Filters", .product(name: "ComplexModule", package: "swift-numerics"),
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: lifetimes),
        .systemLibrary(
            name: "CMPI", pkgConfig: "mpi-c", providers: [.apt(["libopenmpi-dev"]), .brew(["open-mpi"])]),
        .target(
            name: "USIDProcessing",
            dependencies: [
                "HDF5", "USID",
                .target(name: "CMPI", condition: .when(traits: ["MPI"])),
                .product(name: "ComplexModule", package: "swift-numerics"),
                .product(name: "RealModule", package: "swift-numerics"),
            ],
            swiftSettings: lifetimes),
        .target(name: "CommandLineSupport", dependencies: ["HDF5"], swiftSettings: lifetimes),
        .executableTarget(
            name: "h5usid",
            dependencies: [
                "CommandLineSupport", "HDF5", "USID", "USIDProcessing",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: lifetimes),
        .executableTarget(
            name: "h5usid-dump",
            dependencies: [
                "CommandLineSupport", "USID", .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            swiftSettings: lifetimes),
        .target(
            name: "ChangeModel", dependencies: ["HDF5", "HDF5Format", "HDF5Filters"], path: "Tests/ChangeModel",
            swiftSettings: lifetimes),
        .executableTarget(
            name: "random-changes", dependencies: ["ChangeModel", "HDF5"], path: "Tests/random-changes",
            swiftSettings: lifetimes),
        .executableTarget(
            name: "write-usid", dependencies: ["HDF5", "USID"], path: "Tests/write-usid", swiftSettings: lifetimes),
        .testTarget(
            name: "HDF5FiltersTests", dependencies: ["HDF5Filters"], exclude: ["make_vectors.py"],
            swiftSettings: lifetimes),
        .testTarget(name: "HDF5FormatTests", dependencies: ["HDF5Format"], swiftSettings: lifetimes),
        .testTarget(name: "HDF5Tests", dependencies: ["ChangeModel", "HDF5"], swiftSettings: lifetimes),
        .testTarget(name: "USIDTests", dependencies: ["USID"], swiftSettings: lifetimes),
        .testTarget(
            name: "USIDProcessingTests", dependencies: ["USIDProcessing"], exclude: ["Vectors"],
            swiftSettings: lifetimes),
        .testTarget(name: "CommandLineTests", dependencies: ["h5usid", "h5usid-dump", "HDF5", "USID"]),
    ],
    swiftLanguageModes: [.v6]
)
