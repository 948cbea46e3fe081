#!/usr/bin/env python3
"""make_images.py [FOLDER]: small pictures of every kind that the library reads, and what is in each.

Writes the pictures to FOLDER (Fixtures/images by default) and `golden.json` beside them: width, height, channels, element type
and the CRC-32 of the elements, little-endian, page by page. The numbers come from the arrays that the pictures are made of,
and other software (Pillow, tifffile) is asked whether it reads the same. Arrays in NumPy's format go to `arrays` beside FOLDER.
"""
import json
import pathlib
import struct
import sys
import zlib

import numpy as np
import tifffile
from PIL import Image

folder = pathlib.Path(sys.argv[1]) if len(sys.argv) > 1 else pathlib.Path(__file__).parent.parent / "images"
folder.mkdir(parents=True, exist_ok=True)
golden = {}


def note(name, *pages, bits=None):
    entries = []
    for page in pages:
        page = np.ascontiguousarray(page)
        entries.append({
            "width": page.shape[1], "height": page.shape[0], "channels": 1 if page.ndim == 2 else page.shape[2],
            "type": page.dtype.name, "bits": bits or page.dtype.itemsize * 8,
            "crc32": f"{zlib.crc32(page.astype(page.dtype.newbyteorder('<')).tobytes()):08x}",
        })
    golden[name] = entries


def scene(height, width, channels, dtype, seed):
    """Smooth ramps with some noise, over the whole range of an integer type."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:height, 0:width]
    planes = [np.sin(x / (3 + c)) + np.cos(y / (4 + c)) + rng.normal(0, 0.05, (height, width)) for c in range(channels)]
    picture = np.stack(planes, axis=-1)
    if channels == 1:
        picture = picture[..., 0]
    dtype = np.dtype(dtype)
    if dtype.kind == "f":
        return (picture * 1000).astype(dtype)
    low, high = np.iinfo(dtype).min, np.iinfo(dtype).max
    unit = (picture - picture.min()) / (picture.max() - picture.min())
    return np.clip(np.round(low + unit * (float(high) - low)), low, high).astype(dtype)


# ---- PNG, written here, as no other software writes every kind

ADAM7 = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)]


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def packed(row, depth):
    """The samples of a row as PNG packs them."""
    flat = row.reshape(-1)
    if depth == 16:
        return flat.astype(">u2").tobytes()
    if depth == 8:
        return flat.astype("u1").tobytes()
    bits = ((flat[:, None] >> np.arange(depth - 1, -1, -1)) & 1).astype("u1").reshape(-1)
    return np.packbits(bits).tobytes()


def filtered(rows, distance):
    """Rows with the five filters in turn."""
    out, above = b"", bytes(len(rows[0])) if rows else b""
    for number, row in enumerate(rows):
        kind = number % 5
        line = bytearray([kind])
        for i, value in enumerate(row):
            a = row[i - distance] if i >= distance else 0
            b = above[i]
            c = above[i - distance] if i >= distance else 0
            p = a + b - c
            paeth = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
            line.append((value - [0, a, b, (a + b) // 2, paeth][kind]) & 255)
        out += bytes(line)
        above = row
    return out


def png(name, samples, colour, depth, interlaced=False, before=(), after=(), pieces=1):
    stored = samples if samples.ndim == 3 else samples[..., None]
    height, width, count = stored.shape
    distance = max(1, count * depth // 8)
    raw = b""
    for x, y, dx, dy in ADAM7 if interlaced else [(0, 0, 1, 1)]:
        part = stored[y::dy, x::dx]
        if part.size:
            raw += filtered([packed(row, depth) for row in part], distance)
    stream = zlib.compress(raw, 9)
    cut = -(-len(stream) // pieces)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlaced))
    data += b"".join(before)
    data += b"".join(chunk(b"IDAT", stream[i:i + cut]) for i in range(0, len(stream), cut))
    data += b"".join(after) + chunk(b"IEND", b"")
    (folder / name).write_bytes(data)
    Image.open(folder / name).load()


for colour, count, depths in [(0, 1, (1, 2, 4, 8, 16)), (2, 3, (8, 16)), (4, 2, (8, 16)), (6, 4, (8, 16))]:
    for depth in depths:
        for interlaced in (False, True):
            picture = scene(21, 19, count, np.uint16 if depth == 16 else np.uint8, 10 * colour + depth)
            if depth < 8:
                picture = picture >> (8 - depth)
            name = f"png-colour{colour}-{depth}bit{'-interlaced' if interlaced else ''}.png"
            png(name, picture, colour, depth, interlaced, pieces=1 + interlaced)
            note(name, picture, bits=depth)
            read = np.asarray(Image.open(folder / name))
            if depth == 8:
                assert np.array_equal(read, picture), name

for depth in (1, 2, 4, 8):
    entries = 1 << depth if depth < 8 else 200
    palette = np.random.default_rng(depth).integers(0, 256, (entries, 3), dtype=np.uint8)
    indices = np.random.default_rng(depth + 1).integers(0, entries, (13, 11), dtype=np.uint8)
    name = f"png-palette-{depth}bit.png"
    png(name, indices, 3, depth, before=[chunk(b"PLTE", palette.tobytes())])
    note(name, palette[indices])
    assert np.array_equal(np.asarray(Image.open(folder / name).convert("RGB")), palette[indices]), name
alpha = np.arange(0, 250, 50, dtype=np.uint8)
whole = np.concatenate([palette, np.concatenate([alpha, np.full(195, 255, np.uint8)])[:, None]], axis=1)
png("png-palette-clear.png", indices, 3, 8, before=[chunk(b"PLTE", palette.tobytes()), chunk(b"tRNS", alpha.tobytes())])
note("png-palette-clear.png", whole[indices])
grey = scene(9, 8, 1, np.uint8, 3) >> 4
png("png-grey-clear.png", grey, 0, 4, before=[chunk(b"tRNS", struct.pack(">H", int(grey[2, 3])))])
note("png-grey-clear.png", np.stack([grey, np.where(grey == grey[2, 3], 0, 15).astype(np.uint8)], axis=-1), bits=4)
grey = scene(9, 8, 1, np.uint8, 4)
latin = "Größe".encode("latin-1")
png("png-texts.png", grey, 0, 8, before=[
    chunk(b"gAMA", struct.pack(">I", 45455)), chunk(b"pHYs", struct.pack(">IIB", 3937, 3937, 1)),
    chunk(b"tEXt", b"Title\0" + latin), chunk(b"zTXt", b"Comment\0\0" + zlib.compress(b"tip 7, " * 30)),
    chunk(b"iTXt", b"Author\0\0\0de\0Autor\0" + "Łucja".encode()),
    chunk(b"iTXt", b"Sample\0\1\0\0\0" + zlib.compress("PZT – 5 µm".encode()))], after=[chunk(b"tIME", bytes([7, 230, 1, 2, 3, 4, 5]))])
note("png-texts.png", grey)

# ---- TIFF, by tifffile; some by Pillow


def tiff(name, *pages, read=None, bits=None, **options):
    with tifffile.TiffWriter(folder / name, bigtiff=options.pop("bigtiff", False), byteorder=options.pop("byteorder", "<")) as file:
        for page in pages:
            file.write(page, metadata=None, contiguous=False, software="make_images.py", **options)
    expected = list(read or pages)
    note(name, *expected, bits=bits)
    return expected


for order, word in [("<", "little"), (">", "big")]:
    for dtype in ("u1", "u2", "u4", "i1", "i2", "i4", "f4", "f8"):
        tiff(f"tiff-{np.dtype(dtype).name}-{word}.tif", scene(7, 9, 1, dtype, 5), byteorder=order, photometric="minisblack")
    half = scene(7, 9, 1, "f2", 5)
    tiff(f"tiff-float16-{word}.tif", half, read=[half.astype("f4")], bits=16, byteorder=order, photometric="minisblack")
    for compression in ("lzw", "deflate", "adobe_deflate", "packbits"):
        for predictor, dtype in ((None, "u2"), ("horizontal", "u1"), ("horizontal", "u2"), ("horizontal", "u4"), ("floatingpoint", "f4"), ("floatingpoint", "f8")):
            if predictor and compression == "packbits":
                continue
            kind = f"tiff-{compression}-{np.dtype(dtype).name}-{predictor or 'plain'}-{word}.tif"
            tiff(kind, scene(40, 30, 1, dtype, 6), byteorder=order, compression=compression, predictor=predictor, rowsperstrip=16, photometric="minisblack")
    tiff(f"tiff-tiles-rgb-{word}.tif", scene(40, 35, 3, "u2", 7), byteorder=order, tile=(16, 32), photometric="rgb", compression="lzw", predictor="horizontal")
    tiff(f"tiff-planes-rgb-{word}.tif", scene(12, 11, 3, "u2", 7).transpose(2, 0, 1), read=[scene(12, 11, 3, "u2", 7)], byteorder=order, photometric="rgb", planarconfig="separate", rowsperstrip=5)
    tiff(f"tiff-planes-tiles-{word}.tif", scene(20, 18, 3, "u1", 7).transpose(2, 0, 1), read=[scene(20, 18, 3, "u1", 7)], byteorder=order, photometric="rgb", planarconfig="separate", tile=(16, 16), compression="deflate")
    stack = [scene(8, 6 + i, 1, "u2", 30 + i) for i in range(4)]
    tiff(f"tiff-stack-big-{word}.tif", *stack, byteorder=order, bigtiff=True, photometric="minisblack")
tiff("tiff-rgba.tif", scene(9, 8, 4, "u1", 8), photometric="rgb", extrasamples=["unassalpha"])
tiff("tiff-grey-alpha.tif", scene(9, 8, 2, "u1", 8), photometric="minisblack", extrasamples=["unassalpha"], planarconfig="contig")
white = scene(9, 8, 1, "u2", 9)
tiff("tiff-white-is-zero.tif", 65535 - white, read=[white], photometric="miniswhite")
colours = np.random.default_rng(1).integers(0, 65536, (3, 256), dtype=np.uint16)
indices = scene(9, 8, 1, "u1", 9)
tiff("tiff-palette.tif", indices, read=[colours.T[indices]], photometric="palette", colormap=colours)
bytes_ = colours >> 8
tiff("tiff-palette-bytes.tif", indices, read=[bytes_.T[indices].astype("u1")], photometric="palette", colormap=bytes_ * 257)
bilevel = scene(9, 13, 1, "u1", 11) > 127
Image.fromarray(bilevel).save(folder / "tiff-1bit.tif")
note("tiff-1bit.tif", bilevel.astype("u1"), bits=1)
Image.fromarray(bilevel).save(folder / "tiff-1bit-packbits.tif", compression="packbits", description="two levels", dpi=(300, 150))
note("tiff-1bit-packbits.tif", bilevel.astype("u1"), bits=1)


def nibbles(name, picture):
    """A TIFF file of 4 bits by hand, as the others write none."""
    height, width = picture.shape
    rows = b"".join(packed(row, 4) for row in picture)
    fields = [(256, 3, width), (257, 3, height), (258, 3, 4), (259, 3, 1), (262, 3, 1), (273, 4, 8), (277, 3, 1), (278, 3, height), (279, 4, len(rows))]
    data = b"II" + struct.pack("<HI", 42, 8 + len(rows)) + rows + struct.pack("<H", len(fields))
    data += b"".join(struct.pack("<HHII", tag, kind, 1, value) for tag, kind, value in fields) + struct.pack("<I", 0)
    (folder / name).write_bytes(data)
    note(name, picture, bits=4)


nibbles("tiff-4bit.tif", scene(9, 13, 1, "u1", 12) >> 4)

for name, pages in golden.items():
    if name.startswith("tiff") and "palette" not in name and "white" not in name and "4bit" not in name:
        with tifffile.TiffFile(folder / name) as file:
            for page, entry in zip(file.pages, pages):
                read = page.asarray()
                if page.planarconfig == 2:
                    read = read.transpose(1, 2, 0)
                read = read.astype(entry["type"])
                crc = f"{zlib.crc32(np.ascontiguousarray(read).astype(read.dtype.newbyteorder('<')).tobytes()):08x}"
                assert crc == entry["crc32"], name

# ---- BMP: by Pillow, and by hand where it writes none


def bmp(name, picture, width, height, bits, rows, compression=0, palette=b"", masks=b"", size=40):
    start = 14 + size + (len(masks) if size == 40 else 0) + len(palette)
    if size == 12:
        header = struct.pack("<IHHHH", 12, width, height, 1, bits)
    else:
        header = struct.pack("<IiiHHIIiiII", size, width, height, 1, bits, compression, len(rows), 2835, 2835, len(palette) // 4, 0)
        header += masks + bytes(max(0, size - 40 - len(masks)))
    (folder / name).write_bytes(struct.pack("<2sIHHI", b"BM", start + len(rows), 0, 0, start) + header + palette + rows)
    note(name, picture)
    # Pillow scales 5 bits to 8 in another way, and gives two colours as Booleans.
    if bits != 16 and not name.startswith("bmp-rle") and size != 124:
        read = np.asarray(Image.open(folder / name).convert("RGB" if picture.ndim == 3 else "L"))
        assert np.array_equal(read, picture), name


def padded(row):
    return row + bytes(-len(row) % 4)


rgb = scene(9, 7, 3, "u1", 20)
bgr = rgb[..., ::-1]
bmp("bmp-24bit.bmp", rgb, 7, 9, 24, b"".join(padded(row.tobytes()) for row in bgr[::-1]))
bmp("bmp-24bit-top-down.bmp", rgb, 7, -9, 24, b"".join(padded(row.tobytes()) for row in bgr))
bmp("bmp-24bit-old.bmp", rgb, 7, 9, 24, b"".join(padded(row.tobytes()) for row in bgr[::-1]), size=12)
bmp("bmp-32bit.bmp", rgb, 7, 9, 32, np.dstack([bgr, np.zeros((9, 7), "u1")])[::-1].tobytes())
rgba = scene(9, 7, 4, "u1", 21)
words = rgba[..., 0].astype("u4") << 24 | rgba[..., 1].astype("u4") << 16 | rgba[..., 2].astype("u4") << 8 | rgba[..., 3]
bmp("bmp-32bit-masks.bmp", rgba, 7, 9, 32, words[::-1].astype("<u4").tobytes(), 3, masks=struct.pack("<IIII", 0xFF000000, 0xFF0000, 0xFF00, 0xFF), size=124)
small = np.stack([rgb[..., 0] >> 3, rgb[..., 1] >> 2, rgb[..., 2] >> 3], axis=-1).astype("u4")
wide = np.stack([np.floor(small[..., c] * 255 / g + 0.5) for c, g in enumerate((31, 63, 31))], axis=-1).astype("u1")
words = small[..., 0] << 11 | small[..., 1] << 5 | small[..., 2]
bmp("bmp-16bit-565.bmp", wide, 7, 9, 16, b"".join(padded(row.astype("<u2").tobytes()) for row in words[::-1]), 3, masks=struct.pack("<III", 0xF800, 0x7E0, 0x1F))
small[..., 1] >>= 1
wide = np.floor(small * 255 / 31 + 0.5).astype("u1")
words = small[..., 0] << 10 | small[..., 1] << 5 | small[..., 2]
bmp("bmp-16bit.bmp", wide, 7, 9, 16, b"".join(padded(row.astype("<u2").tobytes()) for row in words[::-1]))
for depth in (1, 4, 8):
    entries = 1 << depth
    palette = np.random.default_rng(depth).integers(0, 256, (entries, 3), dtype=np.uint8)
    indices = np.random.default_rng(depth + 1).integers(0, entries, (9, 7), dtype=np.uint8)
    rows = b"".join(padded(packed(row, depth)) for row in indices[::-1])
    quads = b"".join(bytes(entry[::-1]) + b"\0" for entry in palette)
    bmp(f"bmp-{depth}bit.bmp", palette[indices], 7, 9, depth, rows, palette=quads)
greys = np.arange(256, dtype=np.uint8)
grey = scene(9, 7, 1, "u1", 22)
bmp("bmp-grey.bmp", grey, 7, 9, 8, b"".join(padded(row.tobytes()) for row in grey[::-1]), palette=b"".join(bytes([g, g, g, 0]) for g in greys))
# Runs: three of one colour, four as they are (an odd number gets a byte more), end of row; a jump; the end.
palette = np.random.default_rng(4).integers(0, 256, (16, 3), dtype=np.uint8)
quads = b"".join(bytes(entry[::-1]) + b"\0" for entry in palette)
indices = np.zeros((4, 8), np.uint8)
indices[3] = [5, 5, 5, 1, 2, 3, 0, 0]
indices[2] = [7] * 8
indices[0] = [0, 0, 9, 9, 4, 5, 6, 7]
runs = bytes([3, 5, 0, 3, 1, 2, 3, 0, 0, 0, 8, 7, 0, 0, 0, 2, 2, 1, 2, 9, 0, 4, 4, 5, 6, 7, 0, 1])
bmp("bmp-rle8.bmp", palette[indices], 8, 4, 8, runs, 1, palette=quads)
indices[2] = [7, 1] * 4
runs = bytes([3, 0x55, 0, 3, 0x12, 0x30, 0, 0, 8, 0x71, 0, 0, 0, 2, 2, 1, 2, 0x99, 0, 4, 0x45, 0x67, 0, 1])
bmp("bmp-rle4.bmp", palette[indices], 8, 4, 4, runs, 2, palette=quads)
for name, expected in (("bmp-rle8.bmp", None), ("bmp-rle4.bmp", None)):
    read = np.asarray(Image.open(folder / name).convert("RGB"))
    crc = f"{zlib.crc32(np.ascontiguousarray(read).tobytes()):08x}"
    assert crc == golden[name][0]["crc32"], name

# ---- PBM, PGM, PPM


def netpbm(name, kind, picture, greatest, comment=""):
    height, width = picture.shape[:2]
    head = f"P{kind}\n{comment}{width} {height}\n" + (f"{greatest}\n" if kind % 3 != 1 else "")
    stored = 1 - picture if kind % 3 == 1 else picture
    if kind == 4:
        body = b"".join(np.packbits(row).tobytes() for row in stored)
    elif kind > 4:
        body = stored.astype(">u2" if greatest > 255 else "u1").tobytes()
    else:
        gap = "" if kind == 1 else " "
        body = ("\n".join(gap.join(str(v) for v in row.reshape(-1)) for row in stored) + "\n").encode()
    (folder / name).write_bytes(head.encode() + body)
    note(name, picture, bits=int(greatest).bit_length())


two = (scene(9, 13, 1, "u1", 23) > 127).astype("u1")
netpbm("netpbm-p1.pbm", 1, two, 1, "# drawn by hand\n")
netpbm("netpbm-p4.pbm", 4, two, 1)
for greatest, dtype in ((255, "u1"), (100, "u1"), (65535, "u2"), (4095, "u2")):
    for kind, count in ((2, 1), (3, 3), (5, 1), (6, 3)):
        picture = (scene(6, 5, count, "u2", 24).astype("f8") / 65535 * greatest).astype(dtype)
        netpbm(f"netpbm-p{kind}-{greatest}.{'ppm' if count == 3 else 'pgm'}", kind, picture, greatest)

# ---- Arrays in NumPy's own format; `golden.json` of their own folder says what is in each

arrays = folder.parent / "arrays"
arrays.mkdir(exist_ok=True)
known = {}


def npy(name, array, version=(1, 0)):
    with open(arrays / name, "wb") as file:
        np.lib.format.write_array(file, array, version=version)
    plain = np.ascontiguousarray(array).reshape(array.shape)
    if plain.dtype.kind == "f" and plain.dtype.itemsize == 2:
        plain = plain.astype("f4")
    known[name] = {"shape": list(array.shape), "type": plain.dtype.name.replace("bool", "boolean"),
                   "crc32": f"{zlib.crc32(plain.astype(plain.dtype.newbyteorder('<')).tobytes()):08x}"}


rng = np.random.default_rng(12)
for code in ("i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8", "c8", "c16"):
    array = rng.normal(0, 60, (3, 4, 2)) + (1j * rng.normal(0, 60, (3, 4, 2)) if code[0] == "c" else 0)
    array = np.abs(array) if code[0] == "u" else array
    for order, word in (("<", "little"), (">", "big")):
        npy(f"{code}-{word}.npy", array.astype(order + code))
    npy(f"{code}-fortran.npy", np.asfortranarray(array.astype(code)), version=(2, 0))
npy("bool.npy", rng.integers(0, 2, (5,)).astype(bool))
npy("version3.npy", rng.integers(0, 9, (2, 2)), version=(3, 0))
npy("scalar.npy", np.array(2.5))
npy("empty.npy", np.zeros((0, 3)))
with open(arrays / "structured.npy", "wb") as file:
    np.lib.format.write_array(file, np.zeros(2, dtype=[("x", "f4"), ("y", "i2")]), version=(1, 0))
with open(arrays / "text.npy", "wb") as file:
    np.lib.format.write_array(file, np.array(["a", "bc"]), version=(1, 0))
(arrays / "golden.json").write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")

(folder / "golden.json").write_text(json.dumps(golden, indent=1, sort_keys=True) + "\n")
size = sum(path.stat().st_size for path in folder.iterdir())
print(f"{len(golden)} files, {size} bytes; the largest has {max(p.stat().st_size for p in folder.iterdir())}")
