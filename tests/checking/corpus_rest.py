"""Ordinary pictures by Pillow, and CSV, plain and rich text as spreadsheets and word processors write them."""

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from itertools import product
from typing import Any, Literal

from PIL import Image, ImageDraw

from tests.checking.corpus import Made

QUOTING: tuple[Literal[0, 1], ...] = (csv.QUOTE_MINIMAL, csv.QUOTE_ALL)
ROWS = (
    ("Meeting", "Date", "Amount", "Contact", "Note"),
    ("Panel", "20/09/2023", "-£1,250.50", "+44 20 7946 0000", "Deferred, see minutes"),
    ("Board", "14/09/2023", "-5%", "panel@example.com", 'She said "yes"\nand left'),
    ("Zoë’s café", "06/09/2023", "+3", "-", "- none"),
)
RICH = (
    (
        rb"{\rtf1\ansi\ansicpg1252\deff0\nouicompat\deflang2057{\fonttbl{\f0\fnil\fcharset0 Calibri;}}"
        rb"{\*\generator Riched20 10.0.19041}\viewkind4\uc1 \pard\sa200\sl276\slmult1\f0\fs22 Minutes\par}"
    ),
    (
        rb"{\rtf1\ansi\deff3\adeflang1025{\fonttbl{\f0\froman Times New Roman;}}{\colortbl;\red0\green0\blue255;}"
        rb"{\info{\title Report}{\author Agency}}{\*\userprops{\propname a}}\pard\plain {\field{\*\fldinst HYPERLINK "
        rb'"https://www.example.com/"}{\fldrslt {\ul link}}}\par }'
    ),
    (
        rb"{\rtf1\adeflang1025\ansi\ansicpg1252{\*\template C:\\Users\\a\\AppData\\Roaming\\Normal.dotm}"
        rb"{\*\themedata 504b030414}{\field{\*\fldinst  TOC \\o }{\fldrslt }}{\field\fldedit{\*\fldinst { PAGE }}"
        rb"{\fldrslt 1}}{\pict\pngblip\picw10\pich10 89504e470d0a1a0a}\trowd\cellx100 a\cell\row\par }"
    ),
    rb"{\rtf1\mac\ansicpg10000\cocoartf2639{\fonttbl\f0\fswiss Helvetica;}\pard Made on a Mac \'8e }" + b"\n",
)


def pictures() -> Iterator[Made]:
    """Yield photos and drawings in the ways in which Pillow writes them."""
    for mode, quality, progressive in product(("RGB", "L", "CMYK"), (30, 75, 95), (False, True)):
        exif = Image.Exif()
        exif[0x0110], exif[0x0132] = "Camera", "2023:09:20 10:00:00"
        options: dict[str, Any] = {"quality": quality, "progressive": progressive, "exif": exif, "dpi": (300, 300)}
        yield _picture("JPEG", "jpg" if quality > 50 else "jpeg", mode, **options)
    for mode, level, large in product(("RGB", "RGBA", "L", "LA", "1", "P", "I;16"), (0, 9), (False, True)):
        yield _picture("PNG", "png", mode, compress_level=level, size=(900, 700) if large else (90, 70))
    yield _picture("MPO", "jpg", "RGB", save_all=True, append_images=[Image.new("RGB", (80, 60))])


def texts() -> Iterator[Made]:
    """Yield tables and texts in each encoding and with each separator and end of line."""
    separators, ends, encodings = ",;\t", ("\r\n", "\n"), ("utf-8", "utf-8-sig", "cp1252")
    for separator, end, encoding, quoting in product(separators, ends, encodings, QUOTING):
        out = StringIO(newline="")
        csv.writer(out, delimiter=separator, lineterminator=end, quoting=quoting).writerows(ROWS * 30)
        yield Made("csv module", f"{separator!r} {encoding}", "csv", out.getvalue().encode(encoding))
    for end, encoding, length in product(ends, (*encodings, "utf-16"), (1, 50, 1000)):
        text = end.join([" ".join(row) for row in ROWS] * length)
        yield Made("by hand", f"{encoding} {length}", "txt", text.encode(encoding))
    for number, body in enumerate(RICH):
        yield Made("by hand", f"rich text {number}", "rtf", body)
        yield Made("by hand", f"rich text {number} of Word", "doc", body)


def _picture(kind: str, extension: str, mode: str, size: tuple[int, int] = (320, 240), **options: Any) -> Made:
    image = Image.new(mode, size)
    if mode in ("RGB", "L", "RGBA"):
        ImageDraw.Draw(image).ellipse((10, 10, 60, 60), fill="white")
    out = BytesIO()
    image.save(out, kind, **options)
    return Made("Pillow", f"{kind} {mode}", extension, out.getvalue())
