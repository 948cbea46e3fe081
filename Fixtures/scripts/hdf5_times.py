"""Fixtures of objects with time stamps.

libhdf5 stamps the clock; the stamps are overwritten afterwards with fixed ones.
"""

import h5py

from fixture_files import ramp
from object_times import stamp_new_header, stamp_old_header


def make(maker):
    for version in ("earliest", "v108", "latest"):
        name = f"object-times-{version}"
        with maker.file(name, version) as file:
            file.create_group("group", track_times=True).attrs["unit"] = "nm"
            file.create_group("group/inner", track_times=True)
            file.create_dataset("data", data=ramp(3, 4), track_times=True)
            file.create_dataset("chunked", data=ramp(3, 4), chunks=(2, 2), track_times=True)
            addresses = [h5py.h5o.get_info(file[path].id).addr for path in ("group", "group/inner", "data", "chunked")]
        with open(maker.path(name + ".h5"), "r+b") as stream:
            content = bytearray(stream.read())
            for address in addresses:
                (stamp_new_header if content[address : address + 4] == b"OHDR" else stamp_old_header)(content, address)
            stream.seek(0)
            stream.write(content)
