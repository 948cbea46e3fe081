"""What differs between the digest libhdf5 gives and ours.

The rules are those of DigestTests: what libhdf5 reports as an error, or leaves out, is not demanded. Where libhdf5
reads and ours reports an error the difference is a refusal; every other difference is a matter of what was read.
"""

import re
from collections import namedtuple

IGNORED = {"preview", "sha256", "vsel", "ssel", "committed", "structure_failed"}

# kind: refusal, missing, unexpected, type, space, layout, filters, fill, value, links, attributes, object, superblock
Difference = namedtuple("Difference", "kind place theirs ours path object")


def kind_of(place):
    for part, kind in (
        (".data", "value"), (".dtype", "type"), (".space", "space"), (".layout", "layout"), (".filters", "filters"),
        (".fill", "fill"), (".links", "links"), (".aliases", "links"), (".attrs", "attributes"),
        ("superblock", "superblock"),
    ):  # fmt: skip
        if part in place:
            return kind
    return "object"


def shape_of(place):
    """A place without the numbers and names of one file, to count alike differences together."""
    return re.sub(r"\[[^\]]*\]", "[]", place)


def below(names, folders):
    return any(name.startswith(folder) for folder in folders for name in names)


def below_another_name(path, named):
    """The object of a path below a group that has another path in `named`; None where there is none."""
    for _ in range(path.count("/")):
        steps = path.split("/")
        for count in range(len(steps) - 1, 1, -1):
            group = named.get("/".join(steps[:count]))
            if group and group["path"] != "/".join(steps[:count]):
                path = group["path"].rstrip("/") + "/" + "/".join(steps[count:])
                break
        else:
            return None
        if path in named:
            return named[path]
    return None


class Comparison:
    """`found` is the list of differences; `laxer` counts what ours reads and libhdf5 does not."""

    def __init__(self, theirs, ours):
        self.found, self.laxer = [], 0
        self.path, self.object, self.has_references = "", None, False
        self.paths_uncertain = bool(theirs.get("structure_failed"))
        self.compare(theirs["superblock"], ours.get("superblock"), "superblock")
        objects = ours.get("objects", [])
        self.paths_uncertain |= any(
            "error" in one or isinstance(one.get("links"), dict) for one in objects
        )
        named = {}
        for one in objects:
            for name in [one["path"], *one.get("aliases", [])]:
                named.setdefault(name, one)
        seen = set()
        ours_failed = [one["path"].rstrip("/") + "/" for one in objects if "error" in one]
        theirs_failed = []
        for wanted in theirs["objects"]:
            self.path, self.object = wanted["path"], wanted
            names = [wanted["path"], *wanted.get("aliases", [])]
            given = next((named[name] for name in names if name in named), None)
            if given is None and self.paths_uncertain:
                given = next(filter(None, (below_another_name(name, named) for name in names)), None)
            if isinstance(wanted.get("links"), dict) or "error" in wanted:
                theirs_failed.append(wanted["path"].rstrip("/") + "/")
            if given is None:
                if "error" not in wanted and not below(names, ours_failed):
                    self.add("missing", "object", wanted.get("type"), None)
                continue
            seen.add(id(given))
            if "error" in wanted:
                self.laxer += "error" not in given
            else:
                self.object_pair(wanted, given)
        for one in objects:
            names = [one["path"], *one.get("aliases", [])]
            if id(one) not in seen and not below(names, theirs_failed):
                self.path, self.object = one["path"], one
                self.add("unexpected", "object", None, one.get("type"))

    def add(self, kind, place, theirs, ours):
        self.found.append(Difference(kind, place, theirs, ours, self.path, self.object))

    def object_pair(self, wanted, given):
        if "error" in given and "links" not in given and given.get("type") != "group":
            return self.add("refusal", "object", wanted.get("type"), given["error"])
        if "error" in given:
            if "links" in wanted and "error" not in wanted["links"]:
                self.add("refusal", "object.links", None, given["error"])
            given = {**given, "links": {"error": given["error"]}}
            wanted = {**wanted, "links": {"error": ""}}
        # Our digest leaves the external files out where it cannot read their list; the data then says why.
        layout, data = given.get("layout"), given.get("data")
        if isinstance(layout, dict) and "external" not in layout and isinstance(data, dict) and "error" in data:
            wanted_layout = wanted.get("layout")
            if isinstance(wanted_layout, dict) and wanted_layout.pop("external", None):
                self.add("refusal", "object.layout.external", None, data["error"])
        self.has_references = "'reference'" in str(wanted.get("dtype"))
        for key, value in wanted.items():
            if key in ("path", "attrs") or (key in ("aliases",) and self.paths_uncertain):
                continue
            if key == "links" and isinstance(value, list):
                self.links(value, given.get("links"))
            else:
                self.compare(value, given.get(key), f"object.{key}")
        self.attributes(wanted.get("attrs", []), given.get("attrs", []))

    def links(self, wanted, given):
        if not isinstance(given, list):
            return self.add("refusal", "object.links", None, str(given))
        if [one["name"] for one in wanted] != [one["name"] for one in given]:
            return self.add("links", "object.links", [o["name"] for o in wanted][:40], [o["name"] for o in given][:40])
        for one, other in zip(wanted, given):
            if "error" in one:
                continue
            if self.paths_uncertain and one.get("kind") == "hard":
                one = {key: value for key, value in one.items() if key != "target"}
            self.compare(one, other, f"object.links[{one['name']}]")

    def attributes(self, wanted, given):
        refused = [one for one in given if one.get("name") is None]
        failed = [one for one in wanted if "error" in one]
        if refused:
            if failed:
                return
            if wanted:
                self.add("refusal", "object.attrs", len(wanted), refused[0].get("error"))
            else:
                self.add("refusal", "object.attrs", 0, refused[0].get("error"))
            return
        left = {}
        for one in given:
            left.setdefault(one["name"], []).append(one)
        for one in wanted:
            if one.get("name") is None:
                continue
            others = left.get(one["name"])
            if not others:
                if "error" not in one:
                    self.add("missing", "object.attrs", one["name"], None)
                continue
            other = others.pop(0)
            if "error" not in one:
                self.compare(one, other, f"object.attrs[{one['name']}]")
        if not failed:
            for name in [name for name, others in left.items() if others]:
                self.add("unexpected", "object.attrs", None, name)

    def compare(self, theirs, ours, place):
        if theirs is None:
            return
        if isinstance(theirs, dict):
            if "error" in theirs or "skipped" in theirs:
                self.laxer += isinstance(ours, dict) and "error" not in ours
                return
            if not isinstance(ours, dict):
                return self.add(kind_of(place), place, theirs, ours)
            if "error" in ours:
                return self.add("refusal", place, theirs, ours["error"])
            if "skipped" in ours:
                return
            if place.endswith(".data") or place.endswith(".fill.value"):
                pair = [{key: one.get(key) for key in ("nbytes", "crc32")} for one in (theirs, ours)]
                if pair[0] != pair[1] and self.paths_uncertain and self.has_references:
                    self.laxer += 1
                elif pair[0] != pair[1]:
                    self.add(kind_of(place), place, theirs, pair[1])
                return
            for key, value in theirs.items():
                if key == "dtype":
                    self.has_references = "'reference'" in str(value)
                if key not in IGNORED:
                    self.compare(value, ours.get(key), f"{place}.{key}")
        elif isinstance(theirs, list):
            if not isinstance(ours, list) or len(theirs) != len(ours):
                return self.add(kind_of(place), place, theirs, ours)
            for index, (one, other) in enumerate(zip(theirs, ours)):
                self.compare(one, other, f"{place}[{index}]")
        elif theirs != ours or type(theirs) is not type(ours):
            self.add(kind_of(place), place, theirs, ours)
