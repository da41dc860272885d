"""How fast documents come in and bundles go out, as shares of what this machine could do at that moment."""

from collections import defaultdict
from concurrent.futures import Executor
from pathlib import Path

from tests.bench.bounds import gs_seconds, write_seconds
from tests.bench.clients import Sending, fetch, form, processes, put
from tests.bench.figures import Figure, ratios
from tests.bench.scale import MB, Scale, bundle_of, case, place
from tests.e2e.installation import Installation

Seconds = dict[str, list[float]]


def upload(root: Path, scale: Scale) -> list[Figure]:
    """A large document by PUT and by the form."""
    took: Seconds = defaultdict(list)
    with place(root, scale) as portal, processes() as client:
        portal.serve()
        _round_trip(portal, client, 9 * MB)
        for _ in range(scale.rounds):
            took["gs"].append(gs_seconds(scale.large))
            took["w"].append(write_seconds(root, scale.large))
            for name, way in (("put", put), ("form", form)):
                with case(portal) as made:
                    sending = Sending(made.browser(made.leader), str(made.inspection), scale.large)
                    took[name].append(client.submit(way, sending).result())
    slower = [max(pair) for pair in zip(took["gs"], took["w"], strict=True)]
    size = f"{scale.large // MB} MB"
    return [
        _speed(f"GS: SHA-256, then AES-256-GCM, of {size} in memory on one core", scale.large, took["gs"]),
        _speed(f"W: synced writes of the sealed parts of {size}", scale.large, took["w"]),
        _speed(f"upload of {size} by PUT", scale.large, took["put"]),
        _speed(f"upload of {size} by the form", scale.large, took["form"]),
        _share("PUT, of the slower of GS and W", slower, took["put"], 0.40, scale),
        _share("form, of the slower of GS and W", slower, took["form"], 0.40, scale),
        _share("PUT, of GS", took["gs"], took["put"], None, scale),
    ]


def bundle(root: Path, scale: Scale) -> list[Figure]:
    """A bundle of many small documents and of one large one.

    It is held to the slower of GS and W, as uploads are; a bundle writes nothing, so its share of GS is shown too.
    """
    took: Seconds = defaultdict(list)
    small = scale.small * scale.smalls
    with place(root, scale) as portal, processes() as client, case(portal) as many, case(portal) as one:
        portal.serve()
        for made, count, each in ((many, scale.smalls, scale.small), (one, 1, scale.large)):
            for _ in range(count):
                client.submit(put, Sending(made.browser(made.leader), str(made.inspection), each)).result()
        for _ in range(scale.rounds + 1):
            took["empty"].append(client.submit(fetch, many.browser(many.lead), "/health").result().whole)
            for name, made, size in (("many", many, small), ("one", one, scale.large)):
                took[f"gs-{name}"].append(gs_seconds(size))
                took[f"slower-{name}"].append(max(took[f"gs-{name}"][-1], write_seconds(root, size)))
                got = client.submit(fetch, made.browser(made.lead), bundle_of(made)).result()
                took[name].append(got.whole)
                took[f"first-{name}"].append(got.first)
    for values in took.values():
        del values[0]  # the first round warms up
    said = {"many": f"{scale.smalls} × {scale.small / MB:g} MB", "one": f"one document of {scale.large // MB} MB"}
    sizes = {"many": small, "one": scale.large}
    figures = [_speed(f"bundle of {said[name]}", sizes[name], took[name]) for name in said]
    figures += [
        _share(f"bundle of {said[name]}, of the slower", took[f"slower-{name}"], took[name], 0.75, scale, goal=0.90)
        for name in said
    ]
    figures += [_share(f"bundle of {said[name]}, of GS", took[f"gs-{name}"], took[name], None, scale) for name in said]
    for name, words in said.items():
        first = tuple(1000 * each for each in took[f"first-{name}"])
        figures.append(Figure(f"first byte of the bundle of {words}", "ms", first, at_most=50, judged=scale.judged))
    times = ratios(took["first-many"], took["empty"])
    return [*figures, Figure("the same, in empty pages (/health), connecting included", "", times)]


def _round_trip(portal: Installation, client: Executor, size: int) -> None:
    """Warm up: one document in, one bundle out."""
    with case(portal) as made:
        client.submit(put, Sending(made.browser(made.leader), str(made.inspection), size)).result()
        client.submit(fetch, made.browser(made.lead), bundle_of(made)).result()


def _speed(name: str, size: int, seconds: list[float]) -> Figure:
    return Figure(name, "MB/s", tuple(size / MB / each for each in seconds))


def _share(
    name: str, bound: list[float], seconds: list[float], least: float | None, scale: Scale, goal: float | None = None
) -> Figure:
    return Figure(name, "", ratios(bound, seconds), at_least=least, goal=goal, judged=scale.judged)
