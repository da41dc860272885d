"""What the team's pages cost as inspections and documents become many, beside the same page with few."""

from collections.abc import Mapping
from pathlib import Path
from statistics import median

from tests.bench.clients import load, processes
from tests.bench.crowd import crowd, pile
from tests.bench.figures import Figure, ratios
from tests.bench.pages import fill
from tests.bench.scale import Scale, case, place
from tests.e2e.browser import Browser

MOST_KB = 100.0
FLAT = 2.0
"""How many times the smallest page's cost a page may cost."""


def desk(root: Path, scale: Scale) -> list[Figure]:
    """The list of inspections of three inspectors, and the page of two inspections, each asked for one at a time."""
    with place(root, scale) as portal, case(portal) as small, case(portal) as large, processes() as clients:
        portal.serve()
        fill(small)
        fill(large)
        pile(large.deps, large.inspection, scale.documents)
        lists = crowd(small.deps, small.inspection, scale.inspections)
        looks: dict[str, tuple[Browser, str]] = {
            f"team list with {size:,} inspections": (small.browser(actor), "/team/")
            for size, actor in zip(scale.inspections, lists, strict=True)
        }
        for made, documents in ((small, 17), (large, scale.documents)):
            name = f"inspection page with {documents:,} documents"
            looks[name] = (made.browser(made.lead), f"/team/inspections/{made.inspection}/")
        weights = {name: len(browser.get(path).text.encode()) / 1024 for name, (browser, path) in looks.items()}
        took: dict[str, list[float]] = {name: [] for name in looks}
        for _ in range(scale.rounds):
            for name, (browser, path) in looks.items():
                times = clients.submit(load, browser, path, 1, scale.seconds / 4).result()
                took[name].append(1000 * median(times))
    return _figures(took, weights, scale)


def _figures(took: Mapping[str, list[float]], weights: Mapping[str, float], scale: Scale) -> list[Figure]:
    names = list(took)
    few, *lists, page, many = names
    pairs = [*((name, few) for name in lists), (many, page)]
    return [
        *(Figure(name, "ms", tuple(took[name])) for name in names),
        *(
            Figure(
                f"{name}, to one with {of.split()[-2]}", "", ratios(took[name], took[of]),
                at_most=FLAT, judged=scale.judged,
            )
            for name, of in pairs
        ),
        *(Figure(f"weight of the {name}", "KB", (weights[name],), at_most=MOST_KB) for name in names),
    ]  # fmt: skip
