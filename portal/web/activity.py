"""An upload counts as using the service: while its body comes, its sender's session does not run out for idleness."""

from collections.abc import Callable, Iterator
from contextlib import suppress
from time import monotonic

from sqlalchemy.exc import SQLAlchemyError

from portal.services.sign_in import SEEN_EVERY, see
from portal.web.access import deps, visitor


def keep_awake(chunks: Iterator[bytes], time: Callable[[], float] = monotonic) -> Iterator[bytes]:
    """Pass a body on, and note once a minute that its sender is there; who signed out meanwhile stays so."""
    found, seen = visitor(), time()
    for chunk in chunks:
        now = time()
        if found is not None and now - seen >= SEEN_EVERY.total_seconds():
            seen = now
            with suppress(SQLAlchemyError):  # a note that fails is no reason to lose a file
                see(deps(), found.who.session)
        yield chunk
