"""The same thing spelt in other ways that programs take for equal: none of them hides it, and none is slow."""

import re
import struct
import time
import zlib
from dataclasses import replace

from portal.checking.ooxml import is_remote
from portal.checking.ooxml_parts import WATCHES, is_dde
from portal.checking.packages import _sift
from tests.checking.archives import Part, archive, codes, packed, part_of
from tests.checking.looking import codes as codes_of
from tests.checking.office_files import (
    BEGIN,
    BOOK,
    END,
    MACROS,
    MICROSOFT,
    OFFICE,
    S1,
    SEPARATE,
    STRICT,
    TYPES,
    W_RELS,
    WORD,
    WORDS,
    X_RELS,
    cell,
    field,
    related,
    said,
    typed,
    wide,
)
from tests.checking.test_odf import CONTENT, linking, odt


def dripped(content: bytes) -> Part:
    """Return a deflate stream of which the first 64 KiB unpack to one byte, as the document of a file."""
    packer = zlib.compressobj(wbits=-15)
    blocks = b"".join(b"\0" + struct.pack("<HH", len(each), 0xFFFF ^ len(each)) + each for each in (content[:1], b""))
    rest = packer.compress(content[1:]) + packer.flush()
    return Part(b"word/document.xml", content, packed=blocks + blocks[-5:] * 14_000 + rest)


def test_a_first_byte_alone_hides_nothing() -> None:
    """What comes byte by byte is told by more than its first: UTF-16 with a mark or none, programs, files inside."""
    types, plain = Part(TYPES.encode(), part_of(WORDS, TYPES).encode()), part_of(WORDS, "word/document.xml")
    part = part_of(field(" DDEAUTO x"), "word/document.xml")
    bare = re.sub(r"^<\?xml[^>]*\?>", "", part)
    forms = [part.encode(), wide(part), wide(part)[2:], part.encode("utf-8-sig"), (" " + bare).encode("utf-16-be")]
    forms += [("\n" + bare).encode("utf-16-le"), bare.encode("utf-16-be")]

    assert [{"dde": ("word/document.xml",)}] * 7 == [codes(archive(types, dripped(form))) for form in forms]
    assert {} == codes(archive(types, dripped(plain.encode()))) == codes(archive(types, dripped(wide(plain))))
    hidden = [dripped(b"MZ\x90\0" + bytes(99)), dripped(MACROS)]
    assert [{"embedded-program": ("x",)}, {"macros": ("x > xl/vbaProject.bin",)}] == [
        codes(archive(types, replace(each, name=b"x"))) for each in hidden
    ]


def test_formulas_spelt_otherwise() -> None:
    """Instructions, comments, elements and codes inside a formula hide nothing, wherever a piece of the part ends."""
    call, item = 'DDE("x","y","z")', "|'/C calc'!A0"
    spelt = [f"cmd<?x?>{item}", f"cmd<!---->{item}", f"cmd&#x7c;{item[1:]}", f"cmd<![CDATA[{item}]]>"]
    spelt += ["D<?x?>DE(1)", "D&#68;E(1)", "dde\u00a0(1)", f"1+<x/>{call}", f"a<f/>{call}", f"1<f>2</f>{call}"]
    spelt += [f"'a&quot;'!B1+cmd{item[:-4]}&quot;'!A0", "T[a'[b]+cmd|topic!A0+'!x'!A1", f"{'1+' * 9000}cmd{item}"]
    plain = ["SUM(A1:B2)", "'a|b'!C1+T[[#This Row],[A|B]]", "IF(A1=&quot;a|b!c&quot;,'It&quot;s'!A1)", "1<!-- | -->+1"]
    plain += ["'a''|b'!C1", "ADDED(1)", "T['[a|b]", "'[Book|1.xlsx]x'!A1", "IF(A1&lt;2,&quot;it's&quot;,&quot;|&quot;)"]

    assert [{"dde": (S1,)}] * len(spelt) == [codes(cell(each)) for each in spelt]
    assert [{"dde": (S1,)}] * len(spelt) == [codes(cell(each, "x:")) for each in spelt]
    assert [{}] * len(plain) == [codes(cell(each)) for each in plain]
    for each in spelt[:-1]:
        part = part_of(cell(each), S1).encode()
        for at in range(part.index(b"<f>") - 2, part.index(b"</f>") + 4):
            assert _sift([part[:at], part[at:]], WATCHES) is not None


def test_fields_spelt_otherwise() -> None:
    """Spaces without end, a comment in a name and a field that was deleted hide nothing."""
    spelt = [field(" " * 9000 + "DDEAUTO x"), field("D<!---->D<?x?>E", "AUTO x"), field(*[" "] * 5000, "DDE x")]
    spelt += [said("<w:p><w:r><w:delInstrText> DDE x y </w:delInstrText></w:r></w:p>")]

    assert [{"dde": ("word/document.xml",)}] * 4 == [codes(body) for body in spelt]
    assert {} == codes(field(" " * 9000 + "PAGE DDE")) == codes(said("<w:p><w:r><w:t>instr DDE</w:t></w:r></w:p>"))


def aside(elements: str) -> bytes:
    """Return the Word document with these, among which programs pass over what begins with `o`."""
    mc = "http://schemas.openxmlformats.org/markup-compatibility/2006"
    return said(f'<w:p xmlns:mc="{mc}" xmlns:o="o" mc:Ignorable="o">{elements}</w:p>')


def test_what_programs_pass_over_hides_no_field() -> None:
    """Foreign attributes, elements and forms that are not chosen change no field; one that ends in them is not read."""
    code, junk, head, tail = (
        f"<w:r><w:instrText>{text}</w:instrText></w:r>" for text in ("DDE x", "PAGE", "D", "DE x")
    )
    choice = "<mc:AlternateContent><mc:Choice Requires='o'>{}</mc:Choice><mc:Fallback/></mc:AlternateContent>"
    inner = BEGIN + junk + SEPARATE + END
    quoted = f"{BEGIN}<w:r><w:instrText>QUOTE 68 68 69</w:instrText></w:r>{END}"
    found = ['<w:fldSimple w:instr="DDE x" o:instr="PAGE"/>', choice.format(BEGIN + code + END)]
    among = ["<o:fldChar o:fldCharType='separate'/>", "<o:instrText>PAGE</o:instrText>"]
    among += [choice.format(each) for each in (inner, SEPARATE, END)]
    found += [BEGIN + head + each + tail + END for each in among]
    found += [BEGIN + code.replace("DE", f"<o:a>{each}</o:a>D<o:b/>E") + END for each in ("x", inner)]
    unread = [BEGIN + choice.format(each) + code + END for each in (junk, BEGIN, quoted)]
    unread += [BEGIN * 1000 + choice.format(BEGIN) + code, BEGIN + head + choice.format(tail + END)]
    plain = [inner.replace(SEPARATE, SEPARATE + choice.format(each)) for each in (inner, quoted, "")]
    math = [each.replace("relationships", "math") for each in (OFFICE, STRICT)]
    plain += [f'<m:r xmlns:m="{each}">{BEGIN}</m:r>{junk}<m:r xmlns:m="{each}">{END}</m:r>' for each in math]

    place = ("word/document.xml",)
    assert [{"dde": place}] * 9 == [codes(aside(each)) for each in found]
    assert [place] * 5 == [codes(aside(each)).get("unreadable") for each in unread]
    assert [{}] * 5 == [codes(aside(each)) for each in plain]
    w = (
        "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
        STRICT.replace("officeDocument/relationships", "wordprocessingml/main"),
    )
    assert {"dde": place} == codes(packed({place[0]: part_of(field("DDE x"), place[0]).replace(*w)}, WORDS))


def test_what_programs_pass_over_hides_no_link() -> None:
    """Of two attributes with one name that counts which a program knows; where both may, the part is not read."""
    tie = f'Type="{OFFICE}/attachedTemplate" Target="http://x/y" TargetMode="External"'
    rels = part_of(WORDS, W_RELS)

    def tied(more: str) -> bytes:
        added = f'<Relationship xmlns:o="o" Id="x1" {tie} {more}/></Relationships>'
        return packed({W_RELS: rels.replace("</Relationships>", added)}, WORDS)

    link = "http://www.w3.org/1999/xlink"
    assert {"external-template": ("word/document.xml",)} == codes(tied('o:TargetMode="Internal" o:Target="y"'))
    assert {"external-template": ("word/document.xml",)} == codes(tied(f'xmlns:l="{link}" l:Type="hyperlink"'))
    own = "http://schemas.openxmlformats.org/package/2006/relationships"
    assert {"unreadable": (W_RELS,)} == codes(tied(f'xmlns:p="{own}" p:TargetMode="Internal"'))
    assert {"external-link": (CONTENT,)} == codes(linking("draw:image", 'http://x/" draw:href="y'))
    assert {"dde": (CONTENT,)} == codes(odt('<table:table-cell table:formula="DDE(1)" draw:formula="1"/>'))


def test_open_documents_spelt_otherwise() -> None:
    """Spaces, single quotes, signs in values, names and conditions, and capitals in links hide nothing."""
    call = "of:=DDE(&quot;x&quot;)"
    spelt = [f'table:formula{space}="{call}"' for space in ("", " ", "\n\t")] + [f"table:formula = '{call}'"]
    spelt += ["table:formula=\"msoxl:=1>0+cmd|'/c calc'!A0\"", f'table:formula="{call.replace("DDE", "D&#68;E")}"']
    cells = [f"<table:table-cell {each}/>" for each in spelt]
    cells += [f'<table:named-expression table:expression="{call}"/>', f'<x:condition xmlns:x="x" x:value="{call}"/>']
    plain = ['table:formula="of:=IF([.A1]>1;&quot;a|b&quot;)"', 'office:string-value="DDE (a|b!c)"']
    macro = '<script:event-listener xlink:href=" Vnd.Sun.Star.Script:a.b?language=Basic"/>'

    assert [{"dde": (CONTENT,)}] * len(cells) == [codes(odt(each, kind="spreadsheet")) for each in cells]
    assert [{}] * 2 == [codes(odt(f"<table:table-cell {each}/>", kind="spreadsheet")) for each in plain]
    assert {"macros": (CONTENT,)} == codes(odt(macro))
    assert {"external-link": (CONTENT,)} == codes(linking("draw:image", " https://example.org/x.png"))


def test_one_document_in_a_package() -> None:
    """A second document, by type, by the usual type or by relationship, is told; a file merged into a text is none."""
    root, kind = "_rels/.rels", f"{OFFICE}/officeDocument"
    moved = {"xl/real.xml": part_of(BOOK, "xl/workbook.xml"), "xl/_rels/real.xml.rels": part_of(BOOK, X_RELS)}
    led = packed({root: part_of(BOOK, root).replace("xl/workbook.xml", "xl/real.xml"), **moved}, BOOK)
    item = '<Override PartName="/customXml/item1.xml" ContentType="text/xml"/></Types>'
    usual = part_of(WORDS, TYPES).replace('"application/xml"', f'"{WORD}"').replace("</Types>", item)
    merged = typed(WORDS, "word/other.docx", WORD, WORDS)
    strict = part_of(WORDS, root).replace("http://schemas.openxmlformats.org/officeDocument/2006/relationships", STRICT)

    assert {"zip-structure": ("xl/workbook.xml",)} == codes(led)
    assert {"zip-structure": ("word/two.xml",)} == codes(typed(WORDS, "word/two.xml", WORD, b"<document/>"))
    assert {"zip-structure": ("two.xml",)} == codes(packed({TYPES: usual, "two.xml": "<a/>"}, WORDS))
    assert {"zip-structure": (root,)} == codes(related(WORDS, root, kind, "word/document.xml"))
    assert {} == codes(packed({TYPES: usual}, WORDS)) == codes(packed({root: strict}, WORDS)) == codes(merged)
    assert {"macros": ("xl/x",)} == codes(related(BOOK, X_RELS, f" {MICROSOFT}/vbaProject\n", "x"))
    assert {"polyglot": (TYPES,)} == codes(odt(parts={TYPES: usual}))
    assert [True, False] == [is_remote(target) for target in ("ht\ntps://x", "C:\\a b\\x.dotx")]


def test_what_repeats_a_sign_is_quick() -> None:
    """Signs that open something, by the hundred thousand, are looked at about once each."""
    many, before = 100_000, time.process_time()
    formulas = [each * many for each in ("'", "''a", "[", "['", '"', "|'", "DDE ", "'[", "[\"'")]
    cells = [sign + each * many for sign in "=+-@" for each in ("|", "!", "'", " ", "+", "DDE ", "1,")]
    parts = [b"<f>" + each * many for each in (b"|", b"DDE", b"DDE ", b"<f|", b"<f:f ", b"<!", b"<f a='>'", b"|</f:")]

    assert ["|'"] == [each[:2] for each in formulas if is_dde(each)]
    for each in cells:
        assert codes_of(each.encode(), "csv") in ([], ["formula-in-text"], ["too-large-to-check"])
    for stretch in parts:
        WATCHES["worksheet"].hint(stretch)  # type: ignore[misc]
    assert {"unreadable"} == set(codes_of(b"\xff\xd8" + b"\xff" * (1 << 20) + b"\x00" * 9, "jpg"))
    quotes = "".join(f'<c r="A{row}"><f>|{"&apos;" * 8000}</f></c>' for row in range(40))
    assert {"dde": (S1,)} == codes(packed({S1: f"<worksheet><row>{quotes}</row></worksheet>"}, BOOK))
    assert {"dde": (CONTENT,)} == codes(odt(f'<a table:formula="|{"&apos;" * many}"/>'))
    assert ["dde", "dde", "formula-in-text"] == [
        code for cell in ("=a|b!c", '=DDE(""x"")', "=1+ADDED(2)") for code in codes_of(f'"{cell}"'.encode(), "csv")
    ]
    assert 8 > time.process_time() - before
