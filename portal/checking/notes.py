"""What is found in one file, collected check by check."""

from collections import Counter

from schemas.checking import LONGEST_WHERE, MOST_COUNT, MOST_WHERE, Found


class Notes:
    """The findings so far. `where` names a part of the file, as its format does. All is cut to what an answer holds."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._where: dict[str, list[str]] = {}

    def found(self, code: str, where: str = "", count: int = 1) -> None:
        """Note that a check (a code of `schemas/checks.toml`) found something."""
        self._counts[code] = min(MOST_COUNT, self._counts[code] + count)
        places = self._where.setdefault(code, [])
        place = "".join(each if each.isprintable() else "\ufffd" for each in where[:LONGEST_WHERE])
        if place and place not in places and len(places) < MOST_WHERE:
            places.append(place)

    @property
    def findings(self) -> tuple[Found, ...]:
        """All of them, in order of their codes, so that the same file gives the same answer."""
        return tuple(Found(code, self._counts[code], tuple(self._where[code])) for code in sorted(self._counts))
