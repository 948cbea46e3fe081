"""Datatypes of the content digest: how each is described, and how its elements are encoded.

The rules are those of the digest schema h5golden-1: a description holds what the file stores
(sizes on disk), an encoding holds the value without byte order, padding or addresses.
"""

import ctypes
import struct
from ctypes import byref, c_int, c_size_t, create_string_buffer

from h5py import h5i

from libhdf5 import DEFAULT, HDF5Error, lib, sizes, text_and_free

ORDERS = ("le", "be", "vax", "mixed", "none")
BIT_PADDINGS = ("zero", "one", "background")
STRING_PADDINGS = ("nullterm", "nullpad", "spacepad")
CHARACTER_SETS = ("ascii", "utf8")
NORMALISATIONS = ("implied", "msbset", "none")
PREVIEW_ELEMENTS = 4


def text(raw):
    """Bytes as digest text: UTF-8, every other byte as four characters."""
    return raw.decode("utf-8", "backslashreplace")


def with_length(raw):
    return struct.pack("<Q", len(raw)) + raw


class Element:
    """One datatype. `memory` and `disk` are sizes in bytes, `plain` says that the encoding is the memory image."""

    plain = False

    def __init__(self, memory, disk=None, description=None):
        self.memory = memory
        self.disk = memory if disk is None else disk
        self.description = description or {}

    def encode(self, raw):
        raise NotImplementedError

    def show(self, raw):
        return "hex:" + raw.hex()

    def encode_many(self, raw, count):
        if self.plain:
            return raw[: count * self.memory]
        step = self.memory
        return b"".join(self.encode(raw[i * step : (i + 1) * step]) for i in range(count))

    def show_many(self, raw, count):
        step = self.memory
        return [self.show(raw[i * step : (i + 1) * step]) for i in range(min(count, PREVIEW_ELEMENTS))]


class Number(Element):
    """Integer, bit field, floating-point and time types."""

    def __init__(self, type_id, kind):
        super().__init__(lib.H5Tget_size(type_id))
        self.kind = kind
        self.order = ORDERS[lib.H5Tget_order(type_id)]
        self.precision = lib.H5Tget_precision(type_id)
        self.description = {"class": kind, "size": self.memory, "order": self.order, "precision": self.precision}
        self.bit_offset, self.signed = 0, False
        if kind != "time":
            self.bit_offset = lib.H5Tget_offset(type_id)
            low, high = c_int(), c_int()
            lib.H5Tget_pad(type_id, byref(low), byref(high))
            self.description |= {"offset": self.bit_offset, "pad": [BIT_PADDINGS[low.value], BIT_PADDINGS[high.value]]}
        if kind == "int":
            self.signed = lib.H5Tget_sign(type_id) == 1
            self.description["signed"] = self.signed
        if kind == "float":
            fields = [c_size_t() for _ in range(5)]
            lib.H5Tget_fields(type_id, *map(byref, fields))
            names = ("sign_pos", "exp_pos", "exp_size", "mant_pos", "mant_size")
            self.description |= {name: field.value for name, field in zip(names, fields)}
            self.description |= {
                "exp_bias": lib.H5Tget_ebias(type_id),
                "norm": NORMALISATIONS[lib.H5Tget_norm(type_id)],
                "inpad": BIT_PADDINGS[lib.H5Tget_inpad(type_id)],
            }
        self.partial = kind == "int" and (self.precision != 8 * self.memory or self.bit_offset != 0)
        self.plain = not self.partial and (self.order != "be" or self.memory == 1)

    def encode(self, raw):
        if self.order == "be":
            raw = raw[::-1]
        if not self.partial:
            return raw
        return self.value(raw).to_bytes(self.memory, "little", signed=self.signed)

    def value(self, little_endian):
        value = int.from_bytes(little_endian, "little") >> self.bit_offset & (1 << self.precision) - 1
        if self.signed and value >> self.precision - 1:
            value -= 1 << self.precision
        return value

    def show(self, raw):
        raw = raw[::-1] if self.order == "be" else raw
        if self.kind == "int":
            return self.value(raw)
        if (
            self.kind == "float"
            and self.memory in (2, 4, 8)
            and self.precision == 8 * self.memory
            and self.description["exp_size"] == {2: 5, 4: 8, 8: 11}[self.memory]
            and self.order != "vax"
        ):
            number = struct.unpack({2: "<e", 4: "<f", 8: "<d"}[self.memory], raw)[0]
            return number if number - number == 0 else str(number)
        return "hex:" + raw.hex()


class Opaque(Element):
    plain = True

    def __init__(self, type_id):
        super().__init__(lib.H5Tget_size(type_id))
        self.description = {"class": "opaque", "size": self.memory, "tag": text(text_and_free(lib.H5Tget_tag(type_id)))}

    def encode(self, raw):
        return raw


class FixedString(Element):
    def __init__(self, type_id):
        super().__init__(lib.H5Tget_size(type_id))
        self.padding = STRING_PADDINGS[lib.H5Tget_strpad(type_id)]
        self.description = {
            "class": "string",
            "variable": False,
            "size": self.memory,
            "pad": self.padding,
            "cset": CHARACTER_SETS[lib.H5Tget_cset(type_id)],
        }

    def characters(self, raw):
        if self.padding == "nullterm":
            return raw.partition(b"\0")[0]
        return raw.rstrip(b"\0" if self.padding == "nullpad" else b" ")

    def encode(self, raw):
        return with_length(self.characters(raw))

    def show(self, raw):
        return text(self.characters(raw))


class VariableString(Element):
    def __init__(self, type_id, offset_size):
        super().__init__(lib.H5Tget_size(type_id), 8 + offset_size)
        self.description = {
            "class": "string",
            "variable": True,
            "pad": STRING_PADDINGS[lib.H5Tget_strpad(type_id)],
            "cset": CHARACTER_SETS[lib.H5Tget_cset(type_id)],
        }

    def characters(self, raw):
        pointer = int.from_bytes(raw, "little")
        return ctypes.string_at(pointer) if pointer else b""

    def encode(self, raw):
        return with_length(self.characters(raw))

    def show(self, raw):
        return text(self.characters(raw))


class Sequence(Element):
    """Variable-length sequence; in memory a length and a pointer."""

    def __init__(self, base, offset_size):
        super().__init__(16, 8 + offset_size, {"class": "vlen", "base": base.description})
        self.base = base

    def parts(self, raw):
        count, pointer = struct.unpack("<QQ", raw)
        return count, ctypes.string_at(pointer, count * self.base.memory) if count else b""

    def encode(self, raw):
        count, elements = self.parts(raw)
        return struct.pack("<Q", count) + self.base.encode_many(elements, count)

    def show(self, raw):
        count, elements = self.parts(raw)
        return self.base.show_many(elements, count)


class Repeated(Element):
    """Array and complex types: a fixed number of one base type."""

    def __init__(self, base, count, description):
        super().__init__(count * base.memory, count * base.disk, description)
        self.base, self.count, self.plain = base, count, base.plain

    def encode(self, raw):
        return self.base.encode_many(raw, self.count)

    def show(self, raw):
        return self.base.show_many(raw, self.count)


class Compound(Element):
    def __init__(self, type_id, reader):
        memory = lib.H5Tget_size(type_id)
        found = []
        for index in range(lib.H5Tget_nmembers(type_id)):
            member = lib.H5Tget_member_type(type_id, index)
            name = text_and_free(lib.H5Tget_member_name(type_id, index))
            found.append((lib.H5Tget_member_offset(type_id, index), name, reader.element(member)))
            lib.H5Tclose(member)
        found.sort(key=lambda member: member[:2])
        # On disk each member that is a pointer in memory has another size: what follows moves by the difference.
        members, shift = [], 0
        for offset, name, element in found:
            members.append({"name": text(name), "offset": offset + shift, "type": element.description})
            shift += element.disk - element.memory
        super().__init__(memory, memory + shift, {"class": "compound", "size": memory + shift, "members": members})
        self.members = found

    def encode(self, raw):
        return b"".join(element.encode(raw[offset : offset + element.memory]) for offset, _, element in self.members)

    def show(self, raw):
        return {
            text(name): element.show(raw[offset : offset + element.memory]) for offset, name, element in self.members
        }


class Enumeration(Element):
    def __init__(self, type_id, base):
        super().__init__(base.memory)
        self.base, self.plain = base, base.plain
        members = []
        for index in range(lib.H5Tget_nmembers(type_id)):
            value = create_string_buffer(self.memory)
            lib.H5Tget_member_value(type_id, index, value)
            members.append((text_and_free(lib.H5Tget_member_name(type_id, index)), base.show(value.raw)))
        members.sort()
        self.description = {
            "class": "enum",
            "size": self.memory,
            "base": base.description,
            "members": [{"name": text(name), "value": value} for name, value in members],
        }

    def encode(self, raw):
        return self.base.encode(raw)

    def show(self, raw):
        return self.base.show(raw)


class Reference(Element):
    def __init__(self, type_id, reader):
        kind = next(
            (
                name
                for name, constant in (
                    ("object", "H5T_STD_REF_OBJ"),
                    ("region", "H5T_STD_REF_DSETREG"),
                    ("std", "H5T_STD_REF"),
                )
                if lib.constant(constant) and lib.H5Tequal(type_id, lib.constant(constant)) > 0
            )
        )
        extra = {"object": 0, "region": 4, "std": 10}[kind]
        super().__init__(lib.H5Tget_size(type_id), reader.offset_size + extra, {"class": "reference", "kind": kind})
        self.kind, self.reader = kind, reader

    def encode(self, raw):
        return with_length(self.show(raw).encode("utf-8"))

    def show(self, raw):
        if not any(raw):
            return ""
        buffer = create_string_buffer(raw, len(raw))
        try:
            if self.kind == "std":
                return self.show_standard(buffer)
            path = self.opened_path(
                lib.H5Rdereference2(self.reader.file_id, DEFAULT, int(self.kind == "region"), buffer)
            )
            if self.kind == "object":
                return path
        except HDF5Error:
            return "?"
        return path + "|" + self.selection(lambda: lib.H5Rget_region(self.reader.file_id, 1, buffer))

    def show_standard(self, buffer):
        path = self.opened_path(lib.H5Ropen_object(buffer, DEFAULT, DEFAULT))
        kind = lib.H5Rget_type(buffer)
        if kind == 3:
            return path + "|" + self.selection(lambda: lib.H5Ropen_region(buffer, DEFAULT, DEFAULT))
        if kind == 4:
            name = create_string_buffer(lib.H5Rget_attr_name(buffer, None, 0) + 1)
            lib.H5Rget_attr_name(buffer, name, len(name))
            return path + "@" + text(name.value)
        return path

    def opened_path(self, object_id):
        return self.reader.path_of(h5i.wrap_identifier(object_id))  # the wrapper closes the identifier

    def selection(self, open_space):
        try:
            space = open_space()
        except HDF5Error:
            return "?"
        try:
            return selection_text(space)
        finally:
            lib.H5Sclose(space)


def selection_text(space):
    """A dataspace's selection as linear element numbers of its own extent."""
    kind = lib.H5Sget_select_type(space)
    if kind == 0:
        return "none"
    if kind == 3:
        return "all"
    rank = lib.H5Sget_simple_extent_ndims(space)
    shape = sizes([0] * rank)
    lib.H5Sget_simple_extent_dims(space, shape, None)

    def linear(point):
        number = 0
        for coordinate, length in zip(point, shape):
            number = number * length + coordinate
        return number

    if kind == 1:
        count = lib.H5Sget_select_elem_npoints(space)
        points = sizes([0] * (count * rank))
        lib.H5Sget_select_elem_pointlist(space, 0, count, points)
        return "points:" + ",".join(str(linear(points[i * rank : (i + 1) * rank])) for i in range(count))
    count = lib.H5Sget_select_hyper_nblocks(space)
    corners = sizes([0] * (2 * count * rank))
    lib.H5Sget_select_hyper_blocklist(space, 0, count, corners)
    chosen = set()
    for block in range(count):
        first = corners[2 * block * rank : (2 * block + 1) * rank]
        last = corners[(2 * block + 1) * rank : (2 * block + 2) * rank]
        points = [()]
        for low, high in zip(first, last):
            points = [point + (coordinate,) for point in points for coordinate in range(low, high + 1)]
        chosen.update(map(linear, points))
    runs = []
    for number in sorted(chosen):
        if runs and sum(runs[-1]) == number:
            runs[-1][1] += 1
        else:
            runs.append([number, 1])
    return "hyper:" + ",".join(f"{start}+{length}" for start, length in runs)
