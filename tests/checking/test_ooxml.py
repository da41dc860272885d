"""Office files: each thing that their parts can do has its finding, and what ordinary programs write has none."""

import io
import re
import time
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter
from docx import Document
from docx.shared import Inches

from portal.checking import packages
from portal.checking.notes import Notes
from portal.checking.ooxml import is_remote, kind_of_package
from portal.checking.ooxml_parts import is_dde
from portal.checking.zips import read_directory
from tests.checking.archives import Part, archive, codes, packed, part_of
from tests.checking.cfb_writer import compound_file

SAMPLES = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "documents"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
SHEET_NAMES = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
STRICT = "http://purl.oclc.org/ooxml/officeDocument/relationships"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"
S1 = "xl/worksheets/sheet1.xml"
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


def field(*pieces: str) -> bytes:
    """Return the Word document with a field whose code is split so."""
    runs = "".join(f"<w:r><w:instrText>{each}</w:instrText></w:r>" for each in pieces)
    return said(f"<w:p>{_mark('begin')}{runs}{_mark('separate')}<w:r><w:t>x</w:t></w:r>{_mark('end')}</w:p>")


def _mark(kind: str) -> str:
    return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'


def spelt() -> bytes:
    """Return the Word document with a field whose name another field inside it spells by numbers."""
    inner = _mark("begin") + "<w:r><w:instrText>QUOTE 68 68 69</w:instrText></w:r>" + _mark("end")
    return said(f"<w:p>{_mark('begin')}{inner}<w:r><w:instrText> c:\\x</w:instrText></w:r>{_mark('end')}</w:p>")


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


ENTITY = '<!DOCTYPE w:document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
FAR = '<!DOCTYPE w:document SYSTEM "http://example.org/x.dtd">'
ONE, ATTACHED = "word/embeddings/one.bin", f"{OFFICE}/attachedTemplate"
MACROS = typed(BOOK, "xl/vbaProject.bin", "application/vnd.ms-office.vbaProject")

FOUND: dict[str, tuple[bytes, dict[str, str]]] = {
    "macros by type": (MACROS, {"macros": "xl/vbaProject.bin"}),
    "macros by relationship": (
        related(BOOK, X_RELS, f"{MICROSOFT}/vbaProject", "other.dat"),
        {"macros": "xl/other.dat"},
    ),
    "macros enabled": (packed({TYPES: part_of(BOOK, TYPES).replace(SHEET, ENABLED)}, BOOK), {"macros": TYPES}),
    "ribbon": (
        typed(WORDS, "customUI/c.xml", "application/xml", b'<customUI onLoad="x"/>'),
        {"macros": "customUI/c.xml"},
    ),
    "macro sheet by type": (
        typed(BOOK, "xl/m.xml", "application/vnd.ms-excel.macrosheet+xml", b"<a/>"),
        {"macro-sheet": "xl/m.xml"},
    ),
    "macro sheet by relationship": (
        related(BOOK, X_RELS, f"{MICROSOFT}/xlMacrosheet", "m.xml"),
        {"macro-sheet": "xl/m.xml"},
    ),
    "a name that runs": (
        packed({"xl/workbook.xml": part_of(BOOK, "xl/workbook.xml").replace("Codes", "_xlnm.Auto_Open")}, BOOK),
        {"macro-sheet": "xl/workbook.xml"},
    ),
    "activex by type": (
        typed(WORDS, "word/a.xml", "application/vnd.ms-office.activeX+xml", b"<a/>"),
        {"activex": "word/a.xml"},
    ),
    "activex by relationship": (related(WORDS, W_RELS, f"{STRICT}/control", "a.xml"), {"activex": "word/a.xml"}),
    "field": (field(' DDEAUTO c:\\\\x "y"'), {"dde": "word/document.xml"}),
    "field split": (field("D", "DEA", "UTO x"), {"dde": "word/document.xml"}),
    "field spelt": (spelt(), {"dde": "word/document.xml"}),
    "field in one": (said('<w:p><w:fldSimple w:instr="dde x y"/></w:p>'), {"dde": "word/document.xml"}),
    "linking field": (field("INCLUDEPICTURE http://example.org/"), {"external-link": "word/document.xml"}),
    "formula": (cell("cmd|'/C calc'!A0"), {"dde": S1}),
    "formula escaped": (cell("cmd&#124;'/C calc'!A0"), {"dde": S1}),
    "formula quoted": (cell("<![CDATA[cmd|'/C calc'!A0]]>"), {"dde": S1}),
    "formula of LibreOffice": (cell("dde (&quot;x&quot;)"), {"dde": S1}),
    "formula prefixed": (cell("cmd|'/C calc'!A0", "x:"), {"dde": S1}),
    "formula in UTF-16": (
        packed({S1: wide(part_of(cell("cmd|'/C calc'!A0"), S1))}, BOOK),
        {"dde": S1},
    ),
    "link to a program": (linked("<ddeLink ddeService='cmd' ddeTopic='x'/>"), {"dde": "xl/externalLinks/x.xml"}),
    "link to an object": (linked("<oleLink/>"), {"external-link": "xl/externalLinks/x.xml"}),
    "connection": (
        typed(
            BOOK,
            "xl/connections.xml",
            "application/xml",
            b"<connections><connection><webPr/></connection></connections>",
        ),
        {"external-link": "xl/connections.xml"},
    ),
    "workbook elsewhere": (
        related(BOOK, X_RELS, f"{OFFICE}/externalLinkPath", "file:///C:/x.xlsx", external=True),
        {"external-link": "xl/workbook.xml"},
    ),
    "picture elsewhere": (
        related(WORDS, W_RELS, f"{OFFICE}/image", "https://example.org/x.png", external=True),
        {"external-link": "word/document.xml"},
    ),
    "template elsewhere": (
        related(WORDS, W_RELS, ATTACHED, "https://example.org/x.dotm", external=True),
        {"external-template": "word/document.xml"},
    ),
    "object elsewhere": (
        related(WORDS, W_RELS, f"{STRICT}/oleObject", "\\\\server\\x", external=True),
        {"external-template": "word/document.xml"},
    ),
    "object on a disk": (
        related(WORDS, W_RELS, f"{OFFICE}/oleObject", "file:///C:\\x.xlsx", external=True),
        {"external-link": "word/document.xml"},
    ),
    "file inside": (embedded(BOOK, "xlsx", "package"), {"embedded-object": "word/embeddings/one.xlsx"}),
    "text inside": (embedded(b"{\\rtf1 x}", "rtf", "aFChunk"), {"embedded-object": "word/embeddings/one.rtf"}),
    "macros inside": (
        embedded(MACROS, "xlsm", "package"),
        {"embedded-object": "word/embeddings/one.xlsm", "macros": "word/embeddings/one.xlsm > xl/vbaProject.bin"},
    ),
    "program inside": (embedded(b"MZ\x90\0" + bytes(99)), {"embedded-object": ONE, "embedded-program": ONE}),
    "script inside": (
        embedded(ole(b"letter.vbs", b"x=1")),
        {"embedded-object": ONE, "embedded-program": f"{ONE} > letter.vbs"},
    ),
    "broken object inside": (embedded(compound_file({"a": b"b"})[:700]), {"embedded-object": ONE, "unreadable": ONE}),
    "entities": (
        packed({"word/document.xml": ENTITY + "<document>&b;</document>"}, WORDS),
        {"xml-entities": "word/document.xml"},
    ),
    "entities elsewhere": (packed({"word/styles.xml": FAR + "<styles/>"}, WORDS), {"xml-entities": "word/styles.xml"}),
    "entities in the types": (packed({TYPES: ENTITY + "<Types/>"}, WORDS), {"xml-entities": TYPES}),
    "entities in relationships": (packed({W_RELS: FAR + "<a/>"}, WORDS), {"xml-entities": W_RELS}),
    "no xml": (packed({"word/document.xml": b"\xff<document"}, WORDS), {"unreadable": "word/document.xml"}),
    "odd letters": (
        packed({"word/document.xml": '<?xml version="1.0" encoding="cp037"?><a/>'}, WORDS),
        {"unreadable": "word/document.xml"},
    ),
    "program on a slide": (slides("ppaction://program?x"), {"starts-program": "ppt/slides/slide1.xml"}),
}


@pytest.mark.parametrize("what", FOUND)
def test_each_thing_is_found(what: str) -> None:
    """One file with one thing in it has that finding, names its place, and has no other finding."""
    body, expected = FOUND[what]

    found = codes(body)

    assert {code: (place,) for code, place in expected.items()} == {code: places[:1] for code, places in found.items()}


def test_what_ordinary_programs_write_is_clean() -> None:
    """Text and strings that look like it, hyperlinks, local templates, charts' own workbooks and controls are none."""
    clean = [
        WORDS,
        BOOK,
        SHEETS,
        field(' TOC \\o "1-3" '),
        field("HYPERLINK ", "x"),
        said("<w:p><w:r><w:t>QUOTE 68 68 69</w:t></w:r></w:p>"),
        slides("ppaction://hlinksldjump"),
        cell("SUM(A1:A9)"),
        cell("Table1[[#This Row],[A|B]]&amp;&quot;|&quot;"),
        related(WORDS, W_RELS, f"{OFFICE}/hyperlink", "https://example.org/x.exe", external=True),
        related(WORDS, W_RELS, f"{STRICT}/hyperlink", "\\\\server\\x", external=True),
        related(WORDS, W_RELS, ATTACHED, "file:///C:\\Users\\x\\Letter.dotx", external=True),
        related(BOOK, X_RELS, f"{OFFICE}/ctrlProp", "ctrlProps/c.xml"),
        packed(
            {"word/charts/_rels/c.xml.rels": part_of(embedded(BOOK, "xlsx", "package"), W_RELS), "word/x.svg": FAR},
            WORDS,
        ),
        packed({"word/document.xml": wide(part_of(WORDS, "word/document.xml"))}, WORDS),
    ]

    assert [{}] * len(clean) == [codes(body) for body in clean]


def test_the_samples_are_clean() -> None:
    """Real documents of other people have nothing but a link between workbooks."""
    real = sorted(path for path in SAMPLES.glob("*.*x") if path.suffix in (".docx", ".xlsx"))
    links = {"funding-return.xlsx": {"external-link": ("xl/externalLinks/externalLink1.xml",)}}

    for path in real:
        body = path.read_bytes()
        assert links.get(path.name, {}) == codes(body)
        assert path.suffix == "." + packages.kind_of_zip(body)


def test_a_package_is_what_its_main_part_says() -> None:
    """The root's relationship and the content type decide, in both dialects, and the ending of nothing."""
    enabled = packed({TYPES: part_of(BOOK, TYPES).replace(SHEET, ENABLED)}, BOOK)
    swapped = packed({TYPES: part_of(BOOK, TYPES).replace(SHEET, WORD)}, BOOK)

    assert ["docx", "xlsx", "xlsx", "xlsm", "docx", "pptx"] == [
        packages.kind_of_zip(body) for body in (WORDS, BOOK, SHEETS, enabled, swapped, slides(""))
    ]
    assert ["zip", "zip", "zip"] == [
        packages.kind_of_zip(body) for body in (packed({"a.xml": "<a/>"}), b"", packed({TYPES: ENTITY}, WORDS))
    ]
    assert kind_of_package(BOOK, read_directory(BOOK)) in packages.KINDS


def test_where_a_target_is() -> None:
    """Addresses and shares are elsewhere; disks, drives and neighbours are not."""
    far = ["http://x", "HTTPS://x", "\\\\server\\x", "//server/x", "file://server/x", "file:///\\\\server\\x"]
    far += ["file:///%5C%5Cserver/x", "mhtml:http://x!x", "ms-msdt:/id", "ftp://x"]
    near = ["C:\\x.dotx", "file:///C:\\x.dotx", "file:///home/x", "x.docx", "../x", "Normal.dotm", ""]

    assert [True] * len(far) + [False] * len(near) == [is_remote(target) for target in far + near]
    assert [True, True, False, False] == [is_dde(text) for text in ("a|b!c", "1+DDE(2)", "'a|b'!c", 'ADDED(1)&"|"')]


def test_what_is_worth_a_scan_is_counted_and_large_files_are_quick() -> None:
    """Pictures and other files count, short XML does not; 5 MB of pictures take a fraction of a second."""
    pictures = {f"word/media/{number}.png": bytes(range(256)) * 4096 for number in range(5)}
    stored = archive(*(Part(name.encode(), data, method=0) for name, data in pictures.items()))
    large = packed({"big.xml": "<a>" + " " * (2 << 20) + "</a>"})
    before = time.process_time()

    assert (5, 1, 0) == tuple(packages.inspect(body, Notes()) for body in (stored, large, packed({"a.xml": "<a/>"})))
    assert 0.5 > time.process_time() - before


def test_endless_markup_is_given_up() -> None:
    """A tag or a comment of megabytes, a thousand elements in one another, and text without end are not read on."""
    field = b"<document><instrText/>"
    giant, comment = field + b'<b a="' + b"x" * (10 << 20), b"<!--" + b"x" * (10 << 20)
    deep, endless = field + b"<a>" * 2000, field + b"x" * (33 << 20)
    bodies = [packed({"word/document.xml": b""}, WORDS)]
    bodies += [stored(part) for part in (giant, comment, deep, endless)]

    before = time.process_time()
    found = [codes(body) for body in bodies]

    assert [{}] + [{"unreadable": ("word/document.xml",)}] * 3 + [
        {"too-large-to-check": ("word/document.xml",)}
    ] == found
    assert 2 > time.process_time() - before


def stored(document: bytes) -> bytes:
    """Return a Word document with this part, not packed, so that it is no bomb."""
    types = Part(TYPES.encode(), part_of(WORDS, TYPES).encode())
    return archive(types, Part(b"word/document.xml", document, method=0))
