"""How often ordinary files are flagged: by kind and by what wrote them, against what the documentation states."""

from collections import defaultdict

import pytest

from portal.adapters.checker import ProcessChecker
from portal.ports.checking import Body
from schemas.checking import Ask
from schemas.checks import load_checks
from tests.checking.corpus import Made, ordinary, rates
from tests.checking.corpus_pdfs import printed
from tests.checking.document import PAGE, codes_table, rates_table
from tests.checking.looking import looked
from tests.e2e.chromium import chromium

MOST = 0.01


@pytest.fixture(scope="module")
def files() -> list[Made]:
    """Several hundred ordinary files."""
    return list(ordinary())


def test_false_flags(files: list[Made]) -> None:
    """Of several hundred ordinary files less than one in a hundred is flagged, of each kind too, as the page says."""
    found, wrong = rates(files)
    total = sum(each.files for each in found)
    assert total > 400
    by_kind: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])
    for each in found:
        by_kind[each.extension][0] += each.files
        by_kind[each.extension][1] += each.flagged
    for kind, (number, flagged) in by_kind.items():
        print(f"{kind}: {flagged} of {number} flagged")
    assert {} == {kind: wrong for kind, (number, flagged) in by_kind.items() if flagged >= max(1, MOST * number)}
    assert len(wrong) < MOST * total, wrong
    assert rates_table(found) in PAGE.read_text()


def test_the_page_has_every_code() -> None:
    """The page about checks has each finding with its effect and its words, as the definitions have them."""
    assert codes_table(load_checks()) in PAGE.read_text()


def test_printed_by_a_browser() -> None:
    """What Chromium prints to PDF is never flagged."""
    with chromium() as browser:
        made = list(printed(browser))
    found, wrong = rates(made)
    assert ([18], {}) == ([each.files for each in found], wrong)


def test_the_process_answers_the_same(files: list[Made]) -> None:
    """A file of each kind by each writer, and of each way to save a PDF, has the answer that it has in a process.

    So nothing that an inspector needs is loaded too late, when the process is shut in: for qpdf that was AES-256.
    """
    checker = ProcessChecker()
    for made in {(each.extension, each.writer, each.name.partition(" saved ")[2]): each for each in files}.values():
        ask = Ask(made.extension, (made.extension,), (len(made.body),))
        body = Body(len(made.body), lambda made=made: [made.body])  # type: ignore[misc]
        assert looked(made.body, made.extension, (made.extension,)) == checker.check(ask, [body])
