"""Rich text spelt as programs read it but ordinary ones do not write it, and what only looks like something."""

import struct

import pytest

from portal.checking import rtf_groups
from tests.checking.cfb_writer import compound_file
from tests.checking.looking import codes, places
from tests.checking.test_text_files import packed, rtf


def test_fields_spelt_otherwise() -> None:
    """Codes for letters, groups that are passed over, spaces, other fields and lines within a field hide nothing."""
    spelt = [rb"\'44\'44\'45AUTO x", rb"\u68?\u68?\u69?AUTO x", rb"\uc0\u68\u68\u69 AUTO x", b" " * 99 + b"DDE x"]
    spelt += [rb"{\b D}{\*\x y}DEAUTO x", b"D\r\nDE x", rb"\~DDE x", rb"\tab DDE x", rb"D\'44E x", rb"\u68D\'44E x"]
    spelt += [rb"{\field{\*\fldinst QUOTE 68 68 69}{\fldrslt PAGE}}AUTO x"]
    spelt += [rb"D\b DE x", rb"PAGE {\field{\*\fldinst PAGE}{\fldrslt {\field{\*\fldinst DDE x}}}}"]
    plain = [rb"\u68?\u69?D x", rb"PAGE \u68?\u68?\u69? x", rb"HYPERLINK DDE"]

    def found(each: bytes) -> list[str]:
        return codes(rtf(rb"{\field{\*\fldinst " + each + rb"}{\fldrslt DDE x}}"), "rtf")

    assert [["dde"]] * len(spelt) == [found(each) for each in spelt]
    assert [[]] * len(plain) == [found(each) for each in plain]
    assert ["dde"] == codes(rtf(rb"{\uc2 a{\*\fldinst \u68??\u68??\u69?? x}}"), "rtf")


def test_templates_spelt_otherwise() -> None:
    """A template's place is read as programs read it, with letters by their codes, also by negative ones."""
    spelt = [rb"\u104?\u-65420?\u116?\u-65424?://h/x", rb"\'68ttp://h/x", b"{http://h/x}", b"ht\r\ntp://h/x"]
    for place in [*spelt, rb"\b http://h/x", rb"\u104?ttp://h/{\*\x y}x"]:
        assert {"external-template": ("http://h/x",)} == places(rtf(rb"{\*\template " + place + b"}"), "rtf")
    assert ["external-template"] == codes(rtf(b"{\\*\n\\template7 //h/x}"), "rtf")
    for place in (rb"C:\\template\\x.dotm", b"file:///C:/x.dotm", rb"C:\\\\x"):
        assert [] == codes(rtf(rb"{\*\template " + place + b"}"), "rtf")


def test_words_that_are_text() -> None:
    """A text about rich text, whose backslashes are written twice, has none of what it speaks of."""
    words = (b"objdata 01", b"objocx", b"objlink", b"template http://h/x", b"fldinst DDE x")
    assert [[]] * 5 == [codes(rtf(rb"see \\" + each + rb" or \\\\" + each), "rtf") for each in words]
    assert ["embedded-object"] == codes(rtf(rb"{see \\\objdata 01}"), "rtf")


def test_objects_spelt_otherwise() -> None:
    """What stands between the digits of an object is passed over as programs do, and told: none writes it there."""
    whole = packed(b"a.exe", b"x").replace(b"\r\n", b"")
    at = whole.index(b"objdata ") + 30
    spelt = [rb"{\*\x 41}", rb"\y41 ", rb"{\b }", b"\\bin2 " + bytes.fromhex(whole[at : at + 4].decode())]
    for each in spelt:
        rest = whole[at + 4 * each.startswith(b"\\bin") :]
        assert ["embedded-object", "embedded-program", "unreadable"] == codes(rtf(whole[:at] + each + rest), "rtf")
    named = ["embedded-object", "embedded-program"]
    assert named == codes(rtf(whole.replace(b"objdata ", b"objdata7 ")), "rtf")
    assert named == codes(rtf(whole.replace(b"objdata ", b"objdata\r\n")), "rtf")


def test_links() -> None:
    """An object that is loaded over a network when the text is opened is told as one that is loaded, with its place."""
    place = b"http://h/x.hta\x00"
    old = struct.pack("<III", 0x501, 1, 4) + b"Any\x00" + struct.pack("<I", len(place)) + place + bytes(16)
    moniker = b"\x01\x00\x00\x02\x01" + bytes(15) + "http://h/x.hta".encode("utf-16-le") + b"\x00\x00"
    new = compound_file({"\x01Ole": moniker})
    newer = struct.pack("<III", 0x501, 2, 9) + b"OLE2Link\x00" + bytes(8) + struct.pack("<I", len(new)) + new
    for data in (old, newer):
        found = places(rtf(rb"{\object{\*\objdata " + data.hex().encode() + b"}}"), "rtf")
        assert ("http://h/x.hta",) == found["external-template"]
    own = old.replace(b"http://h", b"C:\\my\\h")
    assert ["embedded-object"] == codes(rtf(rb"{\object{\*\objdata " + own.hex().encode() + b"}}"), "rtf")


def test_groups_that_are_open() -> None:
    """A rich text with a group that is open was cut; braces that are text, and what follows it, are none of that."""
    for whole in (rtf(), rtf(rb"{\b a}"), rtf(rb"\{ \\\}{\b \\}"), rtf(rb"{\pict\bin3 {{{}")):
        assert [] == codes(whole, "rtf") == codes(whole + b"\r\n\x00", "rtf")
        assert ["unreadable"] == codes(whole[:-1], "rtf")
    assert ["unreadable"] == codes(rtf(rb"{\b a}")[: rtf(rb"{\b a}").rindex(b"a}") + 2], "rtf")
    assert [] == codes(rtf() + b" more", "rtf")


def test_groups_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Groups in groups are read no further than there is time for, and what was left out is told."""
    monkeypatch.setattr(rtf_groups, "_MOST_TOKENS", 50)
    for each in (rb"{\*\fldinst{\*\x ", rb"{\*\template ", rb"{\*\objdata 01"):
        assert "unreadable" in codes(rtf(each * 40 + b"}" * 80), "rtf")
    assert [] == codes(rtf(rb"{\*\fldinst PAGE}" * 16), "rtf")
