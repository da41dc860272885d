"""Whatever is sent below `/api`, by every kind of token and by none, is answered as the OpenAPI document says.

Requests are made up from the document itself, the same ones each time; longer in `make soak`.
"""

from collections import Counter
from contextlib import suppress
from itertools import cycle, product
from typing import Any, cast

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.web.routes import make_place
from tests.web.scripts import API, clients
from tests.world import World, sample

CHECKS = (
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
)
KNOWN = {"item": "childrens-guide", "slot": "file", "number": "1"}
"""What is there: made-up codes would hardly ever be."""
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CALLERS = ("send", "read", "audit", "", "wrong")


def try_all(world: World, examples: int) -> Counter[tuple[str, int]]:
    """Send made-up requests, right and wrong ones, to every route by every caller; count the answers."""
    place = make_place(world)
    tokens = {name: each.token for name, each in clients(world, place.app).items()} | {"wrong": "evp_" + "A" * 43}
    document = schemathesis.openapi.from_wsgi(f"{API}/openapi.json", place.app)
    routes: list[Any] = [cast("Any", found).ok() for found in document.get_all_operations()]
    answered: Counter[tuple[str, int]] = Counter()
    for caller in CALLERS:
        for route, mode in product(routes, MODES):
            answered += try_one(route, mode, tokens[caller], examples)
    return answered


def try_one(route: Any, mode: GenerationMode, token: str, examples: int) -> Counter[tuple[str, int]]:
    """Send made-up requests to one route with this token; count the answers by route and status."""
    answered: Counter[tuple[str, int]] = Counter()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    # In turn, not drawn: what Hypothesis draws depends on the constants of whatever modules this process has loaded.
    likes = cycle(("made up", "there", "right"))

    @settings(
        max_examples=examples,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=route.as_strategy(generation_mode=mode))
    def send(case: Any) -> None:
        like = next(likes)
        # What is made up for the header of the token would be no token at all.
        case.headers = {name: each for name, each in (case.headers or {}).items() if name.lower() != "authorization"}
        if like != "made up":
            case.path_parameters = {name: KNOWN.get(name, each) for name, each in (case.path_parameters or {}).items()}
        if like == "right" and case.method == "PUT":
            case.path_parameters["upload_id"] = "the-upload"
            case.headers = {"Content-Disposition": "attachment; filename*=UTF-8''a.pdf"}
            case.body = sample()
        elif like == "right" and case.method == "POST":
            case.body = {"kind": "not_held", "words": "There is none."}
        answer = case.call_and_validate(checks=CHECKS, headers=headers)
        answered[route.label, answer.status_code] += 1

    with suppress(Unsatisfiable):  # nothing can be wrong about a route that takes nothing
        send()
    return answered


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
def test_no_request_is_answered_otherwise_than_described(world: World) -> None:
    """No fault, no status, type or shape that the document does not have."""
    answered = try_all(world, 6)
    assert 9 == len({route for route, status in answered if status < 300})
    assert answered.total() > 200


@pytest.mark.soak
def test_many_more_requests(world: World) -> None:
    """The same, for longer, on both databases."""
    assert try_all(world, 60).total() > 2_000
