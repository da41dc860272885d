"""Text, CSV and rich text: encodings, formulas, files inside, and what is cut short."""

import struct

import pytest

from portal.checking import texts
from tests.checking.looking import codes, looked, places

CSV = "item,date,note\r\npanel,2023-09-20,“Quoted” and £5\r\n"


def rtf(inner: bytes = b"Minutes") -> bytes:
    """Return a rich text with this in it."""
    return b"{\\rtf1\\ansi{\\fonttbl{\\f0 Arial;}}\\f0 " + inner + b"\\par}"


def packed(name: bytes, data: bytes, kind: bytes = b"Package\x00") -> bytes:
    """Return an object as rich text writes it, in digits."""
    native = b"\x02\x00" + name + b"\x00C:\\" + name + b"\x00" + bytes(8) + struct.pack("<I", len(data)) + data
    whole = struct.pack("<III", 0x501, 2, len(kind)) + kind + bytes(8) + struct.pack("<I", len(native)) + native
    digits = whole.hex().encode()
    return b"{\\object\\objemb{\\*\\objdata " + digits[:40] + b"\r\n" + digits[40:] + b"}}"


def test_ordinary_ones() -> None:
    """UTF-8 with and without a mark, semicolons, tabs, and amounts and telephone numbers with signs are ordinary."""
    ordinary = [
        (CSV.encode(), "csv"),
        (CSV.encode("utf-8-sig"), "csv"),
        (CSV.replace(",", ";").encode(), "csv"),
        (b"a,b\n-5,+44 20 7946 0000\n-\xc2\xa35.00,- none\n-1.5%,-1.5E-05\n01/02/2023,+\n-,--\n", "csv"),
        (b'a,b\n"two\nlines, =not a cell",x@y.example\n', "csv"),
        (b"one", "csv"),
        (b"=1+1 is a formula in a table, and a line of a text here", "txt"),
        (rtf(), "rtf"),
        (rtf(), "doc"),
        (rtf() + b"\r\n\x00", "rtf"),
        (
            rtf(b"{\\*\\template C:\\\\Users\\\\x\\\\Normal.dotm}{\\field{\\*\\fldinst PAGE}{\\fldrslt 1}} DDEAUTO"),
            "rtf",
        ),
    ]
    for body, extension in ordinary:
        answer = looked(body, extension)
        assert ("rtf" if extension == "doc" else extension, (), 0) == (answer.kind, answer.findings, answer.members)


def test_encodings() -> None:
    """Text in an older encoding is noted by its name; what is no text in any of them is said to be none."""
    assert {"text-encoding": ("Windows-1252",)} == places(CSV.encode("cp1252"), "csv")
    for encoding in ("utf-16", "utf-16-le", "utf-16-be"):
        assert {"text-encoding": ("UTF-16",)} == places(CSV.encode(encoding), "txt")
    assert ["not-text"] == codes(b"a,b\n" * 3000 + b"\x00", "csv")
    assert ["not-text"] == codes(b"a,b\n\x81\x8d\x8f\n", "csv")
    assert ["not-its-type"] == codes(bytes(range(256)) * 4, "csv")
    for cut in (CSV.encode("utf-16") + b"x", CSV.encode("utf-16-be")[:-1], CSV.encode("utf-32")):
        assert ["not-text"] == codes(cut, "csv")


def test_a_table_of_another_kind() -> None:
    """What Excel opens with its formulas and macros, whatever its ending says, is no CSV; a heading like it is none."""
    assert {"not-its-type": ("slk",)} == places(b'ID;PSCALC3\r\nO;E\r\nC;X1;Y101;EEXEC("x")\r\nE\r\n', "csv")
    assert [] == codes(b"ID;Placed\nAB;2022-01-31\n", "csv")


def test_formulas() -> None:
    """A cell that would calculate is noted by its place, and one that would start a program is DDE."""
    assert {"formula-in-text": ("A2", "B2", "C3")} == places(b"a,b,c\n=1+1,@SUM(1),x\n,,-cmd(1)\n", "csv")
    assert {"formula-in-text": ("AB1",)} == places(b";" * 27 + b"=A1", "csv")
    assert {"formula-in-text": ("B3",)} == places(b"\r\na;b\r\n1;=A1\r\n", "csv")
    assert {"dde": ("A1",)} == places(b"\"=cmd|' /C calc'!A0\",b", "csv")


def test_programs_in_formulas() -> None:
    """However a program parts the cells, and whatever stands before the sign, what would start a program is DDE."""
    ask = "=cmd|' /C calc'!A0"
    asking = [ask, f"a|b|c\n{ask}", f"a;b;c\nx,{ask}", f"Title, 2023\nx;{ask}", f"sep=^\nx^{ask}", f"a,b\n \t{ask}"]
    asking += [f'"\t{ask}"', f"- {ask[1:]}", '=DDE("a";"b";"c")']

    assert [True] * len(asking) == ["dde" in codes(each.encode(), "csv") for each in asking]
    plain = ["- Panel | Board agreed! yes", "a|b!c", "x!y|=1|!", "- see | = !"]
    assert [False] * len(plain) == ["dde" in codes(each.encode(), "csv") for each in plain]


def test_long_lines() -> None:
    """A line far beyond any table's is said to be too large, and one cell of it to be unreadable."""
    assert ["too-large-to-check"] == codes(b"a," * (1 << 20), "csv")
    assert ["too-large-to-check", "unreadable"] == codes(b"a" * ((1 << 20) + 1), "csv")
    assert [] == codes(b"a,b\n" * (1 << 19), "csv") == codes(b"a,b\r" * (1 << 19), "csv")


def test_long_tables(monkeypatch: pytest.MonkeyPatch) -> None:
    """All formulas are counted, of which the first are named; a table that is not looked through to its end says so."""
    many = looked(b"=A1\n" * 100, "csv").findings
    assert [("formula-in-text", 100, 20)] == [(each.code, each.count, len(each.where)) for each in many]
    monkeypatch.setattr(texts, "_MOST_PARSED", 8)
    assert ["formula-in-text", "too-large-to-check"] == codes(b"a,=1\nb,c\n", "csv")


def test_objects_in_rich_text() -> None:
    """Objects are counted and named, programs found by name and bytes, links and controls told from them."""
    answer = looked(
        rtf(packed(b"plan.pdf", b"%PDF-") + packed(b"a.exe", b"x") + packed(b"b.jpg", b"MZ" + bytes(70))), "rtf"
    )
    assert 3 == answer.members
    assert [("embedded-object", 3, ("plan.pdf", "a.exe", "b.jpg")), ("embedded-program", 2, ("a.exe", "b.jpg"))] == [
        (each.code, each.count, each.where) for each in answer.findings
    ]
    assert {"embedded-object": ("Equation.3",)} == places(rtf(packed(b"x", b"y", b"Equation.3\x00")), "rtf")
    assert ["external-link"] == codes(rtf(b"{\\object\\objautlink}"), "rtf")
    assert ["activex"] == codes(rtf(b"{\\object\\objocx}"), "rtf")


def test_fields_and_templates_in_rich_text() -> None:
    """Fields that start programs are found through formatting, templates where they are loaded over a network."""
    assert ["dde"] == codes(rtf(b'{\\field{\\*\\fldinst {\\b DDE}{\\b AUTO} c:\\\\x.exe "y"}}'), "rtf")
    assert ["external-link"] == codes(rtf(b'{\\field{\\*\\fldinst INCLUDEPICTURE "http://h/x.png"}}'), "rtf")
    for place in (b"http://host/x.dotm", b"\\\\\\\\host\\\\x.dotm"):
        assert ["external-template"] == codes(rtf(b"{\\*\\template " + place + b"}"), "rtf")


def test_cut_short() -> None:
    """A rich text whose last group is open was cut."""
    assert ["unreadable"] == codes(rtf()[:-1], "rtf")
