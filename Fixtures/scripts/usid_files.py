"""Writing h5USID fixtures with pyUSID so that the same calls always give the same bytes.

pyUSID stamps the clock, the computer's name and its operating system into every object it makes;
`steady()` puts fixed texts there.
"""

import contextlib
import os
import socket
import warnings
from dataclasses import dataclass

import h5py
import numpy as np
import pyUSID as usid
import sidpy.hdf.hdf_utils as stamping
from h5py import h5f, h5p
from pyUSID.io.hdf_utils import check_if_main, create_indexed_group, write_main_dataset

from libhdf5 import lib
from object_times import settle_group_times

VERSIONS = {
    "earliest": h5f.LIBVER_EARLIEST,
    "v108": h5f.LIBVER_V18,
    "v112": h5f.LIBVER_V112,
    "latest": h5f.LIBVER_LATEST,
}
PAIRS = ("Position_Indices", "Position_Values", "Spectroscopic_Indices", "Spectroscopic_Values")


def steady():
    warnings.simplefilter("ignore")  # pyUSID warns of what it will do in the future
    stamping.get_time_stamp = lambda: "2019_03_22-12_00_00"
    stamping.platform = lambda: "fixture"
    socket.getfqdn = lambda name="": "fixture.invalid"


@dataclass
class Axis:
    """One dimension: its label, unit and unit values."""

    label: str
    unit: str
    values: object

    def dimension(self):
        """For pyUSID, whose writer fails on units outside ASCII."""
        return usid.Dimension(self.label, self.unit.replace("µ", "u"), np.asarray(self.values, float))


@dataclass
class Grid:
    """One side of a Main dataset, points along axis 0 and dimensions along axis 1, whichever side it is."""

    labels: list
    units: list
    indices: np.ndarray
    values: np.ndarray

    @staticmethod
    def raster(*axes):
        """The complete grid of the axes, the first axis fastest."""
        sizes = [len(axis.values) for axis in axes]
        indices = np.indices(sizes[::-1]).reshape(len(axes), -1)[::-1].T
        values = np.column_stack(
            [np.asarray(axis.values, float)[indices[:, number]] for number, axis in enumerate(axes)]
        )
        return Grid([axis.label for axis in axes], [axis.unit for axis in axes], indices, values)

    def rows(self, chosen):
        return Grid(self.labels, self.units, self.indices[chosen], self.values[chosen])

    def count(self):
        return len(self.indices)


X = Axis("X", "nm", np.linspace(-250, 250, 5))
Y = Axis("Y", "µm", np.linspace(0, 7, 3))
NO_SPECTRUM = Axis("arb", "", [0])
NO_POSITION = Axis("arb", "", [0])
ENERGY = Axis("Energy", "eV", np.linspace(500, 900, 7))
FREQUENCY = Axis("Frequency", "kHz", np.linspace(300, 340, 5))
BIAS = Axis("Bias", "V", [-3, 0, 3])


class Maker:
    """The folder that fixtures are made in, and what was made so far."""

    def __init__(self, folder):
        self.folder = folder
        self.entries = []

    @contextlib.contextmanager
    def file(self, name, rule=None, about="", version="earliest", valid=True):
        path = os.path.join(self.folder, name + ".h5")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        access = h5p.create(h5p.FILE_ACCESS)
        access.set_libver_bounds(VERSIONS[version], h5f.LIBVER_LATEST)
        lib.H5Pset_small_data_block_size(access.id, 0)  # no space set aside: small files
        with h5py.File(h5f.create(os.fsencode(path), h5f.ACC_TRUNC, fapl=access)) as file:
            yield file
        settle_group_times(path)
        entry = {"file": name + ".h5", "about": about, "valid": valid}
        if rule:
            entry["rule"] = rule
        entry["checkIfMain"] = verdicts(path)
        self.entries.append(entry)


def verdicts(path):
    """What pyUSID's check_if_main says of each candidate: true, false or the error it raises."""
    found = {}

    def ask(name, thing):
        if not any(pair in thing.attrs for pair in PAIRS):
            return
        try:
            found["/" + name] = bool(check_if_main(thing))
        except Exception as error:  # pyUSID lets whatever it meets escape
            found["/" + name] = type(error).__name__

    with h5py.File(path, "r") as file:
        file.visititems(ask)
    return found


def channel(file, measurement="Measurement", name="Channel"):
    """A new channel group in a new measurement group."""
    return create_indexed_group(create_indexed_group(file, measurement), name)


def ancillary(
    group, prefix, grid, spectroscopic, regions=False, modes=None, index_type="<u4", value_type="<f4", extra=None
):
    """Writes an Indices and Values pair as it is given; `regions` adds one region reference per label."""
    pair = []
    for name, matrix, kind in (("Indices", grid.indices, index_type), ("Values", grid.values, value_type)):
        made = group.create_dataset(prefix + name, data=(matrix.T if spectroscopic else matrix).astype(kind))
        made.attrs["labels"] = fixed_text(grid.labels)
        made.attrs["units"] = fixed_text(grid.units)
        if modes is not None:
            made.attrs["type"] = np.array(modes, "<i8")
        if regions:
            for number, label in enumerate(grid.labels):
                made.attrs[label] = made.regionref[number, :] if spectroscopic else made.regionref[:, number]
        for attribute, value in (extra or {}).items():
            made.attrs[attribute] = value
        pair.append(made)
    return pair


def fixed_text(words):
    return np.array([word.encode("utf-8") for word in words])


def main(
    group,
    data,
    positions,
    spectra,
    name="Raw_Data",
    quantity="Current",
    units="nA",
    regions=False,
    modes=False,
    position_options=None,
    spectrum_options=None,
    attributes=None,
    **storage,
):
    """A Main dataset written by pyUSID around ancillary datasets that are written as given."""

    def options(grid, chosen):
        chosen = dict(chosen or {})
        if modes:
            chosen.setdefault("modes", [0] * len(grid.labels))
        return {"regions": regions} | chosen

    position_pair = ancillary(group, "Position_", positions, False, **options(positions, position_options))
    spectrum_pair = ancillary(group, "Spectroscopic_", spectra, True, **options(spectra, spectrum_options))
    return linked(group, data, position_pair, spectrum_pair, name, quantity, units, attributes, **storage)


def linked(
    group,
    data,
    position_pair,
    spectrum_pair,
    name="Raw_Data",
    quantity="Current",
    units="nA",
    attributes=None,
    **storage,
):
    """A Main dataset around ancillary datasets that exist."""
    return write_main_dataset(
        group,
        data,
        name,
        quantity,
        units,
        None,
        None,
        main_dset_attrs=attributes,
        h5_pos_inds=position_pair[0],
        h5_pos_vals=position_pair[1],
        h5_spec_inds=spectrum_pair[0],
        h5_spec_vals=spectrum_pair[1],
        **storage,
    )


def by_pyusid(group, data, positions, spectra, name="Raw_Data", quantity="Current", units="nA", **storage):
    """A Main dataset written by pyUSID alone: dimensions are given fastest first and stored slowest first."""
    return write_main_dataset(
        group,
        data,
        name,
        quantity,
        units,
        [axis.dimension() for axis in positions],
        [axis.dimension() for axis in spectra],
        slow_to_fast=False,
        **storage,
    )


def rewrite(dataset, values, **options):
    """Puts other values, of any shape, under the name of an ancillary dataset, and leads the Main datasets there."""
    file, path, attributes = dataset.file, dataset.name, dict(dataset.attrs)
    mains = []

    def note(name, thing):
        mains.extend((thing, pair) for pair in PAIRS if pair in thing.attrs and file[thing.attrs[pair]].name == path)

    file.visititems(note)
    del file[path]
    made = file.create_dataset(path, data=values, **options)
    for name, value in attributes.items():
        made.attrs[name] = value
    for thing, pair in mains:
        thing.attrs[pair] = made.ref
    return made


def noise(*shape, seed=2019):
    """Values that differ from each other, between -1 and 1."""
    return np.random.Generator(np.random.PCG64(seed)).uniform(-1, 1, shape)
