"""How many task lists the server shows to many at once, and how long each waits, beside an empty page."""

from pathlib import Path
from statistics import quantiles

from tests.bench.clients import load, processes
from tests.bench.figures import Figure, ratios
from tests.bench.scale import Scale, case, place
from tests.e2e.files import files_to_send
from tests.e2e.scene import Scene

CLIENTS = 2
EMPTY = "/health"


def pages(root: Path, scale: Scale) -> list[Figure]:
    """The task list of an inspection with 17 documents against an empty page of the same app."""
    rates: dict[str, list[float]] = {"empty": [], "tasks": []}
    slowest: dict[str, list[float]] = {"empty": [], "tasks": []}
    with place(root, scale) as portal, case(portal) as made, processes(CLIENTS) as clients:
        portal.serve()
        fill(made)
        browser = made.browser(made.leader)
        for _ in range(scale.rounds):
            for name, path in (("empty", EMPTY), ("tasks", f"/inspections/{made.inspection}/")):
                each = scale.connections // CLIENTS
                runs = [clients.submit(load, browser, path, each, scale.seconds) for _ in range(CLIENTS)]
                took = [seconds for run in runs for seconds in run.result()]
                rates[name].append(len(took) / scale.seconds)
                slowest[name].append(1000 * quantiles(took, n=100, method="inclusive")[98])
    at = f"with {scale.connections} connections"
    return [
        Figure(f"empty page ({EMPTY}) {at}", "a second", tuple(rates["empty"])),
        Figure(f"task list {at}", "a second", tuple(rates["tasks"])),
        Figure("task lists for each empty page", "", ratios(rates["tasks"], rates["empty"])),
        Figure("99 of 100 empty pages within", "ms", tuple(slowest["empty"])),
        Figure("99 of 100 task lists within", "ms", tuple(slowest["tasks"])),
    ]


def fill(made: Scene) -> None:
    """Send what a real inspection is sent, as the leader does: a file in every place."""
    browser = made.browser(made.leader)
    for sent in files_to_send(0)[:-1]:
        headers = {"X-Meeting-Date": sent.meeting_date} if sent.meeting_date else {}
        answer = browser.put(str(made.inspection), sent.item, sent.slot, sent.name, sent.blocks(), sent.length, headers)
        if answer.status != 201:
            raise AssertionError(f"{sent.name} was answered with {answer.status}: {answer.text[:500]}")
