"""Whether identifiers are case numbers or initials and nothing that names a person (P). Values are told masked.

A column of many identifiers that are all of one length is one of codes: what looks like a name or a postcode among
them is a matter of chance, and said so, unless there is more of it than chance makes. A short column is one of codes
where the identifiers of the whole form are.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from typing import Final

from portal.domain.a1 import shapes
from portal.domain.a1.form import Form, Hit
from portal.domain.a1.headings import left_out, unknown_words
from portal.domain.a1.lacking import no_id, none_of
from portal.domain.a1.registry import CHECK, ERROR, STOP, rule
from portal.domain.a1.structure import remarked
from portal.domain.a1.tables import Table
from portal.domain.cells import cell_name
from schemas.a1 import COVER
from schemas.a1_rows import id_text, words_of
from schemas.texts import say

_MANY: Final = 10
"""Different identifiers from which on a column shows what its identifiers look like."""
_TEN_DIGITS_FROM: Final = 3
_CHANCE: Final = 20
"""One code of a length may look like a postcode, and one more for each so many; of random ones it is one in 125."""
_NAMES: Final = 0.5
"""The share of identifiers that look like names beyond which it is no chance, if their letters are those of names."""
_MILD: Final = frozenset({"P03c", "P04c"})
_ID_FIX = say("Replace each by initials or a case record number, and send the new file.")
_CHANCE_FIX = say("If these are case record numbers, you need not do anything. Otherwise replace them.")


def looked(form: Form, table: Table, place: int) -> Mapping[str, str]:
    """Return the code of the rule that each suspect identifier at a place of the file breaks, by its text."""
    if not form.looked:
        form.looked.update(_look_at_all(form))
    return form.looked[table.sheet.code, place]


def _look_at_all(form: Form) -> dict[tuple[str, int], Mapping[str, str]]:
    """Look at every column of identifiers; what is a matter of chance in one is so wherever else it stands.

    But not what a column of codes shows to be none. One that is there twice is looked at too, though nothing reads it.
    """
    words = shapes.ALLOWED | form.against.id_words
    columns = {
        (sheet, place): set(map(id_text, table.distinct(place))) - {""}
        for sheet, table in form.tables.items()
        for _, place in table.places("id")
    }
    short = any(0 < len(texts) < _MANY for texts in columns.values())
    usual = _length_of_codes(set().union(*columns.values())) if short else 0
    found = {place: look(texts, words, usual) for place, texts in columns.items()}
    mild = {text: code for codes in found.values() for text, code in codes.items() if code in _MILD}
    for place, codes in found.items():
        length = _length(columns[place], usual) if mild else 0
        for text in [text for text in codes if len(text) == length and f"{codes[text]}c" in _MILD]:
            mild.pop(text, None)
    return {
        place: {text: mild.get(text, code) if f"{code}c" in _MILD else code for text, code in codes.items()}
        for place, codes in found.items()
    }


def look(texts: AbstractSet[str], words: AbstractSet[str], usual: int = 0) -> Mapping[str, str]:
    """Return the code of the rule that each suspect of a column's identifiers breaks. `words` begin case numbers.

    `usual` is the length of the codes of which the form is, 0 where it is of none: what counts in a short column.
    """
    suspects = [text for text in texts if not shapes.plainly_a_number(text)]
    length = _length(texts, usual)
    names = {text: part for text in suspects if (part := shapes.name_in(text, words))}
    by_chance = not _are_names(texts, names)
    postcodes = sum(map(shapes.is_postcode, suspects)) > 1 + len(texts) // _CHANCE
    found = {}
    for text in suspects:
        code = _certain(text)
        if not code and shapes.is_postcode(text):
            code = "P03c" if not postcodes and len(text) == length and " " not in text else "P03"
        if not code and text in names:
            code = "P04c" if by_chance and len(text) == length and text.isalnum() else "P04"
        if not code and shapes.outside_alphabet(text):
            code = "P08"
        if code:
            found[text] = code
    return found | _ten_digits(suspects)


def _length(texts: AbstractSet[str], usual: int = 0) -> int:
    """Return the length that nine in ten of a column's identifiers have, in a short one that of the form; 0: none."""
    if len(texts) < _MANY:
        return usual
    lengths = Counter(map(len, texts))
    most = max(lengths, key=lambda length: lengths[length])
    return most if lengths[most] >= 0.9 * len(texts) else 0


def _length_of_codes(texts: AbstractSet[str]) -> int:
    """Return the length of a form's identifiers where most are letters mixed with digits, otherwise 0."""
    length = _length(texts)
    return length if 2 * sum(map(shapes.is_mixed, texts)) > len(texts) else 0


def _are_names(texts: AbstractSet[str], names: Mapping[str, str]) -> bool:
    """Tell whether a column is one of names: most look so, and are spelt with the letters of names.

    In a short column only those count that have no digits.
    """
    likely = [part for text, part in names.items() if len(texts) >= _MANY or not any(map(str.isdigit, text))]
    return len(likely) > _NAMES * len(texts) and shapes.spelt_like_names("".join(likely))


def _certain(text: str) -> str:
    looks = {
        "P01": shapes.is_email(text),
        "P02": shapes.has_written_nhs(text),
        "P05": shapes.has_national_number(text) or shapes.has_pupil_number(text),
        "P06": shapes.has_phone(text),
        "P07": shapes.has_day(text),
        "P03": shapes.has_spaced_postcode(text),
    }
    return next((code for code, seen in looks.items() if seen), "")


def _ten_digits(texts: Iterable[str]) -> dict[str, str]:
    ten = [text for text in texts if shapes.is_ten_digits(text)]
    passing = [text for text in ten if shapes.nhs_checks(text)]
    many = len(ten) >= _TEN_DIGITS_FROM and 2 * len(passing) >= len(ten)
    return dict.fromkeys(passing, "P02" if many else "P02c")


def _broken(form: Form, code: str) -> Iterator[Hit]:
    for name, table in form.tables.items():
        for column, place in table.places("id"):
            found = {text for text, said in looked(form, table, place).items() if said == code}
            if found:
                for at, text in enumerate(map(id_text, table.columns[place])):
                    if text in found:
                        yield Hit(name, column.name, at, shapes.masked(text), place=cell_name(place, table.numbers[at]))


@rule("P01", STOP, say("Identifiers hold e-mail addresses."), _ID_FIX, lacks=no_id)
def email(form: Form) -> Iterator[Hit]:
    """P01."""
    return _broken(form, "P01")


@rule("P02", STOP, say("Identifiers are NHS numbers."), _ID_FIX, lacks=no_id)
def nhs_number(form: Form) -> Iterator[Hit]:
    """P02: written 3-3-4, or so many of the column that it is no chance."""
    return _broken(form, "P02")


@rule("P02c", CHECK, say("Identifiers of ten digits could be NHS numbers."), _CHANCE_FIX, lacks=no_id)
def nhs_number_perhaps(form: Form) -> Iterator[Hit]:
    """P02: one in eleven passes by chance."""
    return _broken(form, "P02c")


@rule("P03", STOP, say("Identifiers are postcodes."), _ID_FIX, lacks=no_id)
def postcode(form: Form) -> Iterator[Hit]:
    """P03."""
    return _broken(form, "P03")


@rule("P03c", CHECK, say("Identifiers could be postcodes."), _CHANCE_FIX, lacks=no_id)
def postcode_perhaps(form: Form) -> Iterator[Hit]:
    """P03: in a column of codes of one length."""
    return _broken(form, "P03c")


@rule("P04", STOP, say("Identifiers hold what could be names."), _ID_FIX, lacks=no_id)
def person_name(form: Form) -> Iterator[Hit]:
    """P04."""
    return _broken(form, "P04")


@rule("P04c", CHECK, say("Identifiers hold letters that could be names."), _CHANCE_FIX, lacks=no_id)
def person_name_perhaps(form: Form) -> Iterator[Hit]:
    """P04: in a column of codes of one length."""
    return _broken(form, "P04c")


@rule(
    "P05",
    STOP,
    say("Identifiers are National Insurance numbers or unique pupil numbers."),
    _ID_FIX,
    lacks=no_id,
)
def national_number(form: Form) -> Iterator[Hit]:
    """P05."""
    return _broken(form, "P05")


@rule("P06", STOP, say("Identifiers are telephone numbers."), _ID_FIX, lacks=no_id)
def phone(form: Form) -> Iterator[Hit]:
    """P06."""
    return _broken(form, "P06")


@rule("P07", STOP, say("Identifiers hold dates, or Excel has made dates of them."), _ID_FIX, lacks=no_id)
def day_inside(form: Form) -> Iterator[Hit]:
    """P07."""
    return _broken(form, "P07")


@rule(
    "P08",
    STOP,
    say(
        "Identifiers are longer than 20 characters, or hold others than letters, digits, full stops, hyphens, _ and /."
    ),
    _ID_FIX,
    lacks=no_id,
)
def no_identifier(form: Form) -> Iterator[Hit]:
    """P08."""
    return _broken(form, "P08")


@rule(
    "P09",
    ERROR,
    say("Words hold an e-mail address, a telephone number, a postcode, an NHS or a National Insurance number."),
    say("Take it away, and send the new file."),
    lacks=left_out,
)
def detail_in_words(form: Form) -> Iterator[Hit]:
    """P09: values are not repeated."""
    return _in_words(form, shapes.reveals)


@rule(
    "P10",
    CHECK,
    say("Words look like the name of a person."),
    say("Take the name away if it is one. Names of teams and roles are fine."),
    lacks=left_out,
)
def name_in_words(form: Form) -> Iterator[Hit]:
    """P10: values are not repeated."""
    return _in_words(form, shapes.looks_like_name)


def _in_words(form: Form, shows: Callable[[str], bool]) -> Iterator[Hit]:
    for name, table in form.tables.items():
        for column in table.present("text"):
            if found := {raw for raw in table.raws(column.name) if shows(words_of(raw))}:
                yield from (Hit(name, column.name, at) for at, raw in enumerate(table.raw(column.name)) if raw in found)
        yield from (Hit(name, place=place) for place in unknown_words(table, shows))
    for cell in form.definition.cover:
        told = (form.raw.cover or {}).get(cell.cell, "")
        if (cell.sheet or cell.name == "completed_by_role") and shows(words_of(told)):
            yield Hit(COVER, place=cell.cell)


@rule(
    "P11",
    CHECK,
    say("Whole dates of birth stand where a month is asked for. Only the month was read."),
    say("Give year and month alone, such as 2021-04, so that no date of birth is sent."),
    lacks=none_of("month"),
)
def date_of_birth(form: Form) -> Iterator[Hit]:
    """P11: no more than the month is repeated."""
    for found in remarked(form, "P11"):
        if form.table(found.sheet).values(found.column)[found.at] is not None:
            yield found


def safe_rows(form: Form, table: Table) -> list[str]:
    """Return each row's key as a finding may show it: empty where any rule of privacy has a word to say on it."""
    found = looked(form, table, table.place(table.sheet.key))
    texts = table.texts(table.sheet.key)
    return ["" if text in found or shapes.outside_alphabet(text) else text for text in texts]
