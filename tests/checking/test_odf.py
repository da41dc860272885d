"""OpenDocument files: each thing that their parts can do has its finding, and ordinary ones have none."""

import zipfile
from io import BytesIO
from pathlib import Path

import pytest

from portal.checking import packages
from tests.checking.archives import codes, packed, part_of

SAMPLE = Path(__file__).resolve().parents[2].parent / "shared" / "samples" / "documents" / "image-pasted.odt"
TYPE = "application/vnd.oasis.opendocument."
NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{prefix}:1.0"'
    for prefix in ("office", "text", "table", "draw", "script", "presentation", "style", "svg", "meta", "form")
)
NAMES += ' xmlns:xlink="http://www.w3.org/1999/xlink"'
MANIFEST = "META-INF/manifest.xml"
CONTENT = "content.xml"


def odt(elements: str = "", listed: str = "", kind: str = "text", parts: dict[str, str | bytes] | None = None) -> bytes:
    """Return a document with these elements in its text, entries in its list of parts, and further parts."""
    content = f"<office:document-content {NAMES}><office:body>{elements}</office:body></office:document-content>"
    manifest = (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{TYPE}{kind}"/>{listed}</manifest:manifest>'
    )
    return packed({"mimetype": TYPE + kind, CONTENT: content, MANIFEST: manifest, **(parts or {})})


def entry(name: str, kind: str, inside: str = "") -> str:
    """Return an entry of the list of parts."""
    of = f'manifest:full-path="{name}" manifest:media-type="{kind}"'
    return f"<manifest:file-entry {of}>{inside}</manifest:file-entry>"


def linking(element: str, target: str) -> bytes:
    """Return a document with an element that has this link."""
    return odt(f'<{element} xlink:href="{target}"/>')


def last_mimetype() -> bytes:
    """Return a document whose type is not its first entry."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w") as file, zipfile.ZipFile(BytesIO(odt())) as old:
        for name in reversed(old.namelist()):
            file.writestr(name, old.read(name))
    return made.getvalue()


BASIC = '<script:event-listener script:macro-name="Standard.Module1.Main"/>'
SCRIPT = "vnd.sun.star.script:Standard.Module1.Main?language=Basic"
LOCKED = entry(CONTENT, "text/xml", "<manifest:encryption-data/>")

FOUND: dict[str, tuple[bytes, dict[str, str]]] = {
    "Basic": (odt(parts={"Basic/Standard/Module1.xml": "<module/>"}), {"macros": "Basic/Standard/Module1.xml"}),
    "Python": (odt(parts={"Scripts/python/x.txt": "x"}), {"macros": "Scripts/python/x.txt"}),
    "a program": (odt(parts={"Extra/x.vbs": "x"}), {"embedded-program": "Extra/x.vbs"}),
    "a macro by name": (odt(BASIC), {"macros": CONTENT}),
    "a macro by link": (linking("script:event-listener", SCRIPT), {"macros": CONTENT}),
    "a script": (odt('<text:script script:language="JavaScript">x</text:script>'), {"macros": CONTENT}),
    "Basic in a part": (odt("<o:source-code xmlns:o='o'>Sub Main</o:source-code>"), {"macros": CONTENT}),
    "an action": (
        odt('<presentation:event-listener presentation:action="execute" xlink:href="file:///x"/>'),
        {"starts-program": CONTENT},
    ),
    "a picture elsewhere": (linking("draw:image", "https://example.org/x.png"), {"external-link": CONTENT}),
    "a section elsewhere": (linking("text:section-source", "../other.odt"), {"external-link": CONTENT}),
    "an object elsewhere": (linking("draw:object", "file:///C:/x.ods"), {"external-link": CONTENT}),
    "a template elsewhere": (
        odt(
            parts={
                "meta.xml": f'<office:document-meta {NAMES}><meta:template xlink:href="http://x/"/></office:document-meta>'
            }
        ),
        {"external-template": "meta.xml"},
    ),
    "a source": (odt('<office:dde-source office:dde-application="cmd"/>'), {"dde": CONTENT}),
    "a link": (odt("<table:dde-link/>", kind="spreadsheet"), {"dde": CONTENT}),
    "a formula": (odt('<table:table-cell table:formula="of:=DDE(&quot;x&quot;)"/>'), {"dde": CONTENT}),
    "an inner document": (odt(listed=entry("Object 1/", TYPE + "spreadsheet")), {"embedded-object": "Object 1/"}),
    "an inner object": (
        odt(listed=entry("Object 2", "application/vnd.sun.star.oleobject")),
        {"embedded-object": "Object 2"},
    ),
    "a password": (odt(listed=LOCKED, parts={CONTENT: b"\x00\x01 sealed"}), {"password": CONTENT}),
    "entities": (odt(parts={CONTENT: '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'}), {"xml-entities": CONTENT}),
    "type not first": (last_mimetype(), {"zip-structure": "mimetype"}),
    "no list of parts": (packed({"mimetype": TYPE + "text", CONTENT: "<a/>"}), {"zip-structure": MANIFEST}),
    "broken list of parts": (odt(parts={MANIFEST: "<manifest"}), {"unreadable": MANIFEST}),
}


@pytest.mark.parametrize("what", FOUND)
def test_each_thing_is_found(what: str) -> None:
    """One file with one thing in it has that finding, names its place, and has no other finding."""
    body, expected = FOUND[what]

    assert {code: (place,) for code, place in expected.items()} == {
        code: found[:1] for code, found in codes(body).items()
    }


def test_ordinary_documents_are_clean() -> None:
    """Links, pictures and charts inside, steps from slide to slide, formulas and old document types are no findings."""
    old = '<!DOCTYPE manifest:manifest PUBLIC "-//OpenOffice.org//DTD Manifest 1.0//EN" "Manifest.dtd">'
    clean = [
        odt(),
        linking("text:a", "https://example.org/x.exe"),
        linking("draw:image", "Pictures/x.png"),
        linking("draw:object", "./Object 1"),
        odt('<presentation:event-listener presentation:action="show" xlink:href="#page2"/>'),
        odt('<table:table-cell table:formula="of:=SUM([.A1:.B2])&amp;&quot;|&quot;"/>', kind="spreadsheet"),
        odt(listed=entry("Object 1/", TYPE + "chart"), parts={"Configurations2/accelerator/current.xml": ""}),
        odt(parts={MANIFEST: old + part_of(odt(), MANIFEST)}),
    ]

    assert [{}] * len(clean) == [codes(body) for body in clean]
    assert {} == (codes(SAMPLE.read_bytes()) if SAMPLE.exists() else {})


def test_a_document_is_what_its_type_says() -> None:
    """The entry `mimetype` decides, whatever else is inside."""
    kinds = {"text": "odt", "spreadsheet": "ods", "presentation": "odp", "text-template": "ott", "unknown": "zip"}

    assert list(kinds.values()) == [packages.kind_of_zip(odt(kind=kind)) for kind in kinds]
