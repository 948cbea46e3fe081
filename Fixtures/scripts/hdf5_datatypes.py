"""Fixtures of dataspaces and datatypes."""

import struct
from ctypes import addressof, create_string_buffer

import h5py
import numpy as np
from h5py import h5t

from fixture_files import committed, dataset, group, ramp, raw_attribute, raw_dataset, variable_text
from libhdf5 import lib, sizes

ALL_VERSIONS = ("earliest", "v110", "latest")


def make(maker):
    dataspaces(maker)
    integers(maker)
    floats(maker)
    strings(maker)
    uninterpreted(maker)
    enumerations(maker)
    compounds(maker)
    arrays(maker)
    sequences(maker)
    complex_numbers(maker)
    native_complex(maker)
    committed_types(maker)


def dataspaces(maker):
    for file in maker.twins("dataspaces"):
        dataset(file, "scalar", np.int32(42))
        file.create_dataset("null", data=h5py.Empty("<i4"), track_times=False)
        for rank in range(1, 6):
            shape = (2, 3, 2, 3, 2)[:rank]
            dataset(file, f"rank {rank}", ramp(*shape, dtype="<i2"))
            dataset(file, f"chunked rank {rank}", ramp(*shape, dtype="<i2"), chunks=(2, 2, 1, 2, 2)[:rank])
        dataset(file, "rank 32", ramp(*[1] * 30 + [2, 2], dtype="u1"))
        dataset(file, "no elements", np.zeros((0,), "<i4"))
        dataset(file, "no elements of three dimensions", np.zeros((3, 0, 2), "<i4"))
        dataset(file, "no elements yet", np.zeros((0, 4), "<i4"), maxshape=(None, 4), chunks=(2, 2))
        dataset(file, "unlimited", ramp(3, 4), maxshape=(None, 4), chunks=(2, 2))
        dataset(file, "unlimited twice", ramp(3, 4), maxshape=(None, None), chunks=(2, 2))
        dataset(file, "larger maximum", ramp(3, 4), maxshape=(10, 7), chunks=(2, 2))


def integers(maker):
    for file in maker.twins("datatypes-integers"):
        for size in (1, 2, 4, 8):
            for order in "<>":
                for sign in "iu":
                    information = np.iinfo(f"{sign}{size}")
                    values = np.array(
                        [information.min, information.max, 0, 1, information.max // 3], f"{order}{sign}{size}"
                    )
                    dataset(
                        file,
                        f"{'little' if order == '<' else 'big'} {'signed' if sign == 'i' else 'unsigned'} {size}",
                        values,
                    )
        raw = bytes(range(0x9A, 0x9A + 48))
        for order, little in ((h5t.STD_I32LE, True), (h5t.STD_I32BE, False)):
            name = "little" if little else "big"
            for signed in (True, False):
                base = (
                    (h5t.STD_I32LE if little else h5t.STD_I32BE)
                    if signed
                    else (h5t.STD_U32LE if little else h5t.STD_U32BE)
                )
                title = f"{name} {'signed' if signed else 'unsigned'}"
                raw_dataset(file, f"{title} of 3 bytes", shaped(base, 3, 24, 0), (4,), raw[:12])
                raw_dataset(file, f"{title} of 5 bytes", shaped(base, 5, 40, 0), (4,), raw[:20])
                raw_dataset(file, f"{title} 12 of 16 bits", shaped(base, 2, 12, 0), (4,), raw[:8])
                raw_dataset(file, f"{title} 12 of 16 bits from bit 3", shaped(base, 2, 12, 3), (4,), raw[:8])
                raw_dataset(file, f"{title} 17 of 32 bits from bit 6", shaped(base, 4, 17, 6), (4,), raw[:16])
                raw_dataset(file, f"{title} 63 of 64 bits from bit 1", shaped(base, 8, 63, 1), (4,), raw[:32])
        padded = shaped(h5t.STD_U16LE, 2, 10, 2)
        lib.H5Tset_pad(padded.id, 1, 0)
        raw_dataset(file, "padding bits of one and zero", padded, (3,), raw[:6])


def shaped(base, size, precision, offset):
    """A copy of an integer datatype with another size, precision and bit offset."""
    copy = base.copy()
    lib.H5Tset_size(copy.id, max(size, base.get_size()))
    lib.H5Tset_precision(copy.id, precision)
    lib.H5Tset_offset(copy.id, offset)
    lib.H5Tset_size(copy.id, size)
    return copy


def floats(maker):
    special = [0.0, -0.0, 1.0, -1.5, 65504.0, float("inf"), float("-inf"), float("nan"), 6e-8, 2.0**-14]
    for file in maker.twins("datatypes-floats"):
        for size in (2, 4, 8):
            for order in "<>":
                dataset(
                    file, f"{'little' if order == '<' else 'big'} {size}", np.array(special).astype(f"{order}f{size}")
                )
        payload = struct.pack("<4I", 0x7FC00001, 0xFFC12345, 0x7F800001, 0x00000001)
        raw_dataset(file, "payloads of NaN", h5t.IEEE_F32LE, (4,), payload)
        # The x87 format in 16 bytes, its padding bytes not zero.
        extended = b"".join(
            struct.pack("<QH6s", mantissa, exponent, b"padded")
            for mantissa, exponent in ((1 << 63, 0x3FFF), (0xC90FDAA22168C235, 0x4000), (1 << 63, 0xC000), (0, 0))
        )
        raw_dataset(file, "long double", h5t.NATIVE_LDOUBLE, (4,), extended)
        bfloat = h5t.IEEE_F32LE.copy()
        bfloat.set_fields(15, 7, 8, 0, 7)
        bfloat.set_precision(16)
        bfloat.set_size(2)
        raw_dataset(file, "bfloat16", bfloat, (5,), struct.pack("<5H", 0x3F80, 0xC000, 0x7F80, 0x4049, 0x0001))
        tiny = h5t.IEEE_F32LE.copy()
        tiny.set_fields(7, 3, 4, 0, 3)
        tiny.set_ebias(7)
        tiny.set_precision(8)
        tiny.set_size(1)
        raw_dataset(file, "one byte", tiny, (6,), bytes([0x38, 0xB8, 0x00, 0x01, 0x7F, 0x44]))
        twenty = h5t.IEEE_F32BE.copy()
        twenty.set_fields(26, 20, 6, 7, 13)
        twenty.set_offset(7)
        twenty.set_precision(20)
        twenty.set_ebias(31)
        twenty.set_size(4)
        raw_dataset(
            file, "20 of 32 bits big-endian", twenty, (3,), struct.pack(">3I", 0x03E00000, 0x07E12380, 0x04000000)
        )


def strings(maker):
    words = [b"", b"a", b"seven b", b"inner\0nul", b"  blank "]
    for file in maker.twins("datatypes-strings"):
        for padding, title in (
            (h5t.STR_NULLTERM, "null-terminated"),
            (h5t.STR_NULLPAD, "null-padded"),
            (h5t.STR_SPACEPAD, "space-padded"),
        ):
            for cset, encoding in ((h5t.CSET_ASCII, "ASCII"), (h5t.CSET_UTF8, "UTF-8")):
                kind = h5t.C_S1.copy()
                kind.set_size(10)
                kind.set_strpad(padding)
                kind.set_cset(cset)
                fill = b" " if padding == h5t.STR_SPACEPAD else b"\0"
                texts = words + (
                    ["µm größer".encode()[:10], "数据".encode()] if cset == h5t.CSET_UTF8 else [b"0123456789"]
                )
                raw_dataset(
                    file, f"{title} {encoding}", kind, (len(texts),), b"".join(word.ljust(10, fill) for word in texts)
                )
                variable = h5t.C_S1.copy()
                variable.set_size(h5t.VARIABLE)
                variable.set_strpad(padding)
                variable.set_cset(cset)
                raw_dataset(file, f"variable {title} {encoding}", variable, (2,))
                file[f"variable {title} {encoding}"][...] = np.array(
                    ["text", "ü" if cset == h5t.CSET_UTF8 else "u"], dtype=object
                )
        dataset(file, "variable", variable_text(["", "a", "größer", "x" * 300, "数据"]))
        dataset(file, "variable scalar", "alone", dtype=h5py.string_dtype("ascii"))
        dataset(file, "variable never written", shape=(3,), dtype=h5py.string_dtype())
        dataset(
            file,
            "variable chunked",
            variable_text([f"text {number}" * (number % 4) for number in range(11)]),
            chunks=(4,),
            compression="gzip",
        )
        dataset(file, "many heaps", variable_text(["%04d" % number * 50 for number in range(60)]))
        dataset(file, "larger than a heap", variable_text(["l" * 9000, "m"]))
        dataset(file, "one byte", np.array([b"X", b"", b"z"], "S1"))
        dataset(file, "variable with fill", shape=(4,), dtype=h5py.string_dtype(), fillvalue="filled")


def uninterpreted(maker):
    for file in maker.twins("datatypes-opaque-bitfield-time"):
        for tag, title in (
            (b"", "untagged"),
            (b"image/png", "tagged"),
            (b"a tag of twenty-four   b", "long tag"),
            ("größe".encode(), "UTF-8 tag"),
        ):
            kind = h5t.create(h5t.OPAQUE, 5)
            kind.set_tag(tag)
            raw_dataset(file, f"opaque {title}", kind, (3,), bytes(range(0xF0, 0xFF)))
        for name in ("STD_B8LE", "STD_B16LE", "STD_B16BE", "STD_B32LE", "STD_B32BE", "STD_B64LE", "STD_B64BE"):
            kind = getattr(h5t, name)
            raw_dataset(file, f"bit field {name[4:]}", kind, (3,), bytes(range(0x81, 0x81 + 3 * kind.get_size())))
        raw_dataset(
            file, "bit field of 11 bits from bit 2", shaped(h5t.STD_B16LE, 2, 11, 2), (3,), bytes(range(0xB1, 0xB7))
        )
        for name in ("UNIX_D32LE", "UNIX_D32BE", "UNIX_D64LE", "UNIX_D64BE"):
            kind = getattr(h5t, name)
            raw_dataset(file, f"time {name[5:]}", kind, (2,), bytes(range(1, 1 + 2 * kind.get_size())))


def enumerations(maker):
    for file in maker.twins("datatypes-enumerations", versions=ALL_VERSIONS):
        dataset(file, "bool", np.array([True, False, True]))
        colours = h5py.enum_dtype({"red": 3, "green": -1, "größer": 300, "a": 0}, basetype="<i2")
        dataset(file, "colours", np.array([3, -1, 300, 0, 7], "<i2").astype(colours))
        big = h5py.enum_dtype({"one": 1, "two": 2}, basetype=">u4")
        dataset(file, "big-endian", np.array([1, 2, 9], ">u4").astype(big))
        largest = h5py.enum_dtype({"most": 2**63 - 1, "least": -(2**63)}, basetype="<i8")
        dataset(file, "largest", np.array([2**63 - 1, -(2**63)], "<i8").astype(largest))
        unsigned = lib.H5Tenum_create(h5t.STD_U64LE.id)
        for name, value in ((b"all", 2**64 - 1), (b"half", 2**63)):
            lib.H5Tenum_insert(unsigned, name, struct.pack("<Q", value))
        raw_dataset(file, "largest unsigned", unsigned, (2,), struct.pack("<2Q", 2**64 - 1, 2**63))
        empty = lib.H5Tenum_create(h5t.STD_I8LE.id)
        lib.H5Tenum_insert(empty, b"only", b"\x05")
        raw_dataset(file, "one member", empty, (2,), b"\x05\x06")
        dataset(
            file,
            "many members",
            np.arange(40, dtype="u1").astype(h5py.enum_dtype({f"name {n}": n for n in range(40)}, basetype="u1")),
        )


def compounds(maker):
    for file in maker.twins("datatypes-compounds", versions=ALL_VERSIONS):
        pair = np.dtype([("n", "<i2"), ("x", "<f8")])
        dataset(file, "pair", np.array([(1, 0.5), (-2, 1e300)], pair))
        padded = np.dtype(
            {"names": ["a", "b", "größe"], "formats": ["u1", "<i4", ">f4"], "offsets": [1, 8, 17], "itemsize": 24}
        )
        values = np.zeros(3, padded)
        values["a"], values["b"], values["größe"] = [1, 2, 3], [-1, -2, -3], [0.5, 1.5, 2.5]
        dataset(file, "padded", values)
        inner = np.dtype([("r", "<f4"), ("text", "S3"), ("grid", "<i2", (2, 3))])
        outer = np.dtype([("id", "<u8"), ("inner", inner), ("inners", inner, (2,)), ("flag", "?")])
        values = np.zeros(2, outer)
        values["id"] = [7, 2**63]
        values["inner"]["r"], values["inner"]["text"] = [1.25, -1.25], [b"abc", b"d"]
        values["inner"]["grid"] = ramp(2, 2, 3, dtype="<i2")
        values["inners"]["r"] = ramp(2, 2, dtype="<f4")
        values["flag"] = [True, False]
        dataset(file, "nested", values)
        mixed = np.dtype(
            [
                ("name", h5py.string_dtype()),
                ("n", "<i4"),
                ("list", h5py.vlen_dtype("<i2")),
                ("to", h5py.ref_dtype),
                ("ascii", h5py.string_dtype("ascii", 4)),
                ("fixed", h5py.string_dtype("utf-8", 6)),
            ]
        )
        values = np.empty(3, mixed)
        for row in range(3):
            values[row] = (
                "name " * row,
                row,
                ramp(row, dtype="<i2"),
                file["pair"].ref if row else file.ref,
                b"ab",
                "µm".encode(),
            )
        dataset(file, "variable members", values)
        dataset(file, "variable members chunked", np.concatenate([values, values]), chunks=(4,), compression="gzip")
        dataset(file, "one member", np.array([(5,), (6,)], [("only", "<i4")]))
        dataset(file, "many members", np.zeros(2, [(f"m{number:03d}", "u1") for number in range(24)]))
        raw_dataset(file, "out of order", out_of_order(), (2,), bytes(range(24)))
        dataset(
            file,
            "spectrum fit",
            np.array(
                [(1, 2, 3, 4)] * 4,
                [
                    ("Amplitude [V]", "<f4"),
                    ("Frequency [Hz]", "<f4"),
                    ("Quality Factor", "<f4"),
                    ("Phase [rad]", "<f4"),
                ],
            ),
        )


def out_of_order():
    """A compound whose members are stored in another order than their offsets."""
    kind = h5t.create(h5t.COMPOUND, 12)
    kind.insert(b"third", 8, h5t.STD_I32LE)
    kind.insert(b"first", 0, h5t.STD_U8LE)
    kind.insert(b"second", 2, h5t.STD_I16BE)
    return kind


def arrays(maker):
    for file in maker.twins("datatypes-arrays", versions=ALL_VERSIONS):
        for title, base, dims in (
            ("int", h5t.STD_I16LE, (3,)),
            ("big float", h5t.IEEE_F32BE, (2, 2)),
            ("three dimensions", h5t.STD_U8LE, (2, 3, 2)),
        ):
            kind = h5t.array_create(base, dims)
            raw_dataset(file, f"array of {title}", kind, (2,), bytes(range(2 * kind.get_size())))
        inner = h5t.array_create(h5t.STD_I16LE, (2,))
        raw_dataset(file, "array of array", h5t.array_create(inner, (3,)), (2,), bytes(range(24)))
        word = h5t.C_S1.copy()
        word.set_size(4)
        raw_dataset(file, "array of string", h5t.array_create(word, (2,)), (2,), b"ab\0\0cd\0\0efg\0h\0\0\0")
        pair = h5t.py_create(np.dtype([("a", "u1"), ("b", ">u2")]), logical=True)
        raw_dataset(file, "array of compound", h5t.array_create(pair, (2,)), (1,), bytes(range(6)))
        kind = np.dtype((h5py.string_dtype(), (2,)))
        raw_dataset(file, "array of variable string", h5t.py_create(kind, logical=True), (2,))
        file["array of variable string"][...] = np.array([["a", "bb"], ["", "dddd"]], dtype=object)


def sequences(maker):
    for file in maker.twins("datatypes-sequences"):
        for title, base in (("int", "<i4"), ("big float", ">f8"), ("byte", "u1"), ("text", "S3")):
            values = np.empty(5, dtype=h5py.vlen_dtype(np.dtype(base)))
            for row, length in enumerate((2, 0, 5, 1, 130)):
                values[row] = ramp(length).astype(base)
            dataset(file, f"of {title}", values)
        holder = Rows()
        raw_dataset(
            file,
            "of sequences",
            h5t.vlen_create(h5t.vlen_create(h5t.STD_I16LE)),
            (3,),
            b"".join(
                holder.row([holder.row(struct.pack(f"<{n}h", *range(n)), n) for n in lengths])
                for lengths in ((1, 3), (), (2,))
            ),
        )
        pair = h5t.create(h5t.COMPOUND, 12)
        pair.insert(b"n", 0, h5t.STD_I32LE)
        pair.insert(b"x", 4, h5t.IEEE_F64LE)
        raw_dataset(
            file,
            "of compounds",
            h5t.vlen_create(pair),
            (2,),
            holder.row(struct.pack("<idid", 1, 0.5, 2, 1.5), 2) + holder.row(struct.pack("<id", -3, 2.5), 1),
        )
        text = h5t.C_S1.copy()
        text.set_size(h5t.VARIABLE)
        raw_dataset(
            file,
            "of variable strings",
            h5t.vlen_create(text),
            (2,),
            holder.row([holder.text(b"one"), holder.text(b""), holder.text(b"three")]) + holder.row([]),
        )
        raw_dataset(
            file,
            "of arrays",
            h5t.vlen_create(h5t.array_create(h5t.STD_U8LE, (2, 2))),
            (2,),
            holder.row(bytes(range(8)), 2) + holder.row(b"", 0),
        )
        dataset(file, "never written", shape=(3,), dtype=h5py.vlen_dtype("<i4"))
        chunks = np.empty(10, dtype=h5py.vlen_dtype("<i2"))
        for row in range(10):
            chunks[row] = ramp(row, dtype="<i2")
        dataset(file, "chunked", chunks, chunks=(4,), compression="gzip", shuffle=True)
        raw_attribute(
            file,
            "of sequences",
            h5t.vlen_create(h5t.vlen_create(h5t.STD_I8LE)),
            (),
            holder.row([holder.row(b"\x01\xff", 2)]),
        )


class Rows:
    """Builds the memory images of variable-length values and keeps what they point to alive."""

    def __init__(self):
        self.kept = []

    def pointer(self, raw):
        buffer = create_string_buffer(raw, max(1, len(raw)))
        self.kept.append(buffer)
        return addressof(buffer)

    def row(self, elements, count=None):
        """One {count, pointer} pair; `elements` is bytes, or a list of such pairs."""
        count = len(elements) if count is None else count
        raw = elements if isinstance(elements, bytes) else b"".join(elements)
        return struct.pack("<QQ", count, self.pointer(raw) if count else 0)

    def text(self, characters):
        return struct.pack("<Q", self.pointer(characters + b"\0"))


def complex_numbers(maker):
    values = np.array([0, 1.5 - 2j, -0.0 + 1e-3j, complex("inf"), 7j])
    for file in maker.twins("datatypes-complex-pairs"):
        for title, kind in (
            ("complex64", "<c8"),
            ("complex128", "<c16"),
            ("big complex64", ">c8"),
            ("big complex128", ">c16"),
        ):
            dataset(file, title, values.astype(kind))
        dataset(
            file, "chunked", (ramp(6, 5) * (1 + 0.5j)).astype("<c8"), chunks=(4, 3), compression="gzip", shuffle=True
        )


def native_complex(maker):
    with maker.file("datatypes-native-complex-latest", "latest") as file:
        for name, code in (("F16LE", "<2e"), ("F32LE", "<2f"), ("F32BE", ">2f"), ("F64LE", "<2d"), ("F64BE", ">2d")):
            raw = b"".join(struct.pack(code, real, imaginary) for real, imaginary in ((0, 0), (1.5, -2), (-0.25, 1e4)))
            raw_dataset(file, name, getattr(h5t, f"COMPLEX_IEEE_{name}"), (3,), raw)
        pair = lib.H5Tcreate(h5t.COMPOUND, 12)
        lib.H5Tinsert(pair, b"n", 0, h5t.STD_I32LE.id)
        lib.H5Tinsert(pair, b"z", 4, h5t.COMPLEX_IEEE_F32LE.id)
        raw_dataset(file, "compound", pair, (2,), struct.pack("<iffiff", 1, 2, 3, 4, 5, 6))
        array = lib.H5Tarray_create2(h5t.COMPLEX_IEEE_F32LE.id, 1, sizes([2]))
        raw_dataset(file, "array", array, (1,), struct.pack("<4f", 1, 2, 3, 4))
        raw_attribute(file, "complex", h5t.COMPLEX_IEEE_F64LE, (), struct.pack("<2d", 3, -4))


def committed_types(maker):
    for file in maker.twins("datatypes-committed"):
        holder = group(file, "types")
        committed(holder, "int", h5t.STD_I32LE.copy())
        committed(holder, "pair", h5t.py_create(np.dtype([("n", "<i2"), ("x", ">f4")])))
        committed(holder, "bool", h5t.py_create(np.dtype("?"), logical=True))
        committed(holder, "text", h5t.py_create(h5py.string_dtype(), logical=True))
        committed(holder, "list", h5t.vlen_create(h5t.STD_U8LE))
        file["alias of int"] = file["types/int"]
        holder["pair"].attrs["about"] = "a committed type with an attribute"
        dataset(file, "of int", ramp(3), dtype=file["types/int"])
        dataset(file, "chunked of int", ramp(5, 3), dtype=file["types/int"], chunks=(2, 2), compression="gzip")
        dataset(file, "of pair", np.array([(1, 2.5), (3, 4.5)], [("n", "<i2"), ("x", ">f4")]), dtype=file["types/pair"])
        dataset(file, "of bool", np.array([True, False]), dtype=file["types/bool"])
        dataset(file, "of text", np.array(["a", "bc"], dtype=object), dtype=file["types/text"])
        committed(file, "unlinked", h5t.STD_I16LE.copy())
        dataset(file, "of unlinked", ramp(2, dtype="<i2"), dtype=file["unlinked"])
        del file["unlinked"]
