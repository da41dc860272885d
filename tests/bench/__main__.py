"""Measure: `python -m tests.bench [NAME …]`. Ends with 1 if a bound was missed."""

import argparse
import os
import platform
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from tests.bench.checker import checker
from tests.bench.desk import desk
from tests.bench.disposal import disposal
from tests.bench.figures import Figure, table
from tests.bench.memory import memory
from tests.bench.pages import pages
from tests.bench.scale import FULL, QUICK, Scale
from tests.bench.signing_in import sign_in
from tests.bench.startup import startup
from tests.bench.trail import trail
from tests.bench.transfers import bundle, upload
from tests.e2e.installation import TREE

BENCHES: dict[str, Callable[[Path, Scale], list[Figure]]] = {
    "upload": upload,
    "bundle": bundle,
    "memory": memory,
    "pages": pages,
    "desk": desk,
    "disposal": disposal,
    "startup": startup,
    "sign-in": sign_in,
    "trail": trail,
    "checker": checker,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benches named (all, if none is) and print their table. Return 1 if a bound was missed, else 0."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Measure speed and memory.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"one or more of: {', '.join(BENCHES)} (all)")
    parser.add_argument("--quick", action="store_true", help="small sizes: shows that the benches run, judges nothing")
    parser.add_argument("--rounds", type=int, help="how often each thing is measured, interleaved")
    parser.add_argument("--folder", type=Path, default=TREE / "var", help="where to write: the disk to measure")
    parser.add_argument("--documents", type=int, metavar="N", help="dispose of so many too, such as 100000")
    given = parser.parse_args(arguments)
    if unknown := set(given.names) - set(BENCHES):
        parser.error(f"There is no bench {', '.join(sorted(unknown))}.")
    scale = QUICK if given.quick else FULL
    if given.rounds:
        scale = replace(scale, rounds=given.rounds)
    if given.documents:
        scale = replace(scale, disposals=(*scale.disposals, given.documents))
    given.folder.mkdir(parents=True, exist_ok=True)
    figures: list[Figure] = []
    print(f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}\n")
    with tempfile.TemporaryDirectory(prefix="bench-", dir=given.folder) as folder:
        for name in given.names or BENCHES:
            print(f"measuring: {name}", file=sys.stderr, flush=True)
            found = BENCHES[name](Path(folder), scale)
            print(table(found, head=not figures), flush=True)
            figures += found
    return 0 if all(figure.met for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
