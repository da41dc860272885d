"""Texts and catalogues, and that whatever refuses does it with a text."""

import copy
import json
import pickle
from gettext import NullTranslations
from io import BytesIO, StringIO
from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from marshmallow import ValidationError

from portal.domain.checklist import Gap, GapKind, progress
from portal.domain.errors import Conflict, Refused
from portal.domain.times import parse_iso, say_deadline, say_time_left
from schemas.definitions import load_checklist
from schemas.registers import MarkAgency
from schemas.requests import AcceptInvitation, Form, SignIn
from schemas.texts import Catalogue, read_catalogue, say, say_count, together
from tests.pseudo import pseudo
from tests.refusals import plain_refusals

ROOT = Path(__file__).parent.parent
REFUSING = ("portal/db", "portal/domain", "portal/services", "portal/vault", "portal/web", "schemas")
UNSEEN = ("NotFound", "SealBroken", "TrailBroken")
"""What no page says: one page stands for all that is not there or does not open, and a command checks the trail."""
WELSH = """
msgid ""
msgstr ""
"Language: cy\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=4; plural=(n==1) ? 0 : (n==2) ? 1 : (n != 8 && n != 11) ? 2 : 3;\\n"

msgid "{time} on {date}"
msgstr "{date}, {time}"

msgid "{weekday} {day} {month} {year}"
msgstr "{weekday} {day} {month} {year}"

msgid "Tuesday"
msgstr "Dydd Mawrth"

msgid "October"
msgstr "Hydref"

msgid "{hour}pm"
msgstr "{hour}yh"

msgid "{count} day"
msgid_plural "{count} days"
msgstr[0] "{count} diwrnod"
msgstr[1] "{count} ddiwrnod"
msgstr[2] "{count} diwrnod"
msgstr[3] "{count} niwrnod"

msgid "{length} left"
msgstr "{length} ar ôl"

msgid "The new deadline must be later than {deadline}."
msgstr "Nid yw ar ôl {deadline}."
"""


@pytest.fixture
def welsh(tmp_path: Path) -> Catalogue:
    """Return a catalogue of a few messages, compiled and read as a deployment's is."""
    compiled = BytesIO()
    write_mo(compiled, read_po(StringIO(WELSH)))
    path = tmp_path / "cy.mo"
    path.write_bytes(compiled.getvalue())
    return read_catalogue(path)


def test_a_text_is_its_own_english() -> None:
    """Filled in, it compares, hashes and goes into JSON as any string does."""
    text = say("{reference} is due by {deadline}.", reference="RAA-2023-01", deadline=say("midday"))
    plain = "RAA-2023-01 is due by midday."
    assert plain == text
    assert hash(plain) == hash(text)
    assert {plain: 1}[text] == 1
    assert json.dumps([plain]) == json.dumps([text])


def test_without_values_a_brace_is_a_brace() -> None:
    """A message that nothing is put into may hold any characters, and what is put in is not read again."""
    assert "Open {this} or {" == say("Open {this} or {")
    assert "Read {this} and {that}" == say("Read {what}", what="{this} and {that}")


def test_a_gap_that_is_left_is_a_fault() -> None:
    """A message with values has one for every gap."""
    with pytest.raises(KeyError):
        say("From {first} to {last}", first="a")


@pytest.mark.parametrize(("count", "said"), [(0, "0 files"), (1, "1 file"), (2, "2 files")])
def test_a_count_chooses_the_words(count: int, said: str) -> None:
    """English has one form for exactly 1."""
    assert said == say_count(count, "{count} file", "{count} files")


def test_a_count_may_be_written_another_way() -> None:
    """The number chooses, and what is shown is what was given for the gap."""
    assert "1,000 bytes" == say_count(1000, "{count} byte", "{count} bytes", count="1,000")


def test_texts_together_are_each_said() -> None:
    """What joins them is as it stands, and data among them is left alone."""
    text = together([say("One"), "data", say("Two {n}", n=2)], ", ")
    assert "One, data, Two 2" == text
    assert "⟦⟦One⟧, data, ⟦Two 2⟧⟧" == pseudo().of(text)
    assert "" == together([])


def test_a_catalogue_says_texts_in_its_own_order(welsh: Catalogue) -> None:
    """Gaps stand where the translation has them, and the texts in them are said too."""
    deadline = parse_iso("2023-10-10T15:00:00Z")
    assert "4pm on Tuesday 10 October 2023" == say_deadline(deadline)
    assert "Dydd Mawrth 10 Hydref 2023, 4yh" == welsh.of(say_deadline(deadline))
    assert "cy" == welsh.language


@pytest.mark.parametrize(("days", "said"), [(1, "1 diwrnod"), (2, "2 ddiwrnod"), (3, "3 diwrnod"), (8, "8 niwrnod")])
def test_a_catalogue_has_its_own_plurals(welsh: Catalogue, days: int, said: str) -> None:
    """The number is asked of the language, not of English."""
    now, deadline = parse_iso("2023-10-01T15:00:00Z"), parse_iso(f"2023-10-{1 + days:02d}T15:00:00Z")
    assert f"{said} ar ôl" == welsh.of(say_time_left(now, deadline))


def test_what_the_catalogue_does_not_have_stays_english(welsh: Catalogue) -> None:
    """Neither data nor a message without translation is touched."""
    assert ["Tuesday", "Dydd Mawrth", "Help"] == [welsh.of("Tuesday"), welsh.of(say("Tuesday")), welsh.of(say("Help"))]


def test_an_error_hands_its_text_on(welsh: Catalogue) -> None:
    """`str` of an error is what it was raised with, also where it was raised again."""
    text = say("The new deadline must be later than {deadline}.", deadline=say("Tuesday"))
    again = Conflict(str(Refused(text, "deadline")))
    assert "Nid yw ar ôl Dydd Mawrth." == welsh.of(str(again))


def test_a_copy_remembers_its_message() -> None:
    """However it was copied, a text can still be said."""
    texts = [say("Help"), say("{n} left", n=say("Two")), say_count(2, "{count} file", "{count} files")]
    for text in texts:
        for same in (copy.copy(text), copy.deepcopy(text), pickle.loads(pickle.dumps(text))):
            assert pseudo().of(text) == pseudo().of(same)
            assert (text, text.message, dict(text.values)) == (same, same.message, dict(same.values))


@pytest.mark.parametrize(
    "content", [b"", b"\xde\x12\x04\x95", b'msgid "Help"\nmsgstr "Cymorth"\n', b"\xde\x12\x04\x95" * 9]
)
def test_a_file_that_is_no_catalogue_is_refused(tmp_path: Path, content: bytes) -> None:
    """What was not compiled, or was cut, is named."""
    path = tmp_path / "broken.mo"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=r"broken\.mo is not a compiled catalogue"):
        read_catalogue(path)


def test_the_checklist_is_said_by_a_catalogue() -> None:
    """Its labels, what is counted, and sentences made of them."""
    checklist = load_checklist("2023")
    item = checklist.item("panel-minutes")
    said = pseudo()
    for text in (checklist.title, item.group, item.label, item.guidance, item.counted, item.slots[0].label):
        assert f"⟦{text}⟧" == said.of(text)
    held = progress(checklist, [], [Gap("annual-report", GapKind.to_follow, parse_iso("2023-10-10T15:00:00Z"))])
    assert "⟦0 of 3 ⟦panel minutes⟧⟧" == said.of(next(each for each in held.items if each.item is item).counted)
    assert "⟦1 to follow by ⟦⟦4pm⟧ on ⟦⟦Tuesday⟧ 10 ⟦October⟧ 2023⟧⟧⟧, ⟦10 still to send⟧" in said.of(held.summary)


@pytest.mark.parametrize(
    ("schema", "given", "errors"),
    [
        (SignIn, {}, {"email": "⟦Enter your email address⟧", "password": "⟦Enter your password⟧"}),
        (SignIn, {"email": " ", "password": "x"}, {"email": "⟦Enter your email address⟧"}),
        (SignIn, {"email": "a", "password": "x" * 1001}, {"password": "⟦Must be 1,000 characters or fewer⟧"}),
        (AcceptInvitation, {"password": "a", "confirm": "a"}, {"code": "⟦Enter the code that was read out to you⟧"}),
        (
            AcceptInvitation,
            {"code": "x", "password": "a", "confirm": "b"},
            {"confirm": "⟦The two passwords are not the same⟧"},
        ),
        (MarkAgency, {}, {"voluntary": "⟦Select yes or no⟧"}),
        (MarkAgency, {"voluntary": "perhaps"}, {"voluntary": "⟦Select yes or no⟧"}),
    ],
)
def test_the_sentences_of_forms_reach_the_page_as_texts(
    schema: type[Form], given: dict[str, str], errors: dict[str, str]
) -> None:
    """What reads the form gets them with their messages."""
    with pytest.raises(ValidationError) as caught:
        schema().load(given)
    found = caught.value.normalized_messages()  # type: ignore[no-untyped-call]
    assert errors == {field: pseudo().of(first) for field, (first, *_) in found.items()}


@pytest.mark.parametrize("folder", REFUSING)
def test_whatever_refuses_has_a_text(folder: str) -> None:
    """No error that a person may read is raised with a plain string."""
    found = [each for path in sorted((ROOT / folder).rglob("*.py")) for each in plain_refusals(path)]
    assert [] == [each for each in found if not each.endswith(UNSEEN)]


@pytest.mark.parametrize(
    ("source", "wrong"),
    [
        ('raise Refused("No", "field")', True),
        ('raise Refused(f"No {x}", "field")', True),
        ('raise Conflict("No " + x)', True),
        ('raise Conflict("No %s" % x)', True),
        ('raise Conflict("No {}".format(x))', True),
        ('NO = "No"\nraise Conflict(NO)', True),
        ('def f():\n    no = f"No {x}"\n    raise Conflict(no)', True),
        ('raise Conflict(say("No") if x else "No")', True),
        ("from portal.domain.certificates import KEY_BACKUPS\nraise Conflict(KEY_BACKUPS)", True),
        ('raise Unacceptable(400, "No")', True),
        ("raise Unacceptable(400)", False),
        ("raise NotFound", False),
        ("raise NotFound()", False),
        ('raise Refused(say("No {x}", x=x), "field")', False),
        ('raise Refused(together([say("No"), x]), "field")', False),
        ('NO = say("No")\nraise Conflict(NO if x else error.message)', False),
        ("def f(no):\n    raise Conflict(no)", False),
        ("raise Conflict(str(error)) from None", False),
        ('NO = {1: say("No")}\nraise Conflict(NO[x])', False),
        ('NO = {1: say("No"), 2: "Nor that"}\nraise Conflict(NO[x])', True),
        ('def f(no):\n    raise Conflict(no)\ndef g():\n    no = "No"', False),
        ('raise errors.Conflict("No")', True),
        ("from portal.domain.taking import DEFERRED\nraise Conflict(DEFERRED)", False),
        ('raise ValueError("No")', False),
    ],
)
def test_a_plain_refusal_is_seen(tmp_path: Path, source: str, wrong: bool) -> None:
    """Every way to lose a message, and none of the ways to keep it."""
    path = tmp_path / "seeded.py"
    path.write_text(source)
    assert wrong == bool(plain_refusals(path))


def test_a_catalogue_with_gaps_of_its_own_gives_english() -> None:
    """A page is better in English than not there at all."""

    class Wrong(NullTranslations):
        def gettext(self, message: str) -> str:
            return f"{message} {{unknown}} {{count.x}}"

    assert "Send 3" == Catalogue(Wrong()).of(say("Send {count}", count=3))
