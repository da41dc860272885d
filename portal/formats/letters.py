"""Letters: a template and the facts of an inspection -> text in runs -> HTML, or the bytes of a PDF. No I/O.

Facts reach both as data: HTML is escaped, and the PDF's own program reads the letter as JSON, so that nothing in a name
can be markup. The same letter, facts and time give the same bytes.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from html import escape
from typing import Literal

import typst

from schemas.letters import FACTS, Block, Kind, Letter, Piece, pieces
from schemas.texts import say

Facts = Mapping[str, str | tuple[str, ...]]
"""What is known of an inspection, in the words that people read, by the names in `schemas.letters.FACTS`."""
PAGES = say("Page {page} of {pages}")
"""What stands below each page of a PDF."""
BRITISH = "en-GB"


@dataclass(frozen=True)
class Run:
    """Some words in a line; `link` is the address that they lead to, or empty."""

    text: str
    link: str = ""
    strong: bool = False


@dataclass(frozen=True)
class Filled:
    """A heading or paragraph of one line, or a list of several."""

    kind: str
    lines: tuple[tuple[Run, ...], ...]


@dataclass(frozen=True)
class Text:
    """A letter with its facts filled in; `language` is a BCP 47 tag, `pages` as PAGES, with its gaps left open."""

    code: str
    title: str
    sender: str
    date: str
    blocks: tuple[Filled, ...]
    language: str = BRITISH
    pages: str = PAGES


def fill(letter: Letter, facts: Facts, language: str = BRITISH, pages: str = PAGES) -> Text:
    """Put the facts into a letter. Raises KeyError for a fact that is not given."""
    blocks = tuple(_filled(block, facts) for block in letter.blocks)
    return Text(letter.code, letter.title, str(facts["owner"]), str(facts["date"]), blocks, language, pages)


def _filled(block: Block, facts: Facts) -> Filled:
    if block.kind == "facts":
        entries = facts[pieces(block.lines[0])[0].text]
        return Filled("list", tuple((Run(entry),) for entry in entries))
    return Filled(block.kind, tuple(tuple(_run(piece, facts) for piece in pieces(line)) for line in block.lines))


def _run(piece: Piece, facts: Facts) -> Run:
    if not piece.fact:
        return Run(piece.text)
    kind, said = FACTS[piece.text], str(facts[piece.text])
    link = {Kind.link: said, Kind.email: f"mailto:{said}"}.get(kind, "")
    return Run(said, link, strong=kind is Kind.strong)


def render_html(text: Text) -> str:
    """Return a page that stands by itself and asks for nothing from elsewhere."""
    return _PAGE.format(
        language=escape(text.language),
        title=escape(text.title),
        sender=escape(text.sender),
        date=escape(text.date),
        body="\n".join(_html_block(block) for block in text.blocks),
    )


def _html_block(block: Filled) -> str:
    lines = ["".join(_html_run(run) for run in line) for line in block.lines]
    if block.kind == "list":
        return "<ul>\n" + "\n".join(f"<li>{line}</li>" for line in lines) + "\n</ul>"
    tag = "h2" if block.kind == "heading" else "p"
    return f"<{tag}>{lines[0]}</{tag}>"


def _html_run(run: Run) -> str:
    words = escape(run.text)
    if run.link:
        words = f'<a href="{escape(run.link)}">{words}</a>'
    return f"<strong>{words}</strong>" if run.strong else words


def render_pdf(text: Text, made_at: datetime) -> bytes:
    """Return a tagged PDF (PDF/UA-1) with its fonts inside, dated `made_at`.

    Where a name has a character that the fonts lack, it is a tagged PDF that does not claim the standard.
    """
    try:
        return _compile(text, made_at, "ua-1")
    except typst.TypstError:
        return _compile(text, made_at, None)


def _compile(text: Text, made_at: datetime, standard: Literal["ua-1"] | None) -> bytes:
    made = typst.compile(
        _PROGRAM,
        format="pdf",
        ignore_system_fonts=True,
        sys_inputs={"letter": json.dumps(asdict(text))},
        pdf_standards=standard,
        timestamp=int(made_at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("a letter is one document")
    return made


_PAGE = """<!DOCTYPE html>
<html lang="{language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 40em; margin: 2em auto; padding: 0 1em; color: #0b0c0c; font: 1.125em/1.5 sans-serif; }}
h1, h2 {{ line-height: 1.2; break-after: avoid; }}
a, strong {{ overflow-wrap: anywhere; }}
@media print {{ body {{ margin: 0; font-size: 12pt; }} li, p {{ break-inside: avoid; }} }}
</style>
</head>
<body>
<header>
<p>{sender}<br>{date}</p>
</header>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"""

_PROGRAM = rb"""
#let letter = json(bytes(sys.inputs.letter))
#set document(title: letter.title, author: letter.sender)
#let tag = letter.language.split("-")
#let numbered = context {
  let (page, pages) = (counter(page).get(), counter(page).final()).map(numbers => str(numbers.first()))
  letter.pages.replace("{pages}", pages).replace("{page}", page)
}
#set page(paper: "a4", margin: (x: 24mm, y: 20mm), footer: align(center, text(10pt, numbered)))
#set text(font: "Libertinus Serif", size: 11.5pt, hyphenate: false)
#set text(lang: tag.first(), region: if tag.last().len() == 2 and tag.len() > 1 { tag.last() })
#set par(leading: 0.65em, spacing: 1em)
#set list(spacing: 0.7em)
#show heading: set text(14pt)
#show heading: set block(above: 1.5em, below: 0.8em)
#show std.title: set text(20pt)
#show link: underline
#let run(part) = {
  let words = if part.strong { strong(part.text) } else { part.text }
  if part.link == "" { words } else { link(part.link, words) }
}
#let line(runs) = runs.map(run).join()
#par[#letter.sender #linebreak() #letter.date]
#std.title()
#for block in letter.blocks {
  if block.kind == "heading" { heading(level: 1, line(block.lines.first())) }
  else if block.kind == "list" { list(..block.lines.map(line)) }
  else { par(line(block.lines.first())) }
}
"""
