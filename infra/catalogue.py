"""Gather every text that a person reads into `var/portal.pot`, or compile a translation of it once it is sound.

`make catalogue` runs it without arguments; `compile FILE.po FILE.mo` refuses a translation that could break a page or
add to it. Templates are read by Jinja, code by its syntax tree, and mails, letters and checklists by their own loaders.
"""
# ruff: noqa: INP001, T201

import ast
import re
import string
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from datetime import UTC, datetime
from gettext import GNUTranslations
from importlib import metadata
from io import BytesIO
from itertools import chain
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po, write_po
from jinja2 import Environment, TemplateSyntaxError, nodes

from schemas.a1 import a1_versions, load_a1
from schemas.definitions import checklist_versions, load_checklist
from schemas.letters import load_letters
from schemas.mails import load_mails
from schemas.texts import Text

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "var" / "portal.pot"
TEMPLATES = "portal/web/templates"
LOADERS = {ROOT / "schemas" / name for name in ("definitions.py", "letters/__init__.py", "mails.py")}
"""The code that makes messages of data: what they make is gathered, and not how."""
MARKS: Final = {
    "say": slice(0, 1),
    "say_count": slice(1, 3),
    "_": slice(0, 1),
    "gettext": slice(0, 1),
    "ngettext": slice(0, 2),
}
"""What marks a text, and which of its arguments are the message; `{% trans %}` becomes one of the last two."""
Mark = tuple[int, str, Sequence[object]]
"""Line and name of what marks a text, and its arguments: each a literal or None."""

_PERCENT = re.compile(r"%(?:%|\((\w+)\)s)")
_ELEMENT = re.compile(r"<[^<>]*>")
_SPOKEN = re.compile(r'\b(title|alt|aria-label)="[^"<>]*"')
_VOID = ("<br>", "<wbr>", "<hr>", "<img ")
_HEAD = """\
# Every text of the evidence portal; docs/texts.md says how to review and translate them.
#"""


@dataclass(frozen=True)
class Found:
    """A message, or its singular and plural, and the file that has it."""

    place: str
    message: str
    many: str = ""


def found() -> Iterator[Found]:
    """Yield every message where it stands. Raises ValueError (a text that is marked and is no literal)."""
    for path in sorted(ROOT.glob(f"{TEMPLATES}/**/*.html")):
        yield from marked(path.read_text("utf-8"), path.relative_to(ROOT).as_posix(), in_template)
    for path in sorted({*ROOT.glob("portal/**/*.py"), *ROOT.glob("schemas/**/*.py")} - LOADERS):
        yield from marked(path.read_text("utf-8"), path.relative_to(ROOT).as_posix(), in_python)
    yield from _files()


def marked(source: str, place: str, read: Callable[[str], Iterable[Mark]]) -> Iterator[Found]:
    """Yield the messages of a file. Raises ValueError (one is no literal: a catalogue could not have it)."""
    try:
        for line, name, arguments in read(source):
            words = [each for each in arguments[MARKS[name]] if isinstance(each, str) and each]
            if len(words) < MARKS[name].stop - MARKS[name].start:
                raise ValueError(f"{place}:{line}: {name} takes its message as one literal")
            yield Found(place, *words)
    except (SyntaxError, TemplateSyntaxError) as error:
        raise ValueError(f"{place}:{error.lineno}: {error}") from error


def in_template(source: str) -> Iterator[Mark]:
    """Yield what marks a text in a template, read as the pages' own environment does."""
    extensions = ["jinja2.ext.do", "jinja2.ext.i18n"]
    templates = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, extensions=extensions)
    templates.policies["ext.i18n.trimmed"] = True
    templates.newstyle_gettext = True  # type: ignore[attr-defined]
    for node in sorted(templates.parse(source).find_all(nodes.Call), key=lambda call: call.lineno):
        if isinstance(node.node, nodes.Name) and node.node.name in MARKS:
            arguments = [each.value if isinstance(each, nodes.Const) else None for each in node.args]
            yield node.lineno, node.node.name, arguments


def in_python(source: str) -> Iterator[Mark]:
    """Yield what marks a text in code."""
    # Babel's own reader of Python loses calls inside the arguments of others.
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(call.func, ast.Name) and call.func.id in MARKS:
            arguments = [each.value if isinstance(each, ast.Constant) else None for each in call.args]
            yield call.lineno, call.func.id, arguments


def _files() -> Iterator[Found]:
    """Yield the messages of each mail, letter, checklist and A1 form, as the loaders make them."""
    for name, mail in load_mails().items():
        yield from (Found(f"schemas/mail/{name}.toml", message) for message in _within(mail))
    for letter in load_letters():
        yield from (Found(f"schemas/letters/{letter.code}.md", message) for message in _within(letter))
    for version in checklist_versions():
        checklist = load_checklist(version)
        yield from (Found(f"schemas/checklist.{version}.toml", message) for message in _within(checklist))
    for version in a1_versions():
        yield from (Found(f"schemas/a1.{version}.toml", message) for message in _within(load_a1(version)))


def _within(value: object) -> Iterator[str]:
    """Yield the messages of every text in nested data."""
    if isinstance(value, Text):
        if re.search(r"\w", re.sub(r"\{\w+\}", "", value.message)):  # several texts together have no words
            yield value.message
        yield from _within(value.values)
    elif is_dataclass(value):
        yield from chain.from_iterable(_within(getattr(value, field.name)) for field in fields(value))
    elif isinstance(value, Mapping):
        yield from _within(tuple(value.values()))
    elif isinstance(value, (tuple, list)):
        yield from chain.from_iterable(map(_within, value))


def gather() -> Catalog:
    """Return the catalogue of every message, with the files that have it; the same each time."""
    catalogue = Catalog(
        project="evidence-portal",
        version=metadata.version("evidence-portal"),
        header_comment=_HEAD,
        charset="utf-8",
        creation_date=datetime(2023, 1, 1, tzinfo=UTC),
    )
    for each in found():
        message = catalogue.add((each.message, each.many) if each.many else each.message, locations=[(each.place, 0)])
        # Babel takes "5% of" for a gap; only templates are filled in by percent signs, and only the rest by braces.
        percent = {place.endswith(".html") for place, _line in message.locations}
        message.flags -= {"python-format"} if True not in percent else set()
        message.flags -= {"python-brace-format"} if False not in percent else set()
    return catalogue


def write(catalogue: Catalog, target: Path) -> None:
    """Write a catalogue, in the order in which its messages stand in their files."""
    target.parent.mkdir(exist_ok=True)
    with target.open("wb") as file:
        write_po(file, catalogue, width=120, sort_by_file=True, include_lineno=False)


def faults(translation: Catalog, known: Catalog) -> list[str]:
    """Return why a translation of what is `known` cannot be used, one fault a line."""
    lines = [] if translation.locale else ["Its head names no Language that is known."]
    for message in translation:
        ids, forms = _strings(message.id), _strings(message.string)
        if message.id and any(forms) and not message.fuzzy:
            ours = known.get(ids[0])
            percent = {place.endswith(".html") for place, _line in ours.locations} if ours else set()
            lines += [f"{ids[0]!r}: {fault}" for fault in _faults(ids, forms, percent)]
    return lines


def _strings(value: str | Iterable[str] | None) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value or ())


def _faults(ids: Sequence[str], forms: Sequence[str], percent: Iterable[bool]) -> Iterator[str]:
    if not all(forms):
        yield "not every plural form is given"
    for form in filter(None, forms):
        for by_percent in percent:
            yield from _gap_faults([_gaps(each, by_percent) for each in ids], _gaps(form, by_percent))
        if _elements(form) not in map(_elements, ids):
            yield f"its elements are not the message's in {form!r}"
        elif not _closes(form):
            yield f"its elements do not close in the order in which they open in {form!r}"
        if _lines(form) > 1 == max(map(_lines, ids)):
            yield f"it breaks a line that the message does not break in {form!r}"
        if '"' in form and not any('"' in each for each in ids):
            yield f"it has straight quotation marks, which end an attribute, in {form!r}: use “ and ”"


def _gap_faults(wanted: list[set[str] | None], given: set[str] | None) -> Iterator[str]:
    """A plural form may have the gaps of singular or plural: "one file" needs no number."""
    sets = [each for each in wanted if each is not None]
    if len(sets) < len(wanted):
        return
    if given is None:
        yield "a brace or percent sign stands alone: write it twice"
        return
    some, every = sets[0].union(*sets), sets[0].intersection(*sets)
    yield from (f"{name} is no gap of the message" for name in sorted(given - some))
    yield from (f"the gap {name} is missing" for name in sorted(every - given))


def _gaps(text: str, percent: bool) -> set[str] | None:
    """Return the gaps of a message or translation as they stand there, or None if it cannot be filled in."""
    if percent:
        return None if "%" in _PERCENT.sub("", text) else {f"%({name})s" for name in _PERCENT.findall(text) if name}
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError:
        return None
    return {
        f"{{{name}{f'!{how}' if how else ''}{f':{form}' if form else ''}}}"
        for _words, name, form, how in parts
        if name is not None
    }


def _elements(text: str) -> Counter[str]:
    """Count the tags, with attributes but without the words in them, and each angle bracket that is in none."""
    rest = _ELEMENT.sub("", text)
    return Counter([_SPOKEN.sub(r'\1=""', tag) for tag in _ELEMENT.findall(text)] + re.findall("[<>]", rest))


def _lines(text: str) -> int:
    return len(f"{text}.".splitlines())


def _closes(text: str) -> bool:
    inside: list[str] = []
    for tag in _ELEMENT.findall(text):
        if tag.startswith("</"):
            if not inside or inside.pop() != tag[2:-1].strip():
                return False
        elif not tag.startswith(_VOID):
            inside.append(tag[1:-1].split()[0])
    return not inside


def compile_translation(source: Path, target: Path, known: Catalog) -> list[str]:
    """Compile `source` (.po) to `target` (.mo), or return its faults and leave `target` alone."""
    compiled = BytesIO()
    try:
        with source.open("rb") as file:
            translation = read_po(file, abort_invalid=True)
        if lines := faults(translation, known):
            return lines
        write_mo(compiled, translation)
        compiled.seek(0)
        GNUTranslations(compiled)
        target.write_bytes(compiled.getvalue())
    except (OSError, ValueError, LookupError, PoFileError) as error:
        return [f"{source} cannot be compiled: {error}"]
    return []


def main(arguments: list[str]) -> int:
    """Gather, or compile. Returns the exit code."""
    if arguments and (len(arguments) != 3 or arguments[0] != "compile"):
        print("usage: catalogue.py [compile FILE.po FILE.mo]", file=sys.stderr)
        return 2
    try:
        known = gather()
    except ValueError as error:
        print(error, file=sys.stderr)
        return 1
    if not arguments:
        write(known, TARGET)
        print(f"{len(known)} messages are in {TARGET.relative_to(ROOT)}")
        return 0
    lines = compile_translation(Path(arguments[1]), Path(arguments[2]), known)
    print("\n".join(lines) or f"{arguments[2]} is compiled", file=sys.stderr if lines else sys.stdout)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
