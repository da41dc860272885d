"""The same thing spelt in other ways that programs take for equal: none of them hides it, and none is slow."""

import re
import struct
import zlib
from dataclasses import replace

from tests.checking.archives import Part, archive, codes, part_of
from tests.checking.test_ooxml import MACROS, TYPES, WORDS, field, wide


def dripped(content: bytes) -> Part:
    """Return a deflate stream of which the first 64 KiB unpack to one byte, as the document of a file."""
    packer = zlib.compressobj(wbits=-15)
    blocks = b"".join(b"\0" + struct.pack("<HH", len(each), 0xFFFF ^ len(each)) + each for each in (content[:1], b""))
    rest = packer.compress(content[1:]) + packer.flush()
    return Part(b"word/document.xml", content, packed=blocks + blocks[-5:] * 14_000 + rest)


def test_a_first_byte_alone_hides_nothing() -> None:
    """What comes byte by byte is told by more than its first: UTF-16 with a mark or none, programs, files inside."""
    types, plain = Part(TYPES.encode(), part_of(WORDS, TYPES).encode()), part_of(WORDS, "word/document.xml")
    part = part_of(field(" DDEAUTO x"), "word/document.xml")
    bare = re.sub(r"^<\?xml[^>]*\?>", "", part)
    forms = [part.encode(), wide(part), wide(part)[2:], part.encode("utf-8-sig"), (" " + bare).encode("utf-16-be")]
    forms += [("\n" + bare).encode("utf-16-le"), bare.encode("utf-16-be")]

    assert [{"dde": ("word/document.xml",)}] * 7 == [codes(archive(types, dripped(form))) for form in forms]
    assert {} == codes(archive(types, dripped(plain.encode()))) == codes(archive(types, dripped(wide(plain))))
    hidden = [dripped(b"MZ\x90\0" + bytes(99)), dripped(MACROS)]
    assert [{"embedded-program": ("x",)}, {"macros": ("x > xl/vbaProject.bin",)}] == [
        codes(archive(types, replace(each, name=b"x"))) for each in hidden
    ]
