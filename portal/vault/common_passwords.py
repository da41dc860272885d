"""The most common passwords of published breaches, from the lists of zxcvbn."""

from functools import cache
from typing import Final

_MOST_COMMON: Final = 7000
_SHORTEST: Final = 4
_LONG: Final = 11
"""Any known one of this length is refused, however far down the list: few people choose one by themselves."""


@cache
def common_passwords() -> frozenset[str]:
    """Return some 7,400 passwords of four characters or more, casefolded."""
    # Here and not above: the lists take some megabytes, and only choosing a password needs them.
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # type: ignore[import-untyped]

    words = [word for word in FREQUENCY_LISTS["passwords"] if len(word) >= _SHORTEST]
    return frozenset(word.casefold() for place, word in enumerate(words) if place < _MOST_COMMON or len(word) >= _LONG)
