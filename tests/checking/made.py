"""Small files made byte by byte, for tests of the process."""

import zipfile
from collections.abc import Mapping
from io import BytesIO
from types import MappingProxyType

_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="bin" ContentType="application/octet-stream"/>'
    f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
)
_RELATIONSHIPS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="word/document.xml"/></Relationships>'
)
_DOCUMENT = (
    '<?xml version="1.0"?>{head}<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
    "<w:body><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:body></w:document>"
)


def docx(parts: Mapping[str, bytes] = MappingProxyType({}), *, head: str = "", text: str = "Minutes") -> bytes:
    """Return a Word document with further parts by name; `head` goes before its root."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("[Content_Types].xml", _TYPES)
        file.writestr("_rels/.rels", _RELATIONSHIPS)
        file.writestr("word/document.xml", _DOCUMENT.format(head=head, text=text))
        for name, data in parts.items():
            file.writestr(name, data)
    return made.getvalue()


_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_BOOK = {
    "[Content_Types].xml": '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{_SHEET}.sheet.main+xml"/>'
    f'<Override PartName="/xl/worksheets/sheet1.xml" ContentType="{_SHEET}.worksheet+xml"/></Types>',
    "_rels/.rels": _RELATIONSHIPS.replace("word/document.xml", "xl/workbook.xml"),
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r='
    '"http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Children" sheetId="1"'
    ' r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": _RELATIONSHIPS.replace('/officeDocument"', '/worksheet"').replace(
        "word/document.xml", "worksheets/sheet1.xml"
    ),
    "xl/worksheets/sheet1.xml": '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
    '<row r="1"><c r="A1" t="inlineStr"><is><t>Child</t></is></c></row></sheetData></worksheet>',
}


def xlsx(parts: Mapping[str, bytes] = MappingProxyType({})) -> bytes:
    """Return a workbook of one cell, with these parts instead of its own or beside them."""
    made = BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in ({name: part.encode() for name, part in _BOOK.items()} | dict(parts)).items():
            file.writestr(name, data)
    return made.getvalue()


def docx_with(member: bytes) -> bytes:
    """Return a Word document that another file is embedded in."""
    return docx({"word/embeddings/one.bin": member})
