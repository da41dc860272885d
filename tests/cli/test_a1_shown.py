"""What `portal a1 check` shows of a hostile form is nothing but what can be seen."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from portal.cli import main
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import Answer
from tests.fake_checker import FakeChecker

VALUE = "a\x1b]0;turned\x07\u202eb\x9b2J\x7f"
FOUND = Problem("F02", "ERROR", "Children", "status", "C", 1, (Cell(2, VALUE),), {"allowed": "\u2066A"})


@pytest.mark.parametrize("how", [[], ["--json"]])
def test_no_terminal_is_told_what_to_do(tmp_path: Path, how: list[str]) -> None:
    """No control of a terminal, and none that turns the direction of a line, is printed; newlines stay ours."""
    (tmp_path / "form.xlsx").write_bytes(b"PK")
    checker = FakeChecker(answer=Answer("xlsx", a1=A1Result("illustrative-2023", True, {"Children": 1}, (FOUND,))))
    arguments = ["a1", "check", str(tmp_path / "form.xlsx"), "--definition", "illustrative-2023", *how]
    printed = CliRunner().invoke(main, arguments, obj=checker, catch_exceptions=False)
    assert 1 == printed.exit_code
    assert all(line.isprintable() for line in printed.stdout.split("\n"))
    assert "turned" in printed.stdout
    assert not how or ["F02"] == [each["code"] for each in json.loads(printed.stdout)["findings"]]
