"""The owner's long-stop of a programme: a day on which somebody decides, and on which nothing is destroyed (R9)."""

from dataclasses import dataclass
from datetime import date

from portal.db.chain import append
from portal.db.engine import reading, writing
from portal.db.long_stop_queries import unpublished
from portal.db.queries import programme_by_code, require_steward
from portal.domain.actors import Actor
from portal.domain.long_stop import check_long_stop
from portal.domain.roles import Permission
from portal.domain.times import london_date
from portal.ports import Deps
from portal.vault.long_stop import settle_alarms


@dataclass(frozen=True)
class LongStop:
    """A programme's long-stop."""

    title: str
    decides_on: date | None
    """None where nothing was announced and no day was set."""
    suggested: bool
    """Whether nobody set it."""
    passed: bool
    published: bool


def long_stop_of(deps: Deps, actor: Actor, code: str) -> LongStop:
    """Return a programme's long-stop. Raises NotFound."""
    with reading(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code)
        stands = unpublished(session, programme)
        return LongStop(
            programme.title,
            stands.decides_on,
            stands.long_stop_on is None,
            stands.passed(london_date(deps.clock.now())),
            stands.published_on is not None,
        )


def set_long_stop(deps: Deps, actor: Actor, code: str, day: date | None) -> None:
    """Set the day on which it is decided what becomes of a programme that nothing was published of.

    A decision by two people to dispose of something because the last long-stop was reached counts no more. Raises
    NotFound, Refused (no day, not in the future), Conflict (published).
    """
    with writing(deps.engine) as session:
        require_steward(session, actor, Permission.manage_retention)
        programme = programme_by_code(session, code, lock=True)
        now = deps.clock.now()
        old, new = programme.long_stop_on, check_long_stop(day, unpublished(session, programme), london_date(now))
        if new == old:
            return
        programme.long_stop_on = new
        session.flush()
        settle_alarms(session, deps, actor, programme)
        append(session, actor, "long-stop.set", now, subject=programme.id, old=str(old or ""), new=str(new))
