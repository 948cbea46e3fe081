"""h5USID fixtures of several channels and of results, all valid."""

import numpy as np
from pyUSID.io.hdf_utils import create_indexed_group, create_results_group, write_main_dataset

from usid_files import (
    BIAS,
    ENERGY,
    FREQUENCY,
    NO_SPECTRUM,
    Axis,
    Grid,
    X,
    Y,
    ancillary,
    by_pyusid,
    channel,
    linked,
    main,
    noise,
)


def make(maker):
    channels(maker)
    results(maker)


def channels(maker):
    with maker.file(
        "channels-shared-ancillaries", about="three channels share the ancillary datasets of their measurement group"
    ) as file:
        first = channel(file)
        measurement = first.parent
        positions = ancillary(measurement, "Position_", Grid.raster(X, Y), False, modes=[0, 0])
        spectra = ancillary(measurement, "Spectroscopic_", Grid.raster(BIAS), True, modes=[0])
        for number, (quantity, units) in enumerate((("Amplitude", "V"), ("Phase", "rad"), ("Current", "nA"))):
            group = first if number == 0 else create_indexed_group(measurement, "Channel")
            linked(group, noise(15, 3, seed=number).astype("<f4"), positions, spectra, quantity=quantity, units=units)
        elsewhere = create_indexed_group(measurement, "Channel")
        by_pyusid(
            elsewhere,
            noise(6, 4).astype("<f4"),
            [Axis("X", "nm", [0, 1]), Axis("Y", "nm", [0, 1, 2])],
            [Axis("Time", "s", [0, 1, 2, 3])],
        )
    with maker.file(
        "channels-many-attributes", about="a measurement group with 100 instrument parameters in an old object header"
    ) as file:
        group = channel(file)
        for number in range(100):
            group.parent.attrs[f"Parameter {number:03d}"] = f"value {number}" if number % 3 else number / 7
        main(group, noise(15, 1).astype("<f4"), Grid.raster(X, Y), Grid.raster(NO_SPECTRUM), regions=True)


def results(maker):
    with maker.file("results-complete", about="a fit of all positions, and a fit of the fit beside it (R53)") as file:
        raw = by_pyusid(channel(file), noise(15, 15).astype("<f4"), [X, Y], [FREQUENCY, BIAS])
        fit = result(
            raw, "SHO_Fit", "Fit", Grid.raster(BIAS), np.dtype([("Amplitude", "<f4"), ("Q", "<f4")]), np.ones(15, "u1")
        )
        result(fit, "Loop_Fit", "Guess", Grid.raster(NO_SPECTRUM), np.dtype("<f4"), np.ones(15, "u1"))
        result(
            raw,
            "SHO_Fit",
            "Fit",
            Grid.raster(BIAS),
            np.dtype([("Amplitude", "<f4"), ("Q", "<f4")]),
            np.ones(15, "u1"),
            guess=2,
        )
    with maker.file("results-partial", about="a fit that stopped after 6 of 15 positions") as file:
        raw = by_pyusid(channel(file), noise(15, 15).astype("<f4"), [X, Y], [FREQUENCY, BIAS])
        result(
            raw, "SHO_Fit", "Fit", Grid.raster(BIAS), np.dtype("<f4"), (np.arange(15) < 6).astype("u1"), last_pixel=6
        )
    with maker.file("results-elsewhere-source", about="the source of results-elsewhere.h5") as source:
        raw = by_pyusid(channel(source), noise(15, 15).astype("<f4"), [X, Y], [FREQUENCY, BIAS])
        with maker.file("results-elsewhere", about="results kept in another file than their source (R54)") as file:
            group = create_results_group(raw, "SHO_Fit", h5_parent_group=file)
            group.attrs.update(
                {
                    "source_file_path": "results-elsewhere-source.h5",
                    "source_dataset_path": raw.name,
                    "algorithm": "fixture",
                }
            )
            spectra = ancillary(group, "Spectroscopic_", Grid.raster(BIAS), True, modes=[0])
            linked(group, noise(15, 3).astype("<f4"), (raw.h5_pos_inds, raw.h5_pos_vals), spectra, name="Fit")
    with maker.file(
        "results-cluster", about="labels and mean responses of a clustering, each with ancillaries of its own prefix"
    ) as file:
        raw = by_pyusid(channel(file), noise(15, 7).astype("<f4"), [X, Y], [ENERGY])
        group = create_results_group(raw, "Cluster")
        group.attrs.update({"algorithm": "k-means", "num_clusters": 4, "random_seed": 0})
        write_main_dataset(
            group,
            (np.arange(15) % 4).astype("<u4").reshape(-1, 1),
            "Labels",
            "Cluster ID",
            "a. u.",
            None,
            Axis("Cluster", "", [0]).dimension(),
            h5_pos_inds=raw.h5_pos_inds,
            h5_pos_vals=raw.h5_pos_vals,
            aux_spec_prefix="Cluster_",
        )
        write_main_dataset(
            group,
            noise(4, 7).astype("<f4"),
            "Mean_Response",
            "Intensity",
            "counts",
            Axis("Cluster", "", range(4)).dimension(),
            None,
            h5_spec_inds=raw.h5_spec_inds,
            h5_spec_vals=raw.h5_spec_vals,
            aux_pos_prefix="Mean_Resp_Pos_",
        )


def result(source, tool, name, spectra, kind, completed, last_pixel=None, guess=1):
    """A results group as pyUSID's Process leaves it."""
    group = create_results_group(source, tool)
    group.attrs.update(
        {
            "algorithm": "fixture",
            "initial_guess": guess,
            "last_pixel": source.shape[0] if last_pixel is None else last_pixel,
        }
    )
    data = np.zeros((source.shape[0], spectra.count()), kind)
    for column, field in enumerate(kind.names or [None]):
        numbers = noise(*data.shape, seed=column + 10 * guess) * completed[:, None]
        if field:
            data[field] = numbers
        else:
            data[...] = numbers
    group.create_dataset("completed_positions", data=completed)
    pair = ancillary(group, "Spectroscopic_", spectra, True, modes=[0] * len(spectra.labels))
    return linked(
        group, data, (source.h5_pos_inds, source.h5_pos_vals), pair, name=name, quantity="Amplitude", units="V"
    )
