"""h5USID fixtures that keep every rule a file must keep."""

import h5py
import numpy as np
import pyUSID as usid
from pyUSID.io.hdf_utils import write_ind_val_dsets

from usid_files import (
    BIAS,
    ENERGY,
    FREQUENCY,
    NO_POSITION,
    NO_SPECTRUM,
    Axis,
    Grid,
    X,
    Y,
    ancillary,
    by_pyusid,
    channel,
    fixed_text,
    linked,
    main,
    noise,
)


def make(maker):
    figure_2(maker)
    map_of_four_dimensions(maker)
    incomplete(maker)
    row_orders(maker)
    element_types(maker)
    storage(maker)
    labels_and_values(maker)
    other_files(maker)


def both_profiles(maker, name, about, positions, spectra, data, quantity, units):
    """The same numbers in the paper's layout (fastest dimension first) and in that of pyUSID 0.0.12 (slowest first)."""
    with maker.file(f"{name}-paper", about=f"{about}; fastest dimension first, region reference per label") as file:
        main(
            channel(file),
            data,
            Grid.raster(*positions),
            Grid.raster(*spectra),
            quantity=quantity,
            units=units,
            regions=True,
        )
    with maker.file(f"{name}-pyusid", about=f"{about}; as pyUSID 0.0.12 writes it, slowest dimension first") as file:
        by_pyusid(channel(file), data, positions, spectra, quantity=quantity, units=units)


def figure_2(maker):
    both_profiles(
        maker,
        "figure2a-image",
        "the paper's figure 2a: image of 5 x 3 positions",
        [X, Y],
        [NO_SPECTRUM],
        noise(15, 1).astype("<f4"),
        "Topography",
        "nm",
    )
    both_profiles(
        maker,
        "figure2b-spectrum",
        "the paper's figure 2b: one spectrum of 7 energies",
        [NO_POSITION],
        [ENERGY],
        noise(1, 7).astype("<f4"),
        "Intensity",
        "counts",
    )
    both_profiles(
        maker,
        "figure2c-hyperspectral",
        "the paper's figure 2c: 5 x 3 positions of 7 energies",
        [X, Y],
        [ENERGY],
        noise(15, 7).astype("<f4"),
        "Intensity",
        "counts",
    )


def map_of_four_dimensions(maker):
    columns, rows = Axis("X", "nm", [0, 10, 20, 30]), Axis("Y", "nm", [0, 5, 10])
    both_profiles(
        maker,
        "map4d",
        "4 x 3 positions, 5 frequencies for each of 3 biases",
        [columns, rows],
        [FREQUENCY, BIAS],
        noise(12, 15).astype("<f4"),
        "Response",
        "a.u.",
    )
    with maker.file(
        "map6d",
        about="three position and three spectroscopic dimensions, neither fastest nor slowest first",
    ) as file:
        positions = shuffle_columns(
            Grid.raster(Axis("X", "nm", [0, 1]), Axis("Y", "nm", [0, 1, 2]), Axis("Z", "nm", [0, 1])), [1, 2, 0]
        )
        spectra = shuffle_columns(Grid.raster(FREQUENCY, BIAS, Axis("Cycle", "", [0, 1])), [2, 0, 1])
        main(channel(file), noise(12, 30).astype("<f4"), positions, spectra)
    with maker.file("size-one-dimensions", about="dimensions of size one among others, on both sides") as file:
        main(
            channel(file),
            noise(6, 4).astype("<f4"),
            Grid.raster(Axis("Z", "nm", [5]), Axis("X", "nm", [0, 1, 2]), Axis("Y", "nm", [0, 1])),
            Grid.raster(Axis("Bias", "V", [0, 1, 2, 3]), Axis("Cycle", "", [7])),
        )
    with maker.file(
        "single-position-two-dimensions",
        about="one position of two dimensions of size one, where pyUSID loses a dimension",
    ) as file:
        main(
            channel(file),
            noise(1, 7).astype("<f4"),
            Grid.raster(Axis("X", "nm", [3]), Axis("Y", "nm", [4])),
            Grid.raster(ENERGY),
        )


def shuffle_columns(grid, order):
    return Grid(
        [grid.labels[i] for i in order], [grid.units[i] for i in order], grid.indices[:, order], grid.values[:, order]
    )


def incomplete(maker):
    generator = np.random.Generator(np.random.PCG64(60))
    places = generator.uniform(0, 100, (8, 2))
    counter = np.repeat(np.arange(8)[:, None], 2, axis=1)
    with maker.file(
        "sparse-sampling", about="8 random points of a plane (R60): all columns of the indices count the points"
    ) as file:
        main(
            channel(file),
            noise(8, 3).astype("<f4"),
            Grid(["X", "Y"], ["nm", "nm"], counter, places),
            Grid.raster(BIAS),
            position_options={"modes": [1, 1], "extra": {"incomplete_dimensions": fixed_text(["X", "Y"])}},
        )
    with maker.file("sparse-sampling-pyusid", about="the same written by pyUSID with incomplete dimensions") as file:
        mode = usid.DimType.INCOMPLETE
        dimensions = [usid.Dimension(label, "nm", places[:, column], mode=mode) for column, label in enumerate("XY")]
        group = channel(file)
        linked(
            group,
            noise(8, 3).astype("<f4"),
            write_ind_val_dsets(group, dimensions, is_spectral=False),
            write_ind_val_dsets(group, BIAS.dimension(), is_spectral=True),
        )
    with maker.file("incomplete-raster", about="an aborted raster (R61): the first 11 of 15 positions") as file:
        main(channel(file), noise(11, 7).astype("<f4"), Grid.raster(X, Y).rows(slice(0, 11)), Grid.raster(ENERGY))
    with maker.file(
        "dependent-dimension", about="relaxation spectroscopy (R63): the field is on for the first two of five times"
    ) as file:
        spectra = Grid.raster(Axis("Time", "ms", [0, 1, 2, 3, 4]), BIAS)
        field = (spectra.indices[:, 0] >= 2).astype(int)
        spectra = Grid(
            spectra.labels[:1] + ["Field"] + spectra.labels[1:],
            ["ms", "", "V"],
            np.column_stack([spectra.indices[:, 0], field, spectra.indices[:, 1]]),
            np.column_stack([spectra.values[:, 0], 1.0 - field, spectra.values[:, 1]]),
        )
        main(
            channel(file),
            noise(15, 15).astype("<f4"),
            Grid.raster(X, Y),
            spectra,
            spectrum_options={"modes": [0, 2, 0], "extra": {"dependent_dimensions": fixed_text(["Field"])}},
        )
    with maker.file(
        "duplicate-positions", about="one position measured twice and another not at all: neither complete nor unique"
    ) as file:
        grid = Grid.raster(X, Y)
        main(
            channel(file),
            noise(15, 1).astype("<f4"),
            grid.rows([0, 1, 2, 3, 4, 5, 6, 7, 8, 8, 10, 11, 12, 13, 14]),
            Grid.raster(NO_SPECTRUM),
        )
    with maker.file("spiral", about="a spiral scan: positions without a grid, counted in both columns") as file:
        turn = np.linspace(0, 6 * np.pi, 20)
        main(
            channel(file),
            noise(20, 3).astype("<f4"),
            Grid(
                ["X", "Y"],
                ["nm", "nm"],
                np.repeat(np.arange(20)[:, None], 2, axis=1),
                np.column_stack([turn * np.cos(turn), turn * np.sin(turn)]),
            ),
            Grid.raster(BIAS),
        )


def row_orders(maker):
    grid, data = Grid.raster(X, Y), noise(15, 7).astype("<f4")
    serpentine = [row * 5 + (column if row % 2 == 0 else 4 - column) for row in range(3) for column in range(5)]
    with maker.file(
        "serpentine", about="every second line scanned backwards; pyUSID's N-dimensional form is silently wrong"
    ) as file:
        main(channel(file), data[serpentine], grid.rows(serpentine), Grid.raster(ENERGY))
    shuffled = np.random.Generator(np.random.PCG64(43)).permutation(15)
    with maker.file(
        "shuffled-rows", about="positions in random order; pyUSID's N-dimensional form is silently wrong"
    ) as file:
        main(channel(file), data[shuffled], grid.rows(shuffled), Grid.raster(ENERGY))
    with maker.file("shuffled-columns", about="energies in random order") as file:
        order = np.random.Generator(np.random.PCG64(44)).permutation(7)
        main(channel(file), data[:, order], grid, Grid.raster(ENERGY).rows(order))
    with maker.file(
        "row-by-row-reversed",
        about="a raster from the last corner to the first: complete, regular, but not from index 0",
    ) as file:
        main(channel(file), data[::-1], grid.rows(slice(None, None, -1)), Grid.raster(ENERGY))
    with maker.file("indices-from-one", about="indices that start at 1 (R41)") as file:
        main(channel(file), data, Grid(grid.labels, grid.units, grid.indices + 1, grid.values), Grid.raster(ENERGY))


def element_types(maker):
    fit = np.dtype([("Amplitude [V]", "<f4"), ("Frequency [Hz]", "<f8"), ("Iterations", "<i2")])
    values = np.zeros((15, 3), fit)
    values["Amplitude [V]"], values["Frequency [Hz]"] = noise(15, 3), noise(15, 3, seed=1) * 1e5
    values["Iterations"] = np.arange(45).reshape(15, 3)
    padded = np.dtype({"names": ["r", "g", "b"], "formats": ["u1", "u1", "<u2"], "offsets": [0, 1, 4], "itemsize": 8})
    colours = np.zeros((15, 1), padded)
    for number, name in enumerate("rgb"):
        colours[name] = np.arange(15)[:, None] * (number + 1)
    wave = noise(15, 3) + 1j * noise(15, 3, seed=2)
    count = np.arange(-20, 25).reshape(15, 3)
    for name, data, about in (
        ("main-compound", values, "a compound of two float sizes and an integer"),
        ("main-compound-padded", colours, "a compound with padding bytes between its members"),
        ("main-complex64", wave.astype("<c8"), "complex numbers of two 4-byte floats"),
        ("main-complex128", wave.astype("<c16"), "complex numbers of two 8-byte floats"),
        ("main-float16", noise(15, 3).astype("<f2"), "2-byte floats"),
        ("main-float64", noise(15, 3), "8-byte floats"),
        ("main-int16-big-endian", count.astype(">i2"), "big-endian integers"),
        ("main-int64", count.astype("<i8") * 2**40, "8-byte integers"),
        ("main-uint8", np.abs(count).astype("u1"), "unsigned bytes"),
    ):
        with maker.file(name, about=f"{about} in the Main dataset") as file:
            main(channel(file), data, Grid.raster(X, Y), Grid.raster(NO_SPECTRUM if data.shape[1] == 1 else BIAS))


def storage(maker):
    columns, rows = Axis("X", "um", np.linspace(0, 1, 32)), Axis("Y", "um", np.linspace(0, 1, 24))
    picture = (np.arange(32 * 24) * 7 % 251).astype("u1").reshape(-1, 1)
    with maker.file(
        "image-uint8-chunked", about="an image of bytes, chunked without filters, the last chunk partly outside"
    ) as file:
        by_pyusid(
            channel(file),
            picture,
            [columns, rows],
            [Axis("None", "", [1])],
            quantity="Intensity",
            units="a.u.",
            chunks=(100, 1),
        )
    with maker.file("main-chunked-gzip", about="chunks of whole positions, shuffled and compressed") as file:
        by_pyusid(
            channel(file), noise(15, 7).astype("<f4"), [X, Y], [ENERGY], chunks=(4, 7), compression="gzip", shuffle=True
        )
    with maker.file("main-chunks-cut-spectra", about="chunks that cut positions and spectra, with checksums") as file:
        by_pyusid(
            channel(file),
            noise(15, 7).astype("<f4"),
            [X, Y],
            [ENERGY],
            chunks=(4, 3),
            compression="gzip",
            fletcher32=True,
        )
    with maker.file("main-never-written", about="an empty Main dataset made from a shape") as file:
        by_pyusid(channel(file), (15, 7), [X, Y], [ENERGY], dtype="<f4", chunks=(5, 7), fillvalue=np.float32("nan"))
    with maker.file(
        "format-latest",
        version="latest",
        about="everything in the newest structures of HDF5 1.14: superblock 3, dense attributes, newer indexes",
    ) as file:
        for name, data in (("a", noise(15, 7)), ("b", noise(15, 7, seed=3))):
            group = channel(file)
            group.parent.attrs.update({f"parameter {number}": number for number in range(20)})
            by_pyusid(group, data.astype("<f4"), [X, Y], [ENERGY], chunks=(4, 3), compression="gzip")


def labels_and_values(maker):
    grid = Grid.raster(X, Y)
    with maker.file("waveform-triangle", about="a triangular waveform: unit values repeat and turn back (R45)") as file:
        main(
            channel(file), noise(15, 8).astype("<f4"), grid, Grid.raster(Axis("Bias", "V", [0, 1, 2, 1, 0, -1, -2, -1]))
        )
    with maker.file(
        "values-drift",
        about="measured positions that differ at equal indices (R44): an N-dimensional form without unit values",
    ) as file:
        drifted = Grid(grid.labels, grid.units, grid.indices, grid.values + noise(15, 2) * 3)
        main(channel(file), noise(15, 1).astype("<f4"), drifted, Grid.raster(NO_SPECTRUM))
    with maker.file(
        "values-float64", about="8-byte values where 4 bytes would lose the step (R24), 8-byte signed indices (R23)"
    ) as file:
        steps = Axis("Frequency", "Hz", 3e5 + 0.01 * np.arange(6))
        main(
            channel(file),
            noise(15, 6).astype("<f4"),
            grid,
            Grid.raster(steps),
            position_options={"index_type": "<i8", "value_type": "<f8"},
            spectrum_options={"index_type": "<u2", "value_type": "<f8"},
        )
    with maker.file(
        "labels-variable-length", about="labels and units as variable-length strings, with characters outside ASCII"
    ) as file:
        made = main(
            channel(file),
            noise(15, 7).astype("<f4"),
            Grid(["Länge", "宽"], ["µm", "Å"], grid.indices, grid.values),
            Grid.raster(ENERGY),
        )
        for pair in (made.h5_pos_inds, made.h5_pos_vals):
            for name, words in (("labels", ["Länge", "宽"]), ("units", ["µm", "Å"])):
                pair.attrs.create(name, np.array(words, dtype=object), dtype=h5py.string_dtype())


def other_files(maker):
    with maker.file("no-main", about="HDF5 without any Main dataset: dimension scales, a matrix, a table") as file:
        data = file.create_dataset("data", data=noise(4, 5))
        data.attrs["quantity"], data.attrs["units"] = "Current", "nA"
        for axis, name in enumerate(("y", "x")):
            scale = file.create_dataset(name, data=np.arange(data.shape[axis], dtype="<f8"))
            scale.make_scale(name)
            data.dims[axis].attach_scale(scale)
        file.create_dataset("table", data=np.zeros(3, [("a", "<i4"), ("b", "<f8")]))
    with maker.file(
        "main-at-root", about="a Main dataset outside any measurement group, without book-keeping (R50, R70)"
    ) as file:
        positions = ancillary(file, "Pos_", Grid.raster(X, Y), False)
        spectra = ancillary(file, "Spec_", Grid.raster(BIAS), True)
        data = file.create_dataset("Anything", data=noise(15, 3).astype("<f4"))
        data.attrs["quantity"], data.attrs["units"] = "Current", ""
        for name, thing in zip(
            ("Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values"),
            positions + spectra,
        ):
            data.attrs[name] = thing.ref
