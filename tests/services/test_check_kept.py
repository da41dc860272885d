"""What is kept of a check can be read as long as the document is there, or the document is checked anew."""

from dataclasses import replace
from datetime import timedelta

import pytest

from portal.db.check_queries import due_checks
from portal.db.checks import DocumentCheck
from portal.db.engine import reading, writing
from portal.db.tables import Inspection
from portal.db.team_documents import Memory
from portal.domain.checks import CheckState
from portal.domain.errors import KeyUnavailable, NotFound
from portal.services import check_standing
from portal.services.a1_document import checked_form, give_reason
from portal.services.check import check_document
from portal.services.check_standing import look_at_kept
from portal.services.desk import item_page
from portal.services.release import document_page
from portal.services.team_inspection import inspection_page
from portal.vault.check_opened import open_before
from portal.vault.checks import open_answer, seal_answer
from portal.vault.records import inspection_key
from portal.vault.texts import seal_text
from schemas.a1 import load_a1
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import Answer, Found, answer_line, read_answer, read_kept
from schemas.checks import MALWARE, Effect, load_checks
from tests.fake_checker import EICAR
from tests.services.checks import found, row, said, send, with_answer
from tests.services.looks import inspection_row
from tests.world import World, sample, upload

A1 = A1Result("illustrative-2023", True, {"Children": 3})


def test_what_another_version_kept_is_looked_at_anew(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """No page fails on it: what it held is not known, and the next start of the worker has the document checked."""
    monkeypatch.setattr(check_standing, "A_STEP", 1)
    world.fakes.checker.answer = Answer("xlsx", (Found("macros"),), a1=A1)
    form = upload(world.deps, world.leader.actor, world.a.inspection, "a1-form", "workbook", sample("xlsx")).document
    guide = send(world)
    assert [CheckState.flagged] * 2 == [check_document(world.deps, each) for each in (form, guide)]
    assert [0, 0, 0] == list(look_at_kept(world.deps))
    key = inspection_key(world.deps, inspection_row(world.deps, world.a.inspection))
    line = answer_line(Answer("xlsx", (Found("no-more"),), a1=A1)).decode()
    with writing(world.deps.engine) as session:
        kept = session.get_one(DocumentCheck, form)
        kept.sealed_result = seal_text(key, kept.inspection_id, form, "check", line)

    here = world.deps, world.inspector.actor, world.a.inspection
    assert [] == document_page(*here, form)["findings"]
    assert "flagged" == document_page(*here, form)["document"]["state"]
    views = inspection_page(*here, Memory())["documents"]
    assert {""} < {each["found"] for each in views}
    item_page(world.deps, world.leader.actor, world.a.inspection, "a1-form")
    with pytest.raises(NotFound):
        checked_form(*here, form)
    with pytest.raises(Exception, match="no errors"):
        give_reason(world.deps, world.leader.actor, world.a.inspection, form, "They are right.")

    assert 1 == sum(look_at_kept(world.deps))
    with reading(world.deps.engine) as session:
        assert [form] == list(due_checks(session, world.deps.clock.now(), 9))
    assert [0, 0] == list(look_at_kept(world.deps))
    assert CheckState.flagged is check_document(world.deps, form)
    assert ["macros"] == [each["code"] for each in document_page(*here, form)["findings"]]


def test_what_was_found_leads_to_what_the_settings_say_now(world: World) -> None:
    """Changed effects hold for what was checked before, too, after the next start, and the trail says so."""
    with_answer(world, "macros")
    document = send(world)
    check_document(world.deps, document)
    here = world.deps, world.inspector.actor, world.a.inspection

    def judged(effect: Effect) -> tuple[int, str, str, int]:
        world.fakes.clock.advance(timedelta(hours=1))
        deps = replace(world.deps, effects={**world.deps.effects, "macros": effect})
        count = sum(look_at_kept(deps))
        kept = row(world, document)
        assert (kept.checked_at == deps.clock.now()) is bool(count)
        return count, kept.state, document_page(*here, document)["document"]["state"], len(said(world))

    assert (0, "flagged", "flagged", 1) == judged(Effect.flag)
    assert (1, "quarantined", "quarantined", 2) == judged(Effect.quarantine)
    assert (0, "quarantined", "quarantined", 2) == judged(Effect.quarantine)
    assert (1, "clear", "clear", 3) == judged(Effect.note)


@pytest.mark.parametrize("broken", ["key", "altered key"])
def test_one_inspection_s_key_keeps_no_other_from_being_judged(world: World, broken: str) -> None:
    """Where its key does not answer that is said at the end, so that all are looked at again; altered, it stays so."""
    with_answer(world, "macros")
    theirs = upload(world.deps, world.leader_b.actor, world.b.inspection).document
    ours = [send(world, item=item) for item in ("statement-of-purpose", "annual-report")]
    for document in (theirs, *ours):
        check_document(world.deps, document)
    if broken == "key":
        world.fakes.custodian.lose(world.b.inspection)
    else:
        with writing(world.deps.engine) as session:
            session.get_one(Inspection, world.b.inspection).wrapped_key = bytes(48)
    looking = look_at_kept(replace(world.deps, effects={**world.deps.effects, "macros": Effect.quarantine}))

    assert 2 == next(looking)
    with pytest.raises(KeyUnavailable if broken == "key" else StopIteration):
        next(looking)
    assert ["flagged", "quarantined", "quarantined"] == [row(world, each).state for each in (theirs, *ours)]


def test_what_is_to_be_checked_anew_meanwhile_is_left_to_that(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was opened outside any transaction is outdated by the time that it would be judged."""
    with_answer(world, "macros")
    document = send(world)
    check_document(world.deps, document)

    def meanwhile(key: bytes, seen: DocumentCheck) -> Answer | None:
        with writing(world.deps.engine) as session:
            session.get_one(DocumentCheck, document).next_try_at = world.deps.clock.now()
        return open_answer(key, seen)

    monkeypatch.setattr(check_standing, "open_answer", meanwhile)
    assert 0 == sum(look_at_kept(replace(world.deps, effects={**world.deps.effects, "macros": Effect.quarantine})))
    assert "flagged" == row(world, document).state


def test_two_workers_that_start_together_judge_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes second finds it done, and says nothing of it in the trail."""
    with_answer(world, "macros")
    document = send(world)
    check_document(world.deps, document)
    deps = replace(world.deps, effects={**world.deps.effects, "macros": Effect.quarantine})

    def meanwhile(key: bytes, seen: DocumentCheck) -> Answer | None:
        monkeypatch.undo()
        assert 1 == sum(look_at_kept(deps))
        return open_answer(key, seen)

    monkeypatch.setattr(check_standing, "open_answer", meanwhile)
    assert 0 == sum(look_at_kept(deps))
    assert ["flagged", "quarantined"] == [each["state"] for each in said(world)]


def test_what_waits_or_was_given_up_is_not_judged_by_what_was_found_before(world: World) -> None:
    """It stays unchecked until a check says otherwise, whatever the settings' effects are."""
    with_answer(world, "macros")
    document = send(world)
    check_document(world.deps, document)
    with writing(world.deps.engine) as session:
        session.get_one(DocumentCheck, document).state = CheckState.unchecked
    assert 0 == sum(look_at_kept(world.deps))
    assert "unchecked" == row(world, document).state


def test_malware_is_said_once_and_beside_everything_else(world: World) -> None:
    """However much was found, and whenever it is scanned again: what is kept stays as it can be read."""
    others = sorted(load_checks().keys() - {MALWARE})
    with_answer(world, *others)
    document = send(world, sample() + EICAR)
    assert CheckState.quarantined is check_document(world.deps, document)
    assert [*others, MALWARE] == [each.code for each in found(world, document).findings]
    world.fakes.scanner.failure = "down"
    for _ in range(2):
        with writing(world.deps.engine) as session:
            session.get_one(DocumentCheck, document).next_try_at = world.deps.clock.now()
        assert CheckState.quarantined is check_document(world.deps, document)
        assert [*others, MALWARE] == [each.code for each in found(world, document).findings]
        assert "infected" == row(world, document).scan
        world.fakes.scanner.failure = ""


def test_an_answer_is_kept_as_it_was_believed() -> None:
    """However long it is as it is written down, and whatever letters it has: halves of letters are nothing."""
    cells = (Cell(2, "é" * 80),) * 12_000
    a1 = replace(A1, problems=(Problem("F02", "ERROR", "Children", "status", "C", 12_000, cells),))
    answer = Answer("xlsx", (Found("macros", 1, ('é👶\\"', "", "\x7f" * 9)),), a1=a1)
    believed = read_answer(answer_line(answer))
    assert (a1, ('é👶\\"', "", "\ufffd" * 9)) == (believed.a1, believed.findings[0].where)
    assert believed == read_kept(answer_line(believed))
    assert ("a?b",) == read_kept(answer_line(Answer("pdf", (Found("macros", 1, ("a\ud800b",)),)))).findings[0].where


def test_what_is_kept_is_opened_before_it_is_needed(world: World) -> None:
    """To open a large A1 form takes a while, in which everybody's writes would wait: only what came since is opened."""
    world.fakes.checker.answer = Answer("csv", a1=A1)
    slots = [sheet.slot for sheet in load_a1(A1.definition).sheets]
    leader, inspection = world.leader.actor, world.a.inspection
    forms = [upload(world.deps, leader, inspection, "a1-form", slot, sample("csv")).document for slot in slots]
    check_document(world.deps, forms[0])
    opened = open_before(world.deps, forms)
    with reading(world.deps.engine) as session:
        first, second = (session.get_one(DocumentCheck, each) for each in forms[:2])
    no_key = b""
    assert opened.of(no_key, second) is None
    answer = opened.of(no_key, first)
    assert answer is not None
    assert A1 == answer.a1

    key = inspection_key(world.deps, inspection_row(world.deps, inspection))
    for row_, kind in ((first, "xlsx"), (second, "csv")):
        row_.sealed_result = seal_answer(key, inspection, row_.document_id, Answer(kind))
        assert Answer(kind) == opened.of(key, row_)
    assert [CheckState.clear] * 2 == [check_document(world.deps, each) for each in forms[1:]]
    assert [["Children"], [], []] == [list((found(world, each).a1 or A1).rows) for each in forms]
