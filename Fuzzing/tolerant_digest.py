"""The digest of a damaged file with libhdf5: what cannot be read becomes an error in its place."""

import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "Fixtures", "scripts"))

import digest as strict
import digest_types
import libhdf5
from ctypes import c_int
from h5py import h5a, h5o
from libhdf5 import ALL, DEFAULT, HDF5Error, lib

LARGEST_DATA = 4 << 20


def failure(error):
    return {"error": f"{type(error).__name__}: {error}"[:200]}


def attempt(action, *arguments):
    try:
        return action(*arguments)
    except Exception as error:  # whatever h5py raises for damage
        return failure(error)


libhdf5.SIGNATURES["H5Sselect_valid"] = (c_int, libhdf5.ID)
digest_types.PREVIEW_ELEMENTS = 20  # enough to judge references by
_selection_text = digest_types.selection_text


def valid_selection_text(space):
    """A selection that reaches out of its extent is one libhdf5 itself calls invalid, though it lists it."""
    if not lib.H5Sselect_valid(space):
        raise HDF5Error("a selection is not valid")
    return _selection_text(space)


digest_types.selection_text = valid_selection_text


class OpenedReference(digest_types.Reference):
    """A reference that libhdf5 cannot follow is an error, not the `?` of one that leads out of the tree."""

    def show(self, raw):
        shown = super().show(raw)
        if shown == "?" or shown.endswith("|?"):
            raise HDF5Error("a reference does not open")
        return shown


strict.Reference = OpenedReference


class TolerantDigest(strict.Digest):
    """`structure_failed` says that paths may differ from those of a reader that found more or less."""

    structure_failed = False

    def visit(self, identifier, path):
        try:
            information = h5o.get_info(identifier)
        except Exception as error:
            self.structure_failed = True
            self.objects.append((None, {"path": path, "aliases": [], **failure(error)}))
            return
        entry = {"path": path, "type": strict.OBJECT_KINDS.get(information.type, "?"), "aliases": []}
        self.paths[information.fileno, information.addr] = entry
        self.objects.append((identifier, entry))
        if entry["type"] != "group":
            return
        names = []
        try:
            identifier.links.iterate(names.append)
        except Exception as error:
            self.structure_failed = True
            entry["links"] = failure(error)
            return
        entry["links"] = []
        for name in sorted(names):
            try:
                entry["links"].append(self.link(identifier, name, path))
            except Exception as error:
                self.structure_failed = True
                entry["links"].append({"name": strict.text(name), "error": failure(error)["error"]})
                self.objects.append(
                    (None, {"path": path.rstrip("/") + "/" + strict.text(name), "aliases": [], **failure(error)})
                )

    def describe(self, identifier, entry):
        if identifier is None:
            return
        if entry["type"] == "dataset":
            attempt_into(entry, self.describe_dataset, identifier, entry)
        elif entry["type"] == "datatype":
            entry["dtype"] = attempt(lambda: self.element(identifier.id).description)
        entry["attrs"] = []
        count = attempt(h5a.get_num_attrs, identifier)
        if isinstance(count, dict):
            entry["attrs"].append({"name": None, **count})
            return
        for index in range(count):
            try:
                attribute = h5a.open(identifier, index=index)
                name = strict.text(attribute.name)
            except Exception as error:
                entry["attrs"].append({"name": None, **failure(error)})
                continue
            try:
                found = self.attribute(attribute)
                found.pop("sort key", None)
            except Exception as error:
                found = {"name": name, **failure(error)}
            entry["attrs"].append(found)

    def describe_dataset(self, dataset, entry):
        type_id = dataset.get_type()
        element = attempt(self.element, type_id.id)
        if isinstance(element, dict):
            entry["dtype"] = element
        else:
            entry["dtype"] = element.description
        space = attempt(lambda: strict.dataspace(dataset.get_space()))
        entry["space"] = space if isinstance(space, dict) else space[0]
        creation = attempt(dataset.get_create_plist)
        if isinstance(creation, dict):
            entry["layout"] = entry["filters"] = entry["fill"] = entry["data"] = creation
            return
        entry["layout"] = attempt(strict.layout, creation)
        entry["filters"] = attempt(
            lambda: [
                {"id": code, "flags": flags, "cd_values": list(values)}
                for code, flags, values, _ in map(creation.get_filter, range(creation.get_nfilters()))
            ]
        )
        if isinstance(element, dict) or isinstance(space, dict):
            entry["data"] = {"error": "no datatype or dataspace"}
            return
        entry["fill"] = attempt(strict.fill, creation, type_id.id, element)
        count = space[1]
        if count * element.memory > LARGEST_DATA:
            entry["data"] = {"skipped": "too large"}
            return
        entry["data"] = attempt(
            strict.data,
            element,
            count,
            lambda buffer: lib.H5Dread(dataset.id, type_id.id, ALL, ALL, DEFAULT, buffer),
        )


def attempt_into(entry, action, *arguments):
    try:
        action(*arguments)
    except Exception as error:
        entry |= failure(error)


def tolerant_digest(path):
    """-> the digest document; raises where the file or its root group cannot be opened."""
    digest = TolerantDigest(path)
    document = digest.document
    if isinstance(document["objects"][0].get("links"), dict) or "error" in document["objects"][0]:
        raise HDF5Error("the root group does not open")
    document["structure_failed"] = digest.structure_failed
    return document
