"""The checker: what it costs to start, a large PDF, a large A1 form, two at once, and what the server notices of it."""

import secrets
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from statistics import median
from time import perf_counter, sleep

import pikepdf
from openpyxl import load_workbook
from sqlalchemy import func, select

from portal.adapters.checker import ProcessChecker
from portal.db.checks import DocumentCheck
from portal.db.engine import reading
from portal.domain.a1.recipe import AUTHORITIES, RAA_CODE, Recipe
from portal.domain.a1.sample import make_sample
from portal.domain.checks import CheckState, has_errors
from portal.formats.a1_workbook import workbook
from portal.ports.checking import Body
from portal.services.check_unsent import general_ask
from schemas.a1 import load_a1
from schemas.checking import A1Ask, Answer, Ask
from tests.bench.clients import load, processes
from tests.bench.figures import Figure, ratios
from tests.bench.memory import peak
from tests.bench.scale import MB, Scale, case, place
from tests.checking.hostile import HOSTILE, bomb_in, pdf
from tests.checking.made import docx
from tests.e2e.scene import Scene

A1 = "illustrative-2023"
SECONDS = 60


def checker(root: Path, scale: Scale) -> list[Figure]:
    """The process alone, then a server in which it runs."""
    return [*_alone(scale), *_beside_pages(root, scale)]


def _alone(scale: Scale) -> list[Figure]:
    own = ProcessChecker()
    small, large = pdf([b"<< >>"]), large_pdf(scale.pdf)
    definition = load_a1(A1)
    form = workbook(definition, make_sample(Recipe(definition, scale.form_rows)))
    members = {code: [[definition.first_day.isoformat(), ""]] for code in AUTHORITIES}
    ask = replace(general_ask(A1, definition.last_day), raa_code=RAA_CODE, authorities=members)
    took: dict[str, list[float]] = {}

    def measure(name: str, work: Callable[[], object]) -> None:
        began = perf_counter()
        work()
        took.setdefault(name, []).append(perf_counter() - began)

    for _ in range(scale.rounds):
        measure("python", lambda: subprocess.run([sys.executable, "-I", "-c", "pass"], check=True))
        measure("start", lambda: check(own, small, "pdf"))
        measure("pdf", lambda: check(own, large, "pdf"))
        measure("two", lambda: _twice(lambda: check(own, large, "pdf")))
        measure("openpyxl", lambda: _read(form))
        measure("a1", lambda: _clean(check(own, form, "xlsx", ask)))
    size, cells = f"{scale.pdf // MB} MB", f"3 sheets × {scale.form_rows:,} rows"
    return [
        Figure("checker: an interpreter that does nothing", "s", tuple(took["python"])),
        Figure("checker: a PDF of one page", "s", tuple(took["start"])),
        Figure(f"checker: a PDF of {size}", "s", tuple(took["pdf"])),
        Figure(f"checker: two PDFs of {size} at once", "s", tuple(took["two"])),
        Figure("two at once, to one alone", "", ratios(took["two"], took["pdf"])),
        Figure(f"openpyxl reads an A1 form of {cells}", "s", tuple(took["openpyxl"])),
        Figure("checker: the same A1 form, all rules, from start to answer", "s", tuple(took["a1"])),
        Figure("checking, to reading with openpyxl", "", ratios(took["a1"], took["openpyxl"]), at_most=0.5,
               judged=scale.judged),
    ]  # fmt: skip


def check(own: ProcessChecker, data: bytes, extension: str, a1: A1Ask | None = None) -> Answer:
    """Have a file checked."""
    body = Body(len(data), lambda: (data[at : at + MB] for at in range(0, len(data), MB)))
    return own.check(Ask(extension, (extension,), (len(data),), a1), [body])


def large_pdf(size: int) -> bytes:
    """Return a PDF of about `size` bytes: pages of 100 kB that nothing can pack, as scans are."""
    made = BytesIO()
    with pikepdf.new() as whole:
        for _ in range(max(1, size // 100_000)):
            page = whole.add_blank_page()
            picture = whole.make_stream(secrets.token_bytes(100_000))
            page.obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Picture=picture))
        whole.save(made)
    return made.getvalue()


def _twice(work: Callable[[], object]) -> None:
    with ThreadPoolExecutor(2) as pool:
        for done in [pool.submit(work), pool.submit(work)]:
            done.result()


def _read(form: bytes) -> None:
    """Go through all cells as openpyxl's fast way does."""
    book = load_workbook(BytesIO(form), read_only=True)
    for sheet in book:
        for _ in sheet.iter_rows(values_only=True):
            pass
    book.close()


def _clean(answer: Answer) -> None:
    if answer.a1 is None or answer.a1.faults or answer.a1.not_run or has_errors(answer.a1):
        raise AssertionError("The form was not checked whole, or is not clean.")


def _beside_pages(root: Path, scale: Scale) -> list[Figure]:
    """The task list of one agency while hostile files of another are checked, and what the server grows by."""
    usual: list[float] = []
    during: list[float] = []
    grown: list[float] = []
    extension, make = HOSTILE["nested archives" if scale.judged else "entities of entities"]
    bomb = make()
    heavy = bomb_in(docx({"word/media/scan.bin": secrets.token_bytes(scale.heavy)}), "word/document.xml")
    with place(root, scale) as portal, case(portal) as sender, case(portal) as other, processes() as client:
        server, page = portal.serve(), f"/inspections/{other.inspection}/"
        browser = other.browser(other.leader)

        def latency() -> float:
            return 1000 * median(client.submit(load, browser, page, 1, scale.seconds / 2).result())

        _send(sender, "warm.docx", docx({"word/media/scan.bin": secrets.token_bytes(scale.heavy)}))
        _until_checked(sender)
        for number in range(scale.rounds):
            usual.append(latency())
            for twin in "ab":
                _send(sender, f"{number}{twin}.{extension}", bomb)
            during.append(latency())
            if scale.judged and not _waiting(sender):
                raise AssertionError("The hostile files were checked before the pages were measured.")
            _until_checked(sender)
            with peak(server.pid, grown):
                _send(sender, f"{number}-heavy.docx", heavy)
                _until_checked(sender)
    most = len(heavy) / 1024 / 1024
    return [
        Figure("task list of another agency", "ms", tuple(usual)),
        Figure("the same while two hostile files are checked", "ms", tuple(during)),
        Figure("the same, to usual", "", ratios(during, usual), at_most=2, judged=scale.judged),
        Figure(f"the most that the server grows by while {most:.0f} MiB that unpack to 400 MB are received and checked",
               "MiB", (max(grown),), at_most=round(most, 1), judged=scale.judged),
    ]  # fmt: skip


def _send(made: Scene, name: str, data: bytes) -> None:
    answer = made.browser(made.leader).put(
        str(made.inspection), "commissioned-services", "file", name, iter([data]), len(data), {}
    )
    if answer.status != 201:
        raise AssertionError(f"{name} was answered with {answer.status}: {answer.text[:500]}")


def _until_checked(made: Scene) -> None:
    """Wait until the server has an answer, or has failed, for everything that it received."""
    for _ in range(SECONDS * 20):
        if not _waiting(made):
            return
        sleep(0.05)
    raise AssertionError("The server did not check what it received.")


def _waiting(made: Scene) -> int:
    fresh = select(func.count()).where(DocumentCheck.state == CheckState.waiting, DocumentCheck.attempts == 0)
    with reading(made.deps.engine) as session:
        return session.scalar(fresh) or 0
