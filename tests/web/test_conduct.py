"""Conducting an inspection on pages: forms that keep what was typed, and words that say how it stands."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from portal.db.exchanges import Message
from portal.db.tables import Document
from portal.services.conduct import accept_late, defer
from tests.services.looks import count, inspection_row, rows
from tests.web.clients import Visit, make_app, sign_in, words
from tests.web.test_announcing import boxes, fields
from tests.world import DUE, Someone, World, upload

CANARY = "The post room of Cranberry House is flooded."
MOVE = {"deadline_day": "12", "deadline_month": "10", "deadline_year": "2023", "deadline_time": "4pm"}


def visit(world: World, person: Someone | None = None) -> Visit:
    """Return a browser in which the person, or the lead inspector, is signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, (person or world.lead_inspector).id))


def at(world: World, page: str = "") -> str:
    """Return the address of a page of inspection A."""
    return f"/team/inspections/{world.a.inspection}/conduct/{page}"


def late(world: World) -> list[UUID]:
    """Send two documents of one item after the deadline."""
    world.fakes.clock.set(DUE + timedelta(hours=1))
    leader, inspection = world.leader.actor, world.a.inspection
    return [upload(world.deps, leader, inspection, "childrens-guide", name=f"G{n}.pdf").document for n in (1, 2)]


def test_the_deadline_is_moved(world: World) -> None:
    """The page proposes the next day at 4pm, takes another, and says that everyone was told."""
    browser = visit(world)
    page = browser.get(at(world, "deadline"))
    assert "is 4pm on Tuesday 10 October 2023" in words(page)
    assert {"11", "10", "2023", "4pm"} <= set(fields(page).values())
    moved = browser.post(at(world, "deadline"), **(MOVE | {"deadline_time": "10:30am", "reason": CANARY}))
    assert (303, at(world) + "?done=moved") == (moved.status_code, moved.location)
    assert datetime(2023, 10, 12, 9, 30, tzinfo=UTC) == inspection_row(world.deps, world.a.inspection).deadline_at
    said = words(browser.get(moved.location))
    assert "The deadline is moved" in said
    assert "10:30am on Thursday 12 October 2023" in said


@pytest.mark.parametrize(
    ("changes", "field", "message"),
    [
        ({"deadline_day": "10"}, "deadline_day", "must be later than 4pm on Tuesday 10 October 2023"),
        ({"deadline_day": "9"}, "deadline_day", "must be later than"),
        ({"deadline_day": "32"}, "deadline_day", "real date"),
        ({"deadline_day": "", "deadline_month": "", "deadline_year": ""}, "deadline_day", "Enter the new deadline"),
        ({"deadline_time": "four"}, "deadline_time", "Enter a time such as 4pm"),
        ({"deadline_day": "29", "deadline_time": "1:30am"}, "deadline_time", "clocks change"),
        ({"reason": " "}, "reason", "Enter the reason"),
        ({"reason": "Cranberry " * 201}, "reason", "2,000 characters or fewer"),
    ],
)
def test_a_move_that_is_refused_keeps_what_was_typed(
    world: World, changes: dict[str, str], field: str, message: str
) -> None:
    """The summary leads to the field, and the reason does not have to be written again."""
    typed = MOVE | {"reason": CANARY} | changes
    page = visit(world).post(at(world, "deadline"), **typed)
    assert 422 == page.status_code
    assert f'href="#{field}"' in page.text
    assert f'id="{field}"' in page.text
    assert message in words(page)
    assert typed["reason"] in page.text
    assert {name: typed[name] for name in MOVE} == {name: fields(page)[name] for name in MOVE}
    assert DUE == inspection_row(world.deps, world.a.inspection).deadline_at


def test_deferred_is_said_plainly_to_both_sides(world: World) -> None:
    """Neither side is told of a deadline that no longer runs, and nobody is told that the inspection is closed."""
    document = upload(world.deps, world.leader.actor, world.a.inspection).document
    browser, leader = visit(world), visit(world, world.leader)
    assert "holds until you decide" in words(browser.get(at(world, "deferral")))
    deferred = browser.post(at(world, "deferral"), reason=CANARY)
    assert (303, at(world) + "?done=deferred") == (deferred.status_code, deferred.location)
    assert "This inspection is deferred. It has no deadline" in words(browser.get(at(world)))
    assert "cannot be deferred" in words(browser.get(at(world, "deferral")))
    assert "no deadline to move" in words(browser.get(at(world, "deadline")))
    mine = f"/inspections/{world.a.inspection}/"
    pages = [mine, mine + "items/statement-of-purpose", f"/team/inspections/{world.a.inspection}/"]
    for path, who in zip(pages, (leader, leader, browser), strict=True):
        said = words(who.get(path))
        assert "This inspection is deferred" in said
        assert "closed" not in said
        assert "left." not in said
    sent = leader.post(mine + "items/annual-report/gap", kind="not_held", words="None.")
    assert (409, True) == (sent.status_code, "This inspection is deferred" in words(sent))
    assert 200 == leader.get(mine + f"documents/{document}/download").status_code


@pytest.mark.parametrize(("reason", "message"), [("", "Enter the reason"), ("Cranberry " * 201, "2,000 characters")])
def test_a_deferral_that_is_refused_keeps_what_was_typed(world: World, reason: str, message: str) -> None:
    """Too long a reason is there to be shortened."""
    page = visit(world).post(at(world, "deferral"), reason=reason)
    assert (422, True, True) == (page.status_code, message in words(page), reason in page.text)
    assert 'href="#reason"' in page.text


def test_announced_anew_in_two_steps(world: World) -> None:
    """The same choices and confirmations as at first; meanwhile nothing changes."""
    defer(world.deps, world.lead_inspector.actor, world.a.inspection, "why")
    world.fakes.clock.set(datetime(2023, 10, 13, 17, 30, tzinfo=UTC))
    browser = visit(world, world.qa_officer)
    first = browser.get(at(world, "announcement"))
    assert {"20", "10", "2023", "4"} <= set(fields(first).values())
    wrong = browser.post(at(world, "announcement"), **(fields(first) | {"step": "check", "days_on_site": "x"}))
    assert (422, True) == (wrong.status_code, "from 1 to 20" in words(wrong))
    past = browser.post(at(world, "announcement"), **(fields(first) | {"step": "check", "start_day": "1"}))
    assert (422, True) == (past.status_code, "today or later" in words(past))
    checked = browser.post(at(world, "announcement"), **(fields(first) | {"step": "check"}))
    assert 200 == checked.status_code
    assert "By 4pm on Saturday 14 October 2023" in words(checked)
    back = browser.post(at(world, "announcement"), **(fields(checked) | {"step": "change", "start_day": "x"}))
    assert (200, "x") == (back.status_code, fields(back)["start_day"])
    refused = browser.post(at(world, "announcement"), **(fields(checked) | {"step": "announce"}))
    assert (422, True) == (refused.status_code, "Select the deadline" in words(refused))
    sent = fields(checked) | {"step": "announce", "policy": "next_day"}
    refused = browser.post(at(world, "announcement"), **sent)
    assert (422, True) == (refused.status_code, "Confirm that you have read" in words(refused))
    assert "deferred" == inspection_row(world.deps, world.a.inspection).state
    done = browser.post(at(world, "announcement"), **(sent | boxes(checked)))
    assert at(world) + "?done=announced" == done.location
    assert "is 4pm on Saturday 14 October 2023" in words(browser.get(done.location))
    assert 409 == browser.post(at(world, "announcement"), **(sent | boxes(checked))).status_code


def test_late_documents_are_accepted(world: World) -> None:
    """One by one or a whole item; both sides then see when."""
    first, second = late(world)
    browser = visit(world)
    page = browser.get(at(world, "late"))
    assert "All of this item: 2 documents" in words(page)
    assert "G1.pdf" in words(page)
    nothing = browser.post(at(world, "late"))
    assert (422, True) == (nothing.status_code, "Select what you accept" in words(nothing))
    assert 'href="#late"' in nothing.text
    assert 'id="late"' in nothing.text
    done = browser.post(at(world, "late"), **{f"document-{first}": str(first)})
    assert at(world) + "?done=accepted" == done.location
    accepted = {each.id: each.accepted_at is not None for each in rows(world.deps, Document)}
    assert {first: True, second: False} == accepted
    words_said = "Received after the deadline, accepted on Tuesday 10 October 2023"
    item = f"/inspections/{world.a.inspection}/items/childrens-guide"
    for path, who in ((item, world.leader), (f"/team/inspections/{world.a.inspection}/", world.inspector)):
        assert words_said in words(visit(world, who).get(path))
    browser.post(at(world, "late"), **{"item-childrens-guide": "childrens-guide"})
    assert "Nothing that counts now is late" in words(browser.get(at(world, "late")))
    assert "document was" not in words(browser.get(at(world)))


@pytest.mark.parametrize("name", ["document-x", "other"])
def test_a_choice_that_no_page_offers_is_refused(world: World, name: str) -> None:
    """What is no document of ours changes nothing, and is never a fault of the service."""
    answer = visit(world).post(at(world, "late"), **{name: "nonsense"})
    assert answer.status_code in (400, 422)
    assert 0 == count(world.deps, Message)


def test_many_late_documents_stay_on_one_page(world: World) -> None:
    """Fifty are listed; the rest is counted, and a whole item takes them all."""
    world.fakes.clock.set(DUE + timedelta(hours=1))
    for _ in range(52):
        upload(world.deps, world.leader.actor, world.a.inspection, "childrens-guide")
    page = visit(world).get(at(world, "late"))
    assert 50 == page.text.count('name="document-')
    assert "2 more are not listed" in words(page)
    assert 52 == accept_late(world.deps, world.lead_inspector.actor, world.a.inspection, items=["childrens-guide"])


def test_closing_says_first_what_is_missing(world: World) -> None:
    """The list stands above the button; an administrator closes without knowing what was sent."""
    upload(world.deps, world.leader.actor, world.a.inspection)
    page = visit(world).get(at(world, "closing"))
    assert "Still missing" in words(page)
    assert words(page).index("Annual report") < words(page).index("A closed inspection takes no more")
    steward = visit(world, world.administrator)
    assert "missing" not in words(steward.get(at(world, "closing")))
    assert 303 == steward.post(at(world, "closing")).status_code
    assert "This inspection is closed" in words(steward.get(at(world)))
    assert "closed already" in words(visit(world).get(at(world, "closing")))
    assert 409 == visit(world).post(at(world, "closing")).status_code


def test_an_administrator_is_offered_only_what_they_may(world: World) -> None:
    """They close and announce anew, and decide nothing else."""
    said = words(visit(world, world.administrator).get(at(world)))
    assert "Close the inspection" in said
    for act in ("Move the deadline", "Defer", "Accept late"):
        assert act not in said
