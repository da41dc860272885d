"""The packaged list of common passwords, `common_passwords.txt`: one a line, with the licence it came under on top."""

from functools import cache
from pathlib import Path


@cache
def common_passwords() -> frozenset[str]:
    """Return some 7,400 passwords, the most common first seven thousand among them, casefolded; read once."""
    text = (Path(__file__).parent / "common_passwords.txt").read_text(encoding="ascii")
    return frozenset(line.casefold() for line in text.splitlines() if not line.startswith("#"))
