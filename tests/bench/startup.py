"""How long one waits for the server, for the demo's second start, and for the command line."""

import subprocess
import sys
from contextlib import closing, suppress
from http.client import HTTPConnection
from pathlib import Path
from time import perf_counter, sleep

from tests.bench.figures import Figure
from tests.bench.scale import Scale, place
from tests.e2e.installation import START_SECONDS, Installation

SECOND_START = 5.0
"""Seconds: what is promised for `make run`, run again."""


def startup(root: Path, scale: Scale) -> list[Figure]:
    """Server, demo and command line, beside an interpreter that does nothing."""
    took: dict[str, list[float]] = {"python": [], "help": [], "serve": [], "demo": []}
    with place(root, scale) as portal:
        _answering(portal, "dev", "run")
        for _ in range(scale.rounds):
            began = perf_counter()
            subprocess.run([sys.executable, "-c", "pass"], check=True)
            took["python"].append(perf_counter() - began)
            began = perf_counter()
            if portal.command("--help").returncode:
                raise AssertionError("`portal --help` failed.")
            took["help"].append(perf_counter() - began)
            took["serve"].append(_answering(portal, "serve"))
            took["demo"].append(_answering(portal, "dev", "run"))
    return [
        Figure("an interpreter that does nothing", "s", tuple(took["python"])),
        Figure("`portal --help`", "s", tuple(took["help"])),
        Figure("`portal serve` until it answers", "s", tuple(took["serve"])),
        Figure(
            "demo, second start, until it answers", "s", tuple(took["demo"]), at_most=SECOND_START, judged=scale.judged
        ),
    ]


def _answering(portal: Installation, *arguments: str) -> float:
    """Start `portal …`, wait until /health answers, end it. Return the seconds of the waiting."""
    began = perf_counter()
    process = portal.spawn(*arguments)
    try:
        while perf_counter() - began < START_SECONDS:
            with suppress(OSError), closing(HTTPConnection("127.0.0.1", portal.port, timeout=5)) as connection:
                connection.request("GET", "/health")
                if connection.getresponse().status == 200:
                    return perf_counter() - began
            sleep(0.005)
        raise AssertionError(f"`portal {' '.join(arguments)}` did not answer.")
    finally:
        portal.kill(process)
