"""h5USID fixtures with the faults that writers in the field are known for.

Valid, or nearly so; a validator should name the cause.
"""

import numpy as np
from pyUSID.io.hdf_utils import create_results_group

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
    fixed_text,
    linked,
    main,
    noise,
)
from usid_results import result


def make(maker):
    with maker.file(
        "faults/F1-first-character",
        "F1",
        "quantity and units of a result are cut to their first character: C for Current, n for nA",
    ) as file:
        raw = by_pyusid(channel(file), noise(15, 7).astype("<f4"), [X, Y], [ENERGY])
        group = create_results_group(raw, "SVD")
        linked(
            group,
            noise(15, 2).astype("<f4"),
            (raw.h5_pos_inds, raw.h5_pos_vals),
            ancillary(group, "Spectroscopic_", Grid.raster(Axis("Principal Component", "", [0, 1])), True, modes=[0]),
            name="U",
            quantity="C",
            units="n",
        )
    with maker.file(
        "faults/F2-window-offsets", "F2", "the indices of image windows are pixel offsets in steps of 4"
    ) as file:
        grid = Grid.raster(Axis("X", "px", [0, 4, 8, 12]), Axis("Y", "px", [0, 4, 8]))
        main(
            channel(file),
            noise(12, 9).astype("<f4"),
            Grid(grid.labels, grid.units, grid.indices * 4, grid.values),
            Grid.raster(Axis("U", "px", [0, 1, 2]), Axis("V", "px", [0, 1, 2])),
            name="Image_Windows",
        )
    with maker.file(
        "faults/F3-last-pixel", "F3", "last_pixel says that all 15 positions are done, completed_positions that 6 are"
    ) as file:
        raw = by_pyusid(channel(file), noise(15, 15).astype("<f4"), [X, Y], [FREQUENCY, BIAS])
        result(raw, "SHO_Fit", "Fit", Grid.raster(BIAS), np.dtype("<f4"), (np.arange(15) < 6).astype("u1"))
    with maker.file(
        "faults/F4-label-order",
        "F4",
        "the raw data have X first, the result of a newer pyUSID has Y first; both are right (R40)",
    ) as file:
        raw = main(channel(file), noise(15, 7).astype("<f4"), Grid.raster(X, Y), Grid.raster(ENERGY), regions=True)
        by_pyusid(
            create_results_group(raw, "Filter"),
            noise(15, 7, seed=5).astype("<f4"),
            [X, Y],
            [ENERGY],
            name="Filtered_Data",
        )
    with maker.file(
        "faults/F5-unpatched-acquisition",
        "F5",
        "an acquisition file before it is patched: no quantity, units, references, units of dimensions; an empty label",
    ) as file:
        group = channel(file)
        for name, grid, spectroscopic in (
            ("Position_", Grid.raster(X, Y), False),
            ("Spectroscopic_", Grid.raster(FREQUENCY, BIAS), True),
        ):
            for dataset in ancillary(group, name, grid, spectroscopic):
                del dataset.attrs["units"]
                if spectroscopic:
                    dataset.attrs["labels"] = fixed_text(["Frequency", ""])
        group.create_dataset("Raw_Data", data=noise(15, 15).astype("<f4"))
    with maker.file(
        "faults/F5-partly-patched",
        "F5",
        "the same with references and quantity; the spectroscopic side lacks units and has an empty label",
        valid=False,
    ) as file:
        made = main(channel(file), noise(15, 15).astype("<f4"), Grid.raster(X, Y), Grid.raster(FREQUENCY, BIAS))
        for dataset in (made.h5_spec_inds, made.h5_spec_vals):
            del dataset.attrs["units"]
            dataset.attrs["labels"] = fixed_text(["Frequency", ""])
    with maker.file("faults/F6-phase-in-metres", "F6", "the quantity Phase in the unit m") as file:
        main(
            channel(file),
            noise(15, 1).astype("<f4"),
            Grid.raster(X, Y),
            Grid.raster(NO_SPECTRUM),
            quantity="Phase",
            units="m",
        )
    with maker.file(
        "faults/F7-aborted-results", "F7", "two results groups: one empty, one with completed_positions only"
    ) as file:
        raw = by_pyusid(channel(file), noise(15, 7).astype("<f4"), [X, Y], [ENERGY])
        create_results_group(raw, "SHO_Fit")
        create_results_group(raw, "SHO_Fit").create_dataset("completed_positions", data=np.zeros(15, "u1"))
