"""The page on which tokens for scripts are made, shown once, listed and revoked."""

from datetime import timedelta

import pytest
import requests

from portal.domain.policy import MIB
from portal.web.serving import PortalServer
from tests.web.clients import words
from tests.web.routes import Place, make_place
from tests.web.scripts import API, ScriptClient, clients, token_for
from tests.world import World, sample


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


def test_a_token_is_shown_once(place: Place) -> None:
    """The page that makes it has it, and no other page does, nor the same one again."""
    leader, there = place.visit("leader"), place.path("{i}/tokens")
    assert f'href="{there}"' in leader.get(place.path("{i}/")).text
    assert f'href="{there}"' not in place.visit("contributor").get(place.path("{i}/")).text
    wrong = leader.post(there, purpose="send", days="99")
    assert (422, True) == (wrong.status_code, 'value="99"' in wrong.text)
    assert "whole number from 1 to 7" in words(wrong)
    made = leader.post(there, purpose="send", days="3")
    assert (200, "no-store") == (made.status_code, made.headers["Cache-Control"])
    token = made.text.partition('id="token">')[2].partition("<")[0]
    assert 200 == ScriptClient(place.app, token).ask("/status").status_code
    page = leader.get(there)
    assert token not in page.text
    assert "Works until 9:30am on Thursday 12 October 2023. Last used 9 October 2023 at 9:30am." in words(page)
    action = page.text.partition(f'action="{there}/')[2].partition('"')[0]
    done = leader.post(f"{there}/{action}")
    assert "The token is revoked." in words(leader.get(done.headers["Location"]))
    assert 401 == ScriptClient(place.app, token).ask("/status").status_code


def test_making_one_asks_who_it_is(place: Place) -> None:
    """Without a confirmation a few minutes old no token is made; revoking never waits for one."""
    place.world.fakes.clock.advance(timedelta(minutes=11))
    leader = place.visit("leader")
    place.world.fakes.clock.advance(timedelta(minutes=11))
    made = leader.post(place.path("{i}/tokens"), purpose="send", days="1")
    assert (307, True) == (made.status_code, "/confirm/form?purpose=tokens" in made.headers["Location"])
    token = token_for(place.world, "send")
    assert 303 == leader.post(place.path("{i}/tokens/") + f"{token.id}/revoke").status_code


def test_a_replaced_leaders_token_is_dead(place: Place) -> None:
    """From the next request on it is as unknown, for every route."""
    team, callers = place.visit("lead_inspector"), clients(place.world, place.app)
    assert 200 == callers["send"].ask("/status").status_code
    gone = team.post(place.path("{t}/leader"), email="new@example.org", name="New Leader")
    assert 303 == gone.status_code
    assert 401 == callers["send"].ask("/status").status_code
    assert 200 == callers["read"].ask("/status").status_code


def test_over_http(world: World, server: PortalServer) -> None:
    """Against the server that is shipped: a file goes in by its token, and the bundle comes out whole."""
    there = f"http://127.0.0.1:{server.bind_addr[1]}{API}"
    sends, reads = ({"Authorization": f"Bearer {token_for(world, each).token}"} for each in ("send", "read"))
    named = {"Content-Disposition": "attachment; filename*=UTF-8''guide.pdf"}
    put = f"{there}/items/childrens-guide/slots/file/uploads/upload-0001"
    assert 401 == requests.put(put, data=sample(size=MIB), headers=named, timeout=10).status_code
    assert 201 == requests.put(put, data=sample(size=MIB), headers=named | sends, timeout=10).status_code
    got = requests.get(f"{there}/bundle", headers=reads, timeout=10)
    assert (200, int(got.headers["Content-Length"])) == (got.status_code, len(got.content))
    assert sample(size=MIB) in got.content
