"""h5USID fixtures that break exactly one rule (`broken/`), and such that barely keep it (`kept/`).

Each file is named after its rule. It starts as a valid file and is changed in one place.
"""

import contextlib
from ctypes import create_string_buffer

import h5py
import numpy as np
from h5py import h5a, h5s, h5t
from pyUSID.io.hdf_utils import create_results_group

from libhdf5 import DEFAULT, lib
from usid_files import PAIRS, Axis, Grid, ancillary, channel, fixed_text, linked, main, noise, rewrite

POSITIONS = Grid.raster(Axis("X", "nm", [0, 1, 2]), Axis("Y", "nm", [0, 5]))
SPECTRA = Grid.raster(Axis("Bias", "V", [-1, -0.5, 0.5, 1]))
IMAGE = Grid.raster(Axis("arb", "", [0]))


def make(maker):
    main_dataset(maker)
    quantity_and_units(maker)
    references(maker)
    names(maker)
    shapes(maker)
    labels(maker)
    attributes_of_dimensions(maker)
    completed_positions(maker)


@contextlib.contextmanager
def base(maker, name, about, version="v108"):
    """A valid file with one Main dataset of 6 positions and 4 spectroscopic points, about to be changed."""
    with maker.file(name, name.split("/")[1][:3], about, version, valid=name.startswith("kept/")) as file:
        yield main(channel(file), noise(6, 4).astype("<f4"), POSITIONS, SPECTRA, modes=True)


def replace_data(made, values):
    """Another dataset under Main's name, with Main's attributes."""
    parent, name, attributes = made.parent, made.name.split("/")[-1], dict(made.attrs)
    del parent[name]
    new = parent.create_dataset(name, data=values)
    for key, value in attributes.items():
        new.attrs[key] = value
    return new


def main_dataset(maker):
    with base(
        maker, "broken/R01-group-with-references", "a group carries quantity, units and the four references"
    ) as made:
        holder = made.parent.create_group("Looks_Like_Main")
        for key, value in made.attrs.items():
            holder.attrs[key] = value
    with base(
        maker, "broken/R01-type-with-references", "a committed datatype carries quantity, units and the four references"
    ) as made:
        made.parent["Looks_Like_Main"] = np.dtype("<f4")
        for key, value in made.attrs.items():
            made.parent["Looks_Like_Main"].attrs[key] = value
    with base(maker, "broken/R02-rank-one", "Main has rank 1") as made:
        replace_data(made, noise(6).astype("<f4"))
    with base(maker, "broken/R02-rank-three", "Main has rank 3: the N-dimensional form was stored") as made:
        replace_data(made, noise(2, 3, 4).astype("<f4"))
    with base(maker, "broken/R02-scalar", "Main is a single number without dimensions") as made:
        replace_data(made, np.float32(1))
    for name, spectra, data, about in (
        ("single-spectrum", SPECTRA, noise(1, 4), "one position: shape (1, 4)"),
        ("single-image", IMAGE, noise(6, 1), "one spectroscopic point: shape (6, 1)"),
        ("single-number", IMAGE, noise(1, 1), "one number: shape (1, 1)"),
    ):
        with maker.file(f"kept/R02-{name}", "R02", about) as file:
            positions = POSITIONS if len(data) == 6 else Grid.raster(Axis("none", "", [0]))
            main(channel(file), data.astype("<f4"), positions, spectra, modes=True)
    values = np.arange(24).reshape(6, 4)
    texts = np.array([[b"%d" % value for value in row] for row in values])
    pair = np.dtype([("name", "S3"), ("value", "<f4")])
    for name, data, about in (
        ("text", texts, "elements are fixed-length strings"),
        ("variable-text", texts.astype(h5py.string_dtype()), "elements are variable-length strings"),
        ("compound-of-text", np.zeros((6, 4), pair), "a member of the compound is a string"),
        ("opaque", values.astype("V4"), "elements are opaque"),
        ("array", np.zeros((6, 4), np.dtype(("<f4", (2,)))), "elements are arrays"),
    ):
        with base(maker, f"broken/R04-{name}", about) as made:
            if name == "array":
                parent, attributes = made.parent, dict(made.attrs)
                del parent["Raw_Data"]
                new = parent.create_dataset("Raw_Data", shape=(6, 4), dtype=np.dtype(("<f4", (2,))))
                new.attrs.update(attributes)
            else:
                replace_data(made, data)
    with base(maker, "broken/R04-references", "elements are object references") as made:
        replace_data(made, np.full((6, 4), made.parent.ref, h5py.ref_dtype))
    for name, kind in (("big-endian", ">f8"), ("unsigned-8-bytes", "<u8"), ("complex-big-endian", ">c16")):
        with base(maker, f"kept/R04-{name}", f"elements of type {kind}") as made:
            replace_data(made, values.astype(kind))
    with base(
        maker, "kept/R04-compound-of-complex", "a compound of a complex number, a 2-byte float and an integer"
    ) as made:
        replace_data(made, np.ones((6, 4), [("response", "<c8"), ("noise", "<f2"), ("count", ">u4")]))


def quantity_and_units(maker):
    for rule, attribute in (("R05", "quantity"), ("R06", "units")):
        for name, value, about in (
            ("missing", None, "is missing"),
            ("number", np.float64(5), "is a number"),
            ("array", np.array(["a"], h5py.string_dtype()), "is an array of one string"),
            ("null", h5py.Empty(h5py.string_dtype()), "has a null dataspace"),
        ):
            with base(maker, f"broken/{rule}-{attribute}-{name}", f"attribute {attribute} {about}") as made:
                del made.attrs[attribute]
                if value is not None:
                    made.attrs[attribute] = value
        with base(
            maker,
            f"kept/{rule}-{attribute}-fixed-length",
            f"attribute {attribute} is a fixed-length ASCII string, space-padded",
        ) as made:
            del made.attrs[attribute]
            kind = h5t.C_S1.copy()
            kind.set_size(12)
            kind.set_strpad(h5t.STR_SPACEPAD)
            made_attribute = h5a.create(made.id, attribute.encode(), kind, h5s.create(h5s.SCALAR))
            lib.H5Awrite(made_attribute.id, kind.id, create_string_buffer(b"nanoampere  ", 12))
    with base(maker, "kept/R06-units-empty", "attribute units is empty: dimensionless") as made:
        made.attrs["units"] = ""
    with base(maker, "kept/R05-quantity-empty", "attribute quantity is empty: accepted with a warning") as made:
        made.attrs["quantity"] = ""


def references(maker):
    for pair in PAIRS:
        with base(maker, f"broken/R07-no-{pair.lower().replace('_', '-')}", f"reference {pair} is missing") as made:
            del made.attrs[pair]
    with base(maker, "broken/R07-one-reference", "only the reference Position_Indices is there") as made:
        for pair in PAIRS[1:]:
            del made.attrs[pair]
    with base(maker, "broken/R07-reference-to-group", "Spectroscopic_Values leads to a group") as made:
        made.attrs["Spectroscopic_Values"] = made.parent.ref
    for name, value, about in (
        (
            "array",
            lambda made: np.array([made.attrs["Position_Values"]], h5py.ref_dtype),
            "is an array of one reference",
        ),
        ("number", lambda made: np.int64(800), "is a number"),
        ("null", lambda made: h5py.Empty(h5py.ref_dtype), "has a null dataspace"),
    ):
        with base(maker, f"broken/R08-reference-{name}", f"Position_Values {about}") as made:
            value = value(made)
            del made.attrs["Position_Values"]
            made.attrs["Position_Values"] = value
    with base(
        maker,
        "kept/R08-region-reference",
        "Position_Values is a region reference to the whole dataset: accepted with a warning",
    ) as made:
        target = made.h5_pos_vals
        made.attrs["Position_Values"] = target.regionref[...]
    with base(maker, "kept/R08-path", "Position_Values is a text that holds the path: accepted with a warning") as made:
        path = made.h5_pos_vals.name
        del made.attrs["Position_Values"]
        made.attrs["Position_Values"] = path
    with base(
        maker, "kept/R08-standard-references", "all four are references of the type added in HDF5 1.12", version="v112"
    ) as made:
        for pair in PAIRS:
            path = made.file[made.attrs[pair]].name
            del made.attrs[pair]
            standard_reference(made, pair, made.file.id, path)
    with maker.file(
        "kept/R08-alias-paths", "R08", "the ancillaries have further hard links, the Main a soft one"
    ) as file:
        made = main(channel(file), noise(6, 4).astype("<f4"), POSITIONS, SPECTRA, modes=True)
        file["Another_Position_Indices"] = made.h5_pos_inds
        file["Soft_Main"] = h5py.SoftLink(made.name)
    with base(maker, "broken/R09-dangling", "Spectroscopic_Indices leads to a dataset that was deleted") as made:
        del made.file[made.h5_spec_inds.name]
    with base(maker, "broken/R09-null-reference", "Position_Indices is the null reference") as made:
        del made.attrs["Position_Indices"]
        made.attrs.create("Position_Indices", h5py.Reference(), dtype=h5py.ref_dtype)
    with base(maker, "broken/R09-beyond-file", "Position_Indices is an address behind the end of the file") as made:
        del made.attrs["Position_Indices"]
        attribute = h5a.create(made.id, b"Position_Indices", h5t.STD_REF_OBJ, h5s.create(h5s.SCALAR))
        lib.H5Awrite(attribute.id, h5t.STD_REF_OBJ.id, create_string_buffer((1 << 40).to_bytes(8, "little"), 8))


def standard_reference(holder, name, file_id, path):
    kind = lib.constant("H5T_STD_REF")
    reference = create_string_buffer(64)
    lib.H5Rcreate_object(file_id.id, path.encode(), DEFAULT, reference)
    space = h5s.create(h5s.SCALAR)
    attribute = lib.H5Acreate2(holder.id.id, name.encode(), kind, space.id, DEFAULT, DEFAULT)
    lib.H5Awrite(attribute, kind, reference)
    lib.H5Aclose(attribute)
    lib.H5Rdestroy(reference)


def names(maker):
    with base(maker, "broken/R14-hyphen-in-name", "Main is called Raw-Data; a reader only warns") as made:
        made.parent.move("Raw_Data", "Raw-Data")
    with base(maker, "kept/R14-odd-name", "Main is called `Raw_Data (größe) 1.5`") as made:
        made.parent.move("Raw_Data", "Raw_Data (größe) 1.5")


def shapes(maker):
    def changed(name, about, pairs, function):
        with base(maker, name, about) as made:
            for pair in pairs:
                ancillary_dataset = made.file[made.attrs[pair]]
                rewrite(ancillary_dataset, function(ancillary_dataset[()]))

    position_pair, spectrum_pair = PAIRS[:2], PAIRS[2:]
    changed(
        "broken/R20-rank-one", "both spectroscopic ancillaries have rank 1", spectrum_pair, lambda values: values[0]
    )
    changed(
        "broken/R20-rank-three",
        "both position ancillaries have rank 3",
        position_pair,
        lambda values: values[:, :, None],
    )
    changed(
        "broken/R21-values-shorter",
        "Position_Values has one row less than Position_Indices",
        PAIRS[1:2],
        lambda values: values[:-1],
    )
    changed(
        "broken/R21-positions-fewer-than-rows",
        "both position ancillaries have one row less than Main",
        position_pair,
        lambda values: values[:-1],
    )
    changed(
        "broken/R21-positions-more-than-rows",
        "both position ancillaries have one row more than Main",
        position_pair,
        lambda values: np.vstack([values, values[-1:] + 1]),
    )
    changed(
        "broken/R22-values-shorter",
        "Spectroscopic_Values has one column less than Spectroscopic_Indices",
        PAIRS[3:],
        lambda values: values[:, :-1],
    )
    changed(
        "broken/R22-points-fewer-than-columns",
        "both spectroscopic ancillaries have one column less than Main",
        spectrum_pair,
        lambda values: values[:, :-1],
    )
    changed(
        "broken/R22-points-more-than-columns",
        "both spectroscopic ancillaries have one column more than Main",
        spectrum_pair,
        lambda values: np.hstack([values, values[:, -1:] + 1]),
    )
    with base(maker, "broken/R21-no-dimensions", "both position ancillaries have no column") as made:
        for pair in position_pair:
            new = rewrite(made.file[made.attrs[pair]], np.zeros((6, 0), "<u4" if "Indices" in pair else "<f4"))
            for name in ("labels", "units"):
                del new.attrs[name]
                new.attrs[name] = np.zeros((0,), "S1")
            del new.attrs["type"]
    with maker.file(
        "kept/R21-square", "R21", "as many positions as dimensions: 2 x 2, where rows and columns are easily swapped"
    ) as file:
        grid = Grid(["X", "Y"], ["nm", "nm"], np.array([[0, 0], [1, 0]]), np.array([[0.0, 7.0], [3.0, 7.0]]))
        main(channel(file), noise(2, 4).astype("<f4"), grid, SPECTRA, modes=True)
    with maker.file(
        "kept/R22-more-dimensions-than-points", "R22", "three dimensions of two points, where pyUSID loses dimensions"
    ) as file:
        grid = Grid.raster(Axis("Bias", "V", [0, 1]), Axis("Cycle", "", [0]), Axis("Field", "", [1]))
        main(channel(file), noise(6, 2).astype("<f4"), POSITIONS, grid, modes=True)


def labels(maker):
    for rule, attribute, other in (("R25", "labels", ["X", "Z"]), ("R26", "units", ["nm", "m"])):
        with base(maker, f"broken/{rule}-{attribute}-missing", f"Position_Values has no {attribute}") as made:
            del made.h5_pos_vals.attrs[attribute]
        with base(
            maker, f"broken/{rule}-{attribute}-differ", f"{attribute} of Position_Indices and Position_Values differ"
        ) as made:
            made.h5_pos_vals.attrs[attribute] = fixed_text(other)
        for name, words, about in (
            ("too-few", other[:1], "one string for two dimensions"),
            ("too-many", other + ["extra"], "three strings for two dimensions"),
        ):
            with base(
                maker, f"broken/{rule}-{attribute}-{name}", f"{attribute} of both position ancillaries: {about}"
            ) as made:
                for dataset in (made.h5_pos_inds, made.h5_pos_vals):
                    dataset.attrs[attribute] = fixed_text(words)
        with base(
            maker, f"broken/{rule}-{attribute}-numbers", f"{attribute} of both position ancillaries are numbers"
        ) as made:
            for dataset in (made.h5_pos_inds, made.h5_pos_vals):
                dataset.attrs[attribute] = np.array([1, 2])
        with base(
            maker,
            f"broken/{rule}-{attribute}-one-text",
            f"{attribute} of both position ancillaries are one string of two characters",
        ) as made:
            for dataset in (made.h5_pos_inds, made.h5_pos_vals):
                dataset.attrs[attribute] = "YX" if rule == "R25" else "nm"
        with base(
            maker,
            f"kept/{rule}-{attribute}-one-text",
            f"{attribute} of the single spectroscopic dimension are a string, not an array: accepted with a warning",
        ) as made:
            for dataset in (made.h5_spec_inds, made.h5_spec_vals):
                dataset.attrs[attribute] = "B" if rule == "R25" else "V"
        with base(
            maker,
            f"kept/{rule}-{attribute}-stored-differently",
            f"{attribute}: equal texts, fixed-length in the Indices and variable-length in the Values",
        ) as made:
            words = ["X", "Y"] if rule == "R25" else ["nm", "nm"]
            made.h5_pos_vals.attrs.create(attribute, np.array(words, dtype=object), dtype=h5py.string_dtype())
    with maker.file("kept/R26-units-empty", "R26", "all units empty, stored as strings of one null byte") as file:
        plain = Grid(POSITIONS.labels, ["", ""], POSITIONS.indices, POSITIONS.values)
        main(channel(file), noise(6, 4).astype("<f4"), plain, SPECTRA, modes=True)
    with base(maker, "broken/R27-duplicate-labels", "both position dimensions are called X") as made:
        for dataset in (made.h5_pos_inds, made.h5_pos_vals):
            dataset.attrs["labels"] = fixed_text(["X", "X"])
    with base(
        maker, "broken/R27-label-on-both-sides", "a position and the spectroscopic dimension are called X"
    ) as made:
        for dataset in (made.h5_spec_inds, made.h5_spec_vals):
            dataset.attrs["labels"] = fixed_text(["X"])
    with base(maker, "kept/R27-labels-differ-by-case", "the labels X, x and `X ` are three") as made:
        for dataset in (made.h5_pos_inds, made.h5_pos_vals):
            dataset.attrs["labels"] = fixed_text(["X", "x"])
        for dataset in (made.h5_spec_inds, made.h5_spec_vals):
            dataset.attrs["labels"] = fixed_text(["X "])


def attributes_of_dimensions(maker):
    with base(maker, "broken/R30-type-too-short", "type has one number for two dimensions") as made:
        for dataset in (made.h5_pos_inds, made.h5_pos_vals):
            dataset.attrs["type"] = np.array([0])
    with base(maker, "broken/R30-type-too-long", "type has two numbers for one dimension") as made:
        for dataset in (made.h5_spec_inds, made.h5_spec_vals):
            dataset.attrs["type"] = np.array([0, 0])
    with base(
        maker, "kept/R30-type-unknown-code", "type has a code that nobody knows: accepted with a warning"
    ) as made:
        for dataset in (made.h5_spec_inds, made.h5_spec_vals):
            dataset.attrs["type"] = np.array([7])
    with base(maker, "kept/R30-no-type", "no attribute type, as before pyUSID 0.0.6") as made:
        for pair in PAIRS:
            del made.file[made.attrs[pair]].attrs["type"]
    with base(
        maker, "broken/R31-incomplete-disagree", "incomplete_dimensions of Position_Indices and Position_Values differ"
    ) as made:
        made.h5_pos_inds.attrs["incomplete_dimensions"] = fixed_text(["X"])
        made.h5_pos_vals.attrs["incomplete_dimensions"] = fixed_text(["X", "Y"])
    with base(
        maker, "kept/R31-incomplete-agree", "incomplete_dimensions of both position ancillaries name X and Y"
    ) as made:
        for dataset in (made.h5_pos_inds, made.h5_pos_vals):
            dataset.attrs["incomplete_dimensions"] = fixed_text(["X", "Y"])
    with base(maker, "kept/R31-incomplete-on-one", "incomplete_dimensions only on Position_Indices") as made:
        made.h5_pos_inds.attrs["incomplete_dimensions"] = fixed_text(["X", "Y"])


def completed_positions(maker):
    cases = (
        ("broken/R73-too-short", np.ones(5, "u1"), "completed_positions has 5 elements for 6 positions"),
        ("broken/R73-too-long", np.ones(7, "u1"), "completed_positions has 7 elements for 6 positions"),
        ("broken/R73-rank-two", np.ones((6, 1), "u1"), "completed_positions has rank 2"),
        ("broken/R73-value-two", np.array([1, 1, 2, 0, 0, 0], "u1"), "completed_positions holds a 2"),
        ("broken/R73-type", np.ones(6, "<i8"), "completed_positions holds 8-byte integers"),
        ("kept/R73-partial", np.array([1, 1, 1, 0, 0, 0], "u1"), "three of six positions are complete"),
        ("kept/R73-none-complete", np.zeros(6, "u1"), "no position is complete yet"),
        ("kept/R73-scattered", np.array([0, 1, 0, 1, 1, 0], "u1"), "positions were completed out of order"),
    )
    for name, values, about in cases:
        with base(maker, name, about) as made:
            group = create_results_group(made, "Fit")
            group.attrs["algorithm"] = "fixture"
            group.create_dataset("completed_positions", data=values)
            linked(
                group,
                noise(6, 1).astype("<f4"),
                (made.h5_pos_inds, made.h5_pos_vals),
                ancillary(group, "Spectroscopic_", IMAGE, True, modes=[0]),
                name="Fit",
            )
