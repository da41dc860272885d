"""Files made to harm whoever opens them. Each is small; what it unpacks to, or claims to be, is not."""

import struct
import zipfile
import zlib
from collections.abc import Callable
from io import BytesIO

from tests.checking.made import docx, xlsx

MB = 1_000_000
_NS = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def zeros(size: int) -> bytes:
    """Return a raw deflate stream of so many zeros: the same block of a million again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    block = packer.compress(bytes(MB)) + packer.flush(zlib.Z_FULL_FLUSH)
    return block * (size // MB) + b"\x03\x00"


def zeros_zlib(size: int) -> bytes:
    """Return the same with zlib's head and checksum."""
    return b"\x78\xda" + zeros(size) + struct.pack(">HH", size % 65521, 1)


def nested_zip(depth: int = 5, width: int = 16) -> bytes:
    """42.zip: archives in archives; what is at the bottom unpacks to petabytes."""
    inner = _packed({"0.dat": bytes(10 * MB)})
    for _ in range(depth):
        inner = _packed({f"{number}.zip": inner for number in range(width)})
    return inner


def bomb_in(document: bytes, part: str, size: int = 400 * MB, *, said: int = 0) -> bytes:
    """Return a document with a part that unpacks to so many zeros; its headers say so, or what is `said`."""
    with zipfile.ZipFile(BytesIO(document)) as file:
        parts = [(name, file.read(name)) for name in file.namelist() if name != part]
    packed = [_local(name.encode(), data, len(data), zlib.crc32(data), 0) for name, data in parts]
    crc = 0
    for _ in range(size // MB):
        crc = zlib.crc32(bytes(MB), crc)
    return _archive([*packed, _local(part.encode(), zeros(size), said or size, crc, 8)])


def _local(name: bytes, packed: bytes, size: int, crc: int, method: int) -> tuple[bytes, bytes, bytes]:
    """Return the name, the header's common part and the packed bytes of an entry."""
    head = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 33, crc, len(packed), size, len(name), 0)
    return name, head, packed


def _archive(entries: list[tuple[bytes, bytes, bytes]], copies: int = 1) -> bytes:
    """Return an archive whose table of contents names each entry so many times."""
    made, table = bytearray(), bytearray()
    for name, head, packed in entries:
        place = struct.pack("<HHHII", 0, 0, 0, 0, len(made))
        table += (b"PK\x01\x02" + struct.pack("<H", 20) + head + place + name) * copies
        made += b"PK\x03\x04" + head + name + packed
    count = len(entries) * copies
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(table), len(made), 0)
    return bytes(made + table + b"PK\x05\x06" + end)


def overlapping(copies: int = 2000) -> bytes:
    """Many names for one and the same packed bytes: 20 GB of 10 KB and a table of contents."""
    size = 10 * MB
    return _archive([_local(b"word/document.xml", zeros(size), size, zlib.crc32(bytes(size)), 8)], copies)


def many_entries(count: int = 100_000) -> bytes:
    """An archive of very many empty files: of the format's four bytes for a count, as 16 bits are too few."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("xl/workbook.xml", "<w/>")
        for number in range(count):
            archive.writestr(zipfile.ZipInfo(f"xl/{number}"), b"")
    return made.getvalue()


def pdf_bomb(filters: int = 3) -> bytes:
    """A page whose content is packed again and again: 400 MB of zeros in a few kilobytes."""
    content = zeros_zlib(400 * MB)
    for _ in range(filters - 1):
        content = zlib.compress(content, 9)
    names = b" ".join([b"/FlateDecode"] * filters)
    return pdf([b"<< /Length %d /Filter [%s] >>\nstream\n%s\nendstream" % (len(content), names, content)])


def pdf_nested(depth: int = 500_000) -> bytes:
    """Arrays in arrays, deeper than any stack."""
    return pdf([b"[" * depth + b"]" * depth])


def pdf_numbers(count: int = 10_000_000) -> bytes:
    """More numbers in an array than there is memory for."""
    return pdf([b"[" + b"1 " * count + b"]"])


def pdf_loop() -> bytes:
    """A tree of pages that is its own child, an object stream that goes on in itself, a table that follows itself."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R /Names 2 0 R >>", b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 9 >>"]
    objects.append(b"<< /Type /ObjStm /N 1 /First 4 /Extends 3 0 R /Length 8 >>\nstream\n3 0 null\nendstream")
    made = pdf([], objects)
    return made.replace(b"/Size", b"/Prev %d /Size" % made.index(b"xref\n"))


def pdf(contents: list[bytes], objects: list[bytes] | None = None) -> bytes:
    """Return a PDF of these objects, numbered from 1, or of one page with this content."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Contents 4 0 R >>"
    pages = b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    numbered = objects or [b"<< /Type /Catalog /Pages 2 0 R >>", pages, page, *contents]
    made, at = bytearray(b"%PDF-1.7\n"), []
    for number, each in enumerate(numbered, 1):
        at.append(len(made))
        made += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(at) + 1) + b"".join(b"%010d 00000 n \n" % each for each in at)
    return bytes(made + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(at) + 1, start))


def laughs(depth: int = 12) -> str:
    """The billion laughs: entities of entities."""
    lines = ['<!ENTITY e0 "ha">'] + [f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, depth)]
    return f"<!DOCTYPE w [{''.join(lines)}]>"


def outside(port: int) -> str:
    """Entities and a document type that are elsewhere: at a listener, and in the machine's files."""
    url = f"http://127.0.0.1:{port}/"
    lines = f'<!ENTITY a SYSTEM "{url}a"><!ENTITY b SYSTEM "file:///etc/passwd"><!ENTITY % c SYSTEM "{url}c"> %c;'
    return f'<!DOCTYPE w PUBLIC "-//W//W" "{url}dtd" [{lines}]>'


def workbook_corners() -> bytes:
    """Two cells, as far from each other as a sheet allows."""
    cells = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    data = f'<worksheet {_NS}><dimension ref="A1:XFD1048576"/><sheetData>{cells}</sheetData></worksheet>'
    return xlsx({"xl/worksheets/sheet1.xml": data.encode()})


def xml_nested(depth: int = 300_000) -> str:
    """Elements in elements."""
    return "<w:p>" * depth + "</w:p>" * depth


def png(width: int = 60_000, height: int = 60_000) -> bytes:
    """A picture of 3.6 thousand million pixels, and none of them."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", zeros_zlib(50 * MB)) + chunk(b"IEND", b"")


def jpeg(width: int = 60_000, height: int = 60_000) -> bytes:
    """The same as JPEG, with a segment that leads nowhere after it."""
    frame = struct.pack(">HBHHB", 17, 8, height, width, 3) + bytes([1, 17, 0, 2, 17, 0, 3, 17, 0])
    return b"\xff\xd8\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0\xff\xc0" + frame + b"\xff\xda\x00\x02" + bytes(MB)


def cfb_loop(sectors: int = 4000) -> bytes:
    """A compound file whose chains of sectors go round in circles."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 1, 1, 0, 0) + struct.pack("<I", 0) + b"\xff" * 432
    table = b"".join(struct.pack("<I", (number + 1) % 128) for number in range(128))
    return head + table * sectors


def rtf_nested(depth: int = 200_000) -> bytes:
    """Groups in groups."""
    return b"{\\rtf1" + b"{\\object\\objdata 0105" * (depth // 8) + b"}" * depth


def _packed(files: dict[str, bytes]) -> bytes:
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return made.getvalue()


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "nested archives": ("docx", nested_zip),
    "overlapping": ("docx", overlapping),
    "100,000 entries": ("xlsx", many_entries),
    "a document of 400 MB": ("docx", lambda: bomb_in(docx(), "word/document.xml")),
    "400 MB that nobody mentions": ("docx", lambda: bomb_in(docx(), "word/document.xml", said=1000)),
    "a sheet of 400 MB": ("xlsx", lambda: bomb_in(xlsx(), "xl/worksheets/sheet1.xml")),
    "shared strings of 400 MB": ("xlsx", lambda: bomb_in(xlsx(), "xl/sharedStrings.xml")),
    "entities of entities": ("docx", lambda: docx(head=laughs(), text="&e11;")),
    "entities of entities in a sheet": ("xlsx", lambda: xlsx({"xl/workbook.xml": f"{laughs()}<w>&e11;</w>".encode()})),
    "elements in elements": ("docx", lambda: docx(text=xml_nested())),
    "cells far apart": ("xlsx", workbook_corners),
    "a page of 400 MB": ("pdf", pdf_bomb),
    "arrays in arrays": ("pdf", pdf_nested),
    "numbers without end": ("pdf", pdf_numbers),
    "pages in circles": ("pdf", pdf_loop),
    "a giant PNG": ("png", png),
    "a giant JPEG": ("jpg", jpeg),
    "a giant picture inside": (
        "docx",
        lambda: docx({"word/media/image1.png": png(), "word/media/image2.jpeg": jpeg()}),
    ),
    "sectors in circles": ("doc", cfb_loop),
    "groups in groups": ("rtf", rtf_nested),
    "one line of commas": ("csv", lambda: b"," * (2 * MB)),
    "one open quote": ("csv", lambda: b'"' + b"a\n" * (2 * MB)),
    "brackets without end": ("txt", lambda: b"[" * (9 * MB)),
}
