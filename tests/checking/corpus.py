"""Several hundred ordinary files by different programs: what is flagged of these is flagged wrongly."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from schemas.checking import Answer
from schemas.checks import Effect, load_checks
from tests.checking.looking import looked


@dataclass(frozen=True)
class Made:
    """One ordinary file: who wrote it, what is in it in a word, its ending and its bytes."""

    writer: str
    name: str
    extension: str
    body: bytes


@dataclass(frozen=True)
class Rate:
    """How many files of one kind by one writer were looked into, and how many of them were flagged or withheld."""

    extension: str
    writer: str
    files: int
    flagged: int


def features(number: int, *names: str) -> list[str]:
    """Return which of these features the file of this number has: each combination comes in its turn."""
    return [name for place, name in enumerate(names) if number >> place & 1]


def flags(answer: Answer) -> list[str]:
    """Return the codes in an answer that make a file flagged or withheld, by the effects that we chose."""
    checks = load_checks()
    return [found.code for found in answer.findings if checks[found.code].effect is not Effect.note]


def rates(files: Iterable[Made]) -> tuple[list[Rate], dict[str, list[str]]]:
    """Look into all files; return the rates by kind and writer, and what was flagged of which."""
    looked_into: Counter[tuple[str, str]] = Counter()
    flagged: Counter[tuple[str, str]] = Counter()
    wrong = {}
    for made in files:
        key = made.extension, made.writer
        looked_into[key] += 1
        if found := flags(looked(made.body, made.extension, (made.extension,))):
            flagged[key] += 1
            wrong[f"{made.writer}: {made.name}"] = found
    return [Rate(*key, looked_into[key], flagged[key]) for key in sorted(looked_into)], wrong


def ordinary() -> Iterator[Made]:
    """Yield every file that needs no other program than Python's libraries."""
    from tests.checking import corpus_office, corpus_pdfs, corpus_rest

    yield from corpus_office.workbooks()
    yield from corpus_office.documents()
    yield from corpus_pdfs.written()
    yield from corpus_rest.pictures()
    yield from corpus_rest.texts()
