"""The file of stolen passwords: every hash in it is found by bisection, nothing else, and a faulty file is named."""

import hashlib
from pathlib import Path

import pytest

from portal.adapters.breached import BreachedFile


def _hash(number: int) -> str:
    return hashlib.sha1(str(number).encode()).hexdigest().upper()


@pytest.mark.parametrize("count", [0, 1, 2, 3, 500])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_is_in_the_file_is_found_and_nothing_else(tmp_path: Path, count: int, end: str) -> None:
    """With counts of different lengths or none, with or without an end to the last line."""
    path = tmp_path / "pwned.txt"
    hashes = sorted(_hash(number) for number in range(count))
    lines = [each + (f":{10 ** (place % 9)}" if place % 3 else "") for place, each in enumerate(hashes)]
    for text in (end.join(lines), end.join([*lines, ""])):
        path.write_bytes(text.encode())
        breached = BreachedFile(path)
        assert [] == [each for each in hashes if not breached(each)]
        others = [_hash(-number - 1) for number in range(200)] + ["0" * 40, "F" * 40]
        assert [] == [each for each in others if breached(each)]
        assert bool(count) == (breached.faults() == [])


@pytest.mark.parametrize(
    "text", ["", "password\n", _hash(1).lower() + "\n", f"{'F' * 40}\n{'0' * 40}\n", _hash(1)[:39] + ":5\n"]
)
def test_a_file_that_cannot_be_used_is_named(tmp_path: Path, text: str) -> None:
    """Empty, passwords themselves, small letters, out of order, cut short."""
    path = tmp_path / "pwned.txt"
    path.write_text(text)
    assert 1 == len(BreachedFile(path).faults())


def test_a_file_that_is_gone_refuses_no_password(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """At the start it is a fault; later it sounds an alarm and keeps nobody out."""
    breached = BreachedFile(tmp_path / "gone")
    assert "cannot be read" in breached.faults()[0]
    assert breached(_hash(1)) is False
    assert "passwords.unreadable-list" in capsys.readouterr().out
