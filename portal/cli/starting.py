"""What server and worker look at before anything else: whether they woke up over a backup that was put back."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from portal.db.ending_queries import standing_alarms
from portal.db.engine import reading
from portal.ports import Deps
from portal.services.came_back import put_away
from portal.services.restored import ALARM, dispose_again
from portal.services.rewound import watch_trail

EVERY: Final = timedelta(hours=1)


def before_serving(deps: Deps) -> None:
    """Dispose again of what a restored database does not know to be gone, and compare the trail with its anchors.

    What cannot be done now is fenced, so that nobody can open it, and the worker goes on with it.
    Raises KeyUnavailable: nobody can say what was removed, and nothing may be served.
    """
    watch_trail(deps)  # first: its entry tells where the trail that was restored ended
    dispose_again(deps)


@dataclass
class Lookout:
    """The worker's: at its start, once an hour, and each round as long as something waits to be disposed of again."""

    deps: Deps
    run: Callable[[str, Callable[[], object]], object]
    """Runs a job under its name, and logs what comes of it."""
    last_at: datetime | None = None

    def look(self) -> None:
        """Do what is due now; a job that fails is logged, and tried again in the next round."""
        now = self.deps.clock.now()
        due = self.last_at is None or not timedelta() <= now - self.last_at < EVERY
        if due:
            self.run("trail", lambda: watch_trail(self.deps))
            self.run("came back", lambda: put_away(self.deps))
        if due or self._waiting():
            self.run("restored", lambda: self._dispose_again(now))

    def _dispose_again(self, now: datetime) -> None:
        dispose_again(self.deps)
        self.last_at = now

    def _waiting(self) -> bool:
        with reading(self.deps.engine) as session:
            return any(alarm.kind == ALARM for alarm in standing_alarms(session))
