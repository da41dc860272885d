"""PDF by qpdf: passwords, scripts, programs, attached files. The objects are walked once; no page's content is decoded.

Many scanners and old printers write files that qpdf has to mend. That is no finding: only a file that was cut short, in
which no page is left, or of which an object was left out, is.
"""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from urllib.parse import unquote

import pikepdf
from pikepdf import Array, Dictionary, Encryption, Name, Object, Pdf, Stream, String
from pikepdf.settings import set_qpdf_limits

from portal.checking.notes import Notes
from portal.checking.programs import is_program
from portal.domain.checker import limits_for

MOST_UNPACKED = 128 * 1024 * 1024
"""Bytes that one stream of objects may unpack to; more of it is not looked at, which is then noted."""
_BYTES_A_WORD = 160
"""What qpdf and this module keep in memory for each name, number, reference or bracket of an object, measured."""
_BYTES_BESIDES = 100 * 1024 * 1024
"""Of the process before it looks at anything."""
_HEAD = 4096
_AS_TEXT = frozenset({"/ASCIIHexDecode", "/AHx", "/ASCII85Decode", "/A85"})
# What qpdf warns of when it leaves an object out, which another reader may take as it is: a number too long is enough.
_GIVEN_UP = re.compile("giving up on reading object|treating object as null")
_OVER_LIMIT = re.compile("limit exceeded|limits error|bad_alloc")
_BEGUN = re.compile(rb"\d\s+obj\b|endobj|endstream")
_REFERENCE = re.compile(rb"(?<![\d.])(\d{1,9}) (\d{1,5}) R\b")
# qpdf writes names without escapes, so that an object without any of these holds nothing to note. What kind of action
# it is, and where it leads, may stand in an object of its own, or in letters of two bytes.
_TELLING = re.compile(
    rb"/(?:JavaScript|JS|Launch|EF|XFA|AA|OpenAction|RichMedia|3D|Movie|Sound|Screen|GoTo[RE])\b|file:"
    rb"|/(?:S|Subtype) \d|/URI (?:\d|<[^<])",
    re.IGNORECASE,
)
_MEDIA = frozenset({"/RichMedia", "/3D", "/Movie", "/Sound", "/Screen"})
_BY_ITSELF = frozenset({"/O", "/C", "/PO", "/PC", "/PV", "/PI", "/WC", "/WS", "/DS", "/WP", "/DP"})
"""Events that happen by opening or leafing, without a click (ISO 32000-2, 12.6.3)."""
_OUTWARD = frozenset({"/URI", "/SubmitForm", "/GoToR", "/GoToE", "/ImportData"})
_LONGEST_CHAIN = 100
_AFTER_PATH = re.compile("[?#]")


@dataclass(frozen=True)
class Attached:
    """A file that is attached to a PDF: its name, and its bytes as they are stored, not yet decoded."""

    name: str
    stream: Stream

    def head(self, pdf: Pdf) -> bytes:
        """Return the first bytes, b"" of what is packed in an unusual way. Raises PdfError, zlib.error."""
        head = self.stream.read_raw_bytes()[:_HEAD]
        for each in map(str, self.stream.stream_dict.get("/Filter", Array()).wrap_in_array().as_list()):
            if each in ("/FlateDecode", "/Fl"):
                head = zlib.decompressobj().decompress(head, _HEAD)
            elif each in _AS_TEXT:
                head = Stream(pdf, head, Filter=Name(each)).read_bytes()
            else:
                return b""
        return head


def prepare() -> None:
    """Tell qpdf how much it may unpack, and let it decrypt once: what it needs for AES-256 it loads late."""
    _set_limits()
    out = BytesIO()
    with Pdf.new() as pdf:
        pdf.save(out, encryption=Encryption(owner="owner", user="", R=6))
    Pdf.open(out).close()


def _set_limits() -> None:
    set_qpdf_limits(
        flate_max_memory=MOST_UNPACKED,
        run_length_max_memory=MOST_UNPACKED,
        png_max_memory=MOST_UNPACKED,
        tiff_max_memory=MOST_UNPACKED,
        dct_max_memory=MOST_UNPACKED,
    )


def look_into_pdf(body: bytes, notes: Notes) -> int:
    """Note what is in a PDF; return how many files are attached to it."""
    _set_limits()
    try:
        with Pdf.open(BytesIO(body)) as pdf:
            pages = len(pdf.pages)
            attached = _walk(pdf, most_words(len(body)), notes)
            given_up, over_limit = left_out(pdf)
    except pikepdf.PasswordError:
        notes.found("password")
        return 0
    except pikepdf.PdfError as error:
        # Encrypted for certain readers, or in a way of somebody's own: nobody else opens it either.
        notes.found("password" if "encrypt" in str(error) else "unreadable")
        return 0
    if pages == 0 or _is_cut(body) or given_up:
        notes.found("unreadable")
    if over_limit:
        notes.found("too-large-to-check")
    return attached


def left_out(pdf: Pdf) -> tuple[bool, bool]:
    """Say whether qpdf left out anything of what was read so far: for damage, and for being over a limit."""
    warnings = pdf.get_warnings()
    return any(map(_GIVEN_UP.search, warnings)), any(map(_OVER_LIMIT.search, warnings))


def _is_cut(body: bytes) -> bool:
    """Say whether a file ends in the middle: nothing after its last object says where the table is.

    Where later changes were added at the end, readers would show the file as it was before these, without a word.
    """
    return _BEGUN.search(body, max(body.rfind(b"%%EOF"), body.rfind(b"startxref"), 0)) is not None


def most_words(size: int) -> int:
    """Return how many words all objects of a file of `size` bytes may have: more would not fit the process's memory."""
    return (limits_for(size).memory - 2 * size - _BYTES_BESIDES) // _BYTES_A_WORD


def _walk(pdf: Pdf, most: int, notes: Notes) -> int:
    """Look at every object that can be reached from the trailer; return how many files are attached."""
    files: dict[tuple[int, int], Attached] = {}
    todo = [(0, 0)]  # the trailer, and then numbers of objects: these take less room than the objects
    seen: set[tuple[int, int]] = {(0, 0)}
    while todo:
        number, generation = todo.pop()
        each: object = pdf.get_object((number, generation)) if number else pdf.trailer
        if not isinstance(each, Object):  # a number, which pikepdf makes one of Python's
            continue
        thing = each.stream_dict if isinstance(each, Stream) else each
        raw = thing.unparse(resolved=True)
        references = _REFERENCE.findall(raw)
        for reference in {(int(first), int(second)) for first, second in references} - seen:
            seen.add(reference)
            todo.append(reference)
        if (most := most - 1 - raw.count(b" ") + 2 * len(references)) < 0:
            notes.found("too-large-to-check")
            break
        if _TELLING.search(raw):
            _look_at(thing, notes, files)
    for attached in files.values():
        notes.found("pdf-embedded-file", attached.name)
        try:
            head = attached.head(pdf)
        except (pikepdf.PdfError, zlib.error):
            notes.found("unreadable", attached.name)
            head = b""
        if is_program(attached.name, head):
            notes.found("embedded-program", attached.name)
    return len(files)


def _look_at(thing: Object, notes: Notes, files: dict[tuple[int, int], Attached]) -> None:
    """Look at an object and at everything that lies directly in it."""
    for each in _dictionaries(thing):
        if "/JS" in each or _name(each, "/S") == "/JavaScript":
            notes.found("pdf-javascript")
        if _launches(each):
            notes.found("pdf-launch", _target(each))
        if "/XFA" in each:
            notes.found("pdf-xfa")
        if "/Rect" in each and _name(each, "/Subtype") in _MEDIA:
            notes.found("pdf-media", _name(each, "/Subtype"))
        if _name(each, "/S") == "/Sound":
            notes.found("pdf-media", "/Sound")
        if _name(each, "/AFRelationship") == "/EncryptedPayload":
            notes.found("password")  # what is attached is the document itself (ISO 32000-2, 7.6.7)
        if any(_name(action, "/S") in _OUTWARD for action in _own_actions(each)):
            notes.found("pdf-opens-link")
        for stream in _embedded(each):
            files[stream.objgen] = Attached(_target(each) or str(each.get("/Desc", "")), stream)


def attached_in(thing: object) -> Iterator[Stream]:
    """Yield the files that one object attaches, however deep in it, and the object itself if it is such a file."""
    if isinstance(thing, Stream):
        if _name(thing.stream_dict, "/Type") == "/EmbeddedFile":
            yield thing
        thing = thing.stream_dict
    if isinstance(thing, Object) and b"/EF" in thing.unparse(resolved=True):
        for each in _dictionaries(thing):
            yield from _embedded(each)


def _embedded(specification: Dictionary) -> Iterator[Stream]:
    embedded = specification.get("/EF")
    if isinstance(embedded, Dictionary):
        yield from (each for each in embedded.as_dict().values() if isinstance(each, Stream))


def _dictionaries(thing: Object) -> Iterator[Dictionary]:
    """Yield the dictionaries of one object; what it refers to has its own turn."""
    todo: list[object] = [thing]
    while todo:
        each = todo.pop()
        if isinstance(each, Dictionary):
            yield each
            todo.extend(value for value in each.as_dict().values() if _is_direct(value))
        elif isinstance(each, Array):
            todo.extend(value for value in each.as_list() if _is_direct(value))


def _is_direct(value: object) -> bool:
    return isinstance(value, Object) and not value.is_indirect


def _launches(action: Dictionary) -> bool:
    kind = _name(action, "/S")
    if kind == "/Launch":
        return any(key in action for key in ("/F", "/Win", "/Unix", "/Mac"))
    if kind == "/URI":
        address = unquote(_target(action)).strip()
        # An address on the web is the browser's to judge; its host may end in .com.
        local = address.lower().startswith("file:")
        return local and (is_program(address) or is_program(_AFTER_PATH.split(address)[0]))
    return kind in ("/GoToR", "/GoToE") and is_program(_target(action))


def _name(thing: Dictionary, key: str) -> str:
    value = thing.get(key)
    return str(value) if isinstance(value, Name) else ""


def _target(action: Dictionary) -> str:
    """Return the file or address that an action or a file specification names: of several, one that is a program."""
    specification = action.get("/F")
    if isinstance(specification, Dictionary):
        action = specification
    values = (action.get(key) for key in ("/UF", "/F", "/Unix", "/DOS", "/Mac", "/URI"))
    names = [str(value) for value in values if isinstance(value, String)]
    return next(filter(is_program, names), names[0] if names else "")


def _own_actions(thing: Dictionary) -> Iterator[Dictionary]:
    """Yield the actions that happen by themselves, with those that follow each."""
    first = [thing.get("/OpenAction")]
    events = thing.get("/AA")
    if isinstance(events, Dictionary):
        first += [action for event, action in events.as_dict().items() if event in _BY_ITSELF]
    todo, left = [each for each in first if isinstance(each, Dictionary)], _LONGEST_CHAIN
    while todo and left:
        action, left = todo.pop(), left - 1
        yield action
        following = action.get("/Next")
        several = following.as_list() if isinstance(following, Array) else [following]
        todo.extend(each for each in several if isinstance(each, Dictionary))
