"""Office files to look into: what ordinary programs write, and the same with one thing more."""

import io
import re

import openpyxl
import xlsxwriter
from docx import Document
from docx.shared import Inches

from tests.checking.archives import packed, part_of
from tests.checking.cfb_writer import compound_file

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_NAMES = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"
S1 = "xl/worksheets/sheet1.xml"
CONNECTIONS = "xl/connections.xml"
TYPES, W_RELS, X_RELS = "[Content_Types].xml", "word/_rels/document.xml.rels", "xl/_rels/workbook.xml.rels"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
ENABLED = "application/vnd.ms-excel.sheet.macroEnabled.main+xml"
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010806000000"
    "1f15c4890000000d49444154789c63f8cfc0f01f00050001ff56c72f0d0000000049454e44ae426082"
)


def word() -> bytes:
    """Return what python-docx makes of a text with a heading, a table and a picture."""
    document, made = Document(), io.BytesIO()
    document.add_heading("Minutes", 1)
    document.add_paragraph("DDE cmd| {DDEAUTO} =cmd|'/C calc'!A0 is only text.")
    document.add_table(2, 2).cell(0, 0).text = "Item"
    document.add_picture(io.BytesIO(PNG), Inches(1))
    document.save(made)
    return made.getvalue()


def excel() -> bytes:
    """Return what openpyxl makes of a sheet with formulas, names, a hidden sheet, a link and a comment."""
    book, made = openpyxl.Workbook(), io.BytesIO()
    sheet = book.active
    sheet.title = "A|B"
    sheet.append(["a|b", 1, '="a|b"&"DDE(1)"', "='A|B'!B1", '=IF(B1>1,"x|y",ADDED(2))'])
    sheet["A2"].hyperlink = "https://example.org/"
    book.create_sheet("Lists").sheet_state = "veryHidden"
    book.defined_names["Codes"] = openpyxl.workbook.defined_name.DefinedName("Codes", attr_text="'A|B'!$B$1")
    book.save(made)
    return made.getvalue()


def xlsx() -> bytes:
    """Return what XlsxWriter makes, with a chart, a validation, a form button and strings in line."""
    made = io.BytesIO()
    book = xlsxwriter.Workbook(made, {"constant_memory": False})
    sheet = book.add_worksheet("Children")
    sheet.write_row(0, 0, ["a|b", "cmd|' /C calc'!A0", 3])
    sheet.write_formula("D1", '=SUM(C1:C9)&"|"')
    sheet.data_validation("A2:A9", {"validate": "list", "source": ["yes|no", "DDE(no)"]})
    chart = book.add_chart({"type": "column"})
    chart.add_series({"values": "=Children!$C$1:$C$1"})
    sheet.insert_chart("E5", chart)
    sheet.insert_button("H1", {"caption": "Go"})
    sheet.write_url("A5", "https://example.org")
    sheet.write_comment("A1", "See guidance")
    book.close()
    return made.getvalue()


WORDS, BOOK, SHEETS = word(), excel(), xlsx()


def related(base: bytes, rels: str, kind: str, target: str, *, external: bool = False) -> bytes:
    """Return the file with one more relationship in `rels`."""
    mode = ' TargetMode="External"' if external else ""
    tie = f'<Relationship Id="x1" Type="{kind}" Target="{target}"{mode}/></Relationships>'
    changed = part_of(base, rels).replace("</Relationships>", tie)
    return packed({rels: changed}, base)


def typed(base: bytes, name: str, kind: str, content: bytes = b"x") -> bytes:
    """Return the file with one more part, of a content type."""
    override = f'<Override PartName="/{name}" ContentType="{kind}"/></Types>'
    return packed({TYPES: part_of(base, TYPES).replace("</Types>", override), name: content}, base)


def said(text: str) -> bytes:
    """Return the Word document with these elements in its body."""
    return packed(
        {"word/document.xml": part_of(WORDS, "word/document.xml").replace("<w:body>", f"<w:body>{text}")}, WORDS
    )


def _mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


BEGIN, SEPARATE, END = map(_mark, ("begin", "separate", "end"))


def field(*pieces: str) -> bytes:
    """Return the Word document with a field whose code is split so."""
    runs = "".join(f"<w:r><w:instrText>{each}</w:instrText></w:r>" for each in pieces)
    return said(f"<w:p>{BEGIN}{runs}{SEPARATE}<w:r><w:t>x</w:t></w:r>{END}</w:p>")


def spelt() -> bytes:
    """Return the Word document with a field whose name another field inside it spells by numbers."""
    inner = BEGIN + "<w:r><w:instrText>QUOTE 68 68 69</w:instrText></w:r>" + END
    return said(f"<w:p>{BEGIN}{inner}<w:r><w:instrText> c:\\x</w:instrText></w:r>{END}</w:p>")


def cell(formula: str, prefix: str = "") -> bytes:
    """Return the workbook with this formula in its first sheet."""
    sheet = part_of(BOOK, S1)
    made = re.sub(r"</row>", f'<c r="Z1"><{prefix}f>{formula}</{prefix}f></c></row>', sheet, count=1)
    root = f'<worksheet xmlns:x="{SHEET_NAMES}" '
    return packed({S1: made.replace("<worksheet ", root)}, BOOK)


def wide(text: str) -> bytes:
    """Return an XML document in UTF-16."""
    return ('<?xml version="1.0" encoding="UTF-16"?>' + re.sub(r"^<\?xml[^>]*\?>", "", text)).encode("utf-16")


def linked(content: str) -> bytes:
    """Return the workbook with a part of links to elsewhere."""
    part = f'<externalLink xmlns="{SHEET_NAMES}">{content}</externalLink>'.encode()
    book = related(BOOK, X_RELS, f"{OFFICE}/externalLink", "externalLinks/x.xml")
    return packed({"xl/externalLinks/x.xml": part}, book)


def connected(content: str) -> bytes:
    """Return the workbook with a part of connections to data elsewhere."""
    return typed(BOOK, CONNECTIONS, "application/xml", f"<connections>{content}</connections>".encode())


def slides(action: str) -> bytes:
    """Return a presentation with a link on its slide that does this."""
    main = "application/vnd.openxmlformats-officedocument.presentationml.presentation.main+xml"
    other = '<Override PartName="/ppt/slides/slide1.xml" ContentType="application/xml"/>'
    types = f'<Types><Default Extension="xml" ContentType="{main}"/>{other}</Types>'
    tie = f'<Relationships><Relationship Id="a" Type="{STRICT}/officeDocument" Target="/ppt/p.xml"/></Relationships>'
    slide = f'<p:sld xmlns:p="p" xmlns:a="a"><a:hlinkMouseOver action="{action}"/></p:sld>'
    return packed({TYPES: types, "_rels/.rels": tie, "ppt/p.xml": "<p/>", "ppt/slides/slide1.xml": slide})


def ole(name: bytes, content: bytes) -> bytes:
    """Return an object that packs a file of this name."""
    inner = (
        b"\x02\0" + name + b"\0C:\\x\\" + name + b"\0\0\0\x03\0" + (len(name) + 1).to_bytes(4, "little") + name + b"\0"
    )
    inner += len(content).to_bytes(4, "little") + content
    return compound_file({"\x01Ole10Native": len(inner).to_bytes(4, "little") + inner})


def embedded(content: bytes, ending: str = "bin", kind: str = "oleObject") -> bytes:
    """Return the Word document with this file inside."""
    document = related(WORDS, W_RELS, f"{OFFICE}/{kind}", f"embeddings/one.{ending}")
    return packed({f"word/embeddings/one.{ending}": content}, document)


MACROS = typed(BOOK, "xl/vbaProject.bin", "application/vnd.ms-office.vbaProject")
