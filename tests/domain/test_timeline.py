"""What is due when, by months; and what each kind of alarm asks for."""

import ast
import importlib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest

import portal
from portal.domain.errors import Conflict
from portal.domain.incidents import ALARM_KINDS, UNKNOWN, check_by_hand, kind_of
from portal.domain.timeline import Event, Happening, by_month, in_order

TODAY = date(2025, 3, 27)
ONLY_BY_THEIR_CAUSE = {
    "clock", "mail", "hold-review", "no-publication", "long-stop", "approval-due", "late-disposal", "disposal-stuck",
    "anchor", "trail-rewound", "unchecked",
}  # fmt: skip


def event(number: int, on: date | None, kind: Happening = Happening.disposal) -> Event:
    """Return an event about the inspection of this number."""
    return Event(kind, f"RAA-2023-0{number}", UUID(int=number), on)


def test_events_stand_by_months_with_what_is_past_first_and_what_has_no_date_last() -> None:
    """Today is not past; the same month of another year is another month; nothing is lost on the way."""
    events = [
        event(1, None, Happening.undated),
        event(2, date(2026, 3, 1)),
        event(3, TODAY),
        event(4, date(2025, 3, 26)),
        event(5, date(2024, 12, 31)),
        event(6, date(2025, 3, 31)),
    ]
    months = by_month(in_order(events), TODAY)
    said = [(each.title, [one.reference[-1] for one in each.events]) for each in months]
    assert [
        ("Before today", ["5", "4"]),
        ("March 2025", ["3", "6"]),
        ("March 2026", ["2"]),
        ("No date yet", ["1"]),
    ] == said
    assert [] == by_month([], TODAY)


def test_an_event_keeps_its_id_and_no_two_share_one() -> None:
    """A calendar moves an event whose day changed, and tells two kinds about one inspection apart."""
    one, moved = event(1, TODAY), event(1, date(2026, 1, 1))
    assert one.uid == moved.uid
    assert 3 == len({one.uid, event(2, TODAY).uid, event(1, TODAY, Happening.notice).uid})


def raised() -> Iterator[tuple[str, str]]:
    """Yield every kind of alarm that the portal's code raises, with the file."""
    root = Path(portal.__file__).parent
    for path in root.rglob("*.py"):
        module = f"portal.{'.'.join(path.relative_to(root).with_suffix('').parts)}"
        tree = ast.parse(path.read_text("utf-8"))
        for kind in (*(each for node in ast.walk(tree) for each in _kinds(node)), *_constants(tree)):
            for found in _said(kind, module):
                yield found, path.name


def _constants(tree: ast.Module) -> Iterator[ast.expr]:
    """Yield what a module calls its kind of alarm: where the kind is a variable, it is one of these."""
    for node in tree.body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        if any(isinstance(each, ast.Name) and each.id.endswith("ALARM") for each in targets):
            yield node.value  # type: ignore[attr-defined]


def _kinds(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a call gives as the kind of an alarm, and what a dict of an alarm's columns has."""
    if isinstance(node, ast.Dict):
        keys = [key.value if isinstance(key, ast.Constant) else None for key in node.keys]
        if {"kind", "raised_at"} <= set(keys):
            yield node.values[keys.index("kind")]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("raise_alarm", "Alarm"):
        named = {word.arg: word.value for word in node.keywords}
        yield named["kind"] if "kind" in named else node.args[2]


def _said(kind: ast.expr, module: str) -> list[str]:
    """Return what an expression is: itself, or a constant of the module; a variable is given elsewhere."""
    if isinstance(kind, ast.Constant):
        return [kind.value] if isinstance(kind.value, str) else []
    found = getattr(importlib.import_module(module), kind.id, None) if isinstance(kind, ast.Name) else None
    return [str(found)] if isinstance(found, str) else []


def test_every_kind_of_alarm_that_is_raised_has_its_words() -> None:
    """Whatever raises an alarm, the page of incidents says what it is and what to do."""
    kinds = dict(raised())
    assert ALARM_KINDS.keys() == kinds.keys(), kinds
    assert all(each.title and each.to_do for each in (*ALARM_KINDS.values(), UNKNOWN))
    assert UNKNOWN == kind_of("of another version")


@pytest.mark.parametrize("kind", [*ALARM_KINDS, "of another version"])
def test_only_what_would_not_come_back_is_settled_by_hand(kind: str) -> None:
    """A kind whose cause is looked up goes with its cause alone."""
    if kind in ONLY_BY_THEIR_CAUSE or kind not in ALARM_KINDS:
        with pytest.raises(Conflict, match="goes by itself"):
            check_by_hand(kind)
    else:
        check_by_hand(kind)
