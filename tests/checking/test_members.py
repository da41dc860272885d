"""What lies inside a file is taken out whole, however deep, or the taking fails: it is never left out in silence."""

import io
import zipfile
import zlib

import pikepdf
import pytest
from docx import Document

from portal.checking import members, packages, zips
from portal.checking.members import Unextractable, members_of
from portal.checking.ole import read_native
from tests.checking.archives import codes
from tests.checking.cfb_writer import compound_file
from tests.checking.looking import looked
from tests.fake_checker import EICAR

OLE = b"\x02\x00note.txt\0C:\\note.txt\0\0\0\x03\0\x0a\0\0\0C:\\note.t\0" + len(EICAR).to_bytes(4, "little") + EICAR
"""An OLE 1.0 package behind its total length: label, path, temporary path, content."""


def archive(files: dict[str, bytes], compression: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip file of these."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", compression) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return made.getvalue()


def pdf_with(attached: bytes) -> bytes:
    """Return a PDF with a file attached, compressed, with the objects that say so compressed too."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["plan.bin"] = attached
        made = io.BytesIO()
        pdf.save(made, object_stream_mode=pikepdf.ObjectStreamMode.generate, compress_streams=True)
    return made.getvalue()


def test_files_inside_are_taken_out() -> None:
    """A zip's, a PDF's, a rich text's, those in one another, and a large one; short XML is the scanner's own."""
    large = b"<" + b"0" * 2_000_000
    zipped = archive({"a.bin": EICAR, "b/": b"", "c.xml": b"<?xml?><a/>", "d.xml": large, "empty": b""})
    nested = archive({"plan.pdf": pdf_with(zipped)}, zipfile.ZIP_STORED)

    assert [EICAR, large] == list(members_of("docx", zipped))
    assert EICAR in list(members_of("pdf", pdf_with(EICAR)))
    assert [EICAR, large] == list(members_of("zip", nested))[-2:]
    assert EICAR in list(members_of("rtf", b"{\\rtf1{\\object{\\*\\objdata " + EICAR.hex().encode() + b"\n}}}"))
    assert EICAR == read_native(b"\0\0\0\0" + OLE).data
    assert [] == list(members_of("csv", EICAR)) == list(members_of("", EICAR))


def test_as_deep_as_is_looked_into_is_taken_out() -> None:
    """What is looked into without a word can be scanned too."""
    nest = EICAR
    for _ in range(packages.DEEPEST + 1):
        nest = archive({"inner.zip": nest})

    assert {} == codes(nest)
    assert EICAR == list(members_of("zip", nest))[-1]


def test_what_is_counted_is_taken_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """However oddly it is written: digits between groups, files without a number of their own, odd names."""
    inner = archive({"a.bin": EICAR})
    wrapped = b"\1\5\0\0\2\0\0\0\4\0\0\0Any\0" + bytes(8) + len(inner).to_bytes(4, "little") + inner
    digits = wrapped.hex().encode()
    spaced = b"{\\rtf1{\\object{\\*\\objdata{\\*\\x}" + digits[:9] + b"{\\y }\r\n" + digits[9:] + b"}}}"
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        file = pdf.make_stream(EICAR)
        direct = pikepdf.Dictionary(F=pikepdf.String("a"), EF=pikepdf.Dictionary(F=file))
        pdf.Root.Names = pikepdf.Dictionary(EmbeddedFiles=pikepdf.Dictionary(Names=pikepdf.Array(["a", direct])))
        pdf.Root.Loose = pdf.make_stream(EICAR + b"2", Type=pikepdf.Name.EmbeddedFile)
        made = io.BytesIO()
        pdf.save(made)
    compound = compound_file({"WordDocument": bytes(1500), "ObjectPool/_1/\x01oLE10nATIVE": b"\0\0\0\0" + OLE})

    assert EICAR in list(members_of("rtf", spaced))
    assert {EICAR, EICAR + b"2"} == set(members_of("pdf", made.getvalue()))
    assert EICAR in list(members_of("doc", compound))
    for body, kind in ((spaced, "rtf"), (made.getvalue(), "pdf"), (compound, "doc")):
        assert 1 <= looked(body, kind).members <= len(list(members_of(kind, body)))
    monkeypatch.setattr(zips, "MOST_ENTRIES", 2)
    with pytest.raises(Unextractable):
        list(members_of("zip", archive({str(number): EICAR for number in range(3)})))


def test_what_a_pdf_may_hide_raises() -> None:
    """Where an object is left out for a number that is too long, what it attaches is not seen; all others are taken."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["plan.bin"] = EICAR
        pdf.Root.Odd = pdf.make_indirect(pikepdf.Dictionary(Long=1234567890))
        made = io.BytesIO()
        pdf.save(made)
    taken = members_of("pdf", made.getvalue().replace(b"1234567890", b"9" * 30))

    assert EICAR == next(taken)
    with pytest.raises(Unextractable):
        next(taken)


def test_an_ordinary_document_has_little_to_scan() -> None:
    """A Word document as its writer makes it has but its picture of itself, if that."""
    made = io.BytesIO()
    Document().save(made)

    assert len(list(members_of("docx", made.getvalue()))) <= 1


def test_what_cannot_be_taken_out_raises(monkeypatch: pytest.MonkeyPatch) -> None:
    """A nest too deep, a locked or broken member, no archive, too much or too many: nobody may call it scanned."""
    nest = EICAR
    for _ in range(packages.DEEPEST + 2):
        nest = archive({"inner.zip": nest})
    locked = bytearray(archive({"a.bin": EICAR}))
    for header, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.find(header) + at] |= 1
    broken = bytearray(archive({"a.bin": bytes(range(256)) * 20}))
    broken[60:70] = b"\xff" * 10

    for bad in (nest, bytes(locked), b"PK\x03\x04", bytes(broken)):
        with pytest.raises((Unextractable, zlib.error)):
            list(members_of("zip", bad))
    many = archive({str(number): EICAR for number in range(3)})
    for name, most in (("MOST_MEMBERS", 2), ("MOST_MEMBER_BYTES", 150)):
        with monkeypatch.context() as patch:
            patch.setattr(members, name, most)
            with pytest.raises(Unextractable):
                list(members_of("zip", many))
