"""The letters of §16 and §17 as files, one a letter, and their loader.

A file begins with lines `key: value` (title, reader, paragraph) up to a blank one. Then come blocks, with a blank line
between two: a line `## …` is a heading, lines `- …` are a list, all else is a paragraph. `{fact}` stands for what is
known of the inspection; a fact that is itself a list makes up a block of its own. There is no other markup.

Each line is one message of the catalogue with its facts as gaps, so that other words may have them in another order.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, Self

from schemas.definitions import DefinitionError
from schemas.texts import Catalogue, Text, say

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
    """A heading or paragraph of one line, a list of several, or a `facts` block: one fact that is a list.

    A line is a text with facts as gaps, which `pieces` parts from the words; that of a `facts` block is no text.
    """

    kind: Literal["heading", "paragraph", "list", "facts"]
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Letter:
    """One letter, not filled in yet. `paragraph` is that of the guidance which asks for it."""

    code: str
    title: str
    reader: str
    paragraph: str
    blocks: tuple[Block, ...]

    def said_by(self, catalogue: Catalogue) -> Self:
        """Return the letter in the words of a catalogue."""
        blocks = tuple(replace(block, lines=tuple(map(catalogue.of, block.lines))) for block in self.blocks)
        return replace(self, title=catalogue.of(self.title), reader=catalogue.of(self.reader), blocks=blocks)


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
    blocks = tuple(_block(chunk) for chunk in chunks)
    return Letter(code, say(said["title"]), say(said["reader"]), said["paragraph"], blocks)


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
        return Block("heading", (_line(chunk.removeprefix("## ")),))
    if chunk.startswith("- "):
        entries = re.split(r"\n- ", chunk.removeprefix("- "))
        return Block("list", tuple(_line(entry) for entry in entries))
    alone = pieces(chunk)[0]
    if alone.fact and FACTS[alone.text] is Kind.list:
        return Block("facts", (chunk,))
    return Block("paragraph", (_line(chunk),))


def _line(text: str) -> Text:
    """Return the message of a line; line breaks within a block are spaces."""
    return say(" ".join(text.split()))


def pieces(line: str) -> tuple[Piece, ...]:
    """Part the words of a line from its facts."""
    parts = (Piece(part, fact=bool(number % 2)) for number, part in enumerate(_PLACE.split(line)))
    return tuple(piece for piece in parts if piece.text)
