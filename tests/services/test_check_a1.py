"""Checks of an A1 form: what it is read against, and CSV files, alone and together."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

from structlog.testing import capture_logs

from portal.db.engine import writing
from portal.db.registers import AgencyMember
from portal.db.tables import Agency, Programme
from portal.domain.checks import CheckState
from portal.ports import Deps
from portal.ports.checking import Body, CheckFailed
from portal.services.check import check_document, check_due
from portal.services.check_unsent import Unsent, check_unsent
from portal.services.recall import recall
from portal.services.release import release
from portal.services.withdraw import withdraw
from portal.vault.checks import findings_view
from schemas.a1_glance import Glance
from schemas.a1_result import A1Result, Problem
from schemas.checking import Answer, Ask, Found
from tests.fake_checker import FakeChecker, FakeScanner
from tests.services.checks import codes, found, row, said, send, with_answer
from tests.world import World, sample, upload

ROOT = Path(__file__).parents[2]
SHEETS = ("Children", "Adopters", "Support")
GLANCE = Glance("illustrative-2023", {"Children": {"301": 7}}, {"PLACED": 7}, ())


def a_form(*problems: tuple[str, str, str], complete: bool = True) -> A1Result:
    """Return what reading an A1 form might say: (code, severity, sheet) of each problem."""
    made = tuple(Problem(code, severity, sheet, "", "", 1) for code, severity, sheet in problems)
    return A1Result("illustrative-2023", complete, {"Children": 1, "Adopters": 2, "Support": 3}, made)


def set_registers(deps: Deps, agency: str) -> None:
    """Give the agency its members and words, and the programme its period."""
    with writing(deps.engine) as session:
        row = session.query(Agency).filter_by(code=agency).one()
        row.id_words = "LEEDS ADOPT"
        session.query(Programme).one().data_from = date(2022, 4, 1)
        spells = (("101", date(2020, 1, 1), None), ("102", date(2019, 1, 1), date(2022, 12, 31)), (None,) * 3)
        session.add_all(
            AgencyMember(agency_id=row.id, authority=f"Council {code}", code=code, from_on=first or date(2021, 1, 1),
                         until_on=last)
            for code, first, last in spells
        )  # fmt: skip


def test_an_a1_form_is_read_against_its_registers(world: World) -> None:
    """Definition, period, agency, authorities with their days, day of upload and words come from the portal."""
    set_registers(world.deps, "agency-a")
    document = send(world, sample("xlsx"), "a1-form", "workbook")
    with_answer(world, a1=a_form(("F02", "ERROR", "Children"), ("X02", "CHECK", "Adopters")))
    assert CheckState.flagged is check_document(world.deps, document)
    asked = world.fakes.checker.asked[0].a1
    assert asked is not None
    assert ("illustrative-2023", ("2022-04-01", "2023-09-30"), "agency-a", "2023-10-09") == (
        asked.definition, asked.period, asked.raa_code, asked.today,
    )  # fmt: skip
    assert {"101": [["2020-01-01", ""]], "102": [["2019-01-01", "2022-12-31"]]} == asked.authorities
    assert (("LEEDS", "ADOPT"), ()) == (asked.id_words, asked.sheets)
    assert "illustrative-2023" == row(world, document).definition
    assert ["F02"] == said(world)[0]["codes"]
    with_answer(world, a1=a_form(("X02", "CHECK", "Adopters")))
    assert CheckState.clear is check_document(
        world.deps, upload(world.deps, world.leader.actor, world.a.inspection, "a1-form", "workbook",
                           sample("xlsx"), replaces=document).document,
    )  # fmt: skip


def test_a_form_is_read_by_the_definition_of_the_deployment(world: World, tmp_path: Path) -> None:
    """A file of their own says which sheet a CSV file is, sent or not, and the process that reads it gets its path."""
    own = tmp_path / "own.toml"
    text = (ROOT / "schemas" / "a1.illustrative-2023.toml").read_text().replace('"illustrative-2023"', '"own-1"')
    for given, wanted in (("children", "-"), ("adopters", "children"), ("-", "adopters")):
        text = text.replace(f'slot = "{given}"', f'slot = "{wanted}"')
    own.write_text(text)
    deps = replace(world.deps, policy=replace(world.deps.policy, a1_definition=str(own)))
    check_document(deps, send(world, sample("csv"), "a1-form", "children"))
    check_unsent(deps, world.leader.actor, Unsent((b"x",), ("Adopters",)))
    asked = [each.a1 for each in world.fakes.checker.asked]
    assert [(str(own), ("Adopters",))] * 2 == [(each.definition, each.sheets) for each in asked if each]


def test_a_rule_that_fails_is_told_to_the_operator(world: World) -> None:
    """It is our fault: the log names its code for monitoring, sent or not, and the form is no worse for it."""
    document = send(world, sample("xlsx"), "a1-form", "workbook")
    with_answer(world, a1=replace(a_form(), faults=("X01",)))
    with capture_logs() as logs:
        assert CheckState.clear is check_document(world.deps, document)
        check_unsent(world.deps, world.leader.actor, Unsent((b"PK",)), world.a.inspection)
    failed = [(each["log_level"], each["codes"]) for each in logs if each["event"] == "a1.rule-failed"]
    assert [("error", ["X01"])] * 2 == failed


def test_csv_files_are_read_alone_and_then_together(world: World) -> None:
    """Each keeps the problems of its own sheet; the last to come lets the others be judged anew."""
    alone = []
    for slot, sheet in (("children", "Children"), ("adopters", "Adopters")):
        with_answer(world)
        alone.append(send(world, b"child_id\n1\n", "a1-form", slot))
        assert CheckState.clear is check_document(world.deps, alone[-1])
        assert world.fakes.checker.asked[-1].a1 is not None
        assert (sheet,) == world.fakes.checker.asked[-1].a1.sheets
    last = send(world, b"support_id\n1,2\n", "a1-form", "support")
    world.fakes.checker.asked.clear()
    with_answer(world, a1=a_form(("X01", "ERROR", "Children"), ("F01", "CHECK", "Support"), ("S04", "CHECK", "")))
    assert CheckState.clear is check_document(world.deps, last)
    own, together = world.fakes.checker.asked
    assert (None, (15,)) == (own.a1, own.sizes)
    assert together.a1 is not None
    assert (("Children", "Adopters", "Support"), (11, 11, 15)) == (together.a1.sheets, together.sizes)
    results = [found(world, each).a1 for each in (*alone, last)]
    assert [["X01", "S04"], ["S04"], ["F01", "S04"]] == [
        [each.code for each in result.problems] for result in results if result
    ]
    assert ["flagged", "clear", "clear"] == [row(world, each).state for each in (*alone, last)]
    assert ["clear", "clear", "flagged", "clear"] == [each["state"] for each in said(world)]


def test_csv_files_are_looked_at_anew_when_one_goes(world: World) -> None:
    """What they showed together is outdated then; the glance of all is kept with each, and a release while it holds."""
    wrong = Answer("csv", a1=a_form(("X01", "ERROR", "Children"), ("F02", "ERROR", "Children")), glance=GLANCE)
    world.fakes.checker.answer = wrong
    children, adopters, support = (send(world, b"id\n1,2\n", "a1-form", each.lower()) for each in SHEETS)
    check_document(world.deps, children)
    assert [GLANCE, ["X01", "F02"]] == [found(world, children).glance, codes(found(world, children))]
    for each in (adopters, support):
        check_document(world.deps, each)
    assert [GLANCE] * 2 == [found(world, each).glance for each in (adopters, support)]
    release(world.deps, world.lead_inspector.actor, world.a.inspection, children, "Known, and explained by telephone")

    withdraw(world.deps, world.leader.actor, world.a.inspection, support)
    assert [world.deps.clock.now()] * 2 == [row(world, each).next_try_at for each in (children, adopters)]
    with_answer(world, a1=a_form(("F02", "ERROR", "Children")))
    assert 2 == check_due(world.deps)
    assert {("Children",), ("Adopters",)} == {each.a1.sheets for each in world.fakes.checker.asked[-2:] if each.a1}
    assert ["F02"] == codes(found(world, children))
    assert row(world, children).released_at is not None

    world.fakes.scanner.failure = "down"
    with_answer(world, a1=a_form(("P04", "STOP", "Support"), complete=False))
    again = send(world, b"id\n1,4\n", "a1-form", "support")
    check_document(world.deps, again)
    assert [["P04"]] * 3 == [codes(found(world, each)) for each in (children, adopters, again)]
    assert (None, "flagged") == (row(world, children).released_at, row(world, adopters).state)
    asked = len(world.fakes.checker.asked)
    recall(world.deps, world.leader.actor, world.a.inspection, children)
    check_document(world.deps, again)  # not scanned yet, and still the checker is asked
    assert ("Support",) == world.fakes.checker.asked[asked].a1.sheets  # type: ignore[union-attr]


def test_a_csv_file_that_goes_meanwhile_leaves_nothing_outdated(world: World) -> None:
    """Whoever looks at three files of which one is withdrawn just then keeps nothing, and looks again."""
    children, _adopters, support = (send(world, b"id\n1,2\n", "a1-form", each.lower()) for each in SHEETS)

    class Goes(FakeChecker):
        def check(self, ask: Ask, bodies: object) -> Answer:
            if ask.a1:
                withdraw(world.deps, world.leader.actor, world.a.inspection, support)
            return Answer("csv", a1=a_form(("X01", "ERROR", "Children")))

    check_document(replace(world.deps, checker=Goes()), children)
    kept = row(world, children)
    assert (None, world.deps.clock.now(), None) == (kept.sealed_result, kept.next_try_at, kept.lease_until)
    assert CheckState.clear is check_document(world.deps, children)


def test_a_csv_file_that_goes_while_another_is_scanned_leaves_nothing_outdated(world: World) -> None:
    """Of a file that only lacked its scan, what was found with the other is looked at again, though it is clean now."""
    world.fakes.scanner.failure = "down"
    with_answer(world, a1=a_form(("X01", "ERROR", "Children")))
    children, _adopters, support = (send(world, b"id\n1,2\n", "a1-form", each.lower()) for each in SHEETS)
    check_document(world.deps, children)
    world.fakes.clock.advance(timedelta(seconds=10))

    class Goes(FakeScanner):
        def is_infected(self, body: Body) -> bool:
            withdraw(world.deps, world.leader.actor, world.a.inspection, support)
            return super().is_infected(body)

    check_document(replace(world.deps, scanner=Goes()), children)
    kept = row(world, children)
    assert ("unscanned", world.deps.clock.now(), None) == (kept.scan, kept.next_try_at, kept.lease_until)


def test_csv_files_that_cannot_be_read_together_are_not_checked(world: World) -> None:
    """What is known of one alone says nothing of the form, so that none of it is kept and all is tried again."""

    class Fails(FakeChecker):
        def check(self, ask: Ask, bodies: Sequence[Body]) -> Answer:
            if ask.a1:
                raise CheckFailed("died")
            return Answer("csv")

    children, *_others = (send(world, b"id\n1,2\n", "a1-form", each.lower()) for each in SHEETS)
    check_document(replace(world.deps, checker=Fails()), children)
    kept = row(world, children)
    assert ("waiting", None, 1) == (kept.state, kept.sealed_result, kept.attempts)
    assert kept.next_try_at is not None


def test_what_is_only_to_be_looked_at_is_told_too(world: World) -> None:
    """A form without an error whose identifiers could be NHS numbers is not one in which nothing was found."""
    with_answer(world, a1=a_form(("P02c", "CHECK", "Children")))
    document = send(world)
    check_document(world.deps, document)
    [told] = findings_view(found(world, document))
    assert ("clear", "The data in the A1 form has 1 thing to check.") == (row(world, document).state, told["title"])
    assert [] == findings_view(Answer("xlsx", a1=a_form()))
    [kind] = findings_view(Answer("docm", (Found("not-its-type", 1, ("docm",)),)))
    assert (True, ["a Word document with macros (.docm)"]) == (kind["of_a_kind"], kind["where"])
