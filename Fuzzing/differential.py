"""Reads damaged fixtures with libhdf5 and with our reader; where both succeed they must agree.

    python differential.py TOOL [--seconds N] [--count N] [--seed S] [--files GLOB] [--jobs N] [--save DIR] [--only I]
    python differential.py TOOL --undamaged

TOOL is a build of h5usid-dump; python needs what Fixtures/scripts/requirements-hdf5.txt lists. Mutation I of seed S
is always the same file. Exits 1 when a difference is not explained by differences.md, or when the tool crashes, takes
more than five seconds or more than 1 GiB, or gives out memory that it never filled (where values differ it reads
again with another pattern in fresh memory; glibc only).
"""

import argparse
import collections
import fnmatch
import glob
import json
import os
import random
import re
import resource
import shutil
import signal
import sys
import tempfile
import time

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

from comparison import Comparison, shape_of
from explanations import EXPLANATIONS, explanation
from lookup3 import lookup3
from mutations import Fixture, Mutator
from tolerant_digest import tolerant_digest

SECONDS = 5
LARGEST_MEMORY = 1 << 30
SAVED_OF_A_KIND = 4
FIXTURES = os.path.join(HERE, "..", "Fixtures")


def in_child(action, output, memory):
    """Runs `action` in a process of its own that ends by the clock.

    -> (exit status, signal, seconds, largest resident memory)
    """
    started = time.monotonic()
    child = os.fork()
    if child == 0:
        try:
            resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
            resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
            signal.signal(signal.SIGALRM, signal.SIG_DFL)
            signal.setitimer(signal.ITIMER_REAL, SECONDS)
            os.dup2(os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 1)
            os.dup2(os.open(output + ".err", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), 2)
            action()
        except BaseException as error:
            os.write(2, f"{type(error).__name__}: {error}".encode()[:500])
            os._exit(1)
        os._exit(0)
    _, status, usage = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return max(code, 0), max(-code, 0), time.monotonic() - started, usage.ru_maxrss * 1024


def loaded(path):
    try:
        with open(path, encoding="utf-8") as stream:
            return json.load(stream)
    except (ValueError, OSError):
        return None


def first_line(path):
    try:
        with open(path, encoding="utf-8", errors="replace") as stream:
            return stream.read(600).strip().replace("\n", " ")
    except OSError:
        return ""


class Run:
    def __init__(self, arguments, shard):
        self.arguments, self.shard = arguments, shard
        self.table = collections.Counter()
        self.details = collections.Counter()
        self.saved = collections.Counter()
        self.failures, self.unexplained = [], []
        self.fixtures = {}
        self.names = fixture_paths(arguments.files)
        self.folder = tempfile.mkdtemp(prefix="differential-")
        # Sources of external and virtual datasets lie beside the file.
        for path in glob.glob(os.path.join(FIXTURES, "hdf5", "*")):
            if os.path.isfile(path):
                os.symlink(os.path.abspath(path), os.path.join(self.folder, os.path.basename(path)))
        self.path = os.path.join(self.folder, "damaged.h5")

    def libhdf5(self):
        output = self.path + ".theirs"

        def action():
            document = tolerant_digest(self.path)
            with open(output, "w", encoding="utf-8") as stream:
                json.dump(document, stream)

        if os.path.exists(output):
            os.unlink(output)
        status, killed, _, _ = in_child(action, self.path + ".log", 4 << 30)
        if killed:
            self.table["libhdf5 hangs" if killed == signal.SIGALRM else "libhdf5 crashes"] += 1
        return loaded(output) if not status and not killed else None

    def tool(self, pattern=90):
        output = self.path + ".ours"
        command = [self.arguments.tool, "--digest", self.path]
        # Memory that is handed out unfilled must not look like the values of another dataset.
        tunables = f"glibc.malloc.perturb={pattern}:glibc.malloc.tcache_count=0:glibc.malloc.mxfast=0"
        environment = {**os.environ, "GLIBC_TUNABLES": tunables, "MallocPreScribble": "1"}
        result = in_child(lambda: os.execve(command[0], command, environment), output, 16 << 30)
        return result, loaded(output) if not result[0] and not result[1] else None

    def mutation(self, number):
        generator = random.Random(f"{self.arguments.seed}-{number}")
        path = generator.choice(self.names)
        if path not in self.fixtures:
            self.fixtures[path] = Fixture(path)
        return path, *Mutator(self.fixtures[path], generator).mutate()

    def once(self, number):
        path, data, story = self.mutation(number)
        with open(self.path, "wb") as stream:
            stream.write(data)
        self.judge(number, os.path.basename(path), data, story)

    def judge(self, number, name, data, story):
        theirs = self.libhdf5()
        (status, killed, seconds, memory), ours = self.tool()
        self.table["mutations"] += 1
        complaint = first_line(self.path + ".ours.err").replace(self.path, "FILE")
        # 2 is the tool's status for a file that cannot be read; a digest that is no JSON is a failure too.
        is_normal = status == (2 if ours is None else 0)
        if killed or seconds > SECONDS or memory > LARGEST_MEMORY or not is_normal:
            what = f"FAILURE signal {killed} status {status} {seconds:.1f} s {memory >> 20} MiB: {complaint[:200]}"
            self.table["our tool fails"] += 1
            self.failures.append(self.keep("failure", number, name, data, [what, story]))
            return
        if theirs is None or ours is None:
            case = "both refuse" if theirs is ours else "only ours reads" if theirs is None else "only libhdf5 reads"
            self.table[case] += 1
            if case == "only libhdf5 reads":
                self.details["file refused: " + refusal_text(complaint)] += 1
                self.keep_some("refused/" + refusal_text(complaint), number, name, data, [complaint, story])
            return
        comparison = Comparison(theirs, ours)
        if comparison.laxer:
            self.table["  where ours reads more"] += 1
        if not comparison.found:
            self.table["both read, equal"] += 1
            return
        if any(difference.kind == "value" for difference in comparison.found) and self.tool(pattern=17)[1] != ours:
            self.table["our tool fails"] += 1
            what = "FAILURE memory that was never filled is read: " + comparison.found[0].path
            self.failures.append(self.keep("failure", number, name, data, [what, story]))
            return
        classes, lines = set(), []
        for difference in comparison.found:
            known = explanation(difference, theirs, ours, self.undamaged_digest(name))
            if known is None and difference.kind == "refusal":
                known = "refusal"
                self.details["refusal: " + shape_of(difference.place) + ": " + refusal_text(str(difference.ours))] += 1
            elif known is None:
                self.details[f"UNEXPLAINED {difference.kind}: {shape_of(difference.place)}"] += 1
            classes.add(known or "unexplained")
            lines.append(
                f"{known or 'UNEXPLAINED'} {difference.kind} {difference.path} {difference.place}: "
                f"libhdf5 {str(difference.theirs)[:300]} / ours {str(difference.ours)[:300]}"
            )
        for one in classes:
            self.table["both read, differ: " + one] += 1
        if "unexplained" in classes:
            self.unexplained.append(self.keep("unexplained", number, name, data, [*lines[:12], story]))
        else:
            first = comparison.found[0]
            kind = "+".join(sorted(classes)) + "/" + shape_of(first.place) + refusal_text(str(first.ours))[:60]
            self.keep_some(kind, number, name, data, [*lines[:12], story])

    def keep_some(self, kind, number, name, data, lines):
        self.saved[kind] += 1
        if self.saved[kind] <= SAVED_OF_A_KIND:
            self.keep(kind.split("/")[0].split("+")[0], number, name, data, lines)

    def keep(self, kind, number, name, data, lines):
        label = f"{kind}-{self.arguments.seed}-{number}-{name}"
        if self.arguments.save:
            os.makedirs(self.arguments.save, exist_ok=True)
            target = os.path.join(self.arguments.save, label)
            with open(target, "wb") as stream:
                stream.write(data)
            with open(target + ".txt", "w", encoding="utf-8") as stream:
                stream.write("\n".join(lines) + "\n")
        return f"{label}: {lines[0][:260]} [{lines[-1][:160]}]"

    def run(self):
        if self.arguments.only is not None:
            self.once(self.arguments.only)
            return
        number, end = self.shard, time.monotonic() + self.arguments.seconds
        while time.monotonic() < end and (not self.arguments.count or number < self.arguments.count):
            self.once(number)
            number += self.arguments.jobs

    def undamaged_digest(self, name):
        for folder in ("hdf5", "usid"):
            path = os.path.join(FIXTURES, folder, "golden", os.path.splitext(name)[0] + ".json")
            if os.path.exists(path):
                return loaded(path)
        return {"objects": []}

    def undamaged(self):
        """Every fixture as it is: the comparison must find nothing."""
        for path in self.names:
            with open(path, "rb") as stream:
                data = stream.read()
            with open(self.path, "wb") as stream:
                stream.write(data)
            self.judge("whole", os.path.basename(path), data, "undamaged")

    def results(self):
        return [dict(self.table), dict(self.details), self.failures, self.unexplained]


def refusal_text(sentence):
    """A sentence of ours without numbers, to count alike ones together."""
    return re.sub(r"0x[0-9a-f]+|\d+|\"[^\"]*\"|“[^”]*”", "N", sentence)[:140]


def fixture_paths(pattern):
    paths = [path for folder in ("hdf5", "usid") for path in glob.glob(os.path.join(FIXTURES, folder, "*.h5"))]
    return [path for path in sorted(paths) if fnmatch.fnmatch(os.path.basename(path), pattern)]


def run_shard(arguments, shard):
    run = Run(arguments, shard)
    try:
        if arguments.undamaged:
            run.undamaged()
        else:
            run.run()
    finally:
        shutil.rmtree(run.folder, ignore_errors=True)
    return run.results()


def run_all(arguments):
    if arguments.jobs == 1:
        return [run_shard(arguments, 0)]
    pipes = []
    for shard in range(arguments.jobs):
        reading, writing = os.pipe()
        if os.fork() == 0:
            os.close(reading)
            with os.fdopen(writing, "w") as stream:
                json.dump(run_shard(arguments, shard), stream)
            os._exit(0)
        os.close(writing)
        pipes.append(reading)
    return [json.load(os.fdopen(reading)) for reading in pipes]


def check_the_list():
    """Every explanation stands in differences.md, and nothing stands there that is not looked for."""
    with open(os.path.join(HERE, "differences.md"), encoding="utf-8") as stream:
        listed = {line[3:].split()[0].rstrip(":") for line in stream if line.startswith("## ")}
    known = {identifier for identifier, _ in EXPLANATIONS}
    if listed != known:
        sys.exit(f"differences.md and explanations.py do not agree: {sorted(listed ^ known)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tool")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--count", type=int, help="at most so many mutations")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--files", default="*", help="a pattern of names of fixtures")
    parser.add_argument("--jobs", type=int, default=1, help="processes")
    parser.add_argument("--save", help="a directory for the files that differ")
    parser.add_argument("--only", type=int, help="one mutation by its number")
    parser.add_argument("--undamaged", action="store_true", help="compare the fixtures as they are")
    arguments = parser.parse_args()
    arguments.tool = os.path.abspath(arguments.tool)
    assert lookup3(b"Four score and seven years ago") == 0x17770551
    check_the_list()
    started = time.monotonic()
    table, details, failures, unexplained = collections.Counter(), collections.Counter(), [], []
    for one in run_all(arguments):
        table.update(one[0])
        details.update(one[1])
        failures += one[2]
        unexplained += one[3]
    print(f"seed {arguments.seed}, {time.monotonic() - started:.0f} s")
    order = ["mutations", "both refuse", "only libhdf5 reads", "only ours reads", "both read, equal"]
    for name in order + sorted(set(table) - set(order)):
        print(f"{table[name]:8}  {name}")
    if details:
        print("\nin detail")
    for name, count in details.most_common():
        print(f"{count:8}  {name}")
    for line in failures + unexplained:
        print(line)
    return 1 if failures or unexplained else 0


if __name__ == "__main__":
    sys.exit(main())
