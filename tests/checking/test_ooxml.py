"""Office files: each thing that their parts can do has its finding, and what ordinary programs write has none."""

import time

import pytest

from portal.checking import odf, packages
from portal.checking.notes import Notes
from portal.checking.ooxml import ROOT, is_remote, kind_of_package
from portal.checking.ooxml_parts import is_dde
from portal.checking.zips import read_directory
from tests.checking.archives import Part, archive, codes, packed, part_of
from tests.checking.cfb_writer import compound_file
from tests.checking.office_files import (
    BOOK,
    CONNECTIONS,
    ENABLED,
    MACROS,
    MICROSOFT,
    OFFICE,
    S1,
    SHEET,
    SHEETS,
    STRICT,
    TYPES,
    W_RELS,
    WORD,
    WORDS,
    X_RELS,
    cell,
    connected,
    embedded,
    field,
    linked,
    ole,
    related,
    said,
    slides,
    spelt,
    typed,
    wide,
)
from tests.checking.test_odf import odt
from tests.e2e.files import SAMPLES

ENTITY = '<!DOCTYPE w:document [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
FAR = '<!DOCTYPE w:document SYSTEM "http://example.org/x.dtd">'
ONE, ATTACHED = "word/embeddings/one.bin", f"{OFFICE}/attachedTemplate"

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
        connected("<connection><webPr/></connection>"),
        {"external-link": CONNECTIONS},
    ),
    "a model's connection": (
        connected("<oledbPr connection='x'/>"),
        {"external-link": CONNECTIONS},
    ),
    "a model's feed": (
        connected("<dataFeedPr/>"),
        {"external-link": CONNECTIONS},
    ),
    "a table elsewhere": (field('DATABASE \\d "C:\\x.mdb"'), {"external-link": "word/document.xml"}),
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
    "program in a drawing of a list": (
        typed(slides(""), "ppt/d.xml", "a/x+xml", b'<dataModel><hlinkClick action="ppaction://program"/></dataModel>'),
        {"starts-program": "ppt/d.xml"},
    ),
    "program in how that looks": (
        typed(slides(""), "ppt/d.xml", "a/x+xml", b'<drawing><hlinkClick action="ppaction://program"/></drawing>'),
        {"starts-program": "ppt/d.xml"},
    ),
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


def test_lists_of_parts_count_as_what_is_read() -> None:
    """Rich texts and lists of types or parts in files inside are read while a budget lasts, no list of megabytes is."""
    types, listed = "<Types>" + " " * 6000 + "</Types>", part_of(odt(), odf.MANIFEST) + " " * 6000
    long = packed({TYPES: part_of(WORDS, TYPES) + " " * (4 << 20)}, WORDS)

    for body, table in ((packed({TYPES: types}), TYPES), (odt(parts={odf.MANIFEST: listed}), odf.MANIFEST)):
        notes = Notes()
        packages._inspect(packed({"1": body, "2": body}), notes, packages._Budget(walks=10_000), 0)
        assert ("too-large-to-check", f"2 > {table}") == (notes.findings[0].code, notes.findings[0].where[0])
    texts = packed(dict.fromkeys(("1.rtf", "2.rtf"), b"{\\rtf1 " + b" " * 6000 + b"}"))
    packages._inspect(texts, notes := Notes(), packages._Budget(walks=10_000), 0)
    assert [("too-large-to-check", ("2.rtf",))] == [(found.code, found.where) for found in notes.findings]
    ties = packed({ROOT: part_of(WORDS, ROOT) + " " * (4 << 20)}, WORDS)
    assert ["zip", "zip"] == [packages.kind_of_zip(body) for body in (long, ties)]
    assert {"too-large-to-check": (TYPES,)} == codes(long)


def stored(document: bytes) -> bytes:
    """Return a Word document with this part, not packed, so that it is no bomb."""
    types = Part(TYPES.encode(), part_of(WORDS, TYPES).encode())
    return archive(types, Part(b"word/document.xml", document, method=0))
