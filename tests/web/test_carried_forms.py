"""A form that waits for a confirmation: only one that was typed here, and only what a page can show."""

import pytest
from flask import Flask

from portal.domain.step_up import Purpose
from tests.services.test_step_up import app_of
from tests.web.clients import RAW_TOKEN, Visit, words
from tests.world import World, session_for


@pytest.fixture
def browser(world: World, app: Flask) -> Visit:
    """An administrator's, with an app, who has confirmed nothing yet."""
    app_of(world.deps, world.administrator)
    client = app.test_client()
    with client.session_transaction() as cookie:
        cookie["csrf_token"] = RAW_TOKEN
        cookie["_user_id"] = session_for(world.deps, world.administrator.id, confirmed=())
    return Visit(app, client)


def test_no_link_brings_a_form_along(browser: Visit, world: World) -> None:
    """A link of somebody else’s would have its fields sent, under our own token, by whoever confirms and goes on."""
    there = f"/stewards/people/{world.leader.id}/disable"
    planted = {"purpose": Purpose.roles, "next": there, "carried": '[["confirmed", "planted"]]'}
    page = browser.get("/confirm", query_string=planted)
    assert (200, False, False) == (page.status_code, "planted" in page.text, "What you typed" in words(page))


@pytest.mark.parametrize("half", [r'[["name", "\ud800"]]', r'[["\udfff", "x"]]'])
def test_half_a_character_is_no_form(browser: Visit, half: str) -> None:
    """JSON can escape what no page can show: it is refused, and no fault."""
    assert 400 == browser.post("/confirm", purpose="hold", next="/", code="1", carried=half).status_code


def test_a_whole_character_in_two_halves_is_kept(browser: Visit) -> None:
    """As JSON of other makers may write it."""
    whole = r'[["name", "\ud83d\ude00"]]'
    answer = browser.post("/confirm", purpose="hold", next="/", code="1", carried=whole)
    assert (422, True) == (answer.status_code, "\U0001f600" in answer.text)
