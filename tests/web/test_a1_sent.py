"""A sent A1 form as its sender meets it: what was found is a link away on every page, and asked for until explained."""

import re
from datetime import timedelta
from uuid import UUID

import pytest

from schemas.checking import Answer
from tests.services.test_a1_document import REASON, WRONG
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import World, sample

ASKED = "Something was found in 1 file. See what, and replace it if you can"
GIVEN = "Something was found in 1 file. You gave a reason on 9 October 2023 at 10:30am"


@pytest.fixture
def leader(world: World) -> Visit:
    """Agency A's leader, signed in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, world.leader.id))


def sent(leader: Visit, world: World, answer: Answer, slot: str = "workbook", **fields: str) -> str:
    """Send a file of the A1 form in which this is found; return the address that the sender is led to."""
    world.fakes.checker.answer = answer
    kind = "xlsx" if slot == "workbook" else "csv"
    place = f"/inspections/{world.a.inspection}/items/a1-form/documents"
    led = leader.send(place, sample(kind), f"{slot}.{kind}", slot=slot, **fields)
    assert 303 == led.status_code
    return str(led.location)


def test_the_findings_are_found_again_and_asked_for_until_explained(world: World, leader: Visit) -> None:
    """Receipt, item, list and findings lead to the list and ask for a reason; once given, they say when, and no more."""
    home = f"/inspections/{world.a.inspection}"
    receipt = sent(leader, world, Answer("xlsx", a1=WRONG))
    findings = f"{receipt}/findings"
    for page in (receipt, f"{home}/items/a1-form"):
        shown = leader.get(page)
        assert f'href="{findings}"' in shown.text
        assert "or say why they stay as they are." in words(shown)
    desk = words(leader.get(f"{home}/"))
    assert (True, True) == (ASKED in desk, "There is a problem" in desk)
    assert "Save the reason" in words(leader.get(findings))

    world.fakes.clock.advance(timedelta(hours=1))
    saved = leader.post(findings, reason=REASON)
    assert (303, f"{findings}?saved=1") == (saved.status_code, saved.location)
    page = leader.get(saved.location)
    said = words(page)
    assert "Success The reason is saved. The inspectors read it beside the list." in said
    assert (True, False) == ("Change the reason" in said, "Why can they not be put right now?" in said)
    assert re.search(rf"<textarea[^>]*>{REASON}</textarea>", page.text)
    for where in (receipt, f"{home}/items/a1-form"):
        shown = leader.get(where)
        assert f'href="{findings}"' in shown.text
        assert "You gave a reason on 9 October 2023 at 10:30am. You can change it." in words(shown)
        assert [] == re.findall(r"or say why|Replace it if you can|Send a new version", words(shown))
    desk = words(leader.get(f"{home}/"))
    assert (True, False, False) == (GIVEN in desk, ASKED in desk, "There is a problem" in desk)

    wrong = leader.post(findings, reason=" ")
    assert (422, True, False) == (
        wrong.status_code, "Enter why the errors stay as they are" in words(wrong), "Success" in words(wrong),
    )  # fmt: skip
    newer = sent(leader, world, Answer("xlsx", a1=WRONG), replaces=str(UUID(receipt.rpartition("/")[2])))
    assert "or say why they stay as they are." in words(leader.get(newer))
    assert ASKED in words(leader.get(f"{home}/"))
