"""The documents say what is there: links, commands, settings, folders and alarms are compared with the code."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from portal.cli import main
from portal.domain.variables import DEFINITIONS

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
WRITTEN = [path for path in DOCUMENTS if path.name != "command-line.md"]
"""Without the page that is made from the commands' own help, whose sentences look like commands."""
RECORDS = sorted(ROOT.glob("docs/adr/*.md"))

BLOCK = re.compile(r"^```[^\n]*\n(.*?)^```$", re.DOTALL | re.MULTILINE)
SPAN = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#+ (.*)$", re.MULTILINE)
FOLDERS = ("portal", "schemas", "tests", "docs", "infra", "requirements")


def name(path: Path) -> str:
    """Say which document a parametrised test is about."""
    return path.relative_to(ROOT).as_posix()


def code_in(text: str) -> Iterator[str]:
    """Yield every block of code, without its comments, and every span."""
    yield from (re.sub(r"#.*", "", block) for block in BLOCK.findall(text))
    yield from SPAN.findall(BLOCK.sub("", text))


def anchors_in(text: str) -> set[str]:
    """Return what links to headings may point at."""
    plain = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(BLOCK.sub("", text)))
    return {heading.replace(" ", "-") for heading in plain}


def broken_links(text: str, folder: Path) -> list[str]:
    """Return the relative links of a document in `folder` that point at nothing."""
    return [
        link
        for link in LINK.findall(BLOCK.sub("", text))
        if "://" not in link and not _leads_somewhere(link, text, folder)
    ]


def _leads_somewhere(link: str, text: str, folder: Path) -> bool:
    target, _, anchor = link.partition("#")
    path = folder / target
    if target and not path.exists():
        return False
    return not anchor or anchor in anchors_in(path.read_text("utf-8") if target else text)


def unknown_targets(text: str) -> list[str]:
    """Return the targets of `make` that the Makefile does not have."""
    known = set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    used = [target for code in code_in(text) for target in re.findall(r"\bmake ([a-z][a-z-]*)", code)]
    return [target for target in used if target not in known]


def unknown_commands(text: str) -> list[str]:
    """Return the commands of `portal` that do not exist, as far as words in lower case follow each other."""
    found = [words for code in code_in(text) for words in re.findall(r"(?<![\w-])portal((?: [a-z][a-z0-9-]*)+)", code)]
    return [f"portal{words}" for words in found if not _exists(main, words.split())]


def _exists(command: click.Command, words: list[str]) -> bool:
    if not isinstance(command, click.Group) or not words:
        return True
    below = command.commands.get(words[0])
    return below is not None and _exists(below, words[1:])


def missing_paths(text: str) -> list[str]:
    """Return the paths within the project, in spans of code, at which nothing is."""
    spans = SPAN.findall(BLOCK.sub("", text))
    return [
        span for span in spans if re.fullmatch(rf"({'|'.join(FOLDERS)})/[\w./-]*", span) and not (ROOT / span).exists()
    ]


def folder_map() -> list[str]:
    """Return the folders that the README's map names."""
    after = (ROOT / "README.md").read_text("utf-8").partition("\n## The folders\n")[2]
    return [line.split()[0] for line in BLOCK.findall(after)[0].splitlines()]


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_links_lead_somewhere(path: Path) -> None:
    """Every relative link points at a file that is there, and at a heading in it."""
    assert [] == broken_links(path.read_text("utf-8"), path.parent)


@pytest.mark.parametrize("path", WRITTEN, ids=name)
def test_commands_exist(path: Path) -> None:
    """Whatever a document asks people to type, `make` and `portal` know."""
    text = path.read_text("utf-8")
    assert [] == unknown_targets(text)
    assert [] == unknown_commands(text)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name)
def test_settings_and_paths_exist(path: Path) -> None:
    """A setting or a file that a document names is one of ours."""
    text = path.read_text("utf-8")
    assert set() == set(re.findall(r"\bPORTAL_[A-Z0-9_]*[A-Z0-9]\b", text)) - {each.variable for each in DEFINITIONS}
    assert [] == missing_paths(text)


def test_the_checks_find_what_is_wrong() -> None:
    """Each check above reports a fault that is put before it."""
    assert ["gone.md", "../README.md#gone"] == broken_links("[a](gone.md) [b](../README.md#gone)", ROOT / "docs")
    assert ["walk"] == unknown_targets("`make test` or\n```\nmake walk\n```\n")
    assert ["portal retention forget", "portal fly"] == unknown_commands("`portal retention forget`, `portal fly`")
    assert ["portal/gone.py"] == missing_paths("`portal/gone.py` and `portal/app.py`")


def test_folder_map_is_whole() -> None:
    """The README's map names nothing that is not there, and leaves out no package of the portal."""
    named = folder_map()
    packages = {f"portal/{path.parent.name}/" for path in ROOT.glob("portal/*/__init__.py")}
    assert [] == [folder for folder in named if not (ROOT / folder).is_dir()]
    assert set() == packages - set(named)


def test_readme_is_a_page_that_starts_with_the_two_commands() -> None:
    """Whoever opens it sees first what it is, and how to run and test it."""
    text = (ROOT / "README.md").read_text("utf-8")
    assert len(text.splitlines()) <= 120
    assert ["make run", "make test"] == re.findall(r"^make \w+", BLOCK.findall(text)[0], re.MULTILINE)


def test_alarms_are_the_ones_that_are_logged() -> None:
    """Every warning and error that the portal logs has a line that says what to do, and none is invented."""
    sources = "\n".join(path.read_text("utf-8") for path in ROOT.glob("portal/**/*.py"))
    logged = set(re.findall(r'log\.(?:warning|error)\(\s*"([a-z.-]+)"', sources))
    alarms = (ROOT / "docs/operating.md").read_text("utf-8").partition("\n## 10. Alarms")[2]
    rows = [line.split("|")[1] for line in alarms.splitlines() if line.startswith("|")]
    assert logged == {span for row in rows for span in SPAN.findall(row) if re.fullmatch(r"[a-z]+\.[a-z-]+", span)}


def test_decisions_are_numbered_and_listed() -> None:
    """The records count up without a gap, and the first one lists them all."""
    index = RECORDS[0].read_text("utf-8")
    assert list(range(1, len(RECORDS) + 1)) == [int(path.name[:4]) for path in RECORDS]
    assert [] == [path.name for path in RECORDS[1:] if f"({path.name})" not in index]


@pytest.mark.parametrize("path", RECORDS, ids=name)
def test_a_decision_has_its_parts_on_one_page(path: Path) -> None:
    """Each record says context, decision and consequences, and all but the first what else there was."""
    text = path.read_text("utf-8")
    headings = HEADING.findall(text)
    assert ["Context", "Decision", "Consequences"] == headings[1:4]
    assert path == RECORDS[0] or headings[4].startswith("Alternatives")
    assert len(text.splitlines()) <= 60


def test_the_picture_says_in_words_what_it_shows() -> None:
    """People who cannot see the picture get its title and description; it is drawn by hand and small."""
    picture = (ROOT / "docs/picture.svg").read_text("utf-8")
    assert len(picture) < 30_000
    assert re.search(r'<svg[^>]* role="img" aria-labelledby="title desc"', picture)
    assert len(re.findall(r'<(title|desc) id="\1">[^<]{20,}</\1>', picture)) == 2
