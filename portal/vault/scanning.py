"""Let the scanner look at a document and at each file inside it: clean is what it plainly called clean, all of it."""

from datetime import datetime

from portal.domain.checks import Scan, holds_files
from portal.ports import Deps
from portal.ports.checking import Body, CheckFailed, NotScanned
from schemas.checking import Answer, Ask
from schemas.checks import LOCKED


def scan(deps: Deps, ask: Ask, body: Body, answer: Answer | None, until: datetime) -> Scan:
    """Return what the scanner says of a document, of which the checker said `answer`, asking on until an instant.

    What the checker has no answer for is scanned all the same: that it is malware is reason enough to withhold it.

    What needs a password is never clean: its attachments are not seen.

    Raises NotScanned, CheckFailed (a file inside could not be taken out), and what opening the body raises.
    """
    if deps.scanner is None:
        return Scan.unscanned
    if deps.scanner.is_infected(body):
        return Scan.infected
    if answer is None:
        return Scan.unscanned
    locked = any(each.code == LOCKED for each in answer.findings)
    try:
        if holds_files(ask.extension, answer) and _is_infected_inside(deps, ask, body, answer.members, until):
            return Scan.infected
    except CheckFailed as error:
        # All that can be taken out was scanned before the process ended at what is locked.
        if not (locked and str(error) == "cut-short"):
            raise
    return Scan.locked if locked else Scan.clean


def _is_infected_inside(deps: Deps, ask: Ask, body: Body, least: int, until: datetime) -> bool:
    """Say whether a file inside is malware, of which there have to be `least`. Raises as `scan`."""
    assert deps.scanner is not None
    seen = 0
    for each in deps.checker.extract(ask, [body]):
        if deps.clock.now() >= until:
            raise NotScanned("time")
        if each.size and deps.scanner.is_infected(each):
            return True
        seen += 1
    if seen < least:
        raise NotScanned("members")
    return False
