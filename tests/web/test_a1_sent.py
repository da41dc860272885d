"""A sent A1 form as its sender meets it: what was found is a link away on every page, and asked for until explained."""

import re
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest

from portal.domain.policy import MIB
from portal.services.statements import NAMES_SHOWN
from portal.vault.asks import limit_words
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer, Found
from tests.services.test_a1_document import REASON, WRONG
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import CHECKLIST, World, sample

ASKED = "Something was found in 1 file. See what, and replace it if you can"
GIVEN = "Something was found in 1 file. You gave a reason on 9 October 2023 at 10:30am"
GAPS = {
    f"{field}_{each.code}": word for each in CHECKLIST.items for field, word in (("kind", "not_held"), ("gap", "No."))
}


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
    """Receipt, item, list and findings lead to the list and ask for a reason; then they say when it was given."""
    home = f"/inspections/{world.a.inspection}"
    receipt = sent(leader, world, Answer("xlsx", a1=WRONG))
    findings = f"{receipt}/findings"
    for where in (receipt, f"{home}/items/a1-form"):
        asking = leader.get(where)
        assert f'href="{findings}"' in asking.text
        assert "or say why they stay as they are." in words(asking)
    desk = words(leader.get(f"{home}/"))
    assert (True, True) == (ASKED in desk, "There is a problem" in desk)
    assert "Save the reason" in words(leader.get(findings))

    world.fakes.clock.advance(timedelta(hours=1))
    saved = leader.post(findings, reason=REASON)
    assert (303, f"{findings}?saved=1") == (saved.status_code, saved.location)
    page = leader.get(f"{findings}?saved=1")
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


def test_the_declaration_tells_of_what_was_found(world: World, leader: Visit) -> None:
    """Each file with a problem says what it is and leads there, first of many; a reason that was given is said."""
    home = f"/inspections/{world.a.inspection}"
    world.fakes.checker.answer = Answer("pdf", (Found("password"),))
    guides = f"{home}/items/childrens-guide/documents"
    locked = leader.send(guides, sample(), "Locked.pdf").location
    world.fakes.checker.answer = None
    for number in range(NAMES_SHOWN):
        leader.send(guides, sample(seed=number), f"Guide {number}.pdf")
    receipt = sent(leader, world, Answer("xlsx", a1=WRONG))
    page = leader.get(f"{home}/declaration")
    said = words(page)
    assert "There is a problem with 2 files. You can declare all the same" in said
    assert "The file is protected by a password, so inspectors cannot open it. See what was found, and how" in said
    assert "has 1 error. See what was found, and put it right or say why it stays : workbook.xlsx" in said
    assert (1, 1) == (page.text.count(f'href="{locked}"'), page.text.count(f'href="{receipt}/findings"'))
    assert "and 1 more" in said
    leader.post(f"{receipt}/findings", reason=REASON)
    said = words(leader.get(f"{home}/declaration"))
    assert "You gave a reason on 9 October 2023 at 9:30am. See what was found and your reason" in said
    assert (False, 303) == ("say why it stays" in said, leader.post(f"{home}/declaration", **GAPS).status_code)


def test_a_csv_file_tells_of_the_whole_form(world: World, leader: Visit) -> None:
    """The first says what lacks; the last, clear itself, leads to what arose in another."""
    blank = A1Result("illustrative-2023", complete=True, rows={})
    alone = [sent(leader, world, Answer("csv", a1=blank), slot) for slot in ("children", "adopters")]
    said = words(leader.get(alone[1]))
    assert "Checked on its own: nothing was found" in said
    assert "The whole form Children: nothing to put right" in said
    assert "Adopters (this file): nothing to put right" in said
    assert "Adoption support: not sent yet Each file is checked on its own until all of them are here." in said
    together = replace(blank, problems=(Problem("X01", "ERROR", "Children", "adopter_family_id", "G", 2),))
    page = leader.get(sent(leader, world, Answer("csv", a1=together), "support"))
    said = words(page)
    assert ("Checked: nothing was found" in said, "support: not sent yet" in said) == (True, False)
    assert "There is a problem with another file of the form Children: The data in the A1 form has 2 errors." in said
    assert page.text.count(f'href="{alone[0]}/findings"') == 1
    leader.post(f"{alone[0]}/findings", reason=REASON)
    said = words(leader.get(alone[1]))
    assert "has 2 errors. You gave a reason on 9 October 2023 at 9:30am. See each place" in said
    assert "There is a problem with another file" not in said
    leader.post(f"{alone[1]}/withdraw")
    assert "The whole form" not in words(leader.get(alone[1]))


def test_a_corrected_file_is_sent_beside_the_list(world: World, leader: Visit) -> None:
    """By the page's own form it ends at the new list; what is wrong with it is said beside the old one."""
    findings = f"{sent(leader, world, Answer('xlsx', a1=WRONG))}/findings"
    place = f"/inspections/{world.a.inspection}/items/a1-form/documents"
    page = leader.get(findings)
    [form] = re.findall(rf'<form[^>]*action="{place}".*?</form>', page.text, re.DOTALL)
    fields = dict(re.findall(r'name="(upload_id|slot|replaces|beside)" value="([^"]*)"', form))
    assert 'accept=".xlsx"' in form
    assert "An Excel workbook (.xlsx). Up to 2MB" in words(page)
    roomy = replace(world.deps, policy=replace(world.deps.policy, max_file_bytes=500 * MIB))
    assert "Up to 10MB. A larger one, of up to 500MB, is received too but cannot be checked" == str(
        limit_words(roomy, CHECKLIST.item("a1-form"))
    )

    for data, said in ((b"", "The selected file is empty"), (b"no workbook", "is not what its ending, .xlsx, says")):
        wrong = leader.send(place, data, "form.xlsx", **fields)
        assert (422, True) == (wrong.status_code, "Error: What the check of the A1 form found" in wrong.text)
        assert (True, True) == (said in words(wrong), "Children!Q17: 31/02/2023" in words(wrong))

    better = A1Result("illustrative-2023", complete=True, rows={"Children": 40})
    world.fakes.checker.answer = Answer("xlsx", a1=better)
    led = leader.send(place, sample("xlsx", seed=2), "form.xlsx", **fields)
    assert (303, "?received=1") == (led.status_code, led.location[-11:])
    said = words(leader.get(led.location))
    assert "Success The corrected file is received. Below is what the check found in it." in said
    assert ("There is nothing that has to be put right." in said, "31/02/2023" in said) == (True, False)

    stale = leader.send(place, sample("xlsx", seed=3), "form.xlsx", **fields | {"upload_id": "another-upload"})
    assert (409, "Children!Q17" in words(stale), "Send a corrected file" in words(stale)) == (409, True, False)
    world.fakes.checker.failure = "died"
    fields |= {"upload_id": "the-third-upload", "replaces": led.location.split("/")[-2]}
    waiting = leader.send(place, sample("xlsx", seed=4), "form.xlsx", **fields)
    assert "This file is not checked yet" in words(leader.get(waiting.location))


def test_silence_about_errors_is_told_where_there_are_errors(world: World, leader: Visit) -> None:
    """Not where something is wrong with the file alone, or a rule failed; nor is it said then that nothing is wrong."""
    clean = A1Result("illustrative-2023", complete=True, rows={"Children": 1})
    failed = Answer("xlsx", a1=replace(clean, faults=("R07",)))
    team = Visit(leader.app, sign_in(leader.app, world.deps, world.lead_inspector.id))
    told = ("Nobody has said why.", "There is nothing that has to be put right.", "0 errors", "our fault and not yours")
    shown = []
    for number, answer in enumerate((Answer("xlsx", a1=WRONG), Answer("xlsx", (Found("macros"),), a1=clean), failed)):
        receipt = sent(leader, world, answer, upload_id=f"upload-number-{number}")
        page = words(team.get(f"{receipt}/findings"))
        shown.append([each in page for each in told])
        leader.post(f"{receipt}/withdraw")

    assert [[True, False, False, False], [False, False, True, False], [False, False, False, True]] == shown


def test_what_the_form_asks_for_is_plain_at_once(world: World, leader: Visit) -> None:
    """Once one way is complete the other's empty places are gone; choosers say what they take."""
    place = f"/inspections/{world.a.inspection}/items/a1-form"
    blank = Answer("csv", a1=A1Result("illustrative-2023", True, {"Children": 1}, not_run=("S04", "S05", "S06", "X01")))
    before = leader.get(place)
    assert (1, 3) == (before.text.count('accept=".xlsx"'), before.text.count('accept=".csv"'))
    receipt = sent(leader, world, Answer("xlsx"))
    page = leader.get(place)
    assert (False, False, False) == tuple(each in words(page) for each in ("Nothing received yet", "Either", "Or send"))
    assert "To send it the other way instead, withdraw what is here first." in words(page)
    leader.post(f"{receipt}/withdraw")
    trio = [sent(leader, world, blank, slot) for slot in ("children", "adopters", "support")]
    assert (0, "as one workbook" in words(leader.get(place))) == (leader.get(place).text.count('type="file"'), False)
    findings = leader.get(f"{trio[0]}/findings")
    assert "CSV files have no sheet Cover, so nothing that would stand there was checked." in words(findings)
    assert ['href="/a1-form/rules#X01"'] == re.findall(r'href="/a1-form/rules#[^"]+"', findings.text)
    assert 'id="X01"' in leader.get("/a1-form/rules").text
    for own, back in (("/a1-form", "/"), ("/a1-form/check", "/a1-form")):
        assert re.search(rf'govuk-back-link" href="{back}"|href="{back}" class="govuk-back-link"', leader.get(own).text)
