"""The letters of §16 and §17 as files, one a letter, and their loader.

A file begins with lines `key: value` (title, reader, paragraph) up to a blank one. Then come blocks, with a blank line
between two: a line `## …` is a heading, lines `- …` are a list, all else is a paragraph. `{fact}` stands for what is
known of the inspection; a fact that is itself a list makes up a block of its own. There is no other markup.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from schemas.definitions import DefinitionError

ORDER = ("notice", "staff", "adopters", "support", "panel", "authorities", "children")
"""The codes of the letters: the notice of §16, then the six of §17 in the guidance's order."""
HEAD = ("title", "reader", "paragraph")


class Kind(StrEnum):
    """How a fact is shown."""

    words = "words"
    strong = "strong"
    link = "link"
    email = "email"
    list = "list"


FACTS: Mapping[str, Kind] = MappingProxyType(
    {
        "owner": Kind.words,
        "date": Kind.words,
        "agency": Kind.words,
        "reference": Kind.words,
        "programme": Kind.words,
        "deadline": Kind.strong,
        "start": Kind.words,
        "last_day": Kind.words,
        "lead_inspector": Kind.words,
        "lead_inspector_email": Kind.email,
        "quality_officer": Kind.words,
        "quality_officer_email": Kind.email,
        "support": Kind.email,
        "fingerprint": Kind.strong,
        "portal_link": Kind.link,
        "genuine_link": Kind.link,
        "privacy_link": Kind.link,
        "charter_link": Kind.link,
        "conduct_link": Kind.link,
        "items": Kind.list,
    }
)
"""What a letter may say of an inspection; nothing else is filled in. `owner` and `date` head every letter."""

_PLACE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True)
class Piece:
    """Words as they stand or, where `fact`, the name of one."""

    text: str
    fact: bool = False


@dataclass(frozen=True)
class Block:
    """A heading or paragraph of one line, a list of several, or a `facts` block: one fact that is a list."""

    kind: Literal["heading", "paragraph", "list", "facts"]
    lines: tuple[tuple[Piece, ...], ...]


@dataclass(frozen=True)
class Letter:
    """One letter, not filled in yet. `paragraph` is that of the guidance which asks for it."""

    code: str
    title: str
    reader: str
    paragraph: str
    blocks: tuple[Block, ...]


@cache
def load_letters() -> tuple[Letter, ...]:
    """Return the packaged letters in their order, read once. Raises DefinitionError with every fault."""
    folder = Path(__file__).parent
    texts = {path.stem: path.read_text(encoding="utf-8") for path in folder.glob("*.md")}
    wrong = sorted(set(ORDER) ^ set(texts))
    if wrong:
        raise DefinitionError("\n".join(f"letter {code}: missing, or not one of those asked for" for code in wrong))
    return tuple(parse_letter(code, texts[code]) for code in ORDER)


def parse_letter(code: str, text: str) -> Letter:
    """Read one letter and check all of it. Raises DefinitionError with every fault that was found."""
    head, _, body = text.strip().partition("\n\n")
    pairs = [line.partition(":") for line in head.splitlines()]
    said = {key.strip(): value.strip() for key, _, value in pairs}
    chunks = [chunk for chunk in re.split(r"\n\s*\n", body.strip()) if chunk]
    faults = [f"{key} is missing" for key in HEAD if not said.get(key)]
    faults += [f"{key!r} is no key of the head" for key in said if key not in HEAD]
    faults += [fault for chunk in (said.get("title", ""), said.get("reader", "")) for fault in _head_faults(chunk)]
    faults += [fault for chunk in chunks for fault in _faults(chunk)]
    if not chunks:
        faults.append("there is no text")
    if faults:
        raise DefinitionError("\n".join(f"letter {code}: {fault}" for fault in faults))
    return Letter(code, **said, blocks=tuple(_block(chunk) for chunk in chunks))


def _head_faults(line: str) -> Iterator[str]:
    if "{" in line or "}" in line:
        yield f"the head takes no facts: {line}"


def _faults(chunk: str) -> Iterator[str]:
    places = _PLACE.findall(chunk)
    for name in places:
        if name not in FACTS:
            yield f"{{{name}}} is not a known fact"
        elif FACTS[name] is Kind.list and chunk != f"{{{name}}}":
            yield f"{{{name}}} is a list and must stand alone"
    if chunk.count("{") != len(places) or chunk.count("}") != len(places):
        yield f"a brace does not close: {chunk.splitlines()[0]}"
    if re.search(r"^(?!## \S)#|^[*>|]|^\d+\. |^\s*-(?! )", chunk, re.MULTILINE) or re.search(r"\*\*|`|\]\(", chunk):
        yield f"markup that letters do not have: {chunk.splitlines()[0]}"
    if chunk.startswith("## ") and "\n" in chunk:
        yield f"a heading is one line with a blank one after it: {chunk.splitlines()[0]}"


def _block(chunk: str) -> Block:
    if chunk.startswith("## "):
        return Block("heading", (_pieces(chunk.removeprefix("## ")),))
    if chunk.startswith("- "):
        entries = re.split(r"\n- ", chunk.removeprefix("- "))
        return Block("list", tuple(_pieces(entry) for entry in entries))
    line = _pieces(chunk)
    alone = len(line) == 1 and line[0].fact and FACTS[line[0].text] is Kind.list
    return Block("facts" if alone else "paragraph", (line,))


def _pieces(text: str) -> tuple[Piece, ...]:
    """Part words from facts; line breaks within a block are spaces."""
    parts = _PLACE.split(" ".join(text.split()))
    pieces = (Piece(part, fact=bool(number % 2)) for number, part in enumerate(parts))
    return tuple(piece for piece in pieces if piece.text)
