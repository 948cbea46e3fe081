"""Makes, for every rule that a file can break, what `usid/broken/` and `usid/kept/` lack: `usid/rules/`.

    python make_usid_rules.py [FOLDER]        the folder is ../usid/rules unless named

Every file starts as one without any finding, and is changed in one place. Written with h5py alone. Which finding
belongs to which file is written by hand: `usid/rules/table.json`.
"""

import os
import sys

import h5py
import numpy as np

from fixture_files import Maker, dataset, group

STAMPS = {
    "timestamp": "2019_03_22-12_00_00",
    "machine_id": "fixture.invalid",
    "platform": "fixture",
    "pyUSID_version": "0.0.12",
}
ROLES = ("Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values")
X, Y, BIAS = ("X", "nm", [0, 1, 2]), ("Y", "nm", [0, 5]), ("Bias", "V", [-1, -0.5, 0.5, 1])


def stamp(thing, **changed):
    for name, text in (STAMPS | changed).items():
        if text is not None:
            thing.attrs[name] = text
    return thing


def texts(words):
    return np.array([word.encode("utf-8") for word in words])


def raster(*axes):
    """Indices and values, points along axis 0, of the complete grid of the axes, the first one fastest."""
    sizes = [len(axis[2]) for axis in axes]
    indices = np.indices(sizes[::-1]).reshape(len(axes), -1)[::-1].T
    values = np.column_stack([np.asarray(axis[2], float)[indices[:, number]] for number, axis in enumerate(axes)])
    return indices, values


def pair(parent, prefix, axes, turned, indices=None, values=None, index_type="<u4", value_type="<f4", **storage):
    """An Indices and a Values dataset with labels and units."""
    grid = raster(*axes)
    made = []
    for name, matrix, kind in (
        ("Indices", grid[0] if indices is None else indices, index_type),
        ("Values", grid[1] if values is None else values, value_type),
    ):
        matrix = np.asarray(matrix)
        new = dataset(parent, prefix + name, (matrix.T if turned else matrix).astype(kind), **storage)
        new.attrs["labels"] = texts(axis[0] for axis in axes)
        new.attrs["units"] = texts(axis[1] for axis in axes)
        made.append(new)
    return made


def link(main, positions, spectra):
    for role, target in zip(ROLES, positions + spectra):
        main.attrs[role] = target.ref


def main_in(parent, positions, spectra, name="Raw_Data", quantity="Current", units="nA", data=None):
    """A Main dataset around two pairs."""
    if data is None:
        shape = positions[0].shape[0], spectra[0].shape[1]
        data = np.random.Generator(np.random.PCG64(2019)).uniform(-1, 1, shape).astype("<f4")
    made = stamp(dataset(parent, name, data))
    made.attrs["quantity"] = quantity
    made.attrs["units"] = units
    link(made, positions, spectra)
    return made


def results_in(parent, name, sources=(), **attributes):
    made = stamp(group(parent, name))
    made.attrs["tool"] = attributes.pop("tool", "Fit")
    made.attrs["algorithm"] = "fixture"
    made.attrs["num_source_dsets"] = attributes.pop("count", len(sources))
    for number, source in enumerate(sources):
        made.attrs[f"source_{number:03d}"] = source.ref
    for key, value in attributes.items():
        made.attrs[key] = value
    return made


class Base:
    """A file with one Main dataset of 6 positions and 4 spectroscopic points, and handles on its parts."""

    def __init__(self, file, names=("Measurement_000", "Channel_000"), axes=(X, Y), spectral=(BIAS,), **options):
        self.file = file
        stamp(file)
        self.measurement = stamp(group(file, names[0]))
        self.channel = stamp(group(self.measurement, names[1]))
        self.positions = pair(self.channel, "Position_", axes, False, **options.get("positions", {}))
        self.spectra = pair(self.channel, "Spectroscopic_", spectral, True, **options.get("spectra", {}))
        self.main = main_in(self.channel, self.positions, self.spectra, **options.get("main", {}))

    def result(self, name="Raw_Data-Fit_000", **attributes):
        """A complete result of the Main, on its positions."""
        made = results_in(self.channel, name, [self.main], **attributes)
        single = pair(made, "Spectroscopic_", [("arb", "", [0])], True)
        main_in(made, self.positions, single, name="Fit")
        return made


def make(maker):
    def file(name):
        return maker.file(name)

    def base(name, **options):
        """`for made in base(...)`: the file is changed and closed."""
        with file(name) as opened:
            yield Base(opened, **options)

    main_dataset(base)
    references(base)
    matrices(base)
    texts_of_dimensions(base)
    modes_and_regions(base)
    grids(base)
    groups(base)
    stamps(base)
    results(base)
    for made in base("HDF5-unreadable"):
        dataset(made.channel, "Bin_Frequencies", np.arange(4.0))
        address = h5py.h5o.get_info(made.channel["Bin_Frequencies"].id).addr
        damaged = made.file.filename
    with open(damaged, "r+b") as stream:
        stream.seek(address)
        stream.write(b"\xa5" * 24)


def main_dataset(base):
    for made in base("R01-group-with-quantity"):
        made.channel.attrs["quantity"] = "Current"
        made.channel.attrs["units"] = "nA"
        made.channel.attrs["labels"] = texts(["X", "Y"])
    empty = np.zeros((0, 2))
    for made in base(
        "R03-no-position", positions={"indices": empty, "values": empty}, main={"data": np.zeros((0, 4), "<f4")}
    ):
        pass
    for made in base("R05-quantity-in-array"):
        made.main.attrs["quantity"] = np.array(["Current"], h5py.string_dtype())
    for made in base("R05-two-characters", main={"quantity": "pH", "units": ""}):
        pass
    for made in base("R06-units-in-array"):
        made.main.attrs["units"] = texts(["nA"])
    for made in base("R05-first-character"):
        result = made.result()
        result["Fit"].attrs["quantity"] = "C"
        result["Fit"].attrs["units"] = "n"


def references(base):
    for made in base("R07-other-names"):
        for number, dataset_path in enumerate(made.positions + made.spectra):
            made.file.move(dataset_path.name, f"/Measurement_000/axis{number}")
    for made in base("R07-references-missing"):
        for role in ROLES:
            del made.main.attrs[role]
    for made in base("R07-shared-pair-missing"):
        for part in made.positions:
            made.file.move(part.name, "/Measurement_000/" + part.name.split("/")[-1])
        for role in ROLES[:2]:
            del made.main.attrs[role]
    for made in base("R07-half-of-an-odd-pair"):
        for part, name in zip(made.spectra, ("Energy_Indices", "Energy_Values")):
            made.file.move(part.name, "/Measurement_000/Channel_000/" + name)
        del made.main.attrs["Spectroscopic_Values"]
    for made in base("R07-no-candidate"):
        for part in made.positions:
            made.file.move(part.name, "/Measurement_000/Channel_000/Elsewhere_" + part.name.split("_")[-1])
        for role in ROLES[:2]:
            del made.main.attrs[role]
    for made in base("R09-moved"):
        group(made.file, "Dimensions")
        made.file.move(made.positions[0].name, "/Dimensions/Position_Indices")
    for made in base("R12-dead-reference"):
        extra = dataset(made.channel, "Bin_Frequencies", np.arange(4.0))
        made.main.attrs["Bin_Frequencies"] = extra.ref
        del made.channel["Bin_Frequencies"]
    for made in base("R12-live-reference"):
        made.main.attrs["Bin_Frequencies"] = dataset(made.channel, "Bin_Frequencies", np.arange(4.0)).ref


def turned(made, parts, function):
    """Other values, of another shape, in place of ancillary datasets."""
    for place, part in enumerate(parts):
        name, values, attributes = part.name, part[()], dict(part.attrs)
        del made.file[name]
        new = dataset(made.file, name, function(values))
        for key, value in attributes.items():
            new.attrs[key] = value
        parts[place] = new
    link(made.main, made.positions, made.spectra)


def matrices(base):
    for made in base(
        "R20-growing", positions={"maxshape": (None, 2), "chunks": (3, 2)}, spectra={"maxshape": (1, None), "chunks": (1, 4)}
    ):
        pass
    for made in base("R20-single-axis"):
        turned(made, made.spectra, lambda values: values[0])
    for made in base("R21-transposed"):
        turned(made, made.positions, np.transpose)
    for made in base("R21-values-transposed"):
        part = made.positions[1:]
        turned(made, part, np.transpose)
        made.positions[1] = part[0]
        link(made.main, made.positions, made.spectra)
    for made in base("R22-transposed"):
        turned(made, made.spectra, np.transpose)
    # A second Main and a result refer to the same pair, and one of the dimensions has a region reference.
    for made in base("R22-transposed-shared"):
        turned(made, made.spectra, np.transpose)
        made.spectra[0].attrs["Bias"] = made.spectra[0].regionref[:, 0]
        other = stamp(group(made.measurement, "Channel_001"))
        main_in(other, made.positions, made.spectra, quantity="Phase", units="rad", data=np.ones((6, 4), "<f4"))
        made.file["Alias_Of_Indices"] = made.spectra[0]
        made.main.attrs["Axis"] = made.spectra[0].ref
    for made in base("R23-signed", positions={"index_type": "<i8"}):
        pass
    for made in base("R23-float", spectra={"index_type": "<f4"}):
        pass
    for made in base("R23-half", spectra={"index_type": "<f4", "indices": np.array([[0], [0.5], [1], [2]])}):
        pass
    for made in base("R23-negative", spectra={"index_type": "<i2", "indices": np.array([[-1], [0], [1], [2]])}):
        pass
    for made in base("R23-big-endian", positions={"index_type": ">u4"}):
        pass
    near = np.array([[300_000 + step / 100] for step in range(4)])
    for name, kind in (("lost-steps", "<f4"), ("kept-steps", "<f8")):
        for made in base(f"R24-{name}", spectra={"values": near, "value_type": kind}):
            pass
    for made in base("R24-complex", spectra={"value_type": "<c8"}):
        pass


def texts_of_dimensions(base):
    for rule, attribute in (("R25", "labels"), ("R26", "units")):
        words = ["X", "Y"] if rule == "R25" else ["nm", "nm"]
        for made in base(f"{rule}-two-axes"):
            for part in made.positions:
                part.attrs[attribute] = texts(words).reshape(1, 2)
        for made in base(f"{rule}-numbers-on-one"):
            made.positions[1].attrs[attribute] = np.array([1, 2])
        for made in base(f"{rule}-missing-on-both"):
            for part in made.positions:
                del part.attrs[attribute]
    for made in base("R25-labels-in-regions"):
        for part in made.positions:
            del part.attrs["labels"]
            for number, label in enumerate(("X", "Y")):
                part.attrs[label] = part.regionref[:, number]
    for made in base("R25-one-label-in-regions"):
        for part in made.positions:
            del part.attrs["labels"]
            part.attrs["X"] = part.regionref[:, 0]
    for made in base("R28-empty-label", axes=(("", "nm", [0, 1, 2]), Y)):
        pass
    for made in base("R28-blank-label", axes=((" ", "nm", [0, 1, 2]), Y)):
        pass


def modes_and_regions(base):
    def regions(made, columns):
        for part in made.positions:
            for label, column in columns.items():
                part.attrs[label] = part.regionref[:, column]

    for made in base("R29-wrong-column"):
        regions(made, {"X": 0, "Y": 0})
    for made in base("R29-one-missing"):
        regions(made, {"X": 0})
    for made in base("R29-both-right"):
        regions(made, {"X": 0, "Y": 1})
    for made in base("R30-bytes"):
        for part in made.positions:
            part.attrs["type"] = np.array([0, 2], "u1")
    for made in base("R30-too-many-defaults"):
        for part in made.spectra:
            part.attrs["type"] = np.array([0, 0, 0])
    for made in base("R30-too-many-on-one"):
        made.positions[0].attrs["type"] = np.array([0, 1])
        made.positions[1].attrs["type"] = np.array([0, 1, 1])
    for made in base("R30-dependent-too-many"):
        for part in made.spectra:
            part.attrs["type"] = np.array([0, 2])
    for made in base("R32-dependent-disagree"):
        made.positions[0].attrs["dependent_dimensions"] = texts(["X"])
        made.positions[1].attrs["dependent_dimensions"] = texts(["X", "Y"])
    for made in base("R32-dependent-on-one"):
        made.positions[0].attrs["dependent_dimensions"] = texts(["X"])
    for name, second in (("twins", X), ("cousins", ("X", "nm", [0, 1, 3]))):
        for made in base(f"R33-{name}"):
            other = stamp(group(made.measurement, "Channel_001"))
            main_in(other, pair(other, "Position_", (second, Y), False), made.spectra)
    for made in base("R34-prefixes-differ"):
        made.file.move(made.positions[1].name, made.channel.name + "/Place_Values")
    for made in base("R34-free-names"):
        for part, name in zip(made.positions, ("where", "there")):
            made.file.move(part.name, made.channel.name + "/" + name)


def grids(base):
    indices, values = raster(X, Y)
    for name, order in (("two-orders", (Y, X)), ("one-order", (X, Y))):
        for made in base(f"R40-{name}"):
            other = stamp(group(made.measurement, "Channel_001"))
            shifted = [(label, unit, np.asarray(points) + 1) for label, unit, points in order]
            main_in(other, pair(other, "Position_", shifted, False), made.spectra)
    for made in base("R41-gap", spectra={"indices": np.array([[0], [1], [3], [4]])}):
        pass
    for made in base("R41-steps", spectra={"indices": np.array([[0], [4], [8], [12]])}):
        pass
    for made in base("R41-from-three", spectra={"indices": np.array([[3], [4], [5], [6]])}):
        pass
    order = [3, 0, 2, 1]
    for made in base("R41-any-order", spectra={"indices": np.array([order]).T, "values": np.array([order]).T}):
        pass
    twice = indices.copy()
    twice[5] = twice[4]
    for made in base("R42-twice", positions={"indices": twice, "values": twice}):
        pass
    corner = np.array([[0, 0], [1, 0], [0, 1], [2, 1], [0, 2], [1, 2]])
    for made in base("R42-missing-cells", positions={"indices": corner, "values": corner}):
        pass
    turned_back = np.array([[0, 0], [1, 0], [2, 0], [2, 1], [1, 1], [0, 1]])
    for made in base("R43-serpentine", positions={"indices": turned_back, "values": turned_back}):
        pass
    for made in base("R43-single-line", axes=(("X", "nm", range(6)), ("Y", "nm", [0]))):
        pass
    moved = values.copy()
    moved[4, 0] += 0.25
    for made in base("R44-drift", positions={"values": moved}):
        pass
    for made in base("R44-repeated-values", spectra={"values": np.array([[0], [1], [1], [0]])}):
        pass
    counted = np.repeat(np.arange(6)[:, None], 2, axis=1)
    for made in base("R60-sparse", positions={"indices": counted}):
        pass
    shared_once = counted.copy()
    shared_once[5, 0] = 0
    for made in base("R60-one-index-shared", positions={"indices": shared_once}):
        pass
    more = raster(X, ("Y", "nm", [0, 5, 10]))
    for made in base("R61-aborted", positions={"indices": more[0][:5], "values": more[1][:5]}):
        pass
    follows = np.array([[0, 0], [1, 0], [2, 1], [3, 1]])
    dependent = (("Time", "s", [0, 1, 2, 3]), ("Field", "V", [0, 1]))
    for made in base("R63-dependent", spectral=dependent, spectra={"indices": follows, "values": follows}):
        pass
    free = np.array([[0, 0], [1, 0], [0, 1], [1, 1]])
    independent = (("Time", "s", [0, 1]), ("Field", "V", [0, 1]))
    for made in base("R63-independent", spectral=independent, spectra={"indices": free, "values": free}):
        pass


def groups(base):
    for made in base("R50-other-groups", names=("Session_000", "Channel_000")):
        pass
    for made in base("R50-four-digits", names=("Measurement_0000", "Channel_1234")):
        pass


def stamps(base):
    for made in base("R70-channel-unstamped"):
        for name in STAMPS:
            del made.channel.attrs[name]
    for made in base("R70-no-machine"):
        del made.main.attrs["machine_id"]
    for made in base("R70-time-form"):
        made.main.attrs["timestamp"] = "2019-03-22 12:00:00"
    for made in base("R70-time-words"):
        made.main.attrs["timestamp"] = "Friday noon"
    for made in base("R70-aliases"):
        del made.main.attrs["timestamp"], made.main.attrs["pyUSID_version"]
        made.main.attrs["time_stamp"] = STAMPS["timestamp"]
        made.main.attrs["sidpy_version"] = "0.12.3"
    for made in base("R71-placeholders"):
        made.file.attrs["user_name"] = "John Doe"
        made.file.attrs["sample_name"] = "PZT"
    for made in base("R71-real-sample"):
        made.file.attrs["user_name"] = "John"
        made.file.attrs["sample_name"] = "PZT"


def results(base):
    for made in base("R53-named-after-another"):
        made.result("Other-Fit_000")
    for made in base("R53-no-index"):
        made.result("Raw_Data-Fit")
    for made in base("R53-no-results"):
        results_in(made.channel, "Raw_Data-Fit_000", [made.main])
    for made in base("R53-in-order"):
        made.result("Raw_Data-Fit_000")
    for name, found in (
        ("no-path", {"source_file_path": "elsewhere.h5"}),
        ("both-paths", {"source_file_path": "elsewhere.h5", "source_dataset_path": "/Measurement_000/Channel_000/Raw_Data"}),
    ):
        for made in base(f"R54-{name}"):
            elsewhere = made.result("Raw_Data-Fit_000")
            del elsewhere.attrs["source_000"]
            for key, value in found.items():
                elsewhere.attrs[key] = value
    for made in base("R55-two-sources"):
        other = stamp(group(made.measurement, "Channel_001"))
        second = main_in(other, made.positions, made.spectra, quantity="Phase", units="rad")
        merged = results_in(made.measurement, "Multi_Dataset-Fit_000", [made.main, second])
        main_in(merged, made.positions, made.spectra, name="Fit")
    for made in base("R72-nothing-but-the-name"):
        result = made.result()
        for name in ("tool", "num_source_dsets", "source_000"):
            del result.attrs[name]
    for made in base("R72-no-algorithm"):
        del made.result().attrs["algorithm"]
    for made in base("R72-one-source-counted-as-none"):
        made.result(count=0)
    for made in base("R72-source-lost"):
        made.result(count=2)
    for made in base("R72-source-is-no-main"):
        made.result().attrs["source_000"] = made.positions[0].ref
    for made in base("R72-dead-source"):
        result = made.result()
        gone = group(made.file, "Gone")
        result.attrs["source_000"] = gone.ref
        del made.file["Gone"]
    for name, values in (
        ("wide-type", np.array([1, 1, 0, 1, 0, 0], "<i8")),
        ("boolean", np.array([1, 1, 0, 1, 0, 0], bool)),
        ("column", np.ones((6, 1), "u1")),
        ("value-two", np.array([1, 1, 2, 0, 0, 0], "u1")),
        ("complete", np.ones(6, "u1")),
    ):
        for made in base(f"R73-{name}"):
            dataset(made.result(), "completed_positions", values)
    for made in base("R73-last-pixel"):
        dataset(made.result(last_pixel=6), "completed_positions", np.array([1, 1, 0, 1, 0, 0], "u1"))


if __name__ == "__main__":
    here = os.path.dirname(os.path.abspath(__file__))
    made = Maker(os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "usid", "rules")))
    make(made)
    print(len(made.names), "files")
