"""Old Office files: what they are, passwords, macros, files inside, fields and links."""

import struct

from tests.checking.cfb_writer import compound_file
from tests.checking.looking import codes, looked, places


def word(text: bytes = b"Minutes of the panel", flags: int = 0, template: str = "") -> dict[str, bytes]:
    """Return the streams of a Word document."""
    strings = [b"", template.encode("utf-16-le")]
    table = struct.pack("<HHH", 0xFFFF, 2, 0) + b"".join(struct.pack("<H", len(s) // 2) + s for s in strings)
    header = bytearray(0x9A + 33 * 8)
    struct.pack_into("<HH", header, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", header, 0x0A, flags)
    struct.pack_into("<II", header, 0x9A + 32 * 8, 0, len(table))
    return {"WordDocument": bytes(header) + text, "0Table": table, "\x05SummaryInformation": b"s" * 5000}


def workbook(*records: tuple[int, bytes]) -> dict[str, bytes]:
    """Return the stream of an Excel workbook with these records in its first part."""
    whole = ((0x809, bytes(16)), *records, (0x0A, b""))
    return {"Workbook": b"".join(struct.pack("<HH", number, len(data)) + data for number, data in whole)}


def package(name: str, data: bytes) -> bytes:
    """Return the stream of a file that was put into a document."""
    path = f"C:\\files\\{name}\x00".encode()
    inner = b"\x02\x00" + name.encode() + b"\x00" + path + bytes(2) + b"\x03\x00" + struct.pack("<I", len(path)) + path
    inner += struct.pack("<I", len(data)) + data
    return struct.pack("<I", len(inner)) + inner


def source(sheets: int, text: str) -> tuple[int, bytes]:
    """Return the record of a link to another workbook or program."""
    return 0x1AE, struct.pack("<HHB", sheets, len(text), 0) + text.encode("latin-1")


def sheet(kind: int) -> tuple[int, bytes]:
    """Return the record of a sheet: 0 has cells, 1 macros."""
    return 0x85, struct.pack("<IBB", 0, 0, kind) + b"\x05\x00Sheet"


def test_ordinary_ones() -> None:
    """A document, a workbook, a presentation and a mail without anything special have nothing to note."""
    ordinary = {
        "doc": word(template="C:\\Users\\x\\Normal.dotm"),
        "xls": workbook(sheet(0), (0x1AE, b"\x01\x00\x01\x04")),
        "ppt": {"PowerPoint Document": b"p", "Current User": bytes(12) + struct.pack("<I", 0xE391C05F)},
        "msg": {"__properties_version1.0": bytes(32)},
    }
    for extension, streams in ordinary.items():
        answer = looked(compound_file(streams), extension)
        assert (extension, (), 0) == (answer.kind, answer.findings, answer.members)


def test_kinds() -> None:
    """A compound file is told by its streams: a workbook is no document, and an installer is a program to be named."""
    assert {"not-its-type": ("xls",)} == places(compound_file(workbook()), "doc")
    assert ["not-accepted", "not-its-type"] == codes(compound_file(workbook()), "doc", ("doc", "docx"))
    assert {"not-its-type": ("cfb",)} == places(compound_file({"Something": b"x"}), "doc")
    clsid = bytes.fromhex("84100c0000000000c000000000000046")
    assert {"not-its-type": ("msi",)} == places(compound_file({"Table": b"x"}, clsid), "xls")


def test_passwords() -> None:
    """An encrypted file of each kind says so, and a modern Office file that became a compound file by its password."""
    locked = {
        "docx": {"EncryptedPackage": b"e" * 5000, "EncryptionInfo": b"i"},
        "doc": word(flags=0x0100),
        "xls": workbook((0x2F, bytes(6)), sheet(1)),
        "ppt": {"PowerPoint Document": b"p", "Current User": bytes(12) + struct.pack("<I", 0xF3D1C4DF)},
    }
    for extension, streams in locked.items():
        assert ["password"] == codes(compound_file(streams), extension)
    assert ["not-its-type", "password"] == codes(compound_file(locked["docx"]), "doc")


def test_macros() -> None:
    """A storage of VBA is a macro wherever it is, and a sheet of the old kind is one in a workbook."""
    assert ["macros"] == codes(compound_file({**word(), "Macros/VBA/_VBA_PROJECT": b"v"}), "doc")
    vba = {**workbook(sheet(0)), "_VBA_PROJECT_CUR/VBA/dir": b"v"}
    assert ["macros"] == codes(compound_file(vba), "xls")
    assert {"macro-sheet": ()} == places(compound_file(workbook(sheet(0), sheet(1))), "xls")


def test_files_inside() -> None:
    """A file inside is noted by its name and counted, and a program is told by its name as by its bytes."""
    inside = {
        **word(),
        "ObjectPool/_1/\x01Ole10Native": package("plan.pdf", b"%PDF-1.4"),
        "ObjectPool/_2/\x01Ole10Native": package("setup.exe", b"x"),
        "ObjectPool/_3/\x01Ole10Native": package("photo.jpg", b"MZ" + bytes(80)),
        "ObjectPool/_4/Equation Native": b"e",
    }
    answer = looked(compound_file(inside), "doc")
    found = {each.code: (each.count, each.where) for each in answer.findings}
    assert 4 == answer.members
    assert (4, ("plan.pdf", "setup.exe", "photo.jpg")) == found["embedded-object"]
    assert (2, ("setup.exe", "photo.jpg")) == found["embedded-program"]
    mail = {
        "__properties_version1.0": bytes(32),
        "__attach_version1.0_#00000000/__substg1.0_37010102": b"%PDF-1.4",
        "__attach_version1.0_#00000000/__substg1.0_3707001F": "letter.pdf".encode("utf-16-le"),
    }
    assert {"embedded-object": ("letter.pdf",)} == places(compound_file(mail), "msg")
    assert 1 == looked(compound_file({**workbook(sheet(0)), "MBD0001/Workbook": b"w"}), "xls").members


def test_fields() -> None:
    """A field that starts a program is told from one that takes in a picture, and both from words in the text."""
    assert ["dde"] == codes(compound_file(word(b'\x13 DDEAUTO c:\\\\x.exe "/c" \x14\x15')), "doc")
    assert ["dde"] == codes(compound_file(word("\x13DDE Excel x\x15".encode("utf-16-le"))), "doc")
    assert ["external-link"] == codes(compound_file(word(b'\x13 INCLUDEPICTURE "C:\\\\a.png" \x15')), "doc")
    assert [] == codes(compound_file(word(b"We stopped using DDEAUTO fields. \x13 PAGE \x14 1 \x15")), "doc")


def test_templates() -> None:
    """A template on a server or another machine is loaded when the document is opened; one on a disk is not found."""
    for place in ("http://host/x.dotm", "\\\\host\\share\\x.dotm", "FILE://host/x.dot"):
        assert {"external-template": (place,)} == places(compound_file(word(template=place)), "doc")
    assert [] == codes(compound_file(word(template="Normal.dot")), "doc")


def test_links_of_workbooks() -> None:
    """A link to a workbook is noted with its name, one to a program is DDE, one within the workbook is nothing."""
    linked = compound_file(workbook(sheet(0), source(1, "\x01budget.xls"), source(0, "cmd\x03 /C calc")))
    assert {"dde": (), "external-link": ("budget.xls",)} == places(linked, "xls")


def test_damaged() -> None:
    """What is cut short or holds no sensible header is unreadable, and nothing raises."""
    whole = compound_file(word())
    assert ["unreadable"] == codes(whole[:600], "doc")
    assert ["unreadable"] == codes(compound_file({"WordDocument": bytes(100)}), "doc")
    assert ["unreadable"] == codes(compound_file({"Workbook": b"\x09\x08\x10\x00"}), "xls")
