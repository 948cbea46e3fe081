"""Makes the h5USID fixtures with pyUSID 0.0.12.

    python make_usid.py [FOLDER]        the folder is ../usid unless named

Also writes rules.json (what each file shows, which rule it breaks or keeps, what pyUSID's
check_if_main says) and golden/NAME.ndim.json (the expected N-dimensional forms).
"""

import json
import os
import sys

import usid_broken
import usid_faults
import usid_results
import usid_valid
from usid_files import Maker, steady
from usid_ndim import expected_forms


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    folder = os.path.abspath(sys.argv[1] if len(sys.argv) > 1 else os.path.join(here, "..", "usid"))
    steady()
    maker = Maker(folder)
    for subject in (usid_valid, usid_results, usid_broken, usid_faults):
        subject.make(maker)
    write(os.path.join(folder, "rules.json"), ["[", *separated(maker.entries), "]"])
    forms = 0
    for entry in maker.entries:
        if not entry["valid"]:
            continue
        document = expected_forms(os.path.join(folder, entry["file"]))
        path = os.path.join(folder, "golden", entry["file"][:-3] + ".ndim.json")
        os.makedirs(os.path.dirname(path), exist_ok=True)
        mains = [f"{compact(name)}:{compact(form)}" for name, form in document["mains"].items()]
        write(path, [f'{{"schema":{compact(document["schema"])},"mains":{{', *separated(mains, str), "}}"])
        forms += len(document["mains"])
    print(len(maker.entries), "files,", forms, "Main datasets with their expected forms")


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def separated(items, form=compact):
    """One line an item, with commas between them."""
    return [form(item) + ("," if number + 1 < len(items) else "") for number, item in enumerate(items)]


def write(path, lines):
    with open(path, "w", encoding="utf-8") as stream:
        stream.writelines(line + "\n" for line in lines)


if __name__ == "__main__":
    main()
