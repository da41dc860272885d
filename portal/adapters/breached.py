"""Stolen passwords from a file as Have I Been Pwned gives it for download: SHA-1 in hexadecimal, sorted, one a line."""

import os
import re
from pathlib import Path
from typing import BinaryIO, Final

import structlog

log = structlog.get_logger()

_LINE: Final = re.compile(rb"[0-9A-F]{40}(:[0-9]+)?\r?\n?")
_LONGEST: Final = 128
"""Bytes of a line at most: hash, colon, a count and the line's end."""


class BreachedFile:
    """Looks a hash up by bisection on disk: of 40 GB it reads some forty lines, and keeps none."""

    def __init__(self, path: Path) -> None:
        """Take the file's path; it is opened for each look, so that a newer file can be moved into its place."""
        self._path = path

    def faults(self) -> list[str]:
        """Say what keeps the file from being used: unreadable, empty, or not such lines in order. Looks at 64 lines."""
        try:
            with self._path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                found = [_line_at(file, size * part // 64, size) for part in range(64)]
        except OSError as error:
            return [f"it cannot be read ({type(error).__name__})"]
        lines = [each for each in found if each]
        if not size or not all(_LINE.fullmatch(each) for each in lines):
            return ["its lines must be SHA-1 hashes of 40 upper-case hexadecimal digits, each with or without a count"]
        return [] if lines == sorted(lines) else ["its lines must be in the order of the hashes"]

    def __call__(self, sha1: str) -> bool:
        """Say whether the file has this hash, in 40 upper-case hexadecimal digits.

        A file that cannot be read any more says no, and sounds an alarm: it must not keep a leader from her deadline.
        """
        try:
            return self._holds(sha1.encode("ascii"))
        except OSError as error:
            log.error("passwords.unreadable-list", error=type(error).__name__)
            return False

    def _holds(self, wanted: bytes) -> bool:
        with self._path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            low, high = 0, size  # the line, if there is one, begins after `low` - 1 and before `high`
            while low < high:
                middle = (low + high) // 2
                line = _line_at(file, middle, size)
                if not line or line[:40] > wanted:
                    high = middle
                elif line[:40] == wanted:
                    return True
                else:
                    low = middle + 1
        return False


def _line_at(file: BinaryIO, place: int, size: int) -> bytes:
    """Return the first line that begins at `place` or after it; empty after the last."""
    if place >= size:
        return b""
    file.seek(max(place - 1, 0))
    if place:
        file.readline(_LONGEST)  # what is left of the line before, be it nothing but its end
    return file.readline(_LONGEST)
