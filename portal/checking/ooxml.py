"""Office Open XML (ECMA-376): what its content types and relationships say of its parts, whatever these are called."""

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import unquote

from portal.checking.markup import Attributes, Defines, Handler, Malformed, TooLarge, walk
from portal.checking.notes import Notes
from portal.checking.unpack import Damaged, unpack
from portal.checking.zips import Directory, Entry

TYPES, ROOT = "[Content_Types].xml", "_rels/.rels"
_LARGEST_TABLE = 4 << 20
"""Bytes of what says of a whole package what it is: 10,000 parts need two million."""
_MAIN = {
    "openxmlformats-officedocument.wordprocessingml.document": "docx",
    "openxmlformats-officedocument.wordprocessingml.template": "dotx",
    "openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "openxmlformats-officedocument.spreadsheetml.template": "xltx",
    "openxmlformats-officedocument.presentationml.presentation": "pptx",
    "openxmlformats-officedocument.presentationml.slideshow": "ppsx",
    "openxmlformats-officedocument.presentationml.template": "potx",
    "ms-word.document.macroEnabled": "docm",
    "ms-word.template.macroEnabledTemplate": "dotm",
    "ms-excel.sheet.macroEnabled": "xlsm",
    "ms-excel.template.macroEnabled": "xltm",
    "ms-excel.addin.macroEnabled": "xlam",
    "ms-excel.sheet.binary.macroEnabled": "xlsb",
    "ms-powerpoint.presentation.macroEnabled": "pptm",
    "ms-powerpoint.slideshow.macroEnabled": "ppsm",
    "ms-powerpoint.template.macroEnabled": "potm",
    "ms-powerpoint.addin.macroEnabled": "ppam",
}
_KINDS: Mapping[str, str] = MappingProxyType(
    {f"application/vnd.{name}.main+xml".lower(): kind for name, kind in _MAIN.items()}
    | {"application/vnd.ms-excel.sheet.binary.macroenabled.main": "xlsb"}
)
KINDS = frozenset(_KINDS.values())
"""What a package of this format can be."""

_CONTENT: Mapping[str, str] = MappingProxyType(
    {
        "application/vnd.ms-office.vbaproject": "macros",
        "application/vnd.ms-word.vbadata+xml": "macros",
        "application/vnd.ms-excel.macrosheet+xml": "macro-sheet",
        "application/vnd.ms-excel.intlmacrosheet+xml": "macro-sheet",
        "application/vnd.ms-excel.macrosheet": "macro-sheet",
        "application/vnd.ms-excel.intlmacrosheet": "macro-sheet",
        "application/vnd.ms-office.activex": "activex",
        "application/vnd.ms-office.activex+xml": "activex",
    }
)
_RELATED: Mapping[str, str] = MappingProxyType(
    {
        "vbaproject": "macros",
        "wordvbadata": "macros",
        "xlmacrosheet": "macro-sheet",
        "xlintlmacrosheet": "macro-sheet",
        "control": "activex",
        "activexcontrolbinary": "activex",
        "oleobject": "embedded-object",
        "package": "embedded-object",
        "afchunk": "embedded-object",
    }
)
_LOADED = frozenset({"attachedtemplate", "oleobject", "frame", "subdocument", "afchunk", "control"})
"""Relationships whose target is loaded, and may be run, when the file is opened."""


@dataclass
class Types(Handler):
    """Which content type each part has."""

    wanted = frozenset({"Default", "Override"})

    defaults: dict[str, str] = field(default_factory=dict)
    overrides: dict[str, str] = field(default_factory=dict)

    def start(self, name: str, attributes: Attributes) -> None:
        """Keep an entry of the table."""
        kind = attributes.get("ContentType", "").strip().lower()
        if name == "Default":
            self.defaults[attributes.get("Extension", "").lower()] = kind
        else:
            self.overrides[attributes.get("PartName", "").lstrip("/").lower()] = kind

    def of(self, name: str) -> str:
        """Return the content type of a part, in small letters; empty if it has none."""
        plain = name.lstrip("/").lower()
        return self.overrides.get(plain) or self.defaults.get(plain.rpartition(".")[2], "")


@dataclass(frozen=True)
class Relation:
    """One part's tie to another, or to something outside the file."""

    kind: str
    """The last word of its type, in small letters: all that both dialects and all vendors have in common."""
    target: str
    external: bool


class Relations(Handler):
    """What a `.rels` part holds."""

    wanted = frozenset({"Relationship"})

    def __init__(self) -> None:
        self.found: list[Relation] = []

    def start(self, name: str, attributes: Attributes) -> None:
        """Keep a relationship."""
        kind = attributes.get("Type", "").strip().rstrip("/").rpartition("/")[2].lower()
        external = attributes.get("TargetMode", "").strip().lower() == "external"
        self.found.append(Relation(kind, attributes.get("Target", "").strip(), external))


def read_types(body: bytes, directory: Directory) -> Types | None:
    """Return the content types; None: it is no package. Raises Damaged, and as `walk`."""
    entry = directory.find(TYPES)
    if entry is None:
        return None
    types = Types()
    walk([unpack(body, entry, _LARGEST_TABLE)], types)
    return types


def kind_of_package(body: bytes, directory: Directory) -> str:
    """Return the package's kind, by the type of the part that its root relates to; "" where it is no such package."""
    try:
        types = read_types(body, directory)
        root = directory.find(ROOT)
        if types is None or root is None:
            return ""
        relations = Relations()
        walk([unpack(body, root, _LARGEST_TABLE)], relations)
        mains = _mains(relations.found)
        return next((kind for main in mains if (kind := _KINDS.get(types.of(main), ""))), "")
    except (Damaged, Defines, Malformed, TooLarge):
        return ""


def _mains(root: list[Relation]) -> list[str]:
    """Return the parts that the package's own relationships call the document."""
    return [resolved("", each.target) for each in root if each.kind == "officedocument"]


def judge_mains(types: Types, root: list[Relation], directory: Directory, notes: Notes) -> None:
    """Note a package with more than one document: some programs go by relationships, some by types, some by names.

    What is merged into a text has that type too, but is a file of its own, whose name ends otherwise.
    """
    led = [name.lower() for name in _mains(root)]
    parts = {name for each in directory.entries if (name := each.name.lower()).endswith(".xml")} - {TYPES.lower()}
    others = sorted(name for name in parts - set(led) if types.of(name) in _KINDS)
    if others or len(led) > 1:
        notes.found("zip-structure", others[0] if others else ROOT)


def judge_types(types: Types, directory: Directory, notes: Notes) -> None:
    """Note parts whose content type alone says that they are active."""
    for entry in directory.entries:
        kind = types.of(entry.name)
        if kind in _CONTENT:
            notes.found(_CONTENT[kind], entry.name)
        elif "macroenabled" in kind and kind in _KINDS:
            notes.found("macros", TYPES)


def judge_relations(relations: list[Relation], source: str, notes: Notes) -> None:
    """Note what a part has relationships to. Hyperlinks lead away only when they are followed, and are no finding."""
    chart = "/charts/" in f"/{source}"
    for relation in relations:
        if not relation.external:
            code = _RELATED.get(relation.kind, "")
            if relation.kind == "package" and chart:
                code = ""  # a chart's own numbers, which every chart has
            place = resolved(source, relation.target)
        else:
            code = _judge_external(relation, chart=chart)
            place = source
        if code:
            notes.found(code, place)


def _judge_external(relation: Relation, *, chart: bool) -> str:
    if relation.kind == "hyperlink":
        return ""
    if relation.kind in _LOADED and is_remote(relation.target) and not chart:
        return "external-template"
    # A template on the author's own disk gives a document its looks, and nothing that a reader would miss.
    return "" if relation.kind == "attachedtemplate" else "external-link"


def is_remote(target: str) -> bool:
    """Say whether an external target is on another computer, not on the disk of whoever opens the file."""
    plain = "".join(unquote(target).split()).replace("\\", "/").lower()
    scheme = re.match(r"[a-z][a-z0-9+.-]+:", plain)
    if scheme and scheme[0] != "file:":
        return "/" in plain  # Macs have parted folders by colons
    path = plain[5:].removeprefix("//localhost") if scheme else plain
    # file:///C:/… is a disk, file://server/… and file://///server/… are not.
    return path[3:4] == "/" if path.startswith("///") else path.startswith("//")


def resolved(source: str, target: str) -> str:
    """Return the name of the part that a relationship of `source` leads to."""
    return posixpath.normpath(posixpath.join("/", posixpath.dirname(source), unquote(target))).lstrip("/")


def source_of(name: str) -> str:
    """Return the part whose relationships a `.rels` part holds; empty for the package's own."""
    folder, _, file = name.rpartition("/")
    return posixpath.join(posixpath.dirname(folder), file.removesuffix(".rels"))


def relation_parts(directory: Directory) -> Iterator[Entry]:
    """Yield the parts that hold relationships."""
    for entry in directory.entries:
        if entry.readable and entry.name.lower().endswith(".rels"):
            yield entry
