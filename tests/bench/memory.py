"""How much memory one transfer adds to a server that has not yet seen a large one, and whether size matters."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.clients import Sending, fetch, processes, put
from tests.bench.figures import Figure
from tests.bench.scale import MB, Scale, bundle_of, case, place
from tests.e2e.installation import Installation
from tests.e2e.scene import Scene

MOST = 32.0
"""MiB."""


def memory(root: Path, scale: Scale) -> list[Figure]:
    """The peak of the server's resident memory during a transfer, above what it held just before."""
    added: dict[tuple[str, int], list[float]] = defaultdict(list)
    with place(root, scale) as portal, case(portal) as warm, processes() as client:
        for number in range(max(scale.memory_rounds)):
            sizes = [size for size, rounds in zip(scale.memory, scale.memory_rounds, strict=True) if number < rounds]
            for size in sizes:
                with case(portal) as made:
                    sending = Sending(made.browser(made.leader), str(made.inspection), size)
                    with _fresh_server(portal, warm) as process, peak(process, added["upload", size]):
                        client.submit(put, sending).result()
                    with _fresh_server(portal, warm) as process, peak(process, added["bundle", size]):
                        client.submit(fetch, made.browser(made.lead), bundle_of(made)).result()
    return [
        Figure(f"memory that {name} of {size // MB} MB adds", "MiB", tuple(values), at_most=MOST, judged=scale.judged)
        for (name, size), values in sorted(added.items())
    ]


@contextmanager
def _fresh_server(portal: Installation, warm: Scene) -> Iterator[int]:
    """A server that has served a page, a small upload and a small bundle, so that all its code is loaded."""
    process = portal.serve()
    try:
        put(Sending(warm.browser(warm.leader), str(warm.inspection), 10_000))
        fetch(warm.browser(warm.lead), bundle_of(warm))
        yield process.pid
    finally:
        portal.kill(process)


@contextmanager
def peak(process: int, added: list[float]) -> Iterator[None]:
    """Append by how many MiB the peak during the block lies above what was resident before it."""
    Path(f"/proc/{process}/clear_refs").write_text("5")  # lets the kernel forget the peak so far
    before = _status(process, "VmRSS")
    yield
    added.append((_status(process, "VmHWM") - before) / 1024)


def _status(process: int, name: str) -> int:
    """Return a line of the process's status, in KiB."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))
