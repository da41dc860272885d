"""Pages of what no date decides: an inspection is cancelled, and a programme's long-stop is set (R9)."""

from datetime import UTC, date, datetime

import pytest

from portal.services.long_stop import long_stop_of
from tests.services.looks import inspection_row
from tests.web.clients import Visit, make_app, sign_in, words
from tests.web.steward_browser import Steward
from tests.world import PROGRAMME, World

LONG_STOP = f"/stewards/programmes/{PROGRAMME}/long-stop"


def test_an_inspection_is_cancelled_by_typing_its_reference_and_both_sides_see_it(world: World) -> None:
    """Another reference is refused at the field and kept; then it cannot be undone, and every page says so."""
    app = make_app(world.deps)
    head, leader, inspector, admin = (
        Visit(app, sign_in(app, world.deps, each.id))
        for each in (world.lead_inspector, world.leader, world.inspector, world.administrator)
    )
    team, reference = f"/team/inspections/{world.a.inspection}", world.a.reference
    path = f"{team}/conduct/cancellation"
    for browser in (head, admin):
        assert f'href="{path}"' in browser.get(f"{team}/conduct/").text
    asked = words(head.get(path))
    assert f"Cancel {reference}?" in asked
    assert "cannot be opened again" in asked
    wrong = head.post(path, reference="RAA-2023-02")
    assert (422, 'value="RAA-2023-02"' in wrong.text) == (wrong.status_code, True)
    assert 'href="#reference"' in wrong.text
    assert 422 == head.post(path, reference=" ").status_code
    assert inspection_row(world.deps, world.a.inspection).cancelled_at is None
    done = head.post(path, reference=f" {reference} ")
    assert (303, f"{team}/conduct/?done=cancelled") == (done.status_code, done.location)
    overview = words(head.get(done.location))
    assert "The inspection is cancelled, and everyone was told by mail." in overview
    assert "This inspection is cancelled." in overview
    desk = words(Steward(app, world, world.dpo).get("/stewards/desk/"))
    assert "RAA-2023-01 Kept: it was cancelled. Two people can decide that it is disposed of" in desk
    assert path not in head.get(f"{team}/conduct/").text
    assert "cancelled already" in words(head.get(path))
    again = head.post(path, reference=reference)
    assert (422, True) == (again.status_code, "cancelled already" in words(again))
    for page in ("closing", "deadline", "deferral"):
        assert "This inspection is cancelled" in words(head.get(f"{team}/conduct/{page}"))
    assert "cancelled" in words(inspector.get("/team/"))
    assert "Cancelled." in words(inspector.get(f"{team}/"))
    mine = f"/inspections/{world.a.inspection}/"
    assert "This inspection is cancelled." in words(leader.get(mine))
    assert "nothing more is due" in words(leader.get(f"{mine}items/annual-report"))
    assert "Cancelled" in words(admin.get(f"/stewards/programmes/{PROGRAMME}/"))


def test_the_long_stop_is_shown_suggested_and_set_with_every_fault_at_its_field(officer: Steward, world: World) -> None:
    """The programme's page leads there; what is typed is kept; reached, the page says what there is to decide."""
    assert f'href="{LONG_STOP}"' in officer.get(f"/stewards/programmes/{PROGRAMME}/").text
    assert "Saturday 19 April 2025, 18 months after the last day on site" in words(officer.get(LONG_STOP))
    for day, month, year, words_of in [
        ("", "", "", "Enter the date of the long-stop"),
        ("31", "2", "2025", "real date"),
        ("19", "10", "2023", "must be from Friday 20 October 2023"),
        ("1", "1", "2099", "must be from"),
    ]:
        refused = officer.post(LONG_STOP, long_stop_day=day, long_stop_month=month, long_stop_year=year)
        assert (422, True) == (refused.status_code, words_of in words(refused))
        assert f'name="long_stop_year" type="text" value="{year}"' in refused.text or not year
        assert 'href="#long_stop_day"' in refused.text
    saved = officer.post(LONG_STOP, long_stop_day="1", long_stop_month="3", long_stop_year="2025")
    assert (303, True) == (saved.status_code, "Your changes are saved." in words(officer.get(saved.location)))
    assert date(2025, 3, 1) == long_stop_of(world.deps, world.dpo.actor, PROGRAMME).decides_on
    world.fakes.clock.set(datetime(2025, 3, 1, tzinfo=UTC))
    reached = officer.get(LONG_STOP)
    assert "The long-stop is reached." in words(reached)
    assert 'value="2025"' in reached.text
    typed = {"published_day": "1", "published_month": "2", "published_year": "2025"}
    officer.post(f"/stewards/programmes/{PROGRAMME}/publication", **typed)
    assert "its date decides" in words(officer.get(LONG_STOP))
    assert LONG_STOP not in officer.get(f"/stewards/programmes/{PROGRAMME}/").text
    published = officer.post(LONG_STOP, long_stop_day="1", long_stop_month="6", long_stop_year="2025")
    assert 422 == published.status_code


@pytest.mark.parametrize("code", ["NONE", "%00"])
def test_an_unknown_programme_has_no_long_stop(officer: Steward, code: str) -> None:
    """It is not found, as no address is."""
    assert 404 == officer.get(f"/stewards/programmes/{code}/long-stop").status_code
