"""Fixtures of groups and links."""

import ctypes

from h5py import h5o, h5p, h5t

from fixture_files import dataset, encoded, group, ramp
from libhdf5 import DEFAULT, ID, lib

TRACKED = h5p.CRT_ORDER_TRACKED
INDEXED = h5p.CRT_ORDER_TRACKED | h5p.CRT_ORDER_INDEXED
MANY = 1200


def make(maker):
    empty(maker)
    few_links(maker)
    names(maker)
    many_links(maker)
    small_nodes(maker)
    dense(maker)
    creation_order(maker)
    deep_heap(maker)
    nested(maker)
    user_block(maker)
    user_defined(maker)


def empty(maker):
    for _ in maker.twins("groups-empty-root", versions=("earliest", "v108", "v110", "latest")):
        pass
    for file in maker.twins("groups-empty"):
        group(file, "empty")
        was_full = group(file, "was full")
        for number in range(20):
            was_full[f"link {number}"] = file["empty"]
        for number in range(20):
            del was_full[f"link {number}"]


def few_links(maker):
    for file in maker.twins("groups-links"):
        first = group(file, "first")
        inner = group(first, "inner")
        dataset(inner, "data", ramp(3))
        file["alias of data"] = inner["data"]
        inner["self"] = inner
        inner["to root"] = file
        inner["to parent"] = first
        holder = group(file, "links")
        links = holder.id.links
        links.create_soft(b"soft", b"/first/inner/data")
        links.create_soft(b"soft relative", b"../first")
        links.create_soft(b"soft dangling", b"/nowhere/at all")
        links.create_soft(b"soft to itself", b"soft to itself")
        links.create_soft(b"soft through soft", b"/links/soft")
        links.create_external(b"external", b"virtual-source-a.h5", b"/a")
        links.create_external(b"external dangling", b"no such file.h5", b"/x/y")
        links.create_external("external ü".encode(), "datei-ü.h5".encode(), "/größe".encode())
        h5o.set_comment(first.id, b"a comment on a group")
        h5o.set_comment(inner["data"].id, "a comment with ü".encode())


def names(maker):
    shown = [
        "with space",
        "größe",
        "数据",
        "emoji 🔬",
        "combining e\u0301",
        ".hidden",
        "...",
        "-",
        "a" * 300,
        'quote"back\\slash',
    ]
    hidden = [
        b"tab\there",
        b"newline\nhere",
        b"bell\x07",
        b"escape\x1b[31m",
        b"delete\x7f",
        b"\xff\xfe not utf-8",
        b"latin-1 gr\xf6\xdfe",
        b"cut \xe6\x95",
        b"surrogate \xed\xa0\x80",
        b"overlong \xc0\xaf",
    ]
    for file in maker.twins("groups-names"):
        for name in [encoded(name) for name in shown] + hidden:
            child = group(file, name)
            child.attrs["bytes"] = len(name)
        utf8 = h5p.create(h5p.LINK_CREATE)
        utf8.set_char_encoding(h5t.CSET_UTF8)
        file.id.links.create_soft("marked UTF-8 é".encode(), b"/with space", lcpl=utf8)


def many_links(maker):
    """Hard links to few objects, so that the groups are large and the digests are not."""
    for file in maker.twins("groups-many-links"):
        targets = [group(file, f"t{number}") for number in range(3)]
        many = group(file, "m")
        for number in range(MANY):
            h5o.link(targets[number % 3].id, many.id, b"%05d" % (number * 7919 % MANY))


def small_nodes(maker):
    """B-tree nodes as narrow as the format allows: four levels with few links."""

    def narrow(creation):
        lib.H5Pset_sym_k(creation.id, 1, 1)

    with maker.file("groups-narrow-nodes-earliest", prepare=narrow) as file:
        many = group(file, "many")
        for number in range(60):
            many.id.links.create_soft(b"link %02d" % (number * 37 % 60), b"/")
        for number in range(0, 60, 5):
            del many["link %02d" % number]


def dense(maker):
    for file in maker.twins("groups-dense-one-block", versions=("v108", "latest")):
        few = group(file, "few")
        for number in range(12):
            h5o.link(few.id, few.id, b"link %d" % number)
        shrunk = group(file, "shrunk")
        for number in range(12):
            shrunk.id.links.create_soft(b"link %d" % number, b"/few")
        for number in range(3, 12):
            del shrunk[f"link {number}"]
        always = group(file, "always dense", prepare=lambda creation: lib.H5Pset_link_phase_change(creation.id, 0, 0))
        always.id.links.create_soft(b"only", b"/few")
        never = group(file, "never dense", prepare=lambda creation: lib.H5Pset_link_phase_change(creation.id, 1000, 10))
        for number in range(100):
            never.id.links.create_soft(b"link %d" % number, b"/few")


def creation_order(maker):
    words = ["zebra", "apple", "mango", "kiwi"]
    for file in maker.twins("groups-creation-order", order=INDEXED):
        for order, title in ((TRACKED, "tracked"), (INDEXED, "indexed")):
            compact = group(file, f"{title} compact", order)
            for word in words:
                compact.id.links.create_soft(word.encode(), b"/")
            large = group(file, f"{title} dense", order)
            for number in range(60):
                large.id.links.create_soft(b"%s %d" % (words[number % 4].encode(), number), b"/")
            for number in range(10, 20):
                del large[f"{words[number % 4]} {number}"]


def deep_heap(maker):
    """A compressed fractal heap whose root leads to indirect blocks of indirect blocks, and huge link names."""

    def deflated(creation):
        lib.H5Pset_deflate(creation.id, 9)

    with maker.file("groups-deep-heap-latest", "latest") as file:
        group(file, "target")
        deep = group(file, "deep", prepare=deflated)
        kept = {0, 1, 60, 159, 160, 199}
        for number in range(200):
            deep.id.links.create_soft(b"%04d " % number + b"n" * 3995, b"/target")
        for number in range(200):
            if number not in kept:
                del deep[b"%04d " % number + b"n" * 3995]
        deep.id.links.create_soft(b"huge " + b"h" * 5000, b"/target")
    with maker.file("groups-huge-names-latest", "latest") as file:
        huge = group(file, "huge")
        for number in range(4):
            huge.id.links.create_soft(b"%d " % number + b"h" * 4200, b"/")


def nested(maker):
    for file in maker.twins("groups-nested"):
        parent = file
        for level in range(12):
            parent = group(parent, f"level {level}")
        dataset(parent, "bottom", ramp(2))
        for branch in range(3):
            top = group(file, f"branch {branch}")
            for leaf in range(4):
                group(top, f"leaf {leaf}").attrs["number"] = 10 * branch + leaf


def user_block(maker):
    for size in (512, 2048):
        for version in ("earliest", "latest"):
            name = f"groups-user-block-{size}-{version}"
            with maker.file(name, version, prepare=lambda creation: creation.set_userblock(size)) as file:
                dataset(group(file, "group"), "data", ramp(4, 5), chunks=(2, 2))
                dataset(file, "contiguous", ramp(6))
                file["group"].attrs.create("reference", file["group/data"].ref)
            with open(maker.path(name + ".h5"), "r+b") as stream:
                stream.write(b"user block\n" + b"u" * (size - 11))


def user_defined(maker):
    """A link of class 187 from a class registered only while the file is made."""

    class LinkClass(ctypes.Structure):
        _fields_ = [
            ("version", ctypes.c_int),
            ("id", ctypes.c_int),
            ("comment", ctypes.c_char_p),
            ("create", ctypes.c_void_p),
            ("move", ctypes.c_void_p),
            ("copy", ctypes.c_void_p),
            ("traverse", ctypes.CFUNCTYPE(ID, ctypes.c_char_p, ID, ctypes.c_void_p, ctypes.c_size_t, ID, ID)),
            ("delete", ctypes.c_void_p),
            ("query", ctypes.c_void_p),
        ]

    traverse = LinkClass._fields_[6][1](lambda *arguments: -1)
    description = LinkClass(1, 187, b"fixture", None, None, None, traverse, None, None)
    lib.H5Lregister(ctypes.byref(description))
    with maker.file("groups-user-defined-link-latest", "latest") as file:
        parent = group(file, "parent")
        value = b"any bytes\0of ours"
        lib.H5Lcreate_ud(parent.id.id, b"custom", 187, value, len(value), DEFAULT, DEFAULT)
        parent.id.links.create_soft(b"soft", b"/")
