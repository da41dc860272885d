"""OpenDocument (ISO/IEC 26300): its type, its list of parts and what its parts say."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from portal.checking.markup import Attributes, Handler, walk
from portal.checking.notes import Notes
from portal.checking.ooxml import is_remote
from portal.checking.ooxml_parts import Watch, is_dde
from portal.checking.unpack import Damaged, head, unpack
from portal.checking.zips import STORED, Directory

MANIFEST = "META-INF/manifest.xml"
_LARGEST_MANIFEST = 16 << 20
_TYPE = "application/vnd.oasis.opendocument."
_KINDS: Mapping[str, str] = MappingProxyType(
    {
        "text": "odt",
        "text-template": "ott",
        "text-master": "odm",
        "spreadsheet": "ods",
        "spreadsheet-template": "ots",
        "presentation": "odp",
        "presentation-template": "otp",
        "graphics": "odg",
        "graphics-template": "otg",
        "chart": "odc",
        "formula": "odf",
        "database": "odb",
    }
)
KINDS = frozenset(_KINDS.values())
_OWN_OBJECTS = frozenset({_TYPE + "chart", _TYPE + "formula"})
_MACROS = re.compile(r"(?i)basic/|scripts/")
"""Where macros are kept, from the root of a package."""
_OUTSIDE = re.compile(r"(?i)[a-z][a-z0-9+.-]*:|//|\.\./|/")
_LOADED = frozenset(
    {
        *("image", "object", "object-ole", "plugin", "applet", "floating-frame", "fill-image", "background-image"),
        *("section-source", "table-source", "cell-range-source", "font-face-uri", "list-level-style-image"),
    }
)
"""Elements whose link is followed when the document is opened, unlike a hyperlink's."""


def kind_of_document(body: bytes, directory: Directory) -> str:
    """Return the document's kind by its `mimetype` (part 2, 3.3), or "" where it is none."""
    entry = directory.find("mimetype")
    if entry is None:
        return ""
    try:
        said = head(body, entry, 128).decode("ascii", "replace").strip()
    except Damaged:
        return ""
    return _KINDS.get(said.removeprefix(_TYPE), "") if said.startswith(_TYPE) else ""


@dataclass
class _Manifest(Handler):
    types: dict[str, str] = field(default_factory=dict)
    encrypted: list[str] = field(default_factory=list)
    _current: str = ""

    def start(self, name: str, attributes: Attributes) -> None:
        if name == "file-entry":
            self._current = attributes.get("full-path", "")
            self.types[self._current] = attributes.get("media-type", "")
        elif name in ("encryption-data", "encrypted-key"):
            self.encrypted.append(self._current)


def judge_document(body: bytes, directory: Directory, notes: Notes) -> bool:
    """Note what the list of parts says; return whether the parts can be read, which encrypted ones cannot.

    Raises Damaged, and as `walk`.
    """
    first = directory.entries[0]
    if first.name != "mimetype" or first.method != STORED:
        notes.found("zip-structure", "mimetype")
    for entry in directory.entries:
        if _MACROS.match(entry.name) and not entry.folder:
            notes.found("macros", entry.name)
    listed = directory.find(MANIFEST)
    if listed is None:
        notes.found("zip-structure", MANIFEST)
        return True
    manifest = _Manifest()
    walk([unpack(body, listed, _LARGEST_MANIFEST)], manifest)
    for name, kind in manifest.types.items():
        if kind.startswith("application/vnd.sun.star.oleobject") or _is_inner_document(name, kind):
            notes.found("embedded-object", name)
    for name in manifest.encrypted:
        notes.found("password", name)
    return not manifest.encrypted


def _is_inner_document(name: str, kind: str) -> bool:
    return name not in ("", "/") and kind.startswith(_TYPE) and kind not in _OWN_OBJECTS


class _Content(Handler):
    """What the elements of a part say."""

    def __init__(self, notes: Notes, place: str) -> None:
        self._notes, self._place = notes, place

    def start(self, name: str, attributes: Attributes) -> None:
        """Note what an element alone says."""
        if code := _judge(name, attributes):
            self._notes.found(code, self._place)


def _judge(name: str, attributes: Attributes) -> str:
    """Return the code of what an element says, "" for nothing."""
    link = attributes.get("href", "").strip()
    if name == "event-listener" and attributes.get("action") == "execute":
        return "starts-program"
    if name == "event-listener" and ("macro-name" in attributes or link.lower().startswith(_SCRIPT)):
        return "macros"
    if name == "source-code":  # of Basic, which LibreOffice reads from a text's own part too
        return "macros"
    if name == "script" and attributes.get("language", "").lower() not in ("", "ooo:basic"):
        return "macros"
    if name in ("dde-source", "dde-link", "dde-connection-decl") or _asks(name, attributes):
        return "dde"
    if name in ("template", "auto-reload") and is_remote(link):
        return "external-template"
    return "external-link" if name in _LOADED and _OUTSIDE.match(link) else ""


def _asks(name: str, attributes: Attributes) -> bool:
    """Say whether a cell, a name or a condition has a formula that asks another program."""
    formulas = [attributes.get(each, "") for each in _FORMULAS]
    return any(map(is_dde, [*formulas, attributes.get("value", "")] if name == "condition" else formulas))


_SCRIPT = ("vnd.sun.star.script:", "macro:", "script:", "javascript:")
_FORMULAS = ("formula", "expression", "condition")
_ROOTS = ("document-content", "document-styles", "document-meta", "document")
WATCHES: Mapping[str, Watch] = MappingProxyType({root: Watch(None, _Content) for root in _ROOTS})
"""By the name of the outermost element. All are read by element: most name what is looked for in their first lines."""
