"""XML read as a stream, with no document type and so no entities: what is defined there is never followed.

Element and attribute names come without their namespaces, because the strict and the transitional dialect of Office
Open XML differ in nothing else.
"""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from xml.parsers import expat

_WIDE_STARTS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, b"<\0", b"\0<")
_ENCODINGS = re.compile(r"utf-8|utf-?16|us-ascii|iso-8859-\d{1,2}|windows-125\d", re.IGNORECASE)
_ORDINARY_TYPES = ("-//OpenOffice.org//", "-//W3C//DTD SVG ")
LONGEST_TOKEN = 8 << 20
"""Bytes of one tag or comment. Expat reads an unfinished one anew with each piece, so each is as long as all before."""
DEEPEST = 1000
"""Elements in one another."""
LARGEST_WALK = 32 << 20
"""Bytes of a document that is read by element, which is slow."""
PIECE = 1 << 20
FOREIGN = "*"
"""What an element is called whose namespace a handler does not speak."""
_MOST_NAMES = 1000
_SPACE = " "
_LINK = "http://www.w3.org/1999/xlink href"
_DECLARATION = re.compile(r"^\ufeff?\s*(?:<\?xml[^>]*\?>)?")

Attributes = Mapping[str, str]


class Defines(Exception):
    """The document defines entities, or has a document type that could."""


class Malformed(Exception):
    """It is no XML that we read."""


class TooLarge(Exception):
    """It is more than is read by element."""


class _Enough(Exception):
    """All that was wanted has been read."""


class Handler:
    """What is done with a document's elements."""

    wanted: frozenset[str] | None = None
    """The only elements that it is told of; None: all of them."""
    spoken: frozenset[str] | None = None
    """The only namespaces whose elements it is told of by name; others are `FOREIGN`, bare. None: all of them."""

    def start(self, name: str, attributes: Attributes) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """An element ends."""

    def text(self, text: str) -> None:
        """Characters between tags, perhaps not all of them."""


def prepare() -> None:
    """See `preparing`: the encodings that are read, which Python imports only when they are met."""
    for number in range(9):
        codecs.lookup(f"windows-125{number}")
    for number in (*range(1, 12), *range(13, 17)):
        codecs.lookup(f"iso-8859-{number}")


def local(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(_SPACE)[2]


def is_markup(head: bytes) -> bool:
    """Say whether content that begins so is XML or, for all that it matters, HTML."""
    return head[:2] in _WIDE_STARTS or head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"<"


def _wide(head: bytes) -> str:
    """Return in which UTF-16 content is that begins so, "" for any other encoding: as expat tells them apart."""
    if head[:2] == codecs.BOM_UTF16_BE or head[:1] == b"\0":
        return "utf-16-be"
    return "utf-16-le" if head[:2] == codecs.BOM_UTF16_LE or head[1:2] == b"\0" else ""


def in_ascii(content: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same document in an encoding that writes ASCII as ASCII, which UTF-16 does not. Raises Malformed.

    The first piece must have both bytes of the first letter (`unpack.pieces`).
    """
    decoder: codecs.IncrementalDecoder | None = None
    for number, piece in enumerate(content):
        if number == 0 and (encoding := _wide(piece)):
            decoder = codecs.getincrementaldecoder(encoding)()
        if decoder is None:
            yield piece
            continue
        try:
            text = decoder.decode(piece)
        except UnicodeError:
            raise Malformed from None
        yield (text if number else _DECLARATION.sub("", text)).encode(errors="replace")


class Reader:
    """Reads one document piece by piece."""

    def __init__(self, handler: Handler) -> None:
        self._parser = parser = expat.ParserCreate(namespace_separator=_SPACE)
        parser.buffer_text = True
        parser.XmlDeclHandler = _declared
        parser.StartDoctypeDeclHandler = _defined
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler, parser.EndElementHandler = self._start, self._end
        if type(handler).text is not Handler.text:
            parser.CharacterDataHandler = handler.text
        self._handler = handler
        self._names: dict[str, str] = {}
        self._depth = 0
        self._fed = 0
        self._held = bytearray()

    def feed(self, piece: bytes, *, last: bool = False) -> None:
        """Read on. Raises Defines, Malformed, and what the handler raises."""
        self._held += piece
        unfinished = self._fed - max(0, self._parser.CurrentByteIndex)
        if unfinished + len(self._held) > LONGEST_TOKEN + PIECE:
            raise Malformed
        if len(self._held) < unfinished and not last:
            return
        piece, self._held = bytes(self._held), bytearray()
        self._fed += len(piece)
        try:
            self._parser.Parse(piece, last)
        except (expat.ExpatError, ValueError, LookupError):
            raise Malformed from None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Malformed
        if wanted := self._wanted(name):
            self._handler.start(wanted, {} if wanted == FOREIGN else _plain(name, attributes))

    def _end(self, name: str) -> None:
        self._depth -= 1
        if wanted := self._wanted(name):
            self._handler.end(wanted)

    def _wanted(self, name: str) -> str:
        """Return the local name of an element that the handler wants, "" of any other."""
        found = self._names.get(name)
        if found is None:
            namespace, _, found = name.rpartition(_SPACE)
            if self._handler.spoken is not None and namespace not in self._handler.spoken:
                found = FOREIGN
            elif self._handler.wanted is not None and found not in self._handler.wanted:
                found = ""
            if len(self._names) < _MOST_NAMES:
                self._names[name] = found
        return found


def _plain(element: str, attributes: Attributes) -> Attributes:
    """Return an element's attributes by their local names. Raises Malformed where nobody knows which of two counts."""
    plain = {local(name): value for name, value in attributes.items()}
    return plain if len(plain) == len(attributes) else _chosen(_namespace(element), attributes)


def _namespace(name: str) -> str:
    return name.rpartition(_SPACE)[0]


def _chosen(own: str, attributes: Attributes) -> Attributes:
    """Return attributes of which some have one local name: programs pass over one in a namespace that they do not know.

    Raises Malformed where one is in the element's own namespace and one in none: each counts to some.
    """
    far_first = sorted(attributes, key=lambda name: _namespace(name) in ("", own))
    near = [local(name) for name in attributes if _namespace(name) in ("", own)]
    if len(set(near)) < len(near):
        raise Malformed
    last = [_LINK] if _LINK in attributes else []
    return {local(name): attributes[name] for name in (*far_first, *last)}


def _declared(_version: str, encoding: str | None, _standalone: int) -> None:
    if encoding is not None and _ENCODINGS.fullmatch(encoding) is None:
        raise Malformed


def _defined(_name: str, _system: str | None, public: str | None, subset: int) -> None:
    if subset or not (public or "").startswith(_ORDINARY_TYPES):
        raise Defines


def walk(content: Iterable[bytes], handler: Handler) -> None:
    """Read a whole document. Raises Defines, Malformed, TooLarge, and what the content and the handler raise."""
    reader, reached = Reader(handler), 0
    for piece in in_ascii(content):
        reached += len(piece)
        if reached > LARGEST_WALK:
            raise TooLarge
        reader.feed(piece)
    reader.feed(b"", last=True)


class RootSeeker(Handler):
    """Reads a document up to its outermost element, where a document type must have been before."""

    def __init__(self) -> None:
        self.root = ""
        self._reader = Reader(self)

    def start(self, name: str, attributes: Attributes) -> None:
        """Take the first element for the outermost."""
        self.root = name
        raise _Enough

    def feed(self, piece: bytes) -> str:
        """Read on, and return the outermost element's name once it is known. Raises Defines, Malformed."""
        with suppress(_Enough):
            self._reader.feed(piece)
        return self.root
