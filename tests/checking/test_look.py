"""What an inspector stumbles over is a finding about the file, but for what is a fault of ours."""

import pytest

from portal.checking import cfb, packages
from portal.checking.notes import Notes
from schemas.checking import Answer, answer_line, read_answer
from tests.checking.archives import packed
from tests.checking.looking import codes


def _not_prepared(*_: object) -> int:
    raise ModuleNotFoundError


@pytest.mark.parametrize(("module", "function"), [(packages, "_inspect"), (cfb, "look_into_cfb")])
def test_a_module_that_is_missing_is_no_finding(monkeypatch: pytest.MonkeyPatch, module: object, function: str) -> None:
    """Nor where it is missed in a file inside another: the answer fails, and is asked for again."""
    body = packed({"old.doc": cfb.MAGIC + bytes(600)})
    assert ["unreadable"] == codes(body, "zip")

    monkeypatch.setattr(module, function, _not_prepared)
    with pytest.raises(ModuleNotFoundError):
        codes(body, "zip")


def test_what_is_found_without_end_is_an_answer() -> None:
    """However often something is found, and wherever, the answer about it is believed."""
    notes = Notes()
    for number in range(50):
        notes.found("formula-in-text", f"{number}\n" * 500, 1_000_000)
    answer = Answer("csv", notes.findings)

    assert answer == read_answer(answer_line(answer))
