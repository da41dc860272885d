"""The table that `docs/asvs.md` is made of: an answer for each line of OWASP's ASVS 5.0 that the portal is held to.

`tests/security/asvs/v*.toml` hold one table a line: what it asks in our words (`asks`), and `tests`, `documents`, why
it does not apply (`absent`), or what of it is not held (`open`).
"""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/asvs.md"
CHAPTERS = {
    1: "Encoding and sanitization",
    2: "Validation and business logic",
    3: "Web frontend security",
    4: "API and web service",
    5: "File handling",
    6: "Authentication",
    7: "Session management",
    8: "Authorization",
    9: "Self-contained tokens",
    10: "OAuth and OIDC",
    11: "Cryptography",
    12: "Secure communication",
    13: "Configuration",
    14: "Data protection",
    15: "Secure coding and architecture",
    16: "Security logging and error handling",
    17: "WebRTC",
}
LEVELS = """
    1.1: 22  1.2: 1111122223  1.3: 11222222222-  1.4: 222  1.5: 123
    2.1: 122  2.2: 112  2.3: 12223  2.4: 2-
    3.1: -  3.2: 11-  3.3: 1222-  3.4: 112222-3  3.5: 11122--3  3.6: -  3.7: 22---
    4.1: 1223-  4.2: 2----  4.3: 22  4.4: 1222
    5.1: 2  5.2: 112333  5.3: 113  5.4: 222
    6.1: 122  6.2: 111111112222  6.3: 11223333  6.4: 1122-3  6.5: 222223--  6.6: 222-  6.7: --  6.8: 2222
    7.1: 222  7.2: 1111  7.3: 22  7.4: 11222  7.5: 223  7.6: 22
    8.1: 12--  8.2: 112-  8.3: 13-  8.4: 23
    9.1: 111  9.2: 1222
    10.1: 22  10.2: 22-  10.3: 2222-  10.4: 11111222222-----  10.5: 22222  10.6: 22  10.7: 222
    11.1: 22--  11.2: 222-3  11.3: 1123-  11.4: 1222  11.5: 2-  11.6: 2-  11.7: -3
    12.1: 122--  12.2: 11  12.3: 2222-
    13.1: 2---  13.2: 22222-  13.3: 22-3  13.4: 122223-
    14.1: 22  14.2: 1222-333  14.3: 122
    15.1: 122--  15.2: 122--  15.3: 1222222  15.4: -3--
    16.1: 2  16.2: 22222  16.3: 2222  16.4: 222  16.5: 2223
    17.1: 2-  17.2: 2222----  17.3: 22
"""
"""Section: one digit for each of its lines, its level; a dash for one of level 3 that no machine is asked to check."""


@dataclass(frozen=True)
class Line:
    """One line of the standard, and how it is answered."""

    id: str
    level: int
    asks: str
    tests: tuple[str, ...] = ()
    """As `folder/test_name.py::test_name`, below `tests/`."""
    documents: tuple[str, ...] = ()
    """As `name.md#heading`, below `docs/`."""
    absent: str = ""
    open: str = ""

    @property
    def answer(self) -> str:
        """Return which of the four answers it has."""
        if self.open:
            return "not held"
        if self.absent:
            return "not applicable"
        return "test" if self.tests else "document"


def levels() -> dict[str, int]:
    """Return the level of each line that is answered, by its id."""
    return {
        f"V{section}.{number}": int(level)
        for section, each in re.findall(r"([\d.]+): ([\d-]+)", LEVELS)
        for number, level in enumerate(each, 1)
        if level != "-"
    }


@cache
def lines() -> tuple[Line, ...]:
    """Return all answers in the order of the standard; one without a level has the level 0."""
    known, found = levels(), []
    for path in (Path(__file__).parent / "asvs").glob("v*.toml"):
        for id_, each in tomllib.loads(path.read_text("utf-8")).items():
            tests, documents = (tuple(each.pop(key, ())) for key in ("tests", "documents"))
            found.append(Line(id_, known.get(id_, 0), tests=tests, documents=documents, **each))
    return tuple(sorted(found, key=lambda line: [int(part) for part in line.id[1:].split(".")]))


@cache
def functions(path: str) -> frozenset[str]:
    """Return the tests of a file below `tests/`; none where there is no such file."""
    file = ROOT / "tests" / path
    tree = ast.parse(file.read_text("utf-8")) if file.is_file() else ast.Module([], [])
    return frozenset(node.name for node in tree.body if isinstance(node, ast.FunctionDef))


def page() -> str:
    """Return `docs/asvs.md`."""
    counts = Counter((line.level, line.answer) for line in lines())
    answers = ("test", "document", "not applicable", "not held")
    sums = "".join(
        f"| {level} | " + " | ".join(f"{counts[level, each]}" for each in answers) + " |\n" for level in (1, 2, 3)
    )
    return (
        "# Answers to the ASVS\n\n"
        "Every line of levels 1 and 2 of OWASP's Application Security Verification Standard 5.0.0, and the lines of\n"
        "level 3 that a machine can check: a test, a document, why it does not apply, or what is missing.\n\n"
        "What each asks is put in our words; the standard's own are what counts. Made from `tests/security/asvs/` by\n"
        "`.venv/bin/python -m tests.security.asvs_table`; a test fails where a named test or heading is gone.\n\n"
        "| level | test | document | not applicable | not held |\n|---|---|---|---|---|\n"
        f"{sums}" + "".join(_chapters())
    )


def _chapters() -> Iterator[str]:
    for number, title in CHAPTERS.items():
        yield f"\n## V{number} {title}\n\n| line | level | asks that | answer |\n|---|---|---|---|\n"
        for line in lines():
            if line.id.startswith(f"V{number}."):
                yield f"| {line.id} | {line.level} | {line.asks} | {_say(line)} |\n"


def _say(line: Line) -> str:
    said = [f"**not held:** {line.open}"] if line.open else []
    said += [f"not applicable: {line.absent}"] if line.absent else []
    said += [f"`tests/{file}`: {name.removeprefix('test_').replace('_', ' ')}" for file, _, name in _split(line.tests)]
    said += [f"[{document}]({document})" for document in line.documents]
    return "; ".join(said)


def _split(tests: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
    yield from (test.partition("::") for test in tests)


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
