"""One catalogue holds every text, and a sound translation of it is what people then read."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from click.testing import CliRunner
from sqlalchemy import Engine

from infra.catalogue import (
    Found,
    Mark,
    compile_translation,
    found,
    gather,
    in_python,
    in_template,
    main,
    marked,
    write,
)
from portal.app import create_app
from portal.cli import main as portal
from schemas.definitions import checklist_versions, load_checklist
from schemas.letters import load_letters
from schemas.mails import load_mails
from schemas.texts import Text, read_catalogue
from tests.fakes import FakeClock
from tests.pseudo import outside
from tests.web.clients import make_settings
from tests.world import make_deps, make_fakes

PIECES = {" about {item}", " by {deadline}", " for {item}"}
"""What a sentence of a mail goes on with where there is an item or a due time, and else ends before."""
TEMPLATE = """
<p>{% trans n=rows|length %}You have
  {{ n }} rows, 100%.{% endtrans %}
{% trans count=gaps %}One is left.{% pluralize %}{{ count }} are left.{% endtrans %}
{% do rows.append(_("Contact %(number)s", number=_("none"))) %}</p>
"""
CODE = """
def tell(n):
    together([say("Send {what}.", what=say("{n} in all", n=say("none"))), say_count(f(n, 1), "{count} file",
        "{count} files", by=say("a leader "
        "or contributor"))], ", ")
"""


@pytest.fixture(scope="module")
def messages() -> list[Found]:
    """Return every message of the portal, where it stands."""
    return list(found())


@pytest.fixture(scope="module")
def known() -> Catalog:
    """Return the catalogue."""
    return gather()


def test_templates_are_read_whole() -> None:
    """Blocks, plurals and calls inside of others are found, with white space as pages have it."""
    texts = [
        Found("x", "You have %(n)s rows, 100%%."),
        Found("x", "One is left.", "%(count)s are left."),
        Found("x", "Contact %(number)s"),
        Found("x", "none"),
    ]
    assert Counter(texts) == Counter(marked(TEMPLATE, "x", in_template))


def test_code_is_read_whole() -> None:
    """Calls are found however deep they stand in others, and adjacent literals are one."""
    texts = [
        *(Found("x", words) for words in ("Send {what}.", "{n} in all", "none", "a leader or contributor")),
        Found("x", "{count} file", "{count} files"),
    ]
    assert Counter(texts) == Counter(marked(CODE, "x", in_python))


@pytest.mark.parametrize(
    ("source", "read"),
    [
        ("say(words)", in_python),
        ('say(f"{n} files")', in_python),
        ('say("a" + "b")', in_python),
        ("say()", in_python),
        ('say_count(n, "file", many)', in_python),
        ("_(words)", in_python),
        ("{{ _(words) }}", in_template),
        ('{{ _("a" ~ b) }}', in_template),
        ("{% trans %}{{ a.b }}{% endtrans %}", in_template),
        ("say(", in_python),
    ],
)
def test_text_that_is_no_literal_is_refused(source: str, read: Callable[[str], Iterable[Mark]]) -> None:
    """A message that only the running portal knows would be in no catalogue: it is named by file and line."""
    with pytest.raises(ValueError, match=r"^portal/x\.py:1: "):
        list(marked(source, "portal/x.py", read))


def test_catalogue_holds_every_kind_of_text(messages: list[Found]) -> None:
    """Words and plurals of templates and of code, and every mail, letter and checklist."""
    kinds = {(Path(each.place).suffix, bool(each.many)) for each in messages}
    assert {(".html", False), (".html", True), (".py", False), (".py", True)} <= kinds
    files = {
        *(f"schemas/mail/{name}.toml" for name in load_mails()),
        *(f"schemas/letters/{letter.code}.md" for letter in load_letters()),
        *(f"schemas/checklist.{version}.toml" for version in checklist_versions()),
    }
    assert set() == files - {each.place for each in messages}


def test_catalogue_holds_all_of_the_checklist(messages: list[Found]) -> None:
    """Titles, groups, labels, guidance, slots and what files are counted as."""
    said = {each.message for each in messages}
    for version in checklist_versions():
        checklist = load_checklist(version)
        items = {words for each in checklist.items for words in (each.group, each.label, each.guidance)}
        slots = {slot.label for each in checklist.items for slot in each.slots}
        assert set() == {checklist.title, *items, *slots, *(each.counted for each in checklist.items)} - said


def test_catalogue_holds_all_of_the_mails_and_letters(messages: list[Found]) -> None:
    """Nothing of a mail or letter is plain: subjects, bodies with their closing, titles, readers and lines."""
    said = " ".join(each.message for each in messages)
    for mail in load_mails().values():
        assert [] == [line for line in [mail.subject, *mail.body.splitlines()] if line not in said]
    for letter in load_letters():
        lines = [line for block in letter.blocks for line in block.lines if re.search(r"\w+(?!\w*\})", line)]
        assert [] == [line for line in [letter.title, letter.reader, *lines] if line not in said]


def test_messages_are_whole(messages: list[Found]) -> None:
    """None is empty, hangs on white space at an end, or has a gap that nobody could tell from another."""
    for each in messages:
        for words in filter(None, (each.message, each.many)):
            assert words.strip() == words or words in PIECES, each
            assert not re.search(r"\{\W*\}|%\(\W*\)|%[sd]\b", words), each


def test_messages_differ_by_more_than_white_space(messages: list[Found]) -> None:
    """Nobody is asked to translate the same words twice, and no plural hides another."""
    alike, plurals = defaultdict(set), defaultdict(set)
    for each in messages:
        alike[" ".join(each.message.split())].add(each.message)
        plurals[each.message].update({each.many} - {""})
    assert [] == [found for found in [*alike.values(), *plurals.values()] if len(found) > 1]


def test_catalogue_is_the_same_each_time(tmp_path: Path) -> None:
    """Two of them differ only where texts do: no dates, no line numbers; gaps are flagged as what they are."""
    write(gather(), tmp_path / "one.pot")
    write(gather(), tmp_path / "two.pot")
    written = (tmp_path / "one.pot").read_text("utf-8")
    assert written == (tmp_path / "two.pot").read_text("utf-8")
    assert [] == re.findall(r"^#: .*:\d.*$", written, re.MULTILINE)
    for flag, gap in (("python-format", r"%\("), ("python-brace-format", r"\{\w")):
        entries = [entry for entry in written.split("\n\n")[1:] if re.search(gap, entry)]
        assert [] == [entry for entry in entries if not re.search(rf"^#, .*\b{flag}\b", entry, re.MULTILINE)]


def translated(known: Catalog) -> Catalog:
    """Return a made-up translation: every message in brackets, its gaps and elements as they are."""
    made = Catalog(locale="cy", charset="utf-8")
    for message in known:
        if isinstance(message.id, str) and message.id:
            made.add(message.id, f"⟦{message.id}⟧")
        elif message.id:
            made.add(message.id, tuple(f"⟦{message.id[1]}⟧" for _form in range(made.num_plurals)))
    return made


def test_translation_is_what_people_read(known: Catalog, engine: Engine, clock: FakeClock, tmp_path: Path) -> None:
    """From the gathered catalogue to the sign-in page: all of its words are the translation's, and its language too."""
    write(translated(known), tmp_path / "cy.po")
    assert [] == compile_translation(tmp_path / "cy.po", tmp_path / "cy.mo", known)
    deps = replace(make_deps(engine, make_fakes(clock)), catalogue=read_catalogue(tmp_path / "cy.mo"))

    page = create_app(deps, make_settings()).test_client().get("/sign-in").text

    assert re.search(r'<html lang="cy"', page)
    assert "⟦Sign in⟧" in page
    assert [] == outside(page, {"GOV.UK"})


def test_plurals_are_the_languages_own(tmp_path: Path) -> None:
    """A language with more forms than English gets the one that its head asks for."""
    known, made = Catalog(), Catalog(locale="pl")
    known.add(("{count} file", "{count} files"), locations=[("portal/x.py", 0)])
    made.add(("{count} file", "{count} files"), ("{count} plik", "{count} pliki", "{count} plików", "{count} pliku"))
    write(made, tmp_path / "pl.po")
    assert [] == compile_translation(tmp_path / "pl.po", tmp_path / "pl.mo", known)
    said = read_catalogue(tmp_path / "pl.mo")
    one, many = "{count} file", "{count} files"
    assert ["1 plik", "3 pliki", "5 plików"] == [said.of(Text(one, {"count": n}, many, n)) for n in (1, 3, 5)]


LINK = '<a class="govuk-link" href="%(href)s" title="Take back">Recall</a> it'


@pytest.mark.parametrize(
    ("message", "translation", "fault"),
    [
        ("Send {count}.", "Anfon.", "the gap {count} is missing"),
        ("Send {count}.", "Anfon {cyfrif}.", "{cyfrif} is no gap of the message"),
        ("Send {count}.", "Anfon {count.real}.", "{count.real} is no gap of the message"),
        ("Send {count}.", "Anfon {count} {.", "a brace or percent sign stands alone"),
        ("Row %(n)s", "Rhes", "the gap %(n)s is missing"),
        ("Row %(n)s", "Rhes %(n)s%(m)s", "%(m)s is no gap of the message"),
        ("Row %(n)s", "Rhes %(n)s 5%", "a brace or percent sign stands alone"),
        ("Row %(n)s", "Rhes %(n)d", "a brace or percent sign stands alone"),
        ("Half", "50%", ""),
        ("Half %(of)s", "50%% %(of)s", ""),
        ("Send it", "<b>Anfon</b>", "its elements are not the message's"),
        ("Send it", "Anfon <script", "its elements are not the message's"),
        (LINK, '<a class="govuk-link" href="%(href)s" title="Yn ôl">Galw</a>', ""),
        (LINK, LINK.replace(" title", ' onclick="x" title'), "its elements are not the message's"),
        (LINK, LINK.replace("%(href)s", "%(href)sx"), "its elements are not the message's"),
        (LINK, "Galw %(href)s", "its elements are not the message's"),
        (LINK, LINK.replace("</a>", "").replace("<a", "</a><a"), "its elements do not close in the order"),
        ("One line", "Dwy\nlinell", "it breaks a line"),
        ("Send it", 'Anfon" onfocus="alert(1)', "it has straight quotation marks"),
        ("One line", "Un llinell\u2028", "it breaks a line"),
        ("Two\nlines", "Dwy\nlinell", ""),
    ],
)
def test_translation_is_looked_through(tmp_path: Path, message: str, translation: str, fault: str) -> None:
    """What could break a page, or add to it, is refused in one line that names message and fault."""
    known, made = Catalog(), Catalog(locale="cy")
    # A message that has no gap takes no percent sign's meaning unless a template has it.
    known.add(message, locations=[("portal/web/templates/x.html" if "%" in message else "portal/x.py", 0)])
    made.add(message, translation)
    write(made, tmp_path / "cy.po")

    lines = compile_translation(tmp_path / "cy.po", tmp_path / "cy.mo", known)

    assert bool(fault) == bool(lines) != (tmp_path / "cy.mo").exists()
    assert all(line.startswith(f"{message!r}: ") for line in lines)
    assert fault in "".join(lines)


def test_plural_may_leave_the_number_out(tmp_path: Path) -> None:
    """One of several forms may say the number in words, as English does, but each form has to be there."""
    known = Catalog()
    known.add(("One file", "{count} files"), locations=[("portal/x.py", 0)])
    for forms, faults in ((("Un ffeil", "{count} ffeil"), 0), (("{count} ffeil", ""), 1), (("{n} ffeil", "x"), 1)):
        made = Catalog(locale="nl")
        made.add(("One file", "{count} files"), forms)
        write(made, tmp_path / "nl.po")
        assert faults == len(compile_translation(tmp_path / "nl.po", tmp_path / "nl.mo", known))


@pytest.mark.parametrize(
    ("written", "fault"),
    [
        ('msgid "A"\nmsgstr "B"\n', "Its head names no Language that is known."),
        ('msgid ""\nmsgstr "Language: cy\\n"\n\nmsgid "A\n', "cannot be compiled: "),
        ("", "Its head names no Language that is known."),
    ],
)
def test_file_that_is_no_translation_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], written: str, fault: str
) -> None:
    """The command ends with 1 and one line, and leaves what was compiled before."""
    (tmp_path / "x.po").write_text(written, "utf-8")
    (tmp_path / "x.mo").write_bytes(b"before")
    assert 1 == main(["compile", str(tmp_path / "x.po"), str(tmp_path / "x.mo")])
    (line,) = capsys.readouterr().err.splitlines()
    assert fault in line
    assert b"before" == (tmp_path / "x.mo").read_bytes()


def test_portal_does_not_start_with_what_is_no_catalogue(tmp_path: Path) -> None:
    """`portal serve` refuses and names setting and file, whether it is missing, text, or cut short."""
    (tmp_path / "text.mo").write_text('msgid "A"\n')
    (tmp_path / "short.mo").write_bytes(b"\xde\x12\x04\x95\x00")
    for name in ("missing.mo", "text.mo", "short.mo"):
        path = tmp_path / name
        folders = {f"PORTAL_{each}": str(tmp_path) for each in ("DATA", "KEYS", "SIGNING_KEYS", "ANCHORS", "MAIL")}
        database = {"PORTAL_DATABASE_URL": f"sqlite:///{tmp_path / 'none.sqlite3'}"}
        done = CliRunner().invoke(portal, ["serve"], env=folders | database | {"PORTAL_CATALOGUE": str(path)})
        assert 1 == done.exit_code
        assert f"PORTAL_CATALOGUE, {path}, cannot be used: " in done.stderr
