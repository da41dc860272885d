"""What is looked for in the XML parts of Office documents, by the name of their outermost element.

A part of many megabytes is read by element only where a plain search has seen something like what is looked for.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from portal.checking.markup import FOREIGN, Attributes, Handler, Malformed
from portal.checking.notes import Notes

_LONGEST_FIELD = 4096
"""Characters of a field's code that count, not counting spaces beyond the first."""
_LONGEST_FORMULA = 1 << 16
"""Excel reads 8,192 characters, LibreOffice so many."""
_DEEPEST = 1000
"""Fields in one another that are told apart."""
_DDE_FIELD = re.compile(r"\W*DDE(AUTO)?\b", re.IGNORECASE)
_LINKING_FIELD = re.compile(r"\W*(INCLUDE|INCLUDETEXT|INCLUDEPICTURE|IMPORT|LINK|DATABASE)\b", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_QUOTED_CODES = re.compile(r"\W*QUOTE((?:\s+\d{1,3})+)\s*", re.IGNORECASE)
_ASIDE = re.compile(r""""[^"]*+"?|'(?:[^']++|'')*+(?:'!?)?|\[(?:[^\[\]']++|'.)*+\]?""", re.DOTALL)
"""A string, a sheet or a column of a table, one after another as programs read them: each may hold the others' signs.
What is not closed is one too, so that no letter is looked at twice."""
_DDE_CALL = re.compile(r"DDE\s*\(", re.IGNORECASE)
_AUTO_NAME = re.compile(r"(_xlnm\.)?auto_(open|close|activate|deactivate)", re.IGNORECASE)
_LIKE_CALL = rb"[dD][dD][eE][\s\x80-\xff]*+\("
_CALL, _BESIDE = re.compile(_LIKE_CALL), re.compile(rb"<(?:!|\?(?!xml\s))")
"""The second: a comment, an instruction or characters taken as they are, between which anything may be spelt."""
_IN_FORMULA = re.compile(rb"<(?=[^<]*+</(?:[^<>\s:/]+:)?f)[^<]*(?:\||&#|" + _LIKE_CALL + b")")
"""Such a sign in what ends a formula: what stands before an element inside it, some programs leave out."""
_ACTIONS = {"ppaction://program": "starts-program", "ppaction://macro": "macros"}
_WORD = ("document", "hdr", "ftr", "footnotes", "endnotes", "comments", "glossaryDocument", "package")
_SHEETS = ("worksheet", "chartsheet", "dialogsheet", "macrosheet", "chartSpace")
_SLIDES = ("sld", "sldLayout", "sldMaster", "notes", "notesMaster", "handoutMaster", "dataModel", "drawing")
"""The last two are a drawing made of a list (SmartArt): what it is made from, and how it looks."""
_WORDS = frozenset(
    {
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        "http://schemas.openxmlformats.org/officeDocument/2006/math",
        "http://purl.oclc.org/ooxml/wordprocessingml/main",
        "http://purl.oclc.org/ooxml/officeDocument/math",
    }
)
"""The namespaces of texts and of the formulas in them, in which fields are too."""


@dataclass
class _Field:
    code: str = ""
    shown: bool = False
    """Whether the code is over and what it shows has begun."""


class Fields(Handler):
    """The fields of a Word part, whose codes may be split over runs and spelt by other fields inside them.

    Programs pass over an element that they do not know, or one of several forms of a part, and differ in which. So a
    field has to end where it began: in such an element or around it. Raises Malformed where it does not.
    """

    wanted = frozenset({"instrText", "delInstrText", "fldSimple", "fldChar", *_WORD})
    spoken = _WORDS

    def __init__(self, notes: Notes, place: str) -> None:
        self._notes, self._place = notes, place
        self._open: list[_Field] = []
        self._reading = False
        self._around: list[tuple[int, bool]] = []
        """Of each foreign element: how many fields were open before it, and whether a code was being read."""

    def start(self, name: str, attributes: Attributes) -> None:
        """Follow the fields' beginnings and ends."""
        if name == FOREIGN:
            self._around.append((len(self._open), self._reading))
            self._reading = False
        elif name in ("instrText", "delInstrText"):
            self._reading = True
        elif name == "fldSimple":
            self._judge(attributes.get("instr", ""))
        elif name == "fldChar":
            kind = attributes.get("fldCharType")
            if kind == "begin":
                if len(self._open) == _DEEPEST:
                    if self._around:
                        raise Malformed
                    self._judge(self._open.pop(0).code)
                self._open.append(_Field())
            elif kind == "separate" and self._inside():
                self._open[-1].shown = True
            elif kind == "end" and self._inside():
                self._close()

    def end(self, name: str) -> None:
        """Stop reading a field's code, or all of them with the part."""
        if name == FOREIGN:
            before, self._reading = self._around.pop()
            if len(self._open) > before:
                raise Malformed
        elif name in ("instrText", "delInstrText"):
            self._reading = False
        elif name in _WORD:
            while self._inside():
                self._close()

    def _inside(self) -> bool:
        """Say whether a field is open that began here, not around a foreign element."""
        before = self._around[-1][0] if self._around else 0
        return len(self._open) > before

    def text(self, text: str) -> None:
        """Read a piece of a field's code."""
        if self._reading:
            self._add(text)

    def _add(self, text: str) -> None:
        if not self._inside():
            if self._around:
                raise Malformed
            self._open.append(_Field())
        field = self._open[-1]
        if not field.shown and len(field.code) < _LONGEST_FIELD:
            text = _SPACES.sub(" ", text)
            field.code += text if field.code and field.code[-1] != " " else text.lstrip()

    def _close(self) -> None:
        code = self._open.pop().code
        self._judge(code)
        if self._open and not self._open[-1].shown and (spelt := _QUOTED_CODES.fullmatch(code)):
            self._add("".join(chr(int(number)) for number in spelt[1].split()))

    def _judge(self, code: str) -> None:
        if _DDE_FIELD.match(code):
            self._notes.found("dde", self._place)
        elif _LINKING_FIELD.match(code):
            self._notes.found("external-link", self._place)


def is_dde(formula: str) -> bool:
    """Say whether a formula asks another program: `program|topic!item`, or LibreOffice's function DDE."""
    if "|" not in formula and _DDE_CALL.search(formula) is None:
        return False
    bare = _ASIDE.sub(_unless_aside, formula)
    return "|" in bare or _DDE_CALL.search(bare) is not None


def _unless_aside(found: re.Match[str]) -> str:
    return "" if found[0].endswith(('"', "!", "]")) else found[0]


class Formulas(Handler):
    """The formulas of a sheet, of its rules too, and of a workbook's names."""

    wanted = frozenset({"f", "formula", "formula1", "formula2", "definedName"})

    def __init__(self, notes: Notes, place: str) -> None:
        self._notes, self._place = notes, place
        self._formula: list[str] = []
        self._length = self._depth = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """Begin a formula."""
        self._depth += 1
        if name == "definedName" and _AUTO_NAME.fullmatch(attributes.get("name", "")):
            self._notes.found("macro-sheet", self._place)

    def end(self, name: str) -> None:
        """Judge a formula, with whatever lies in it."""
        self._depth -= 1
        if not self._depth:
            if is_dde("".join(self._formula)):
                self._notes.found("dde", self._place)
            self._formula, self._length = [], 0

    def text(self, text: str) -> None:
        """Keep a piece of a formula."""
        if self._depth and self._length < _LONGEST_FORMULA:
            self._formula.append(text)
            self._length += len(text)


class Links(Handler):
    """Links to other workbooks and programs, connections to data, controls of the ribbon, actions of slides."""

    wanted = frozenset(
        {
            *("ddeLink", "oleLink", "dbPr", "oledbPr", "webPr", "textPr", "dataFeedPr", "customUI"),
            *("hlinkClick", "hlinkMouseOver", "hlinkHover"),
        }
    )

    def __init__(self, notes: Notes, place: str) -> None:
        self._notes, self._place = notes, place

    def start(self, name: str, attributes: Attributes) -> None:
        """Note what an element alone says."""
        code = ""
        if name == "ddeLink":
            code = "dde"
        elif name in ("dbPr", "oledbPr"):
            # What a workbook's own data model is queried through comes from nowhere else.
            code = "" if "data model connection" in attributes.get("connection", "").lower() else "external-link"
        elif name in ("oleLink", "webPr", "textPr", "dataFeedPr"):
            code = "external-link"
        elif name == "customUI":
            code = "macros" if "onLoad" in attributes else ""
        elif name in ("hlinkClick", "hlinkMouseOver", "hlinkHover"):
            action = attributes.get("action", "").strip().lower()
            code = _ACTIONS.get(action.partition("?")[0], "")
        if code:
            self._notes.found(code, self._place)


class Watch(NamedTuple):
    """What is looked for in a part: when to look, and how."""

    hint: Callable[[bytes], bool] | None
    """Whether a stretch of the part makes it worth reading by element; None: it always is."""
    handler: Callable[[Notes, str], Handler]


def _like_field(stretch: bytes) -> bool:
    return b"nstrText" in stretch or b"fldSimple" in stretch


def _like_formula(stretch: bytes) -> bool:
    # One byte is looked for twenty times as fast as two, and most of a sheet has none of these.
    declared = 2 if b"<?xml" in stretch[:64] else 0
    if (b"!" in stretch or stretch.count(b"?") > declared) and _BESIDE.search(stretch):
        return True
    coded = b"#" in stretch and b"&#" in stretch
    called = b"(" in stretch and _CALL.search(stretch) is not None
    return (b"|" in stretch or coded or called) and _IN_FORMULA.search(stretch) is not None


def _like_action(stretch: bytes) -> bool:
    return b"action" in stretch


WATCHES: Mapping[str, Watch] = MappingProxyType(
    {root: Watch(_like_field, Fields) for root in _WORD}
    | {root: Watch(_like_formula, Formulas) for root in _SHEETS}
    | {root: Watch(_like_action, Links) for root in _SLIDES}
    | {root: Watch(None, Links) for root in ("externalLink", "connections", "customUI")}
    | {"workbook": Watch(None, Formulas)}
)
"""By the name of the outermost element."""
