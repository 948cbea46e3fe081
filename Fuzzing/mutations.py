"""Seeded damage to HDF5 files, with the checksums of the damaged structures made right again."""

import ctypes
import struct

import h5py

from lookup3 import lookup3

SIGNATURES = (
    b"TREE SNOD HEAP GCOL "
    b"OHDR OCHK FRHP FHDB FHIB BTHD BTLF BTIN FAHD FADB EAHD EAIB EASB EADB SMTB SMLI FSHD FSSE MDCI"
).split()
CHECKED = SIGNATURES[4:]
SUPERBLOCK = b"\x89HDF\r\n\x1a\n"
USUAL_LENGTHS = {b"HEAP": 32, b"GCOL": 256}
LONGEST_SEARCH = 8192
BYTES = (0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11, 16, 17, 31, 32, 63, 64, 127, 128, 254, 255)
WORDS = (0, 1, 2, 7, 8, 0x7F, 0x80, 0xFF, 0x100, 0x7FFF, 0x8000, 0xFFFF, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF)
LONG_WORDS = WORDS + (2**32, 2**63 - 1, 2**63, 2**64 - 8, 2**64 - 1)


class Structure:
    """A piece of metadata: its bytes, and where its checksum is if it has one."""

    def __init__(self, kind, start, end, checksum=None):
        self.kind, self.start, self.end, self.checksum = kind, start, end, checksum

    def repair(self, data):
        if self.checksum is None or self.checksum + 4 > len(data) or self.end > len(data):
            return
        struct.pack_into("<I", data, self.checksum, self.computed(data))

    def computed(self, data):
        if self.checksum == self.end - 4:
            return lookup3(data[self.start : self.checksum])
        # The checksum of a direct block of a fractal heap covers itself as zeros.
        content = bytearray(data[self.start : self.end])
        content[self.checksum - self.start : self.checksum - self.start + 4] = bytes(4)
        return lookup3(content)


class Fixture:
    """A file to be damaged, and what is known of its structures."""

    def __init__(self, path):
        self.path = path
        with open(path, "rb") as stream:
            self.data = stream.read()
        self.base = self.data.find(SUPERBLOCK)
        self.superblock = self._superblock()
        self.structures = [self.superblock] if self.superblock else []
        self._find_signed()
        self._find_old_headers()
        self.messages = [one for structure in self.structures for one in self._messages(structure)]

    def _superblock(self):
        at, data = self.base, self.data
        if at < 0 or len(data) < at + 48:
            return None
        version = data[at + 8]
        if version >= 2:
            self.sizes = data[at + 9], data[at + 10]
            end = at + 12 + 4 * self.sizes[0] + 4
            self.end_of_file = at + 12 + 2 * self.sizes[0]
            return Structure("superblock", at, end, end - 4)
        self.sizes = data[at + 13], data[at + 14]
        start = at + (24 if version == 0 else 28)
        self.end_of_file = start + 2 * self.sizes[0]
        return Structure("superblock", at, start + 4 * self.sizes[0] + 2 * self.sizes[0] + 24)

    def _find_signed(self):
        data = self.data
        for signature in SIGNATURES:
            at = data.find(signature)
            while at >= 0:
                structure = self._checked(signature, at) if signature in CHECKED else None
                if structure is None:
                    end = min(len(data), at + self._used_length(signature, at))
                    structure = Structure(signature.decode(), at, end)
                self.structures.append(structure)
                at = data.find(signature, at + 4)

    def _used_length(self, signature, at):
        """Nodes are allocated for more than they hold, and damage to the rest changes nothing."""
        offset_size, length_size = self.sizes
        if signature in (b"SNOD", b"TREE"):
            count = min(64, int.from_bytes(self.data[at + 6 : at + 8], "little"))
            if signature == b"SNOD":
                return 8 + count * (2 * offset_size + 24)
            key = length_size if self.data[at + 4 : at + 5] == b"\0" else 32
            return 8 + 2 * offset_size + count * (key + offset_size) + key
        return USUAL_LENGTHS.get(signature, 64)

    def _messages(self, structure):
        """The messages of a chunk of an object header: pairs of where one starts and where its body ends."""
        data = self.data
        if structure.kind == "header 1":
            at, end, width = structure.start + 16, structure.end, 8
        elif structure.kind == "OHDR" and structure.checksum:
            flags = data[structure.start + 5]
            at = structure.start + 6 + (16 if flags & 0x20 else 0) + (4 if flags & 0x10 else 0) + (1 << (flags & 3))
            end, width = structure.checksum, 6 if flags & 4 else 4
        else:
            return
        yield from self._walk(at, end, width, 0)

    def _walk(self, at, end, width, depth):
        data = self.data
        size_at = 2 if width == 8 else 1
        while at + width < end:
            body = at + width
            length = int.from_bytes(data[at + size_at : at + size_at + 2], "little")
            if body + length > end:
                return
            yield at, body + length
            if data[at] == 0x10 and depth < 20:
                offset_size, length_size = self.sizes
                start = self.base + int.from_bytes(data[body : body + offset_size], "little")
                count = int.from_bytes(data[body + offset_size : body + offset_size + length_size], "little")
                if start + count <= len(data):
                    margin = 0 if width == 8 else 4
                    yield from self._walk(start + margin, start + count - margin, width, depth + 1)
            at = body + length

    def _checked(self, signature, at):
        """Where a structure ends: the undamaged checksum itself tells."""
        data = self.data
        if signature == b"FHDB":
            for width in range(1, 9):
                field = at + 5 + self.sizes[0] + width
                if field + 4 > len(data):
                    break
                stored = struct.unpack_from("<I", data, field)[0]
                for exponent in range(6, 17):
                    candidate = Structure("FHDB", at, at + (1 << exponent), field)
                    if candidate.end <= len(data) and candidate.computed(data) == stored:
                        return candidate
            return None
        fast = _fast_lookup3()
        content = data[at : at + LONGEST_SEARCH]
        for length in range(8, len(content) - 3):
            if fast(content, length, 0) == struct.unpack_from("<I", content, length)[0]:
                return Structure(signature.decode(), at, at + length + 4, at + length)
        return None

    def _find_old_headers(self):
        """Object headers of version 1 have no signature: their first fields are unusual enough."""
        data = self.data
        for at in range(self.base % 8 if self.base > 0 else 0, len(data) - 32, 8):
            if data[at] != 1 or data[at + 1] != 0:
                continue
            count, links, size, padding, kind, length = struct.unpack_from("<HIIIHH", data, at + 2)
            if 0 < count < 200 and 0 < links < 100 and 16 <= size < 4096 and size % 8 == 0 and padding == 0:
                if kind <= 0x18 and length % 8 == 0 and length <= size:
                    self.structures.append(Structure("header 1", at, min(len(data), at + 16 + size)))


def _fast_lookup3():
    function = ctypes.CDLL(h5py.h5.__file__).H5_checksum_lookup3
    function.restype, function.argtypes = ctypes.c_uint32, [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_uint32]
    return function


class Mutator:
    """Makes one damaged file of a fixture; everything follows from the generator."""

    def __init__(self, fixture, random):
        self.fixture, self.random = fixture, random
        self.data = bytearray(fixture.data)
        self.touched, self.story = [], []

    def mutate(self):
        random = self.random
        for _ in range(random.choice((1, 1, 1, 1, 2, 2, 3))):
            random.choices(
                (self.byte, self.bit, self.word, self.step, self.run, self.swap, self.duplicate, self.truncate),
                (26, 16, 20, 14, 5, 8, 6, 2),
            )[0]()
        repaired = random.random() < 0.9
        if repaired:
            for structure in self.fixture.structures:
                if structure.checksum and any(
                    low < structure.end and high > structure.start for low, high in self.touched
                ):
                    structure.repair(self.data)
        return bytes(self.data), "; ".join(self.story) + ("" if repaired else "; checksums left")

    def place(self, width=1):
        """A position, near metadata more often than not."""
        random, data = self.random, self.data
        if self.fixture.messages and random.random() < 0.3:
            # The first bytes of a message say the most: type, flags, version, class, sizes.
            first, end = random.choice(self.fixture.messages)
            at = first + min(int(random.expovariate(1 / 12)), end - first - 1)
            if at + width <= len(data):
                return at, f"message {data[first]:#x} of {end - first} bytes@{first}+{at - first}"
        if self.fixture.structures and random.random() < 0.92:
            # Few fixtures are all alike: the kind is chosen first, so that rare structures get their share.
            kind = random.choice(sorted({structure.kind for structure in self.fixture.structures}))
            structure = random.choice([one for one in self.fixture.structures if one.kind == kind])
            end = min(structure.end - (4 if structure.checksum == structure.end - 4 else 0), len(data) - width)
            if end > structure.start:
                at = random.randrange(structure.start, end)
                return at, f"{structure.kind}@{structure.start}+{at - structure.start}"
        at = random.randrange(max(1, len(data) - width))
        return at, f"@{at}"

    def write(self, at, new, where, what):
        self.story.append(f"{what} {where} {bytes(self.data[at : at + len(new)])[:16].hex()}->{bytes(new)[:16].hex()}")
        self.data[at : at + len(new)] = new
        self.touched.append((at, at + len(new)))

    def byte(self):
        at, where = self.place()
        value = self.random.choice((self.random.randrange(256), self.random.choice(BYTES)))
        self.write(at, bytes([value]), where, "byte")

    def bit(self):
        at, where = self.place()
        self.write(at, bytes([self.data[at] ^ 1 << self.random.randrange(8)]), where, "bit")

    def step(self):
        at, where = self.place()
        by = self.random.choice((-8, -2, -1, 1, 2, 8))
        self.write(at, bytes([self.data[at] + by & 0xFF]), where, "step")

    def word(self):
        width = self.random.choice((2, 4, 8))
        at, where = self.place(width)
        value = self.random.choice(LONG_WORDS if width == 8 else WORDS) & (1 << 8 * width) - 1
        if self.random.random() < 0.25:
            value = self.random.randrange(len(self.data))
        self.write(at, (value & (1 << 8 * width) - 1).to_bytes(width, "little"), where, "word")

    def run(self):
        width = self.random.choice((2, 3, 4, 8, 16, 32, 64))
        at, where = self.place(width)
        pattern = self.random.choice((b"\0", b"\xff", None))
        self.write(at, pattern * width if pattern else self.random.randbytes(width), where, "run")

    def swap(self):
        width = self.random.choice((1, 2, 4, 8))
        first, where = self.place(width)
        second, there = self.place(width)
        if self.random.random() < 0.6:
            second, there = first + width, "its neighbour"
        if abs(first - second) < width or second + width > len(self.data):
            return
        one, other = bytes(self.data[first : first + width]), bytes(self.data[second : second + width])
        self.write(first, other, where, "swap")
        self.write(second, one, there, "with")

    def duplicate(self):
        structures = [one for one in self.fixture.structures if one.end <= len(self.data)]
        if not structures:
            return
        source = self.random.choice(structures)
        alike = [one for one in structures if one.kind == source.kind and one is not source]
        if alike and self.random.random() < 0.7:
            target = self.random.choice(alike)
            length = min(source.end - source.start, target.end - target.start)
            start = target.start
        else:
            length = min(self.random.choice((8, 16, 24, 40, 64)), source.end - source.start)
            start, _ = self.place(length)
        copied = bytes(self.data[source.start : source.start + length])
        self.write(start, copied, f"@{start}", f"copy {source.kind}@{source.start}")

    def truncate(self):
        fixture = self.fixture
        if not fixture.superblock:
            return
        end = self.random.randrange(fixture.superblock.end, len(self.data) + 1)
        if self.random.random() < 0.5:
            end = max(fixture.superblock.end, len(self.data) - self.random.randrange(1, 600))
        del self.data[end:]
        width = fixture.sizes[0]
        if width in (2, 4, 8):
            stored = (end & (1 << 8 * width) - 1).to_bytes(width, "little")
            self.write(fixture.end_of_file, stored, "end of file", f"cut at {end}")
