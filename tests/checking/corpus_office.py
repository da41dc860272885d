"""Ordinary workbooks and documents, by three libraries, with the features that people use."""

from collections.abc import Iterator
from datetime import date
from io import BytesIO
from typing import Any

import docx
import openpyxl
import xlsxwriter
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt
from openpyxl.chart import BarChart, LineChart, PieChart, Reference
from openpyxl.comments import Comment
from openpyxl.drawing.image import Image as Drawing
from openpyxl.formatting.rule import ColorScaleRule
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table
from PIL import Image

from tests.checking.corpus import Made, features

OFTEN = 64
WORDS = ("Panel", "minutes", "of", "the", "adoption", "agency", "£1,250", "café", "“quoted”")


def picture(kind: str = "PNG") -> BytesIO:
    """Return a small picture to put in."""
    out = BytesIO()
    Image.new("RGB", (60, 40), (20, 90, 160)).save(out, kind)
    out.seek(0)
    return out


def workbooks() -> Iterator[Made]:
    """Yield workbooks by openpyxl and by XlsxWriter."""
    for number in range(OFTEN):
        has = features(number, "charts", "rules", "links", "names", "pictures", "protected")
        yield Made("openpyxl", "+".join(has), "xlsx", _openpyxl(has, rows=5 + number))
        has = features(number, "charts", "rules", "links", "tables", "pictures", "comments")
        yield Made("XlsxWriter", "+".join(has), "xlsx", _xlsxwriter(has, rows=5 + number))


def documents() -> Iterator[Made]:
    """Yield documents by python-docx."""
    for number in range(OFTEN):
        has = features(number, "tables", "pictures", "links", "headers", "styles", "sections")
        yield Made("python-docx", "+".join(has), "docx", _docx(has, paragraphs=3 + number))


def _openpyxl(has: list[str], rows: int) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.append(["Authority", "Date", "Children", "Share"])
    for row in range(2, rows + 2):
        sheet.append([f"Authority {row}", date(2023, 1 + row % 12, 3), row, f"=C{row}/SUM(C$2:C${rows + 1})"])
    sheet.freeze_panes, sheet.auto_filter.ref = "A2", f"A1:D{rows + 1}"
    if "charts" in has:
        for place, chart in (("F2", BarChart()), ("F20", LineChart()), ("F40", PieChart())):
            chart.add_data(Reference(sheet, min_col=3, min_row=1, max_row=rows), titles_from_data=True)
            sheet.add_chart(chart, place)
    if "rules" in has:
        rule = DataValidation(type="list", formula1='"Yes,No"', allow_blank=True)
        sheet.add_data_validation(rule)
        rule.add("E2:E20")
        sheet.conditional_formatting.add("C2:C20", ColorScaleRule("min", None, "FFFFFF", "max", None, "FF0000"))
    if "links" in has:
        sheet["A2"].hyperlink = "https://www.example.com/report.html"
        sheet["A3"].hyperlink = "mailto:panel@example.com"
        sheet["A4"].comment = Comment("Checked", "Manager")
    if "names" in has:
        book.defined_names["Total"] = DefinedName("Total", attr_text="Sheet!$C$2:$C$9")
        book.create_sheet("Lists").sheet_state = "hidden"
        sheet.add_table(Table(displayName="Children", ref=f"A1:D{rows + 1}"))
        sheet.auto_filter.ref = None
    if "pictures" in has:
        sheet.add_image(Drawing(picture()), "H2")
        sheet.merge_cells("J1:K3")
    if "protected" in has:
        sheet.protection.set_password("sheet")
        book.properties.creator = "Adoption team"
    return _bytes(book)


def _bytes(book: Any) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def _xlsxwriter(has: list[str], rows: int) -> bytes:
    out = BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Data")
        day = book.add_format({"num_format": "dd/mm/yyyy", "bold": True})
        for row in range(rows):
            sheet.write_row(row + 1, 0, [f"C-{row:04}", " ".join(WORDS), row])
            sheet.write_datetime(row + 1, 4, date(2023, 9, 1 + row % 28), day)
            sheet.write_formula(row + 1, 5, f'=IF(C{row + 2}>3,"more","less")', value="more")
        if "charts" in has:
            for kind in ("column", "line", "pie", "scatter"):
                chart = book.add_chart({"type": kind})
                chart.add_series({"categories": "=Data!$A$2:$A$5", "values": "=Data!$C$2:$C$5"})
                sheet.insert_chart("H2", chart)
            sheet.add_sparkline("G2", {"range": "Data!A2:C2"})
        if "rules" in has:
            sheet.data_validation("G3:G30", {"validate": "list", "source": ["Open", "Closed"]})
            sheet.conditional_format("C2:C30", {"type": "data_bar"})
            book.define_name("Rate", "=0.25")
        if "links" in has:
            sheet.write_url("G5", "https://www.example.com/a?b=c", string="guidance")
            sheet.write_url("G6", "internal:'Data'!A1")
        if "tables" in has:
            sheet.add_table(0, 0, rows, 2, {"columns": [{"header": each} for each in ("Id", "Text", "Number")]})
        if "pictures" in has:
            sheet.insert_image("H30", "logo.png", {"image_data": picture()})
            sheet.insert_image("H40", "photo.jpg", {"image_data": picture("JPEG")})
            sheet.insert_textbox("J40", "A note")
        if "comments" in has:
            sheet.write_comment("C3", "Ask about this")
            sheet.set_header("&C&F")
            book.set_properties({"title": "Data", "company": "Agency"})
    return out.getvalue()


def _docx(has: list[str], paragraphs: int) -> bytes:
    document: Any = docx.Document()
    document.add_heading("Annual report", 0)
    for number in range(paragraphs):
        text = " ".join(WORDS[number % 5 :])
        document.add_paragraph(text, style="List Bullet" if "styles" in has and number % 3 else None)
    if "tables" in has:
        table = document.add_table(4, 3, style="Light Grid Accent 1")
        table.cell(0, 0).text = "Meeting"
        table.cell(1, 1).merge(table.cell(1, 2))
    if "pictures" in has:
        document.add_picture(picture(), width=Cm(4))
        document.add_picture(picture("JPEG"))
    if "links" in has:
        paragraph = document.add_paragraph()
        for target in ("https://www.example.com", "mailto:a@example.com"):
            number_of_link = document.part.relate_to(target, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
            link = OxmlElement("w:hyperlink")
            link.set(qn("r:id"), number_of_link)
            link.append(paragraph.add_run(target)._r)
            paragraph._p.append(link)
    if "headers" in has:
        document.sections[0].header.paragraphs[0].text = "Draft"
        document.sections[0].footer.paragraphs[0].text = "Page"
        document.add_comment(document.paragraphs[1].runs, text="Check this", author="Manager")
    if "styles" in has:
        run = document.add_paragraph().add_run("Bold and large")
        run.bold, run.font.size = True, Pt(20)
    if "sections" in has:
        document.add_section()
        document.add_page_break()
        document.core_properties.author = "Adoption team"
    return _bytes(document)
