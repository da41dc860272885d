"""Ordinary PDFs: by reportlab, by Pillow, by qpdf from these, and by a browser that prints pages."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

from pikepdf import Array, Dictionary, Encryption, Name, ObjectStreamMode, OutlineItem, Pdf, Permissions
from PIL import Image
from playwright.sync_api import Browser
from reportlab.lib.pagesizes import A4, landscape
from reportlab.lib.styles import getSampleStyleSheet
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Paragraph, SimpleDocTemplate, Table

from tests.checking.corpus import Made, features
from tests.checking.corpus_office import WORDS, picture

OFTEN = 64
TEXT = " ".join(WORDS)
FIELDS = ("textfield", "checkbox", "choice")


def written() -> Iterator[Made]:
    """Yield PDFs by libraries."""
    for number in range(OFTEN):
        has = features(number, "links", "forms", "outlines", "pictures", "compressed", "flowing")
        body = _reportlab(has, pages=1 + number % 4)
        yield Made("reportlab", "+".join(has), "pdf", body)
        yield from _by_qpdf(body, number, "+".join(has))
    for number, mode in enumerate(("RGB", "L", "1", "CMYK", "P")):
        out = BytesIO()
        pages = [Image.new(mode, (200, 300)) for _ in range(number)]
        Image.new(mode, (200, 300)).save(out, "PDF", save_all=True, append_images=pages)
        yield Made("Pillow", f"scan in {mode}", "pdf", out.getvalue())


def printed(browser: Browser) -> Iterator[Made]:
    """Yield PDFs that a browser prints of several pages."""
    table = "<table>" + "<tr><td>Panel<td>20 September 2023<td>5</tr>" * 80 + "</table>"
    link = '<a href="https://www.example.com">more</a> <a href="#end">down</a><p id="end">end'
    form = '<form><input value="x"><input type="checkbox" checked><select><option>One</select></form>'
    drawn = '<svg width="200" height="100"><rect width="90" height="50" fill="teal"/><text y="80">Chart</text></svg>'
    bodies = {"text": f"<h1>Report</h1><p>{TEXT * 50}", "table": table, "link": link, "form": form, "drawn": drawn}
    page = browser.new_page()
    try:
        for name, body in {**bodies, "all": "".join(bodies.values())}.items():
            page.set_content(f"<!doctype html><html lang=en><title>{name}</title><body>{body}")
            options: tuple[dict[str, Any], ...] = (
                {},
                {"landscape": True, "display_header_footer": True},
                {"tagged": True, "outline": True, "print_background": True},
            )
            for number, option in enumerate(options):
                yield Made("Chromium", f"{name} {number}", "pdf", page.pdf(**option))
    finally:
        page.close()


def _reportlab(has: list[str], pages: int) -> bytes:
    out = BytesIO()
    if "flowing" in has:
        style = getSampleStyleSheet()["Normal"]
        text = TEXT + (' <link href="https://www.example.com">guidance</link>' if "links" in has else "")
        story = [Paragraph(text * 5, style), Table([["Meeting", "Date"]] * 60)]
        SimpleDocTemplate(out, pagesize=A4, title="Report", author="Agency").build(story)
        return out.getvalue()
    canvas = Canvas(out, pagesize=landscape(A4), pageCompression=int("compressed" in has))
    for number in range(pages):
        canvas.drawString(72, 500, f"{TEXT} {number}")
        if "links" in has:
            canvas.linkURL("https://www.example.com/?a=b", (72, 500, 200, 520))
        if "forms" in has:
            canvas.acroForm.textfield(name=f"name{number}", x=72, y=400, value="typed")
            canvas.acroForm.checkbox(name=f"box{number}", x=72, y=300)
            canvas.acroForm.choice(name=f"pick{number}", options=["One", "Two"], value="One", x=72, y=200)
        if "outlines" in has:
            canvas.bookmarkPage(f"page{number}")
            canvas.addOutlineEntry(f"Page {number}", f"page{number}")
            canvas.showOutline()
        if "pictures" in has:
            canvas.drawImage(ImageReader(picture("JPEG")), 300, 300)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def _by_qpdf(body: bytes, number: int, name: str) -> Iterator[Made]:
    """Yield the same file as a tool would save it again, in one of eight ways."""
    forbids = Permissions(extract=False, modify_other=False)
    ways: tuple[dict[str, Any], ...] = (
        {"linearize": True},
        {"object_stream_mode": ObjectStreamMode.generate},
        {"object_stream_mode": ObjectStreamMode.disable, "qdf": True},
        *(
            {"encryption": Encryption(owner="owner", user="", R=each, metadata=each > 3, aes=each > 3, allow=forbids)}
            for each in (3, 4, 6)
        ),
        {"recompress_flate": True, "linearize": True, "object_stream_mode": ObjectStreamMode.generate},
        {"min_version": "2.0"},
    )
    with Pdf.open(BytesIO(body)) as pdf:
        if number % 3 == 0:
            pdf.Root.OpenAction = Dictionary(S=Name.GoTo, D=Array([pdf.pages[0].obj, Name.FitH, 500]))
            pdf.Root.PageLabels = Dictionary(Nums=Array([0, Dictionary(S=Name.r)]))
        if number % 3 == 1:
            with pdf.open_metadata() as metadata:
                metadata["dc:title"] = "Minutes"
            with pdf.open_outline() as outline:
                outline.root.append(OutlineItem("Beginning", 0))
        out = BytesIO()
        pdf.save(out, **ways[number % len(ways)])
    yield Made("pikepdf", f"{name} saved in way {number % len(ways)}", "pdf", out.getvalue())
