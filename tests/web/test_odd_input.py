"""Input that no page of ours sends: it is refused as what it is, on both databases alike, and is never a fault."""

import pytest
from werkzeug.test import TestResponse

from portal.services.dispose import dispose
from tests.services.ends import wait_until_due
from tests.web.clients import Visit
from tests.web.routes import CHANGES, PATHS, Place, make_place
from tests.world import World

BY_ROLE = ("leader", "lead_inspector", "administrator", "dpo")
PAGED = (
    *(("administrator", f"/stewards/{name}/") for name in ("people", "teams", "programmes", "agencies")),
    ("dpo", "/stewards/retention/"),
    ("leader", "{i}/messages/"),
    ("leader", PATHS["recalls.sent"]),
    ("leader", PATHS["provider.item"]),
    ("lead_inspector", "{t}/"),
    ("lead_inspector", "/team/"),
)


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


class Odd(Visit):
    """A browser that sends each field with a NUL in it, one after the other, and answers as was answered worst."""

    def post(self, path: str, **fields: str) -> TestResponse:
        """Send the form once for each field."""
        answers = [super(Odd, self).post(path, **fields | {name: "a\0b"}) for name in fields or ("more",)]
        return max(answers, key=lambda each: each.status_code)


def test_a_nul_in_a_form_is_refused(place: Place) -> None:
    """PostgreSQL stores none: whoever may send the form at all is told so, whatever field it is in."""
    for endpoint, change in CHANGES.items():
        for role in BY_ROLE:
            visit = place.visit(role)
            answer = change(place, Odd(visit.app, visit.client))
            assert answer.status_code < 500, (endpoint, role)
            answer.close()
    said = place.visit("administrator").post("/stewards/people/search", search="a\0b")
    assert (400, True) == (said.status_code, "holds a character that cannot be kept" in said.text)


@pytest.mark.parametrize("path", ["/stewards/programmes/a%00b/", "/stewards/agencies/%00/", "/team/?programme=%00"])
def test_an_address_with_a_nul_is_not_there(place: Place, path: str) -> None:
    """It is answered as any other address that does not exist."""
    for role in ("administrator", "lead_inspector"):
        assert 404 == place.visit(role).get(path).status_code


@pytest.mark.parametrize("number", ["-1", "0", "1" * 10, "9" * 20, "9" * 5_000, "\u0661"])
def test_a_number_that_nothing_has_is_not_there(place: Place, number: str) -> None:
    """No database has more than it can hold, and an address with other digits is no second one of the same page."""
    wait_until_due(place.world)
    dispose(place.world.deps, place.world.dpo.actor, place.world.a.inspection)
    officer, path = place.visit("dpo"), place.path("/stewards/certificates/{p.inspection}/")
    assert 200 == officer.get(f"{path}1").status_code
    assert [404] * 3 == [officer.get(path + number + rest).status_code for rest in ("", ".json", "/span.json")]


@pytest.mark.parametrize("page", ["-1", "0", "1e5", "\u0661", "9" * 30, "9" * 5_000])
def test_a_page_that_cannot_be_is_another_page(place: Place, page: str) -> None:
    """However odd the number, there is a page to see: more digits than Python reads are no fault either."""
    for role, path in PAGED:
        assert 200 == place.visit(role).get(place.path(path), query_string={"page": page}).status_code
