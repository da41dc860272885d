"""What outsiders and both sides can see of the trail: the span of a certificate, files, and what happened in words."""

import csv
import io
import json
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import uuid4

import pytest

from portal.db.chain import append
from portal.db.engine import writing
from portal.domain.actors import OPERATOR
from portal.domain.audit import Checkpoint, read_checkpoint
from portal.domain.errors import Conflict, NotAllowed, NotFound
from portal.domain.spans import NOT_CHAINED, NOT_SHOWN, NOT_SIGNED, OTHER_CHECKPOINT, SHAPE, span_problem
from portal.services.anchor import anchor_statements
from portal.services.audit_export import export_file
from portal.services.dispose import dispose
from portal.services.inspection_trail import trail_of_inspection
from portal.services.rotate import rotate_key
from portal.services.span import read_span
from portal.services.trail import checkpoint, verify_trail
from portal.vault.signatures import checker
from portal.vault.verification import Verified
from tests.services.ends import wait_until_due
from tests.services.looks import actions
from tests.world import World, upload


@pytest.fixture
def span(world: World) -> dict[str, Any]:
    """The span of a certificate, two entries before its checkpoint."""
    wait_until_due(world)
    with pytest.raises(Conflict, match="not disposed of"):
        read_span(world.deps, OPERATOR, world.a.inspection)
    dispose(world.deps, world.dpo.actor, world.a.inspection)
    with writing(world.deps.engine) as session:
        for number in range(2):
            append(session, OPERATOR, "secret.act", world.deps.clock.now(), number=number)
    with pytest.raises(Conflict, match="try again"):
        read_span(world.deps, OPERATOR, world.a.inspection)
    assert checkpoint(world.deps)
    for nobody in (world.leader, world.lead_inspector):
        with pytest.raises((NotFound, NotAllowed)):
            read_span(world.deps, nobody.actor, world.a.inspection)
    found: dict[str, Any] = json.loads(json.dumps(read_span(world.deps, world.administrator.actor, world.a.inspection)))
    return found


def _flips(value: Any, put: Callable[[Any], None]) -> Iterator[None]:
    """Change each character and number within a JSON value in its place, in turn, and put it back."""
    if isinstance(value, dict | list):
        for key in value if isinstance(value, dict) else range(len(value)):
            yield from _flips(value[key], partial(value.__setitem__, key))
        return
    changed: list[Any]
    if isinstance(value, str):
        spots = [(at, bit) for at in range(len(value)) for bit in (1, 32)]
        changed = [value[:at] + chr(ord(value[at]) ^ bit) + value[at + 1 :] for at, bit in spots]
    else:
        changed = [(value or 0) + 1]
    for each in changed:
        put(each)
        yield
        put(value)


def test_a_span_proves_the_certificate_and_shows_nothing_else(span: dict[str, Any], world: World) -> None:
    """It ends at the checkpoint, shows the first entry alone, and every character of it that is changed is found."""
    check = checker(world.fakes.signer.public_keys())
    assert "" == span_problem(span, check, read_checkpoint(_anchored(world)))
    assert ("disposal.certified", str(world.a.inspection)) == (
        span["disclosed"]["action"],
        span["disclosed"]["inspection"],
    )
    assert {"seq", "content"} == set().union(*(each for each in span["entries"]))
    assert 3 == len(span["entries"])
    assert "secret.act" not in json.dumps(span)
    flips = _flips(span, lambda _new: None)
    unfound = [json.dumps(span) for _ in flips if not span_problem(span, check)]
    assert [] == unfound
    assert "" == span_problem(span, check)


def test_what_is_wrong_with_a_span_is_said(span: dict[str, Any], world: World) -> None:
    """Cut, of another checkpoint, of another key, or no span at all."""
    check = checker(world.fakes.signer.public_keys())
    other = Checkpoint(1, "0" * 64, world.deps.clock.now(), "x", "")
    assert OTHER_CHECKPOINT == span_problem(span, check, other)
    assert NOT_SIGNED == span_problem(span, checker({}))
    assert NOT_CHAINED == span_problem({**span, "entries": span["entries"][:-1]}, check)
    assert NOT_CHAINED == span_problem({**span, "entries": [span["entries"][0], *span["entries"][2:]]}, check)
    assert NOT_SHOWN == span_problem({**span, "disclosed": {**span["disclosed"], "actor": "worker"}}, check)
    for wrong in ({}, {**span, "more": 1}, {**span, "entries": []}, {**span, "disclosed": None}):
        assert SHAPE == span_problem(wrong, check)


def _anchored(world: World) -> bytes:
    anchor_statements(world.deps)
    *_earlier, (_name, data) = world.fakes.anchor.kept("checkpoint-")
    return data


def test_old_keys_still_vouch_for_what_they_signed(world: World) -> None:
    """A renewed key signs what comes; the trail says so, every steward is told, and the whole still verifies."""
    deps = world.deps
    assert checkpoint(deps, at_once=True)
    for nobody in (world.leader, world.lead_inspector):
        with pytest.raises(NotFound):
            rotate_key(deps, nobody.actor)
    made = rotate_key(deps, world.administrator.actor)
    after = checkpoint(deps)
    assert after is not None
    assert (made, 2) == (after.key_id, len(deps.signer.public_keys()))
    assert ["signing.rotation-began", "signing.rotated"] == actions(deps)[-2:]
    assert Verified(len(actions(deps)), 2) == verify_trail(deps, OPERATOR)


def test_files_of_the_trail_run_in_no_spreadsheet(world: World) -> None:
    """As JSON Lines each entry as it is hashed; as CSV no cell begins as a formula; the trail says who took it."""
    deps, dpo = world.deps, world.dpo.actor
    upload(deps, world.leader.actor, world.a.inspection)
    evil = ['=HYPERLINK("x")', "+1", "-1", "@SUM(A1)", "\tx", "\rx", " =1"]
    with writing(deps.engine) as session:
        for each in evil:
            append(session, OPERATOR, "x.y", deps.clock.now(), inspection=world.a.inspection, subject=each)
    whole = [json.loads(line) for line in b"".join(export_file(deps, dpo, "jsonl")).splitlines()]
    assert list(range(1, len(whole) + 1)) == [each["seq"] for each in whole]
    assert "trail.exported" == actions(deps)[-1]
    assert {32} == {len(each["salt"]) for each in whole}
    text = b"".join(export_file(deps, dpo, "csv", world.a.inspection)).decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [f"'{each}" for each in evil] == [row["subject"] for row in rows if row["action"] == "x.y"]
    assert {str(world.a.inspection)} == {row["inspection"] for row in rows}
    for who, inspection, error in (
        (world.administrator, None, NotFound),
        (world.leader, None, NotFound),
        (world.leader, world.a.inspection, NotAllowed),
        (world.dpo, uuid4(), NotFound),
    ):
        with pytest.raises(error):
            export_file(deps, who.actor, "csv", inspection)


def test_each_side_sees_its_part_in_words(world: World) -> None:
    """Newest first, by roles; no identifier of anybody, and nothing of another inspection."""
    deps = world.deps
    for _ in range(14):
        upload(deps, world.contributor.actor, world.a.inspection, "childrens-guide")
    upload(deps, world.leader.actor, world.a.inspection)
    reference, first = trail_of_inspection(deps, world.leader.actor, world.a.inspection, 1)
    assert (world.a.reference, 25, 2) == (reference, len(first.rows), first.pages)
    assert ("A document was received", "You") == (first.rows[0].what, first.rows[0].who)
    assert "The contributor" in {each.who for each in first.rows}
    seen = {each.who for each in trail_of_inspection(deps, world.inspector.actor, world.a.inspection, 2)[1].rows}
    assert {"The leader", "The administrator"} & seen
    assert not [each for each in first.rows if str(world.contributor.id) in repr(each)]
    for nobody, error in ((world.contributor, NotAllowed), (world.leader_b, NotFound), (world.dpo, NotAllowed)):
        with pytest.raises(error):
            trail_of_inspection(deps, nobody.actor, world.a.inspection, 1)
