"""The team's page of a document: what is released is what was shown, and nothing is said to be released that is not."""

import re
from dataclasses import replace
from io import BytesIO

from openpyxl import load_workbook

from portal.services.check import check_document
from portal.services.release import release
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import Answer, Found
from tests.web.clients import Visit, make_app, sign_in, words
from tests.world import World, sample, upload

WHY = "The scanner is down, and the leader rang."


def test_nothing_is_quoted_of_a_form_that_is_withheld(world: World) -> None:
    """The team sees rules, places and sentences, on the page and in both files, until it is released."""
    twice = Problem("D01", "ERROR", "Children", "child_id", "A", 2, (Cell(2, "7, 9"), Cell(3, "0113496")))
    wrong = Problem("F02", "ERROR", "Children", "status", "E", 1, (Cell(17, "SECRETCELL", "C-17"),))
    a1 = A1Result("illustrative-2023", True, {"Children": 3}, (twice, wrong))
    world.fakes.checker.answer = Answer("xlsx", (Found("polyglot"),), a1=a1)
    deps, inspection = world.deps, world.a.inspection
    form = upload(deps, world.leader.actor, inspection, "a1-form", "workbook", sample("xlsx"), name="a.xlsx").document
    check_document(deps, form)
    app = make_app(deps)
    team, agency = (Visit(app, sign_in(app, deps, each.id)) for each in (world.inspector, world.leader))
    here = f"/inspections/{inspection}/documents/{form}/findings"

    def told(visit: Visit) -> list[str]:
        book = load_workbook(BytesIO(visit.get(f"{here}/findings.xlsx").data))
        cells = " ".join(str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row)
        return [words(visit.get(here)), visit.get(f"{here}/findings.csv").text, cells]

    for seen in told(team):
        assert "SECRETCELL" not in seen
        assert "C-17" not in seen
        assert "Children!E17" in seen
        assert "The value is not one of those that the column takes" in seen
        assert "also in row 7, 9" in seen
    assert "what stands in its cells is not shown here" in told(team)[0]
    assert [True] * 3 == ["SECRETCELL" in seen for seen in told(agency)]
    assert "is not shown here" not in told(agency)[0]
    release(deps, world.lead_inspector.actor, inspection, form, WHY)
    assert [True] * 3 == ["SECRETCELL" in seen for seen in told(team)]
    assert "The agency sees the same list." in told(team)[0]


def shown(page: str) -> str:
    """Return what the form on a page says was known."""
    [mark] = re.findall(r'name="shown" value="([^"]*)"', page)
    return str(mark)


def test_only_what_was_shown_is_released(world: World) -> None:
    """What a check finds between page and click is shown first, with what was typed; then it can be released."""
    deps = replace(world.deps, policy=replace(world.deps.policy, scanner_needed=True))
    document = upload(deps, world.leader.actor, world.a.inspection, "childrens-guide").document
    app = make_app(deps)
    head = Visit(app, sign_in(app, deps, world.lead_inspector.id))
    here = f"/team/inspections/{world.a.inspection}/documents/{document}/check"
    before = shown(head.get(here).text)
    assert "The document is released" not in words(head.get(f"{here}?released=1"))

    world.fakes.checker.answer = Answer("pdf", (Found("polyglot"),))
    check_document(deps, document)
    for old in (before, "", None):
        again = head.post(here, reason=WHY, **({} if old is None else {"shown": old}))
        assert 409 == again.status_code
        assert "The document was checked again meanwhile" in words(again)
        assert "two different types at once" in words(again)
        assert WHY in again.text
        assert 409 == head.get(f"/team/inspections/{world.a.inspection}/documents/{document}").status_code
    assert 422 == head.post(here, reason=WHY, shown="x" * 65).status_code

    done = head.post(here, reason=f"{WHY}\r\nShe knows the file.", shown=shown(again.text))
    assert 303 == done.status_code
    assert re.search(rf'portal-typed">{re.escape(WHY)}\s*\nShe knows the file.<', head.get(here).text)
    assert "The document is released. Everybody in the team can download it." in words(head.get(done.location))
    assert "Released by a head of the team" in words(head.get(here))
    assert "The document is released" not in words(head.get(here))


def test_the_officer_is_told_who_releases_what_is_not_scanned(world: World) -> None:
    """No form, a sentence instead, and a plain refusal if it is sent all the same; the lead inspector has the form."""
    deps = replace(world.deps, policy=replace(world.deps.policy, scanner_needed=True))
    document = upload(deps, world.leader.actor, world.a.inspection, "childrens-guide").document
    app = make_app(deps)
    officer, lead = (Visit(app, sign_in(app, deps, each.id)) for each in (world.qa_officer, world.lead_inspector))
    here = f"/team/inspections/{world.a.inspection}/documents/{document}/check"
    alone = "only the lead inspector can release it"

    assert (True, False) == (alone in words(officer.get(here)), "Why do you release it?" in words(officer.get(here)))
    assert (False, True) == (alone in words(lead.get(here)), "Why do you release it?" in words(lead.get(here)))
    refused = officer.post(here, reason=WHY)
    assert 403 == refused.status_code
    assert 303 == lead.post(here, reason=WHY, shown=shown(lead.get(here).text)).status_code
