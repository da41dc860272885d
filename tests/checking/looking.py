"""Looks into bytes as the process does, and says what was found in words that a test can compare."""

from portal.checking.look import look
from schemas.checking import Answer, Ask


def looked(body: bytes, extension: str, accepts: tuple[str, ...] = ()) -> Answer:
    """Return the answer about one file; an item accepts anything unless the test says otherwise."""
    return look(Ask(extension, accepts, (len(body),)), [body])


def codes(body: bytes, extension: str, accepts: tuple[str, ...] = ()) -> list[str]:
    """Return the codes of what is found, in their order."""
    return [found.code for found in looked(body, extension, accepts).findings]


def places(body: bytes, extension: str) -> dict[str, tuple[str, ...]]:
    """Return where each thing is found."""
    return {found.code: found.where for found in looked(body, extension).findings}
