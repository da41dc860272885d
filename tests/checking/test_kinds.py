"""What a file really is: against its ending and what the item accepts, two things at once, damaged, and real files."""

import random
import zipfile
from io import BytesIO

import pytest

from portal.checking.programs import is_program
from schemas.checking import answer_line, read_answer
from tests.checking.cfb_writer import compound_file
from tests.checking.corpus_office import picture
from tests.checking.looking import codes, looked, places
from tests.checking.made import docx
from tests.checking.test_cfb import package, sheet, word, workbook
from tests.checking.test_pdfs import attached, made, pdf, saved
from tests.checking.test_text_files import CSV, packed, rtf
from tests.e2e.files import SAMPLES

EXE = b"MZ" + bytes(62) + b"PE\x00\x00" + bytes(200)
ELF = b"\x7fELF\x02\x01\x01" + bytes(80)
EXPECTED: dict[str, tuple[str, ...]] = {
    "fully-featured-layout.docx": (),
    "funding-return-example.xlsx": (),
    "funding-return.xlsx": ("external-link",),
    "google-doc-document.pdf": (),
    "govdocs-176446.pdf": (),
    "govdocs-225189.pdf": (),
    "govdocs-275884.pdf": (),
    "govdocs-421197.pdf": (),
    "govdocs-486832.pdf": (),
    "govdocs-492484.pdf": (),
    "govdocs-507676.pdf": (),
    "having-images.docx": (),
    "image-pasted.odt": (),
    "lorem-ipsum.docx": (),
    "multicolumn.pdf": (),
    "password-protected.pdf": ("password",),
}
"""What is to be found in the real files: one takes values from another workbook, one needs a password to be opened, two
of the PDFs are damaged in a way that every reader mends."""


def zipped(**members: bytes) -> bytes:
    """Return a zip file of any members."""
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def test_the_real_files() -> None:
    """Each of the samples is what its ending says, with the expected findings and no others."""
    if not SAMPLES.is_dir():
        pytest.skip("The samples are not beside the source tree.")
    names = sorted(path.name for path in SAMPLES.iterdir())
    assert sorted(EXPECTED) == names
    for name in names:
        extension = name.rpartition(".")[2]
        answer = looked((SAMPLES / name).read_bytes(), extension, (extension,))
        assert (name, extension, EXPECTED[name]) == (name, answer.kind, tuple(each.code for each in answer.findings))


def test_other_types() -> None:
    """A file of another type than its ending says is named by what it is, a picture as well as an archive."""
    jpg, png = picture("JPEG").getvalue(), picture().getvalue()
    other = [
        (jpg, "png", "jpg"),
        (png, "jpeg", "png"),
        (pdf(), "docx", "pdf"),
        (docx(), "pdf", "docx"),
        (docx(), "xlsx", "docx"),
        (docx(), "doc", "docx"),
        (zipped(a=b"a"), "docx", "zip"),
        (rtf(), "txt", "rtf"),
        (b"<!DOCTYPE html><p>Table", "csv", "html"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><a/>", "txt", "xml"),
        (CSV.encode(), "xlsx", "txt"),
        (b"GIF89a" + bytes(30), "png", "gif"),
        (b"II*\x00" + bytes(30), "jpg", "tiff"),
        (b"\x00\x00\x00\x18ftypheic" + bytes(20), "jpg", "heic"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "png", "webp"),
        (bytes(100), "pdf", ""),
        (b"\x1f\x8b\x08" + bytes(30), "csv", "gz"),
        (b"GIF87a" + bytes(30), "png", "gif"),
        (b"MM\x00*" + bytes(30), "jpg", "tiff"),
        (b"Rar!\x1a\x07" + bytes(30), "docx", "rar"),
        (b"7z\xbc\xaf\x27\x1c" + bytes(30), "docx", "7z"),
        (b"%!PS-Adobe-3.0\n", "pdf", "ps"),
    ]
    for body, extension, kind in other:
        found = places(body, extension)
        assert (kind, (kind,) if kind else ()) == (looked(body, extension).kind, found["not-its-type"])
        assert "polyglot" not in found


def test_what_an_item_accepts() -> None:
    """A file of the wrong type is also not accepted, unless its true type is; endings of one type are one."""
    assert [] == codes(picture("JPEG").getvalue(), "jpg", ("jpg", "png"))
    assert [] == codes(rtf(), "doc", ("doc", "docx"))
    assert ["not-its-type"] == codes(docx(), "pdf", ("pdf", "docx"))
    assert ["not-accepted", "not-its-type"] == codes(docx(), "pdf", ("pdf",))
    assert ["not-accepted"] == codes(CSV.encode(), "csv", ("xlsx",))
    assert [] == codes(CSV.encode(), "csv", ("xlsx", "csv"))


def test_programs() -> None:
    """A program under a harmless ending says that it is one; words that begin with the same letters are text."""
    for body in (EXE, ELF, b"\xcf\xfa\xed\xfe" + bytes(90), b"#!/bin/sh\necho\n"):
        assert ["embedded-program", "not-its-type"] == codes(body, "txt")
    assert [] == codes(b"MZ,Anfang\n1,2\n", "csv")
    assert is_program("invoice.pdf.EXE")
    assert is_program("x.js .")
    assert not is_program("example.com.pdf")
    assert not is_program("app")


def test_two_things_at_once() -> None:
    """A file that a second program takes for its own is found, whichever of the two its ending names."""
    whole, jpg = pdf(), picture("JPEG").getvalue()
    pictures = (jpg, "jpg"), (picture().getvalue(), "png"), (b"GIF87a" + bytes(30), "gif")
    twofold = [
        (EXE[:64] + whole, "pdf", "exe"),
        (ELF[:64] + whole, "pdf", "elf"),
        (jpg[:20] + whole, "pdf", "jpg"),
        (jpg[:4] + b"\x00\x40" + whole, "jpg", "pdf"),
        (b"<html><script>a()</script>\n" + whole, "pdf", "html"),
        (b"<?php a(); ?>\n" + whole, "pdf", "php"),
        (whole + zipped(a=b"a"), "pdf", "zip"),
        (whole + b"\n--\n" + zipped(a=b"a") + b"more", "pdf", "zip"),
        (whole + b"\n" + EXE, "pdf", "exe"),
        (whole + b"<html><body>", "pdf", "html"),
        (whole + b"<html><body>\n%%EOF\n", "pdf", "html"),
        (zipped(a=b"a")[:40] + whole, "pdf", "zip"),
        (rtf() + zipped(a=b"a"), "rtf", "zip"),
        (compound_file(word()) + zipped(a=b"a"), "doc", "zip"),
        (b"GIF89a" + bytes(30) + zipped(a=b"a"), "gif", "zip"),
        *((each + b"--" + zipped(a=b"a") + b"more", kind, "zip") for each, kind in pictures),
        *((whole + each, "pdf", "html") for each in (b"<script>", b"<!DOCTYPE html>", b"<svg x='1'>")),
        (whole + b"<?php a(); ?>", "pdf", "php"),
        (whole + b"PK\x03\x04" + bytes(30), "pdf", "zip"),
        (whole + b"Rar!\x1a\x07" + bytes(30), "pdf", "rar"),
        (whole + b"7z\xbc\xaf\x27\x1c" + bytes(30), "pdf", "7z"),
        (b"Minutes\n<HTML>\n" + whole, "pdf", "html"),
        *((each + b"--<SCRIPT>", kind, "html") for each, kind in pictures),
    ]
    for body, extension, other in twofold:
        assert (other,) == places(body, extension)["polyglot"]


def test_one_thing_only() -> None:
    """Files that hold others in an ordinary way, or speak of them, are one thing."""
    whole = made()
    whole.Root.File = whole.make_stream(zipped(a=b"a"))
    for body, extension in (
        (saved(whole, compress_streams=False), "pdf"),
        (b"%PDF- is how a PDF begins, <html> how a page does.\n", "txt"),
        (b"How a PDF begins: %PDF-1.4\n", "txt"),
        (b"\x01\x02\n" + saved(whole), "pdf"),
        (saved(whole) + b"PK\x05\x06" + bytes(18), "pdf"),
        (saved(whole) + b"PK\x05\x06" + bytes(6) + b"\x01" + bytes(11), "pdf"),
        (compound_file({**word(), "Data": zipped(a=b"a")}), "doc"),
    ):
        assert "polyglot" not in codes(body, extension)


def test_no_damage_raises() -> None:
    """However a file is cut or changed, there is an answer of the agreed shape, and cutting never makes it cleaner."""
    bodies = {
        "pdf": saved(attached(plan_docx=docx(), run_exe=EXE)),
        "doc": compound_file({**word(), "ObjectPool/_1/\x01Ole10Native": package("a.exe", EXE)}),
        "xls": compound_file(workbook(sheet(0), sheet(1), (0x1AE, b"\x00\x00\x05\x00\x00cmd\x03x"))),
        "rtf": rtf(packed(b"a.exe", EXE)),
        "csv": CSV.encode(),
        "png": picture().getvalue(),
        "jpg": picture("JPEG").getvalue(),
        "docx": docx({"word/embeddings/a.bin": EXE}),
    }
    chance = random.Random(6)
    for extension, body in bodies.items():
        for _ in range(60):
            length = chance.randrange(len(body))
            changed = bytearray(body)
            for _ in range(chance.choice((1, 4, 40))):
                changed[chance.randrange(len(body))] = chance.randrange(256)
            for damaged in (body[:length], bytes(changed), bytes(changed[:length])):
                answer = looked(damaged, extension, (extension,))
                assert answer == read_answer(answer_line(answer))
        if extension != "csv":
            short = codes(body[: len(body) // 2], extension, (extension,))
            assert {"unreadable", "not-its-type", "zip-structure"} & set(short)
