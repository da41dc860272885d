"""Letters: the files are whole, what they may say is fixed, and they become HTML and PDF that say it unchanged."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from gettext import NullTranslations
from html.parser import HTMLParser
from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader

from portal.formats.letters import Facts, fill, render_html, render_pdf
from schemas.definitions import DefinitionError, load_checklist
from schemas.letters import FACTS, ORDER, Kind, Letter, Piece, load_letters, parse_letter, pieces
from schemas.texts import Catalogue

WHEN = datetime(2023, 10, 9, 8, 30, tzinfo=UTC)
HEAD = "title: A letter\nreader: For you\nparagraph: 17\n\n"
ADDRESSES = {Kind.link: "https://evidence.example/a?b=1&c=2", Kind.email: "lead@inspectorate.example"}
SAID: Facts = {
    **{name: ADDRESSES.get(kind, f"the {name} é ŵ") for name, kind in FACTS.items()},
    "agency": "Mabwysiadu Gŵyr & Café <b>",
    "deadline": "4pm on Tuesday 10 October 2023",
    "items": tuple(f"{item.label}. {item.guidance}" for item in load_checklist("2023").items),
}
LETTERS = {letter.code: letter for letter in load_letters()}


class Words(NullTranslations):
    """Says what it was given."""

    def __init__(self, messages: Mapping[str, str]) -> None:
        super().__init__()
        self.messages = messages

    def gettext(self, message: str) -> str:
        return self.messages.get(message, message)


class Tags(HTMLParser):
    """Collects tags and text, and complains of what is not closed in order."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []
        self.said: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]
        if tag not in ("meta", "br"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert tag == self.open.pop()

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.said.append(data)

    @property
    def words(self) -> str:
        return plain("".join(self.said))


def plain(text: str) -> str:
    """Return text with single spaces."""
    return " ".join(text.split())


def pdf_words(data: bytes) -> str:
    """Return what a PDF says, without spaces: a line may break within an address."""
    return "".join("".join(page.extract_text() for page in PdfReader(BytesIO(data)).pages).split())


def said_by(letter: Letter) -> list[str]:
    """Return every line of a filled letter."""
    return ["".join(run.text for run in line) for block in fill(letter, SAID).blocks for line in block.lines]


@pytest.fixture(params=ORDER)
def letter(request: pytest.FixtureRequest) -> Letter:
    """Each letter in turn."""
    return LETTERS[request.param]


def test_the_notice_and_the_six() -> None:
    """There is the notice of paragraph 16, and one letter for each reader that paragraph 17 names."""
    assert [("notice", "16"), *((code, "17") for code in ORDER[1:])] == [
        (each.code, each.paragraph) for each in load_letters()
    ]
    assert 7 == len({each.reader for each in load_letters()}) == len({each.title for each in load_letters()})


@pytest.mark.parametrize("code", ["adopters", "support"])
def test_taking_part_is_voluntary(code: str) -> None:
    """Those whose part in it is voluntary read so, under a heading (§44)."""
    said = said_by(LETTERS[code])
    assert "It is your choice" in said
    assert any("entirely voluntary" in line for line in said)


def test_children_read_plain_words() -> None:
    """Children read that they may say no, in short sentences without a word of the office (§17, §44)."""
    said = plain(" ".join(said_by(LETTERS["children"])))
    sentences = re.split(r"[.?!] ", said)
    assert "You do not have to. You can say no." in said
    assert not re.search("voluntary|entitled|consent|programme|statutory|reference|deadline", said)
    assert max(len(sentence.split()) for sentence in sentences) <= 25
    assert sum(len(sentence.split()) for sentence in sentences) / len(sentences) < 12


def facts_in(letter: Letter) -> set[str]:
    """Return the facts that a letter uses."""
    return {piece.text for block in letter.blocks for line in block.lines for piece in pieces(line) if piece.fact}


def test_the_notice_says_all_that_it_must() -> None:
    """Deadline, days, contacts (§56), link (§21), items (§20), code of conduct (§54), charter (§66), fingerprint."""
    needed = {"deadline", "start", "last_day", "lead_inspector_email", "quality_officer", "quality_officer_email"}
    needed |= {"portal_link", "genuine_link", "items", "conduct_link", "charter_link", "fingerprint", "reference"}
    assert set() == needed - facts_in(LETTERS["notice"])


def test_what_is_handed_on_leads_nobody_into_the_portal() -> None:
    """The six letters for others hold neither the portal's own address nor the list of what is asked for."""
    assert {code: set() for code in ORDER[1:]} == {
        code: facts_in(LETTERS[code]) & {"portal_link", "items", "deadline", "fingerprint"} for code in ORDER[1:]
    }


def test_every_known_fact_is_used() -> None:
    """No fact is gathered for nothing."""
    used = set().union(*map(facts_in, load_letters()))
    assert {"owner", "date"} == FACTS.keys() - used  # these two head every letter


@pytest.mark.parametrize(
    ("fault", "body"),
    [
        ("{leader} is not a known fact", "To {leader}"),
        ("{token} is not a known fact", "Open {portal_link}/invitations/{token}"),
        ("{agency.name} is not a known fact", "To {agency.name}"),
        ("{agency!r} is not a known fact", "To {agency!r}"),
        ("{} is not a known fact", "To {}"),
        ("a brace does not close: To {agency", "To {agency"),
        ("a brace does not close: To agency}", "To agency}"),
        ("a brace does not close: {{agency}}", "{{agency}}"),
        ("{items} is a list and must stand alone", "Send {items}"),
        ("markup that letters do not have: # Big", "# Big"),
        ("markup that letters do not have: Some **bold**", "Some **bold**"),
        ("markup that letters do not have: 1. One", "1. One"),
        ("markup that letters do not have: [a](b)", "[a](b)"),
        ("a heading is one line with a blank one after it: ## Big", "## Big\nand more"),
        ("there is no text", ""),
    ],
)
def test_what_a_letter_may_not_say_is_refused(fault: str, body: str) -> None:
    """A place for a fact that nobody knows, or a mark that would be printed as it stands, is refused at loading."""
    with pytest.raises(DefinitionError) as refusal:
        parse_letter("test", HEAD + body)
    assert f"letter test: {fault}" in str(refusal.value).splitlines()


@pytest.mark.parametrize(
    ("fault", "head"),
    [
        ("title is missing", "reader: You\nparagraph: 17"),
        ("reader is missing", "title: T\nreader:\nparagraph: 17"),
        ("'subject' is no key of the head", "title: T\nreader: You\nparagraph: 17\nsubject: S"),
        ("the head takes no facts: To {agency}", "title: To {agency}\nreader: You\nparagraph: 17"),
    ],
)
def test_a_letter_needs_its_head(fault: str, head: str) -> None:
    """Title, reader and paragraph are there, and nothing else."""
    with pytest.raises(DefinitionError) as refusal:
        parse_letter("test", f"{head}\n\nText")
    assert f"letter test: {fault}" == str(refusal.value)


def test_blocks_are_told_apart() -> None:
    """Headings, lists, paragraphs and a fact that is a list; a line break within a block is a space."""
    parsed = parse_letter("test", HEAD + "One\ntwo {agency}.\n\n## Next\n\n- a\n  b\n- c\n\n{items}\n")
    assert ["paragraph", "heading", "list", "facts"] == [block.kind for block in parsed.blocks]
    assert ("One two {agency}.",) == parsed.blocks[0].lines
    assert (Piece("One two "), Piece("agency", fact=True), Piece(".")) == pieces(parsed.blocks[0].lines[0])
    assert ("a b", "c") == parsed.blocks[2].lines


def test_other_words_may_have_facts_in_another_order() -> None:
    """A letter is filled in as its catalogue says it, in that language; its PDF says so too, below each page."""
    messages = {"A letter": "Llythyr", "On {start} we visit {agency}.": "Ymwelir ag {agency} ar {start}."}
    letter = parse_letter("test", HEAD + "On {start} we visit {agency}.").said_by(Catalogue(Words(messages)))
    text = fill(letter, SAID, "cy", "Tudalen {page} o {pages}")
    assert ("Llythyr", f"Ymwelir ag {SAID['agency']} ar {SAID['start']}.") == (
        text.title,
        "".join(run.text for run in text.blocks[0].lines[0]),
    )
    assert '<html lang="cy">' in render_html(text)
    data = render_pdf(text, WHEN)
    root: Any = PdfReader(BytesIO(data)).trailer["/Root"]
    assert ("cy", True) == (root["/Lang"], "Tudalen1o1" in pdf_words(data))


def test_a_fact_that_is_not_given_is_an_error() -> None:
    """A letter never goes out with a hole in it."""
    with pytest.raises(KeyError, match="deadline"):
        fill(LETTERS["notice"], {name: said for name, said in SAID.items() if name != "deadline"})


def test_the_eleven_items_are_in_the_notice() -> None:
    """Each item of the checklist is one entry of one list."""
    lists = [block.lines for block in fill(LETTERS["notice"], SAID).blocks if block.kind == "list"]
    assert SAID["items"] == tuple(line[0].text for line in lists[-1])
    assert 11 == len(lists[-1])


def test_html_is_whole_and_asks_for_nothing(letter: Letter) -> None:
    """The page closes its tags, has one h1, runs nothing, and names no other address than those it was given."""
    page = Tags(render_html(fill(letter, SAID)))
    assert [] == page.open
    assert (1, 0) == (page.tags.count("h1"), page.tags.count("script"))
    assert set(page.links) <= {ADDRESSES[Kind.link], "mailto:" + ADDRESSES[Kind.email]}
    for line in said_by(letter):
        assert plain(line) in page.words


def test_html_takes_facts_as_text() -> None:
    """What looks like markup in a name is shown as it was typed."""
    html = render_html(fill(LETTERS["staff"], SAID))
    assert "Mabwysiadu Gŵyr &amp; Café &lt;b&gt;" in html
    assert "<b>" not in html


def test_pdf_says_the_same(letter: Letter) -> None:
    """Every line of the letter can be read out of the PDF, accents and circumflexes among them."""
    words = pdf_words(render_pdf(fill(letter, SAID), WHEN))
    for line in (letter.title, *said_by(letter)):
        assert "".join(line.split()) in re.sub(r"Page\d+of\d+", "", words)


@pytest.mark.parametrize(
    "name", ['#panic("x")', "$x$ *a* _b_ `c`", '#read("/etc/passwd")', '"] #eval("1")', "\\ // @x"]
)
def test_pdf_takes_facts_as_text(name: str) -> None:
    """What would be a program in the PDF's own language is shown as it was typed."""
    data = render_pdf(fill(LETTERS["staff"], {**SAID, "agency": name}), WHEN)
    assert "".join(f"works for {name}".split()) in pdf_words(data)


def test_pdf_is_tagged_and_has_its_fonts(letter: Letter) -> None:
    """The PDF has a title, a language, a structure, says that it keeps PDF/UA-1, and embeds what it is set in."""
    reader = PdfReader(BytesIO(render_pdf(fill(letter, SAID), WHEN)))
    root: Any = reader.trailer["/Root"]
    pages: Any = reader.pages
    assert [(letter.title, SAID["owner"])] == [(found.title, found.author) for found in [reader.metadata] if found]
    assert ("en-GB", True) == (root["/Lang"], root["/MarkInfo"]["/Marked"])
    assert "/StructTreeRoot" in root
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_object().get_data()
    fonts = [font.get_object() for page in pages for font in page["/Resources"]["/Font"].values()]
    below = [font["/DescendantFonts"][0].get_object()["/FontDescriptor"] for font in fonts]
    assert [] == [font for font in below if not {"/FontFile2", "/FontFile3"} & font.get_object().keys()]


def test_pdf_is_made_for_names_that_the_fonts_lack() -> None:
    """A name in another script does not keep the letter from being made; the PDF then claims no standard."""
    data = render_pdf(fill(LETTERS["staff"], {**SAID, "lead_inspector": "李"}), WHEN)
    root: Any = PdfReader(BytesIO(data)).trailer["/Root"]
    assert b"pdfuaid" not in root["/Metadata"].get_object().get_data()
    assert "/StructTreeRoot" in root


def test_the_same_letter_is_the_same_bytes() -> None:
    """Nothing but letter, facts and time goes into the files; another time is another file."""
    text = fill(LETTERS["notice"], SAID)
    assert render_pdf(text, WHEN) == render_pdf(replace(text), WHEN)
    assert render_pdf(text, WHEN) != render_pdf(text, WHEN.replace(year=2024))
    assert render_html(text) == render_html(replace(text))
