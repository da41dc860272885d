"""`docs/asvs.md` answers every line, and what it names is there."""

import re

from tests.security.asvs_table import PAGE, ROOT, Line, functions, levels, lines, page
from tests.test_docs import anchors_in

OWN_CHAPTERS = ("V6.", "V7.", "V8.")


def gone(line: Line) -> list[str]:
    """Return which tests and headings a line names that are not there."""
    lost = [each for each in line.tests if each.partition("::")[2] not in functions(each.partition("::")[0])]
    for each in line.documents:
        file, _, anchor = each.partition("#")
        path = ROOT / "docs" / file
        if not path.is_file() or anchor not in anchors_in(path.read_text("utf-8")):
            lost.append(each)
    return lost


def test_every_line_is_answered_once() -> None:
    """All 70 lines of level 1, all 183 of level 2 and 29 of level 3 are there, each once, and no other."""
    assert levels().keys() == {line.id for line in lines()}
    assert len(levels()) == len(lines())
    counts = [sum(line.level == level for line in lines()) for level in (1, 2, 3)]
    assert [70, 183, 29] == counts


def test_what_an_answer_names_is_there() -> None:
    """Each named test is a test and each named heading a heading; each line has an answer, and asks something."""
    assert {} == {line.id: lost for line in lines() if (lost := gone(line))}
    assert [] == [line.id for line in lines() if not (line.tests or line.documents or line.absent or line.open)]
    assert [] == [line.id for line in lines() if line.absent and (line.tests or line.open)]
    assert [] == [line.id for line in lines() if not re.fullmatch(r"[^.|]{8,80}", line.asks)]
    assert gone(Line("V0", 1, "x", ("web/test_gone.py::test_gone",), ("security.md#gone",)))


def test_the_page_is_that_of_the_table() -> None:
    """The page has the table's answers: run `python -m tests.security.asvs_table` after a change."""
    assert page() == PAGE.read_text("utf-8")


def test_what_matters_most_is_held_by_tests() -> None:
    """All lines on signing in, sessions and rights are held; by a document alone where one is asked for."""
    own = [line for line in lines() if line.id.startswith(OWN_CHAPTERS)]
    assert [] == [line.id for line in own if line.answer == "not held"]
    documented = {line.id for line in own if line.answer == "document"}
    asked = {"V6.1.1", "V6.1.2", "V6.2.10", "V6.4.2", "V7.1.1", "V7.1.2", "V7.1.3", "V8.1.2"}
    assert asked == documented
