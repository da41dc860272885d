"""Old Office files: what they are, passwords, macros, files inside, fields and links."""

import struct
import time

import pytest

from portal.checking import biff, cfb
from portal.checking.ole import read_link
from tests.checking.cfb_writer import compound_file
from tests.checking.looking import codes, looked, places


def word(text: bytes = b"Minutes of the panel", flags: int = 0, template: str = "") -> dict[str, bytes]:
    """Return the streams of a Word document."""
    strings = [b"", template.encode("utf-16-le")]
    table = struct.pack("<HHH", 0xFFFF, 2, 0) + b"".join(struct.pack("<H", len(s) // 2) + s for s in strings)
    header = bytearray(0x9A + 34 * 8)
    struct.pack_into("<HH", header, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", header, 0x0A, flags)
    struct.pack_into("<II", header, 0x9A + 32 * 8, 0, len(table))
    return {"WordDocument": bytes(header) + text, "0Table": table, "\x05SummaryInformation": b"s" * 5000}


def pieced(*pieces: bytes | str) -> dict[str, bytes]:
    """Return the streams of a Word document as after a fast save: its pieces, narrow and wide, lie in another order."""
    streams = word()
    header, ends, places = bytearray(streams["WordDocument"]), [0], {}
    text, begins = b"", len(header)
    for number, piece in sorted(enumerate(pieces), reverse=True):
        wide = piece.encode("utf-16-le") if isinstance(piece, str) else piece
        places[number] = begins + len(text) if isinstance(piece, str) else 2 * (begins + len(text)) | 1 << 30
        text += wide
    for piece in pieces:
        ends.append(ends[-1] + len(piece))
    listed = struct.pack(f"<{len(ends)}I", *ends) + b"".join(
        struct.pack("<2xI2x", places[n]) for n in range(len(pieces))
    )
    table = b"\x01\x02\x00xx\x02" + struct.pack("<I", len(listed)) + listed
    struct.pack_into("<II", header, 0x9A + 33 * 8, len(streams["0Table"]), len(table))
    return {**streams, "WordDocument": bytes(header) + text, "0Table": streams["0Table"] + table}


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
    beside = {**word(), "EncryptedSummary": b"s", "Macros/VBA/dir": b"v"}
    assert ["macros", "password"] == codes(compound_file(beside), "doc")


def test_macros() -> None:
    """A storage of VBA is a macro wherever it is, and a sheet of the old kind is one in a workbook."""
    assert ["macros"] == codes(compound_file({**word(), "Macros/VBA/_VBA_PROJECT": b"v"}), "doc")
    vba = {**workbook(sheet(0)), "_VBA_PROJECT_CUR/VBA/dir": b"v"}
    assert ["macros"] == codes(compound_file(vba), "xls")
    assert {"macro-sheet": ()} == places(compound_file(workbook(sheet(0), sheet(1))), "xls")
    for streams in ({**word(), "ObjectPool/_1/\x03OCXNAME": b"x"}, {**workbook(), "Ctls": b"x"}):
        assert "activex" in codes(compound_file(streams), "doc" if "WordDocument" in streams else "xls")


def test_a_sheet_that_its_list_calls_another() -> None:
    """A sheet that begins as one with macros has some, whatever the list of sheets says of it."""
    listed = workbook(sheet(0))["Workbook"]
    at = listed.index(b"\x85\x00") + 4
    for kind, found in ((0x40, ["macro-sheet"]), (0x10, [])):
        itself = struct.pack("<HHHH", 0x809, 4, 0x600, kind)
        stream = listed[:at] + struct.pack("<I", len(listed)) + listed[at + 4 :] + itself
        assert found == codes(compound_file({"Workbook": stream}), "xls")


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


def test_names_of_files_inside() -> None:
    """Any name of a file inside may be the one that counts; one that holds a command, or is cut, has its names too."""
    whole = package("a.txt", b"x")
    wide = b"".join(struct.pack("<I", len(each)) + each.encode("utf-16-le") for each in ("t", "a.exe", "t"))
    command = b"\x00\x00\x00\x00\x02\x00a.txt\x00C:\\cmd.exe\x00\x00\x00\x01\x00\x05\x00\x00\x00/c x\x00"
    programs = {
        whole.replace(b"\x02\x00a.txt", b"\x02\x00a.exe"): "a.exe",
        whole + wide: "a.exe",
        command: "cmd.exe",
        package("a.exe", b"x")[:-1]: "a.exe",
    }
    for native, name in programs.items():
        found = places(compound_file({**word(), "ObjectPool/_1/\x01Ole10Native": native}), "doc")
        assert {"embedded-object": (name,), "embedded-program": (name,)} == found
    equation = b"\x24\x00\x00\x00\x02\x00\x01\x01\x00\x0a\x01\x12" + b"\x11" * 30
    assert {"embedded-object": ()} == places(compound_file({**word(), "O/\x01Ole10Native": equation}), "doc")


def test_mails() -> None:
    """Each file is named, by its name of either length or width; so is each in a mail that is attached, and that."""
    at = "__attach_version1.0_#0000000"
    mail = {"__properties_version1.0": bytes(32)}
    for tag, name in (("3707001E", b"a.js"), ("3704001F", "a.js".encode("utf-16-le")), ("3704001E", b"a.js")):
        one = {f"{at}0/__substg1.0_37010102": b"x", f"{at}0/__substg1.0_{tag}": name}
        for streams in (one, {path.upper(): data for path, data in one.items()}):
            found = places(compound_file({**mail, **streams}), "msg")
            assert {"embedded-object": ("a.js",), "embedded-program": ("a.js",)} == found
    inner = f"{at}0/__substg1.0_3701000D/"
    forwarded = {f"{inner}__properties_version1.0": b"p", f"{inner}{at}0/__substg1.0_37010102": b"MZ" + bytes(70)}
    answer = looked(compound_file({**mail, **forwarded, f"{inner}{at}1/__substg1.0_37010102": b"x"}), "msg")
    assert [("embedded-object", 3), ("embedded-program", 1)] == [(each.code, each.count) for each in answer.findings]
    assert 3 == answer.members


def test_more_than_is_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is left out because there is too much of it is told."""
    monkeypatch.setattr(biff, "_MOST_RECORDS", 3)
    assert ["too-large-to-check"] == codes(compound_file(workbook(sheet(0), sheet(0), sheet(1))), "xls")
    monkeypatch.setattr(cfb, "_MOST_OBJECTS", 2)
    inside = {**word(), "ObjectPool/_1/x": b"x", "ObjectPool/_2/x": b"x", "ObjectPool/_3/x": b"x"}
    assert ["embedded-object", "too-large-to-check"] == codes(compound_file(inside), "doc")


def test_fields() -> None:
    """A field that starts a program is told from one that takes in a picture, and both from words in the text."""
    assert ["dde"] == codes(compound_file(word(b'\x13 DDEAUTO c:\\\\x.exe "/c" \x14\x15')), "doc")
    assert ["dde"] == codes(compound_file(word("\x13DDE Excel x\x15".encode("utf-16-le"))), "doc")
    assert ["external-link"] == codes(compound_file(word(b'\x13 INCLUDEPICTURE "C:\\\\a.png" \x15')), "doc")
    assert [] == codes(compound_file(word(b"We stopped using DDEAUTO fields. \x13 PAGE \x14 1 \x15DDE x")), "doc")


def test_fields_in_pieces() -> None:
    """A field is read in the pieces of the text, in their order; what was deleted in a fast save is none any more."""
    assert ["dde"] == codes(compound_file(pieced(b"Text \x13 DD", "EAU", b"TO x \x14 1 \x15")), "doc")
    assert ["dde"] == codes(compound_file(pieced("\x13 \x13QUOTE 68 68\x15E", b" x\x15")), "doc")
    assert ["dde"] == codes(compound_file(pieced(b"\x13 PAGE \x14 \x13 DDE x\x15 \x15")), "doc")
    assert [] == codes(compound_file(pieced(b"TO x \x15", "PAGE", b"\x13 DD")), "doc")
    gone = pieced(b"Text")
    gone["WordDocument"] += b"\x13 DDE x \x15"
    assert [] == codes(compound_file(gone), "doc")
    twice = pieced(b"\x13 DDE x \x15", b"y" * 400)
    at = twice["0Table"].rindex(b"\x02\x1c\x00\x00\x00") + 5
    twice["0Table"] = twice["0Table"][: at + 8] + struct.pack("<I", 90_000) + twice["0Table"][at + 12 :]
    assert ["dde", "unreadable"] == codes(compound_file(twice), "doc")


def test_many_fields_open_hide_nothing() -> None:
    """Signs that begin a field by the thousand, which nothing ends, are read as so many fields."""
    assert ["dde"] == codes(compound_file(word(b"\x13 PAGE" * 1500 + b"\x13 DDE x \x15")), "doc")
    assert ["dde"] == codes(compound_file(word(b"\x13 DDE x " + b"\x13 PAGE" * 1500)), "doc")


def test_templates() -> None:
    """A template on a server or another machine is loaded when the document is opened; one on a disk is not found."""
    for place in ("http://host/x.dotm", "\\\\host\\share\\x.dotm", "FILE://host/x.dot"):
        assert {"external-template": (place,)} == places(compound_file(word(template=place)), "doc")
    for place in ("//host/x.dot", "\\/host/x.dot", " http://host/x", "mhtml:http://host/x", "ht\ttp://host/x"):
        assert ["external-template"] == codes(compound_file(word(template=place)), "doc")
    for place in ("Normal.dot", "C:\\x\\y.dot", "file:///C:/x.dot", "Macintosh HD:Users:x:Normal.dotm"):
        assert [] == codes(compound_file(word(template=place)), "doc")
    assert [] == codes(compound_file(word(template="file://localhost/Users/x/Normal.dotm")), "doc")


def test_objects_that_are_linked_to() -> None:
    """An object that is loaded over a network is told with its place, one on a disk or in the file is an object."""
    place = "http://h/x.hta".encode("utf-16-le")
    for linked, where, found in ((1, place, "http://h/x.hta"), (0, place, ""), (1, b"C:\\x.xls", "")):
        stream = struct.pack("<II12x", 0x02000001, linked) + where
        told = places(compound_file({**word(), "ObjectPool/_1/\x01OLE": stream}), "doc")
        assert {"embedded-object": (), **({"external-template": (found,)} if found else {})} == told
    before = time.process_time()
    assert "" == read_link(stream + b"a" * 1_000_000)
    assert 1 > time.process_time() - before


def test_links_of_workbooks() -> None:
    """A link to a workbook is noted with its name, one to a program is DDE, one within the workbook is nothing."""
    linked = compound_file(workbook(sheet(0), source(1, "\x01budget.xls"), source(0, "cmd\x03 /C calc")))
    assert {"dde": (), "external-link": ("budget.xls",)} == places(linked, "xls")


def test_paths_of_linked_workbooks() -> None:
    """A path has the sign between its folders that DDE has before a topic; its last part alone is named."""
    paths = {
        "\x01\x01@server\x03share\x03budget.xls": "budget.xls",
        "\x01\x02Users\x03jo\x03budget.xls": "budget.xls",
        "\x01\x05\x12http://h/b.xls": "http://h/b.xls",
    }
    for path, name in paths.items():
        for sheets in (0, 1):
            assert {"external-link": (name,)} == places(compound_file(workbook(source(sheets, path))), "xls")


def test_links_of_excel_95() -> None:
    """Excel 95 names its links in another record; its own sheets have one too, and later ones count there."""

    def old(*sources: bytes, version: int = 0x500) -> bytes:
        records = [(0x809, struct.pack("<HH", version, 5)), *((0x17, bytes([len(each)]) + each) for each in sources)]
        return b"".join(struct.pack("<HH", number, len(data)) + data for number, data in [*records, (0x0A, b"")])

    linked = compound_file({"Book": old(b"cmd\x03/C calc", b"\x01budget.xls", b"\x03Sheet1", b"\x02", b"\x01\x04")})
    assert {"dde": (), "external-link": ("budget.xls",)} == places(linked, "xls")
    assert [] == codes(compound_file({"Book": old(b"\x03Sheet1", b"\x04")}), "xls")
    assert [] == codes(compound_file({"Workbook": old(b"cmd\x03/C calc", version=0x600)}), "xls")


def test_damaged() -> None:
    """What is cut short or holds no sensible header is unreadable, and nothing raises."""
    whole = compound_file(word())
    assert ["unreadable"] == codes(whole[:600], "doc")
    assert ["unreadable"] == codes(compound_file({"WordDocument": bytes(100)}), "doc")
    assert ["unreadable"] == codes(compound_file({"Workbook": b"\x09\x08\x10\x00"}), "xls")


def test_streams_that_are_not_whole() -> None:
    """What was cut behind its directory is told, as is a stream that goes round in circles, or lies in another."""
    whole = compound_file({**word(), "Data": bytes(60_000), "More": bytes(60_000)})
    assert [] == codes(whole, "doc")
    data, more = (whole.index(name.encode("utf-16-le")) for name in ("Data\x00", "More\x00"))
    (start,) = struct.unpack_from("<I", whole, data + 116)
    table = 512 * (1 + struct.unpack_from("<I", whole, 76)[0])
    for place, number in ((data + 120, 200_000), (table + 4 * start, start), (more + 116, start)):
        bad = bytearray(whole)
        struct.pack_into("<I", bad, place, number)
        assert ["unreadable"] == codes(bytes(bad), "doc")


def test_one_name_twice() -> None:
    """Two streams of one name, of which each program takes another, are no ordinary file."""
    twice = compound_file({**workbook(sheet(0)), "Workbooj": workbook(sheet(1))["Workbook"]})
    same = twice.replace("Workbooj".encode("utf-16-le"), "WORKBOOK".encode("utf-16-le"))
    assert "unreadable" in codes(same, "xls")
