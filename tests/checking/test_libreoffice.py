"""What LibreOffice makes of ordinary files in each of its formats: how often it is flagged, as the page states."""

import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator

import pytest

from portal.checking.a1 import check_a1
from portal.domain.a1.faults import FAULTS, LEAST_ROWS, plant
from portal.domain.a1.recipe import Recipe
from portal.domain.a1.sample import make_sample
from portal.formats.a1_workbook import workbook
from portal.services.check_unsent import general_ask
from schemas.a1 import load_a1
from tests.checking import corpus_office
from tests.checking.corpus import Made, rates
from tests.checking.document import PAGE, rates_table
from tests.parts import part_missing

pytestmark = pytest.mark.soak
_NAMES = "urn:oasis:names:tc:opendocument:xmlns"
SLIDES = f"""<?xml version="1.0" encoding="UTF-8"?>
<office:document xmlns:office="{_NAMES}:office:1.0" xmlns:draw="{_NAMES}:drawing:1.0" xmlns:text="{_NAMES}:text:1.0"
 xmlns:svg="{_NAMES}:svg-compatible:1.0" xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"
 office:mimetype="application/vnd.oasis.opendocument.presentation">
<office:body><office:presentation>{{pages}}</office:presentation></office:body></office:document>"""
SLIDE = """<draw:page draw:name="page{number}"><draw:frame svg:width="20cm" svg:height="3cm" svg:x="2cm" svg:y="2cm">
<draw:text-box><text:p>Panel {number}: <text:a xlink:href="https://www.example.org/">what changed</text:a></text:p>
</draw:text-box></draw:frame></draw:page>"""
Convert = Callable[[Iterable[Made], str], Iterator[Made]]


@pytest.fixture(scope="module")
def convert(tmp_path_factory: pytest.TempPathFactory) -> Convert:
    """Return what saves files of one ending as another, all in one start of the program."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        part_missing("LibreOffice")
    own = tmp_path_factory.mktemp("libreoffice")

    def saved(files: Iterable[Made], extension: str) -> Iterator[Made]:
        folder = tmp_path_factory.mktemp(extension)
        sources = {folder / f"{number}.{made.extension}": made for number, made in enumerate(files)}
        for source, made in sources.items():
            source.write_bytes(made.body)
        command = [office, f"-env:UserInstallation=file://{own}", "--headless", "--convert-to", extension, "--outdir"]
        subprocess.run([*command, folder / "out", *sources], check=True, capture_output=True, timeout=600)
        for source, made in sources.items():
            body = (folder / "out" / source.with_suffix(f".{extension}").name).read_bytes()
            yield Made("LibreOffice", f"{made.writer}: {made.name}", extension, body)

    return saved


def slides() -> Iterator[Made]:
    """Yield presentations of one to eight pages."""
    for pages in range(1, 9):
        text = SLIDES.format(pages="".join(SLIDE.format(number=number) for number in range(pages)))
        yield Made("by hand", f"{pages} pages", "fodp", text.encode())


def test_false_flags(convert: Convert) -> None:
    """Of what LibreOffice saves nothing is flagged, and the page states how many files these were."""
    made: list[Made] = []
    for files, extensions in (
        (corpus_office.documents(), ("odt", "doc", "rtf", "pdf", "docx")),
        (corpus_office.workbooks(), ("ods", "xls", "pdf", "csv", "xlsx")),
        (slides(), ("odp", "ppt", "pdf", "pptx")),
    ):
        kept = list(files)
        for extension in extensions:
            made += convert(kept, extension)
    found, wrong = rates(made)
    assert {} == wrong
    assert rates_table(found) in PAGE.read_text(), rates_table(found)


def test_forms(convert: Convert) -> None:
    """An A1 form that was opened in LibreOffice and saved there has the findings that it had, whichever they are."""
    definition = load_a1("illustrative-2023")
    ask = general_ask(definition.version, definition.last_day)
    recipe = Recipe(definition, LEAST_ROWS)
    planted = {code: plant(make_sample(recipe), recipe, (code,)) for code in FAULTS}
    forms = {code: workbook(definition, form) for code, form in planted.items() if not form.damaged}
    forms[""] = workbook(definition, make_sample(recipe))
    again = convert([Made("XlsxWriter", code, "xlsx", form) for code, form in forms.items()], "xlsx")
    differ = {}
    for (code, form), saved in zip(forms.items(), again, strict=True):
        before, after = (
            [(each.code, each.sheet, each.column, each.count) for each in check_a1(ask, [body])[0].problems]
            for body in (form, saved.body)
        )
        if before != after:
            differ[code] = before, after
    assert {} == differ
