"""The OpenAPI document, `docs/api.md` and the routes of the app say the same."""

from pathlib import Path

import pytest

from portal.domain.tokens import Purpose
from portal.web.openapi import describe, path_of, purposes_for
from tests.web.clients import Visit
from tests.web.routes import Place, make_place
from tests.web.scripts import API
from tests.world import World

DOCS = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


def test_the_description_is_of_these_routes(place: Place) -> None:
    """Every route is described with its method, and for whom; docs/api.md names the same, and nothing else."""
    document = describe(place.app, "https://evidence.example")
    routes = {
        (path_of(rule), method.lower()): purposes_for(place.app, rule.endpoint)
        for rule in place.app.url_map.iter_rules()
        if rule.endpoint.startswith("api.")
        for method in (rule.methods or set()) - {"HEAD"}
    }
    described = {(path, method): row for path, row_ in document["paths"].items() for method, row in row_.items()}
    assert routes.keys() == described.keys()
    for key, purposes in routes.items():
        assert (" or ".join(purposes) or "anybody") in described[key]["description"]
    table = [line.split("|")[1:4] for line in DOCS.read_text("utf-8").splitlines() if line.startswith("| `")]
    named = {(address.strip(" `"), method.strip(" `").lower()): purposes.strip() for method, address, purposes in table}
    assert {(f"{path}", method): ", ".join(purposes) or "anybody" for (path, method), purposes in routes.items()} == {
        (address, method): purposes for (address, method), purposes in named.items()
    }
    assert document == Visit(place.app, place.app.test_client()).get(f"{API}/openapi.json").get_json() | {
        "servers": document["servers"]
    }
    assert "3.1.0" == document["openapi"]
    assert {str(each) for each in Purpose} == {each for purposes in routes.values() for each in purposes}
