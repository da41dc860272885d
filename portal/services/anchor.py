"""Hand checkpoints and certificates to every anchor; one that fails keeps no other from its turn, and alarms."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from portal.db.anchor_queries import anchor_counts, known_to, queued_statements, waiting_for
from portal.db.ending_queries import standing_alarms
from portal.db.endings import Anchoring
from portal.db.engine import reading, writing
from portal.domain.actors import WORKER
from portal.domain.errors import ObjectExists, PortalError
from portal.ports import Anchor, Deps
from portal.vault.alarms import clear_alarm, raise_alarm
from portal.vault.anchoring import stated
from schemas.texts import say

log = structlog.get_logger()

ANCHOR_ALARM = "anchor"
ALARM_WORDS = say(
    "An anchor does not take the checkpoints of the audit trail. `portal audit anchors` says which, and why. "
    "Check that it can be reached and written to; what waits is handed over as soon as it can be."
)
AT_ONCE = 200
"""Statements handed to one anchor in one round, so that the worker's other jobs have their turn."""


@dataclass(frozen=True)
class _Tries:
    """What came of a round with one anchor: the names that it took, and the failures by name."""

    kept: Sequence[str]
    failures: dict[str, str]


def anchor_statements(deps: Deps) -> int:
    """Hand over what waits for every anchor; return how many statements were taken."""
    taken = 0
    for name, anchor in deps.anchors.items():
        _catch_up(deps, name)
        with reading(deps.engine) as session:
            waiting = [(each, stated(session, each)) for each in waiting_for(session, name, AT_ONCE)]
        if waiting:
            tries = _try_all(anchor, waiting)
            _note(deps, name, tries)
            taken += len(tries.kept)
    _forget_unused(deps)
    return taken


def anchors_standing(deps: Deps) -> list[dict[str, Any]]:
    """Return for each anchor how many statements it has and how many wait for it, and the last failure."""
    with reading(deps.engine) as session:
        return [{"anchor": name, **anchor_counts(session, name)} for name in deps.anchors]


def _forget_unused(deps: Deps) -> None:
    """Clear the alarm of an anchor that is no longer in use."""
    with reading(deps.engine) as session:
        unused = [each.subject for each in standing_alarms(session)
                  if each.kind == ANCHOR_ALARM and each.subject not in deps.anchors]  # fmt: skip
    for subject in unused:
        with writing(deps.engine) as session:
            clear_alarm(session, deps, WORKER, ANCHOR_ALARM, subject=subject)


def _catch_up(deps: Deps, anchor: str) -> None:
    """Queue for an anchor that is new whatever the others were given before."""
    with reading(deps.engine) as session:
        if known_to(session, anchor):
            return
    with writing(deps.engine) as session:
        for name, at in () if known_to(session, anchor) else queued_statements(session):
            session.add(Anchoring(name=name, anchor=anchor, queued_at=at))


def _try_all(anchor: Anchor, waiting: Sequence[tuple[str, bytes | None]]) -> _Tries:
    """Offer each statement, outside any transaction; an anchor that does not answer is not asked again this round."""
    kept: list[str] = []
    failures: dict[str, str] = {}
    for name, body in waiting:
        if body is None:  # its row is gone, which is for whoever verifies the trail to judge
            failures[name] = "lost"
            continue
        try:
            anchor.keep(name, body)
            kept.append(name)
        except ObjectExists:
            failures[name] = ObjectExists.__name__
        except (PortalError, OSError, ValueError) as error:
            failures[name] = type(error).__name__
            break
    return _Tries(kept, failures)


def _note(deps: Deps, anchor: str, tries: _Tries) -> None:
    with writing(deps.engine) as session:
        now = deps.clock.now()
        for name in tries.kept:
            row = session.get_one(Anchoring, (name, anchor))
            row.kept_at, row.failure = now, None
        for name, failure in tries.failures.items():
            session.get_one(Anchoring, (name, anchor)).failure = failure
        session.flush()
        if tries.failures:
            log.warning("anchor.failed", anchor=anchor, failures=len(tries.failures))
            raise_alarm(session, deps, ANCHOR_ALARM, ALARM_WORDS, subject=anchor)
        elif not waiting_for(session, anchor, 1):
            clear_alarm(session, deps, WORKER, ANCHOR_ALARM, subject=anchor)
