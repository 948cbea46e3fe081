"""The explained differences of differences.md, as predicates over one difference.

Each takes a comparison.Difference, the two whole digests and that of the undamaged fixture; the first that answers
true explains it.
"""

import itertools
import re
import struct
import zlib

EXPLANATIONS = []


def explains(identifier):
    def register(predicate):
        EXPLANATIONS.append((identifier, predicate))
        return predicate

    return register


def explanation(difference, theirs, ours, undamaged):
    for identifier, predicate in EXPLANATIONS:
        if predicate(difference, theirs, ours, undamaged):
            return identifier
    return None


def cut(name):
    return name.partition("\0")[0] if isinstance(name, str) else name


@explains("names-with-nul")
def names_with_nul(difference, theirs, ours, undamaged):
    """A name, or what holds it, agrees once ours is cut where the C string ends."""
    if difference.place == "object.aliases":
        return any("\0" in one["path"] and cut(one["path"]) in difference.theirs for one in ours["objects"])
    if difference.kind == "links" and isinstance(difference.ours, list) and isinstance(difference.theirs, list):
        return sorted(map(cut, difference.ours)) == sorted(difference.theirs)
    if isinstance(difference.ours, str) and isinstance(difference.theirs, str):
        return "\0" in difference.ours and cut(difference.ours) == difference.theirs
    if difference.kind in ("missing", "unexpected") and difference.place == "object":
        cut_ours = {cut(one["path"]) for one in ours["objects"] if "\0" in one["path"]}
        return any(difference.path == one or difference.path.startswith(one) for one in cut_ours) or (
            "\0" in difference.path
        )
    if difference.kind == "value" and "'reference'" in str(difference.object.get("dtype")):
        return any("\0" in one["path"] for one in ours["objects"])
    if difference.kind == "unexpected" and difference.place == "object.attrs":
        return "\0" in difference.ours
    if difference.kind == "missing" and difference.place == "object.attrs":
        given = next((one for one in ours["objects"] if one["path"] == difference.path), {})
        return any(
            "\0" in (one["name"] or "") and cut(one["name"]) == difference.theirs for one in given.get("attrs", [])
        )
    return False


@explains("names-not-unique")
def names_not_unique(difference, theirs, ours, undamaged):
    """What lies at or below a name that its group holds twice, or a count of links in such a group."""
    for group in ours["objects"]:
        names = [link["name"] for link in group["links"]] if isinstance(group.get("links"), list) else []
        for name in {one for one in names if names.count(one) > 1}:
            path = group["path"].rstrip("/") + "/" + name
            if difference.path == path or difference.path.startswith(path + "/"):
                return True
            if difference.kind == "links" and difference.path == group["path"]:
                return True
    return False


@explains("names-with-slash")
def names_with_slash(difference, theirs, ours, undamaged):
    """What a link with a slash in its name leads to, or what lies below such a link."""
    for group in ours["objects"]:
        links = group["links"] if isinstance(group.get("links"), list) else []
        for name in {link["name"] for link in links if "/" in (link["name"] or "")}:
            path = group["path"].rstrip("/") + "/" + name
            if difference.path == group["path"] and difference.place.startswith(f"object.links[{name}]"):
                return True
            if difference.path == path or difference.path.startswith(path + "/"):
                return True
    return False


@explains("maximum-shape-clamped")
def maximum_shape_clamped(difference, theirs, ours, undamaged):
    """A maximum that an Int cannot hold."""
    if ".space.maxshape[" not in difference.place:
        return False
    return difference.ours == 2**63 - 1 and 2**63 <= difference.theirs < 2**64 - 1


def object_at(document, path):
    return next((one for one in document["objects"] if one["path"] == path or path in one.get("aliases", [])), {})


@explains("attributes-without-info")
def attributes_without_info(difference, theirs, ours, undamaged):
    """libhdf5 counts no attribute at all, ours lists those that the header holds."""
    return (
        difference.kind == "unexpected"
        and difference.place == "object.attrs"
        and object_at(theirs, difference.path).get("attrs") == []
    )


@explains("attribute-name-without-end")
def attribute_name_without_end(difference, theirs, ours, undamaged):
    """libhdf5 leaves the last byte of a name out, ours keeps it where it is not zero."""
    if difference.place != "object.attrs" or difference.kind not in ("missing", "unexpected"):
        return False
    wanted = {one["name"] for one in object_at(theirs, difference.path).get("attrs", []) if one.get("name")}
    given = {one["name"] for one in object_at(ours, difference.path).get("attrs", []) if one.get("name")}
    if difference.kind == "missing":
        return any(without_last_byte(name) == difference.theirs for name in given)
    return without_last_byte(difference.ours) in wanted


def without_last_byte(name):
    """A name of a digest, where bytes that are no UTF-8 stand as four characters."""
    return re.sub(r"(\\x[0-9a-f]{2}|.)$", "", name, flags=re.DOTALL)


@explains("region-refused")
def region_refused(difference, theirs, ours, undamaged):
    """`?` stands in place of the selection of one to three of at most twenty references."""
    if difference.kind != "value" or not isinstance(difference.theirs, dict) or not isinstance(difference.ours, dict):
        return False
    texts = difference.theirs.get("preview") or []
    if not all(isinstance(one, str) for one in texts) or not any("|" in one for one in texts):
        return False
    regions = [index for index, one in enumerate(texts) if "|" in one]
    for choice in itertools.chain.from_iterable(itertools.combinations(regions, count) for count in (1, 2, 3)):
        encoded = b""
        for index, one in enumerate(texts):
            one = (one.partition("|")[0] + "|?" if index in choice else one).encode()
            encoded += struct.pack("<Q", len(one)) + one
        if {"nbytes": len(encoded), "crc32": f"{zlib.crc32(encoded):08x}"} == difference.ours:
            return True
    return False


@explains("value-survives")
def value_survives(difference, theirs, ours, undamaged):
    """What ours reads is what the fixture holds without the damage."""
    if difference.kind != "value" or not isinstance(difference.ours, dict):
        return False
    held = object_at(undamaged, difference.path)
    if difference.place.startswith("object.attrs["):
        name = difference.place[len("object.attrs[") : -len("].data")]
        held = next((one for one in held.get("attrs", []) if one["name"] == name), {})
    held = held.get("data") or {}
    return all(held.get(key) == difference.ours[key] for key in ("nbytes", "crc32"))


@explains("fraction-becomes-minimum")
def fraction_becomes_minimum(difference, theirs, ours, undamaged):
    """All values of a virtual dataset of signed integers agree once those that are the smallest possible are 0."""
    if difference.kind != "value" or not isinstance(difference.ours, dict) or difference.place != "object.data":
        return False
    held = object_at(theirs, difference.path)
    kind, preview = held.get("dtype", {}), difference.theirs.get("preview") or []
    if held.get("layout", {}).get("class") != "virtual" or kind.get("class") != "int" or not kind.get("signed"):
        return False
    if len(preview) * kind["size"] != difference.ours["nbytes"]:
        return False
    lowest = -(1 << kind["precision"] - 1)
    # Some of the smallest ones are meant, so every choice of them is tried.
    places = [index for index, value in enumerate(preview) if value == lowest]
    for count in range(1, len(places) + 1):
        for chosen in itertools.combinations(places, count):
            read = [0 if index in chosen else value for index, value in enumerate(preview)]
            data = b"".join(value.to_bytes(kind["size"], "little", signed=True) for value in read)
            if f"{zlib.crc32(data):08x}" == difference.ours["crc32"]:
                return True
    return False
