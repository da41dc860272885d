"""PDF: passwords, scripts, programs, attached files and forms, each with what is like it and harmless."""

import re
import struct
import zlib
from base64 import a85encode
from io import BytesIO
from typing import Any

from pikepdf import Array, Dictionary, Encryption, Name, ObjectStreamMode, Pdf, StreamDecodeLevel, String

from portal.checking import pdfs
from portal.checking.notes import Notes
from tests.checking.looking import codes, looked, places

PAGE = 612, 792


def pdf(*, annotation: dict[str, Any] | None = None, **root: Any) -> bytes:
    """Return a PDF of one page with these entries in its catalogue, and an annotation with these."""
    return saved(made(annotation=annotation, **root))


def made(*, annotation: dict[str, Any] | None = None, **root: Any) -> Pdf:
    """Return that PDF before it is saved."""
    made = Pdf.new()
    page = made.add_blank_page(page_size=PAGE)
    for key, value in root.items():
        made.Root[f"/{key}"] = value
    if annotation is not None:
        whole = Dictionary(Type=Name.Annot, Rect=Array([0, 0, 9, 9]), **annotation)
        page.Annots = made.make_indirect(Array([made.make_indirect(whole)]))
    return made


def saved(made: Pdf, **options: Any) -> bytes:
    """Return the bytes of a PDF."""
    out = BytesIO()
    made.save(out, **options)
    return out.getvalue()


def with_stream(**entries: Any) -> bytes:
    """Return a PDF with a stream that has these entries beside its content."""
    whole = made()
    whole.Root.Keep = whole.make_stream(b"x", **entries)
    return saved(whole)


def link(kind: str, **rest: Any) -> dict[str, Any]:
    """Return a link with an action of this kind."""
    return {"Subtype": Name.Link, "A": Dictionary(S=Name("/" + kind), **rest)}


def attached(**files: bytes) -> Pdf:
    """Return a PDF with these files; the last underscore of each name is its dot."""
    whole = made()
    for name, data in files.items():
        dotted = ".".join(name.rsplit("_", 1))
        whole.attachments[dotted] = data
    return whole


def test_ordinary_ones() -> None:
    """Pages, links to the web, where to open, outlines, forms without scripts and tags are nothing to note."""
    ordinary = [
        pdf(),
        pdf(OpenAction=Dictionary(S=Name.GoTo, D=Array([0, Name.Fit]))),
        pdf(OpenAction=Array([0, Name.Fit])),
        pdf(annotation=link("URI", URI=String("https://www.example.com"))),
        pdf(annotation=link("URI", URI=String("https://host.com/setup.exe"))),
        pdf(annotation=link("URI", URI=String("www.example.com"))),
        pdf(annotation=link("GoToR", F=String("other.pdf"))),
        pdf(annotation=link("Named", N=Name.NextPage)),
        pdf(AcroForm=Dictionary(Fields=Array([Dictionary(FT=Name.Tx, T=String("JavaScript /JS Launch"))]))),
        pdf(StructTreeRoot=Dictionary(K=Dictionary(S=Name.Document))),
        with_stream(EF=Dictionary(F=5)),
        pdf(Keep=Dictionary(Subtype=Name.Screen)),
        saved(made(), linearize=True),
        saved(made(), object_stream_mode=ObjectStreamMode.generate),
    ]
    whole = made()
    whole.Root.Number = whole.make_indirect(5)  # type: ignore[call-overload]  # which takes numbers all the same
    for body in [*ordinary, saved(whole)]:
        answer = looked(body, "pdf")
        assert ("pdf", (), 0) == (answer.kind, answer.findings, answer.members)


def test_passwords() -> None:
    """A password to open is noted; one that only forbids changes is not, and what is in such a file is seen."""
    assert ["password"] == codes(saved(made(), encryption=Encryption(user="u", owner="o")), "pdf")
    assert [] == codes(saved(made(), encryption=Encryption(user="", owner="o")), "pdf")
    scripted = made(OpenAction=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    assert ["pdf-javascript"] == codes(saved(scripted, encryption=Encryption(user="", owner="o")), "pdf")
    foreign = saved(made(), encryption=Encryption(user="", owner="o")).replace(b"/Standard", b"/Adobe.PK")
    assert ["password"] == codes(foreign, "pdf")
    wrapped = attached(document_pdf=b"sealed")
    wrapped.attachments["document.pdf"].obj.AFRelationship = Name.EncryptedPayload
    assert ["password", "pdf-embedded-file"] == codes(saved(wrapped), "pdf")


def test_scripts_wherever_they_are() -> None:
    """JavaScript is found in the catalogue, names, events, fields, behind another action, and by an escaped name."""
    script = Dictionary(S=Name.JavaScript, JS=String("app.alert(1)"))
    scripted = [
        pdf(OpenAction=script),
        pdf(OpenAction=Dictionary(S=Name.JavaScript)),
        pdf(OpenAction=Dictionary(S=Name.Rendition, JS=String("app.alert(1)"))),
        with_stream(More=script),
        pdf(Names=Dictionary(JavaScript=Dictionary(Names=Array([String("a"), script])))),
        pdf(AA=Dictionary(WC=script)),
        pdf(annotation={"Subtype": Name.Link, "AA": Dictionary(K=script)}),
        pdf(annotation={"Subtype": Name.Link, "A": Dictionary(S=Name.GoTo, Next=Array([script]))}),
        pdf(AcroForm=Dictionary(Fields=Array([Dictionary(Kids=Array([Dictionary(A=script)]))]))),
        saved(made(OpenAction=script), object_stream_mode=ObjectStreamMode.generate),
        pdf(OpenAction=script).replace(b"/JavaScript", b"/J#61vaScript").replace(b"/JS ", b"/#4aS "),
    ]
    for body in scripted:
        assert ["pdf-javascript"] == codes(body, "pdf")


def test_what_nothing_refers_to() -> None:
    """A script that an editor left behind, to which nothing leads, can never run and is not noted."""
    whole = made()
    script = whole.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    whole.Root.Keep = script
    body = saved(whole)
    assert ["pdf-javascript"] == codes(body, "pdf")
    assert [] == codes(re.sub(rb"/Keep \d+ 0 R", b" ", body), "pdf")


def test_programs() -> None:
    """An action that starts a program is noted with its name, and so is a link to a program on a disk or a share."""
    assert {"pdf-launch": ("cmd.exe",)} == places(pdf(annotation=link("Launch", F=String("cmd.exe"))), "pdf")
    win = Dictionary(F=String("cmd.exe"), P=String("/c calc"))
    for system in ("Win", "Unix", "Mac"):
        assert ["pdf-launch"] == codes(pdf(OpenAction=Dictionary({"/S": Name.Launch, f"/{system}": win})), "pdf")
    for kind in ("GoToR", "GoToE"):
        assert ["pdf-launch"] == codes(pdf(annotation=link(kind, F=Dictionary(UF=String("\\\\h\\x.scr")))), "pdf")
    for scheme in ("file", "FILE"):
        assert ["pdf-launch"] == codes(pdf(annotation=link("URI", URI=String(f"{scheme}:///c:/x.bat"))), "pdf")
    assert [] == codes(pdf(annotation=link("URI", URI=String("file:///c:/x.pdf"))), "pdf")


def test_programs_named_otherwise() -> None:
    """Codes, spaces, a query or a fragment in an address, and a second name beside a harmless one, hide no program."""
    for address in ("x.b%61t", "x.bat#page=2", "x.bat?a", "x.bat?a#b", "a#b.bat", " x.bat "):
        assert ["pdf-launch"] == codes(pdf(annotation=link("URI", URI=String(f" file:///c:/{address}"))), "pdf")
    for address in ("x.pdf#bat", "x.pdf?a=b", "%62at"):
        assert [] == codes(pdf(annotation=link("URI", URI=String(f"file:///c:/{address}"))), "pdf")
    for key in ("/UF", "/F", "/Unix", "/DOS", "/Mac"):
        names = Dictionary({"/F": String("plan.pdf"), "/UF": String("plan.pdf"), key: String("run.exe")})
        assert {"pdf-launch": ("run.exe",)} == places(pdf(annotation=link("GoToR", F=names)), "pdf")


def test_what_stands_elsewhere() -> None:
    """A kind, a target or a file's list in an object of its own, and an address in two bytes a letter, hide nothing."""
    whole = made()
    kind, media = whole.make_indirect(Name.Launch), whole.make_indirect(Name.RichMedia)
    place, address = whole.make_indirect(String("cmd.exe")), whole.make_indirect(String("file:///c:/x.bat"))
    goto, away = whole.make_indirect(Name.GoTo), String("https://www.example.com")
    page = whole.make_indirect(Array([0, Name.Fit]))
    launch = whole.make_indirect(Dictionary(S=kind, F=place))
    wide = String(b"\xfe\xff" + "file:///c:/x.bat".encode("utf-16-be"))
    actions: list[tuple[list[str], dict[str, Any]]] = [
        (["pdf-launch"], {"OpenAction": launch}),
        (["pdf-launch"], {"OpenAction": Dictionary(S=goto, Next=whole.make_indirect(Array([launch])))}),
        (["pdf-launch"], {"AA": whole.make_indirect(Dictionary(WC=launch))}),
        (["pdf-launch"], {"Keep": Dictionary(S=Name.URI, URI=address)}),
        (["pdf-launch"], {"Keep": Dictionary(S=Name.URI, URI=wide)}),
        (["pdf-media"], {"Keep": Dictionary(Subtype=media, Rect=Array([0, 0, 9, 9]))}),
        ([], {"OpenAction": Dictionary(S=goto, D=page)}),
        ([], {"Keep": Dictionary(S=Name.URI, URI=whole.make_indirect(away))}),
        ([], {"Keep": Dictionary(S=Name.URI, URI=String(b"\xfe\xff" + "http://h/é".encode("utf-16-be")))}),
    ]
    for expected, root in actions:
        for key, value in root.items():
            whole.Root[f"/{key}"] = value
        assert expected == codes(saved(whole), "pdf")
        for key in root:
            del whole.Root[f"/{key}"]


def test_what_opens_by_itself() -> None:
    """An address that opens without a click is noted, at the opening as at a page; one behind a click is not."""
    away = Dictionary(S=Name.URI, URI=String("https://host/?seen"))
    assert ["pdf-opens-link"] == codes(pdf(OpenAction=away), "pdf")
    for following in (away, Array([Dictionary(S=Name.Named), away])):
        assert ["pdf-opens-link"] == codes(pdf(OpenAction=Dictionary(S=Name.GoTo, Next=following)), "pdf")
    for event in ("O", "C", "PO", "PC", "PV", "PI", "WC", "WS", "DS", "WP", "DP"):
        body = pdf(annotation={"Subtype": Name.Link, "AA": Dictionary({f"/{event}": away})})
        assert ["pdf-opens-link"] == codes(body, "pdf")
    for kind in ("SubmitForm", "ImportData", "GoToR", "GoToE"):
        assert ["pdf-opens-link"] == codes(pdf(OpenAction=Dictionary(S=Name(f"/{kind}"), F=String("x.pdf"))), "pdf")
        assert [] == codes(pdf(annotation=link(kind, F=String("x.pdf"))), "pdf")
    assert [] == codes(pdf(annotation={"Subtype": Name.Link, "AA": Dictionary(U=away)}), "pdf")


def test_attached_files() -> None:
    """Attached files are counted and named, by whatever way they are attached, and a program among them is one."""
    answer = looked(saved(attached(plan_docx=b"PK", table_csv=b"a,b")), "pdf")
    assert (2, [("pdf-embedded-file", 2, ("plan.docx", "table.csv"))]) == (
        answer.members,
        [(each.code, each.count, tuple(sorted(each.where))) for each in answer.findings],
    )
    assert {"embedded-program": ("run.exe",), "pdf-embedded-file": ("run.exe",)} == places(
        saved(attached(run_exe=b"x")), "pdf"
    )
    whole = made()
    stream = whole.make_stream(b"MZ" + bytes(200))
    file = Dictionary(Type=Name.Filespec, F=String("photo.jpg"), EF=Dictionary(F=stream))
    whole.pages[0].Annots = Array([Dictionary(Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9]), FS=file)])
    assert ["embedded-program", "pdf-embedded-file"] == codes(saved(whole, compress_streams=True), "pdf")
    file.Desc = String("Notes")
    del file.F
    assert {"embedded-program": ("Notes",), "pdf-embedded-file": ("Notes",)} == places(saved(whole), "pdf")


def packed(data: bytes, *filters: str) -> bytes:
    """Return a PDF with a file attached that was packed in these ways, the last of them first, and one after it."""
    whole = made()
    files = [
        Dictionary(F=String(name), EF=Dictionary(F=whole.make_stream(each)))
        for name, each in (("photo.jpg", data), ("run.exe", b"x"))
    ]
    files[0].EF.F.Filter = Array([Name(f"/{each}") for each in filters])
    whole.Root.Files = Array(files)
    return saved(whole, compress_streams=False, stream_decode_level=StreamDecodeLevel.none)


def test_attached_files_however_packed() -> None:
    """A program is one by its first bytes in any usual way of packing; what cannot be unpacked is damaged, by name."""
    program, flat = b"MZ" + bytes(99_999), zlib.compress(b"MZ" + bytes(99_999))
    for body in (
        packed(program),
        packed(flat, "FlateDecode"),
        packed(flat, "Fl"),
        packed(zlib.compress(flat), "FlateDecode", "FlateDecode"),
        packed(program.hex().encode() + b">", "ASCIIHexDecode"),
        packed(flat.hex().encode() + b">", "AHx", "FlateDecode"),
        packed(a85encode(program) + b"~>", "ASCII85Decode"),
        packed(a85encode(flat) + b"~>", "A85", "Fl"),
    ):
        assert {"photo.jpg", "run.exe"} == set(places(body, "pdf")["embedded-program"])
    for body in (packed(b"not so", "FlateDecode"), packed(b"not so", "ASCIIHexDecode")):
        found = places(body, "pdf")
        assert (("photo.jpg",), ("run.exe",)) == (found["unreadable"], found["embedded-program"])
    assert ("run.exe",) == places(packed(program, "DCTDecode"), "pdf")["embedded-program"]


def test_forms_and_media() -> None:
    """A form of the XML kind and what plays are noted; an ordinary form and a picture are not."""
    whole = made()
    whole.Root.AcroForm = Dictionary(Fields=Array([]), XFA=whole.make_stream(b"<xdp/>"))
    assert ["pdf-xfa"] == codes(saved(whole), "pdf")
    for kind in ("RichMedia", "3D", "Movie", "Sound", "Screen"):
        assert {"pdf-media": (f"/{kind}",)} == places(pdf(annotation={"Subtype": Name(f"/{kind}")}), "pdf")
    assert [] == codes(pdf(annotation={"Subtype": Name.Stamp}), "pdf")
    assert {"pdf-media": ("/Sound",)} == places(pdf(OpenAction=Dictionary(S=Name.Sound)), "pdf")


def test_damage() -> None:
    """What qpdf mends is no finding; a file that was cut short, or has no page left, is."""
    whole = pdf(annotation=link("URI", URI=String("https://www.example.com")))
    at = whole.rindex(b"startxref")
    assert [] == codes(whole[:at] + b"startxref\n17\n%%EOF", "pdf")
    assert [] == codes(whole[:at] + b"startxref\n", "pdf")
    assert [] == codes(whole[:at] + b"%%EOF\n", "pdf")
    assert [] == codes(whole + b"\r\n\x00\x00\x00", "pdf")
    assert [] == codes(b"\r\n\x1b%-12345X@PJL ENTER LANGUAGE=PDF\r\n" + whole, "pdf")
    assert ["unreadable"] == codes(whole[: whole.rindex(b"endobj")], "pdf")
    assert ["unreadable"] == codes(whole.replace(b"/Kids", b"/Sidk"), "pdf")
    assert ["unreadable"] == codes(saved(Pdf.new()), "pdf")
    assert ["unreadable"] == codes(b"%PDF-1.7\nnothing\n%%EOF", "pdf")


def test_cut_in_later_changes() -> None:
    """A file that was saved with changes at its end, and is cut in these, is told: readers show it without them."""
    before = pdf()
    root, table = re.search(rb"/Root (\d+)", before), re.search(rb"startxref\s+(\d+)", before)
    assert root
    assert table
    added = b"%s 0 obj\n<< /Type /Catalog /Pages 2 0 R /Notes (%s) >>\nendobj\n" % (root[1], b"x" * 5000)
    head = b"xref\n%s 1\n%010d 00000 n \ntrailer\n<< /Size 4 /Root %s 0 R " % (root[1], len(before), root[1])
    place = len(before) + len(added)
    end = head + b"/Prev %s >>\nstartxref\n%d\n%%%%EOF\n" % (table[1], place)
    assert [] == codes(before + added + end, "pdf")
    for length in (len(before) + 20, len(before) + 4000, place, place + 30):
        assert ["unreadable"] == codes((before + added + end)[:length], "pdf")


def test_bombs() -> None:
    """Objects that unpack without an end are left alone, which is said; content is not unpacked at all."""
    bomb = zlib.compress(bytes(pdfs.MOST_UNPACKED + 4096), 1)
    content = made()
    content.pages[0].Contents = content.make_stream(bomb, Filter=Name.FlateDecode)
    assert [] == codes(saved(content), "pdf")
    assert ["too-large-to-check"] == codes(with_objects(bomb), "pdf")
    assert [] == codes(with_objects(zlib.compress(b"8 0 <<>>")), "pdf")
    many = zlib.compress(b"8 0 [" + b"[]" * pdfs.most_words(0) + b"]", 1)
    assert ["too-large-to-check"] == codes(with_objects(many), "pdf")


def test_many_references() -> None:
    """A long table that a browser prints refers a million times to what it has: these weigh little."""
    many = zlib.compress(b"8 0 [" + b"1 0 R " * (pdfs.most_words(0) // 2) + b"]", 1)
    assert [] == codes(with_objects(many), "pdf")


def test_what_is_left_out() -> None:
    """A script with something beside it that makes qpdf leave out the whole object, as no reader does, is told of."""
    script = b"<< /S /JavaScript /JS (app.alert(1)) /More %s >>"
    for more, code in (
        (b"[" * 600 + b"]" * 600, "too-large-to-check"),
        (b"9" * 30, "unreadable"),
        (b"99999999999 0 R", "unreadable"),
        (b"[" + b") " * 20 + b"]", "unreadable"),
        (b"[ ) ]", "pdf-javascript"),
    ):
        body = with_objects(zlib.compress(b"8 0 " + script % more))
        assert [code] == codes(body, "pdf")
    assert [] == codes(with_objects(zlib.compress(b"8 0 << /More [ ) ] >>")), "pdf")


def with_objects(packed: bytes) -> bytes:
    """Return a PDF whose catalogue refers to an object that lies in this stream of objects (ISO 32000-2, 7.5.7)."""
    objects = (
        b"<</Type/Catalog/Pages 2 0 R/Extra 8 0 R>>",
        b"<</Type/Pages/Count 1/Kids[3 0 R]>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>",
        b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode/Length %d>>stream\n%s\nendstream" % (len(packed), packed),
    )
    body, rows = b"%PDF-1.5\n", {0: (0, 0, 255), 8: (2, 4, 0)}
    for number, each in enumerate(objects, 1):
        rows[number] = (1, len(body), 0)
        body += b"%d 0 obj\n%s\nendobj\n" % (number, each)
    rows[9] = (1, len(body), 0)
    filled = [rows.get(number, (0, 0, 255)) for number in range(10)]
    table = b"".join(struct.pack(">BIB", *row) for row in filled)
    head = b"9 0 obj\n<</Type/XRef/W[1 4 1]/Size 10/Root 1 0 R/Length %d>>stream\n" % len(table)
    return body + head + table + b"\nendstream\nendobj\nstartxref\n%d\n%%%%EOF" % len(body)


def test_circles() -> None:
    """A graph that goes round ends."""
    whole = made()
    first, second = whole.make_indirect(Dictionary()), whole.make_indirect(Dictionary())
    first.Other, second.Other, whole.Root.Loop = second, first, first
    first.Next, second.Next, whole.Root.OpenAction = Array([first, second]), Array([second, first]), first
    notes = Notes()
    assert 0 == pdfs.look_into_pdf(saved(whole), notes)
    assert () == notes.findings
