"""The structure of zip files: what our own reader says of those that lie, and of ordinary ones."""

import io
import struct
import tracemalloc
import zipfile
import zlib
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st
from stream_zip import NO_COMPRESSION_32, ZIP_32, ZIP_64, stream_zip

from portal.checking import packages
from portal.checking.notes import Notes
from portal.checking.unpack import Damaged, head, pieces, unpack
from portal.checking.zips import MOST_ENTRIES, read_directory
from tests.checking.archives import Part, archive, codes, packed

A, B = Part(b"a.xml"), Part(b"b.xml", b"<b/>")
UNICODE_PATH = struct.pack("<HHBL", 0x7075, 10, 1, 0) + b"c.xml"
CRC = zlib.crc32(A.data)


def zip64(*values: int, length: int = 0) -> bytes:
    """Return a zip64 field of these, which says a length of its own, if any."""
    return struct.pack(f"<HH{len(values)}Q", 1, length or 8 * len(values), *values)


def both(*fields: bytes, **full: int) -> Part:
    """Return an entry of which the table has these extra fields, and numbers that leave the place to them."""
    return Part(b"a.xml", central={"extra": b"".join(fields), **full})


SIZE, PACKED, FULL = len(A.data), len(A.content), 0xFFFFFFFF
B_ALONE = archive(B)[: -len(B.name) - 46 - 22]
"""An entry without table and end."""


def in_another() -> bytes:
    """Return a file of two entries, each as both its headers say, of which one lies in the content of the other."""
    outer = Part(b"a.xml", B_ALONE, method=0)
    start = 30 + len(outer.name)
    end = {"offset": start + len(B_ALONE)}
    return archive(outer, replace(B, central={"offset": start}), end=end).replace(2 * B_ALONE, B_ALONE)


DESCRIBED = {"flags": 8, "crc": 0, "packed": 0, "size": 0}
"""A local header whose sums come after the content."""


def described(name: bytes, form: str = "<4sLLL", signature: tuple[bytes, ...] = (b"PK\x07\x08",)) -> Part:
    """Return an entry whose sums follow its content in this form."""
    sums = struct.pack(form, *signature, CRC, len(A.content), len(A.data))
    return Part(name, after=sums, local=DESCRIBED, central={"flags": 8})


WRONG: dict[str, tuple[bytes, str]] = {
    "name differs": (archive(Part(b"a.xml", local={"name": b"c.xml"})), "zip-structure"),
    "size differs": (archive(Part(b"a.xml", local={"size": 9}), B), "zip-structure"),
    "packed size differs": (archive(Part(b"a.xml", local={"packed": 1}), B), "zip-structure"),
    "sum differs": (archive(Part(b"a.xml", local={"crc": 9}), B), "zip-structure"),
    "method differs": (archive(Part(b"a.xml", local={"method": 0}), B), "zip-structure"),
    "encryption differs": (archive(Part(b"a.xml", local={"flags": 1}), B), "zip-structure"),
    "letters differ": (archive(Part(b"\xc3\xa9", local={"flags": 0x800}), B), "zip-structure"),
    "a second name": (archive(Part(b"a.xml", central={"extra": UNICODE_PATH}), B), "zip-structure"),
    "a second name in one place": (archive(Part(b"a.xml", local={"extra": UNICODE_PATH}), B), "zip-structure"),
    "two places": (archive(B, both(zip64(37), zip64(0), offset=FULL)), "zip-structure"),
    "the same place twice": (archive(both(zip64(0), zip64(0), offset=FULL)), "zip-structure"),
    "a place too much": (archive(both(zip64(SIZE, 9), size=FULL)), "zip-structure"),
    "a place that was not left": (archive(both(zip64(SIZE, PACKED, 9))), "zip-structure"),
    "a place cut short": (archive(both(zip64(SIZE, length=16), size=FULL)), "zip-structure"),
    "two sizes in one place": (
        archive(Part(b"a.xml", local={"extra": zip64(SIZE) * 2, "size": FULL})),
        "zip-structure",
    ),
    "no sums anywhere": (archive(Part(b"a.xml", local=DESCRIBED, central={"flags": 8}), B), "zip-structure"),
    "no local header": (archive(A, Part(b"b.xml", central={"offset": 3})), "zip-structure"),
    "twice": (archive(A, A), "zip-structure"),
    "twice by case": (archive(A, Part(b"A.XML")), "zip-structure"),
    "twice by path": (archive(Part(b"x/a"), Part(b"x/./a")), "zip-structure"),
    "overlap": (archive(A, Part(b"b.xml", central={"offset": 0})), "zip-structure"),
    "in the content of another": (in_another(), "zip-structure"),
    "into the table": (
        archive(Part(b"a.xml", b"<a/>PK\1\2", method=0, packed=b"<a/>", local={"packed": 8}, central={"packed": 8})),
        "zip-structure",
    ),
    "a hidden entry": (archive(Part(b"a.xml", after=b"PK\3\4 hidden"), B), "zip-structure"),
    "bytes before the table": (archive(Part(b"a.xml", after=b"hidden")), "zip-structure"),
    "bytes after the table": (archive(A, before_end=b"hidden"), "polyglot"),
    "content after its end": (archive(Part(b"a.xml", packed=A.content + b"hidden"), B), "zip-structure"),
    "unpacks to more": (archive(Part(b"a.xml", b"<a/>" * 9, local={"size": 4}, central={"size": 4})), "zip-structure"),
    "unpacks to less": (archive(Part(b"a.xml", local={"size": 9}, central={"size": 9})), "unreadable"),
    "a wrong sum": (archive(Part(b"a.xml", local={"crc": 9}, central={"crc": 9})), "unreadable"),
    "no deflate": (archive(Part(b"a.xml", packed=b"\xff\xff")), "unreadable"),
    "cut deflate": (archive(Part(b"a.xml", b"<a/>" * 99, packed=Part(b"", b"<a/>" * 99).content[:-3])), "unreadable"),
    "unknown method": (archive(Part(b"a.xml", method=12), B), "zip-structure"),
    "encrypted": (archive(Part(b"a.xml", local={"flags": 1}, central={"flags": 1})), "password"),
    "encrypted in another way": (archive(Part(b"a.xml", method=99)), "password"),
    "out of the folder": (archive(Part(b"../a.xml")), "zip-structure"),
    "absolute": (archive(Part(b"/a.xml")), "zip-structure"),
    "on a drive": (archive(Part(b"C:a.xml")), "zip-structure"),
    "backslash": (archive(Part(b"x\\a.xml")), "zip-structure"),
    "cut name": (archive(Part(b"a.xml\0.txt")), "zip-structure"),
    "no name": (archive(Part(b"")), "zip-structure"),
    "long name": (archive(Part(b"a" * 2000)), "zip-structure"),
    "symbolic link": (archive(Part(b"a.xml", central={"system": 3, "mode": 0o120777})), "zip-structure"),
    "long comment": (archive(A, comment=b"x" * 300), "zip-structure"),
    "an end in the comment": (archive(A, comment=b"PK\x05\x06" + bytes(18) + b"x"), "zip-structure"),
    "something after it": (archive(A) + b"#!/bin/sh", "polyglot"),
    "much after it": (archive(A) + b"x" * 100_000, "polyglot"),
    "padding after it": (archive(A) + b"\0\0\r\n", "zip-structure"),
    "something before it": (b"MZ program" + archive(A), "polyglot"),
    "something before it, counted": (archive(Part(b"junk"), A, end={"count": 2}), ""),
    "fewer than said": (archive(A, B, end={"count": 3}), "unreadable"),
    "more than said": (archive(A, B, end={"count": 1}), "zip-structure"),
    "table out of the file": (archive(A, end={"offset": 9999}), "unreadable"),
    "table beyond the start": (archive(A, end={"size": 9999}), "unreadable"),
    "cut": (archive(A, B)[:-30], "unreadable"),
    "no zip": (b"PK\3\4 and no more", "unreadable"),
    "nothing": (b"", "unreadable"),
    "a program": (archive(Part(b"a.dat", b"MZ\x90\0" + bytes(60))), "embedded-program"),
    "a script": (archive(Part(b"x/run.ps1", b"Get-Date")), "embedded-program"),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_zip_that_lies_is_told(what: str) -> None:
    """Each way of which programs take different copies for true, or stumble, has its finding, and no other has."""
    body, code = WRONG[what]

    assert {code} - {""} == set(codes(body)) - ({"unreadable"} if code in ("zip-structure", "polyglot") else set())


def test_ordinary_zips_are_clean() -> None:
    """What zip writers may choose is no fault: sums after the content in four forms, zip64, folders, hints, names."""
    forms = [described(b"1"), described(b"2", "<LLL", ()), described(b"3", "<4sLQQ"), described(b"4", "<LQQ", ())]
    growth = Part(b"[Content].xml", local={"extra": struct.pack("<HHHH", 0xA220, 4, 0xA028, 0)})
    stored = Part(b"picture", b"\xff\xd8", method=0)
    second = struct.pack("<HHBL", 0x7075, 7, 1, 0) + "é".encode()
    letters = Part("é".encode("cp437"), local={"extra": second}, central={"extra": second})
    # Some give all sizes again, whether they are left to the field or not, and pad with fields of no meaning.
    again = replace(both(zip64(SIZE, PACKED), bytes(8), size=FULL), local={"extra": zip64(SIZE, PACKED)})
    ours = archive(again, *forms, growth, Part(b"x/", b"", method=0), stored, letters, comment=b"made by us")
    wide = io.BytesIO()
    with zipfile.ZipFile(wide, "w", zipfile.ZIP_DEFLATED) as file, file.open("a.xml", "w", force_zip64=True) as member:
        member.write(b"<a/>")
    now = datetime(2026, 5, 1, tzinfo=UTC)
    streamed = [(f"{form}.xml", now, 0o600, form, (b"<a/>",)) for form in (ZIP_32, ZIP_64, NO_COMPRESSION_32)]

    assert {} == codes(ours) == codes(wide.getvalue()) == codes(packed({"é/ü.txt": b"", "x.txt": b"MZ text"}))
    assert {} == codes(b"".join(stream_zip(streamed)))
    assert ["a.xml", "1", "2", "3", "4"] == [entry.name for entry in read_directory(ours).entries[:5]]


def test_what_unpacks_to_too_much_is_not_unpacked() -> None:
    """A bomb by one entry, by many, by overlapping ones, by their number or by nesting is told in flat memory."""
    zeros = bytes(60 << 20)
    big = archive(Part(b"a.xml", zeros))
    deflated = Part(b"z", bytes(1 << 20)).content
    size = {"size": 1 << 20, "crc": 0}
    many = archive(*(Part(str(n).encode(), b"", packed=deflated, local=size, central=size) for n in range(60)))
    lying = archive(Part(b"a.xml", b"<a/>", packed=Part(b"", zeros).content))
    ends = archive(*(Part(b"%d" % number, b"", method=0) for number in range(MOST_ENTRIES + 1)))
    nested = archive(A)
    for _ in range(5):
        nested = packed({"inner.zip": nested})
    del zeros

    tracemalloc.start()
    assert {"too-large-inside": ("a.xml",)} == codes(big)
    assert {"too-large-inside": ()} == codes(many)
    assert {"zip-structure": ("a.xml",)} == codes(lying)
    assert 8 << 20 > tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert {"too-large-to-check": ()} == codes(ends)
    assert {"too-large-to-check": (" > ".join(["inner.zip"] * 4),)} == codes(nested)


def test_the_rest_of_a_budget_is_shared() -> None:
    """Files inside a file count together: many of allowed size are still too much to be unpacked."""
    inner = archive(Part(b"a.xml", b"<a>" + b"7" * 3000 + b"</a>"))
    body, notes = packed({f"{number}.zip": inner for number in range(9)}), Notes()

    packages._inspect(body, notes, packages._Budget(left=20_000), 0)

    assert ["too-large-to-check"] == [found.code for found in notes.findings]
    assert {} == codes(body)


def test_content_comes_as_promised() -> None:
    """An entry's content is its own, checked by its sum, and never more than was asked for."""
    body = archive(Part(b"a", b"ab" * (3 << 20)), Part(b"b", b"short", method=0))
    one, two = read_directory(body).entries

    assert b"ab" * (3 << 20) == b"".join(pieces(body, one))
    assert 3 <= len(list(pieces(body, one)))
    assert (b"abab", b"short") == (head(body, one, 4), head(body, two, 99))
    with pytest.raises(Damaged, match="too-large-to-check"):
        unpack(body, one, 9)


def _document() -> bytes:
    made = io.BytesIO()
    Document().save(made)
    return made.getvalue()


DOCUMENT = _document()


@given(st.lists(st.tuples(st.integers(0, len(DOCUMENT) - 1), st.integers(0, 255)), max_size=6), st.integers(0, 99))
@settings(max_examples=60)
def test_damage_is_a_finding_and_never_an_error(changes: list[tuple[int, int]], cut: int) -> None:
    """Whatever bytes are flipped or cut off, the look ends, says the same twice, and a cut is always told."""
    body = bytearray(DOCUMENT)
    for place, value in changes:
        body[place] = value
    damaged = bytes(body[: len(body) - cut])
    notes = Notes()

    packages._inspect(damaged, notes, packages._Budget(), 0)

    assert {found.code: found.where for found in notes.findings} == codes(damaged)
    assert not cut or notes.findings
