"""The files inside a file, one after another, so that each is scanned on its own.

A scanner that unpacks by itself calls a member over its limits clean, and misses what a compressed PDF has attached.
What cannot be taken out raises: then the file as a whole has not been scanned.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping
from io import BytesIO
from itertools import chain
from typing import Final

import pikepdf
from olefile import OleFileIO

from portal.checking import cfb, packages
from portal.checking.ole import read_native, read_object
from portal.checking.pdfs import attached_in, left_out
from portal.checking.rtf import object_data
from portal.checking.zips import DEFLATED, Entry, read_directory
from portal.domain.checker import MOST_MEMBER_BYTES, MOST_MEMBERS

LEGACY: Final = frozenset({"doc", "xls", "ppt", "msg", "cfb"})
_PLAIN_XML: Final = 1 << 20
"""Bytes below which the scanner can be left to unpack a member of plain XML by itself, within any limits."""
_STARTS: Final = {b"PK\x03\x04": "zip", b"%PDF-": "pdf", cfb.MAGIC: "cfb", b"{\\rtf": "rtf"}
_CUT: Final = frozenset({"unreadable", "too-large-to-check"})


class Unextractable(Exception):
    """A file inside cannot be taken out; the message is a code."""


def members_of(kind: str, body: bytes) -> Iterator[bytes]:
    """Yield the files inside a file of this kind, those inside them too. Raises Unextractable, and what parsing raises.

    Left out is what the scanner sees anyway: short members of plain XML.
    """
    count = total = 0
    for member in _all(kind, body, 1):
        count, total = count + 1, total + len(member)
        if count > MOST_MEMBERS or total > MOST_MEMBER_BYTES:
            raise Unextractable("too many")
        yield member


def _all(kind: str, body: bytes, depth: int) -> Iterator[bytes]:
    for member in _directly(kind, body):
        yield member
        inner = next((kind for start, kind in _STARTS.items() if member.startswith(start)), "")
        if inner and depth > packages.DEEPEST:
            raise Unextractable("too deep")
        if inner:
            yield from _all(inner, member, depth + 1)


def _directly(kind: str, body: bytes) -> Iterator[bytes]:
    if kind in packages.KINDS:
        kind = "zip"
    elif kind in LEGACY:
        kind = "cfb"
    return _WAYS[kind](body) if kind in _WAYS else iter(())


def _of_zip(body: bytes) -> Iterator[bytes]:
    directory = read_directory(body)
    if not directory.entries or any(code in _CUT for code, _where in directory.faults):
        raise Unextractable("zip")
    files = [entry for entry in directory.entries if not entry.folder]
    for entry in files:
        if not entry.readable:
            continue
        member = _unpack(body, entry)
        if member and (len(member) > _PLAIN_XML or member.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"<"):
            yield member
    if not all(entry.readable for entry in files):
        raise Unextractable("zip member")  # last, so that all others are scanned


def _unpack(body: bytes, entry: Entry) -> bytes:
    packed = body[entry.start : entry.start + entry.packed]
    member = packed
    if entry.method == DEFLATED:
        unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
        member = unpacker.decompress(packed, MOST_MEMBER_BYTES)
        if unpacker.unconsumed_tail or not unpacker.eof:
            raise Unextractable("zip member")
    if zlib.crc32(member) != entry.crc:
        raise Unextractable("zip member")
    return member


def _of_pdf(body: bytes) -> Iterator[bytes]:
    try:
        pdf = pikepdf.open(BytesIO(body))
    except pikepdf.PasswordError:
        return
    with pdf:
        seen = set()
        for thing in chain([pdf.trailer], pdf.objects):
            for stream in attached_in(thing):
                if stream.objgen not in seen:
                    seen.add(stream.objgen)
                    yield stream.read_bytes()
        if any(left_out(pdf)):
            raise Unextractable("pdf")


def _of_cfb(body: bytes) -> Iterator[bytes]:
    with OleFileIO(BytesIO(body)) as container:
        for path in container.listdir(streams=True, storages=False):
            stream = container.openstream(path).read()
            yield stream
            if path[-1].lower() == "\x01ole10native":  # names are compared without regard to case ([MS-CFB] 2.6.4)
                yield read_native(stream).data


def _of_rtf(body: bytes) -> Iterator[bytes]:
    for data in object_data(body):
        yield data
        yield read_object(data).data


_WAYS: Final[Mapping[str, Callable[[bytes], Iterator[bytes]]]] = {
    "zip": _of_zip,
    "pdf": _of_pdf,
    "cfb": _of_cfb,
    "rtf": _of_rtf,
}
