"""The checker survives files made to harm it: an answer or none within its limits, and nobody else notices."""

import socket
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from io import BytesIO
from pathlib import Path
from time import monotonic

import pytest
import xlsxwriter

from portal.adapters.checker import ProcessChecker
from portal.domain.checker import limits_for
from portal.ports.checking import Body, CheckFailed
from portal.services.check_unsent import general_ask
from schemas.checking import LONGEST_ANSWER, A1Ask, Answer, Ask
from tests.checking.hostile import HOSTILE, outside, pdf
from tests.checking.made import docx, xlsx
from tests.checking.remains import nothing_remains

MORE = LONGEST_ANSWER
"""What this process may grow by beside the document."""


@contextmanager
def unharmed(size: int) -> Iterator[None]:
    """During the block this process grows by little, its time is within the limit, and nothing remains after it."""
    Path("/proc/self/clear_refs").write_text("5")  # lets the kernel forget the peak so far
    before, began = resident("VmRSS"), monotonic()
    with nothing_remains():
        yield
    assert limits_for(size).clock + 10 > monotonic() - began
    assert MORE + size > resident("VmHWM") - before


def resident(name: str) -> int:
    """Return a line of this process's status, in bytes."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(f"{name}:"))


def ask(data: bytes, extension: str, a1: A1Ask | None = None) -> tuple[Ask, list[Body]]:
    """Return what to ask about a file, and the file in pieces."""
    pieces = Body(len(data), lambda: (data[at : at + 100_000] for at in range(0, len(data), 100_000)))
    return Ask(extension, (extension,), (len(data),), a1), [pieces]


def check(data: bytes, extension: str, a1: A1Ask | None = None) -> Answer:
    """Return what the process says of a file."""
    return ProcessChecker().check(*ask(data, extension, a1))


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_harm_nobody(name: str) -> None:
    """Each has an answer within its limits; this process does not grow, and no other is left."""
    extension, make = HOSTILE[name]
    data = make()
    with unharmed(len(data)):
        answer = check(data, extension)

    assert answer.findings or name in UNNOTICED


AS_A_FORM = ("cells far apart", "a sheet of 400 MB", "shared strings of 400 MB", "entities of entities in a sheet")


@pytest.mark.parametrize("name", AS_A_FORM)
def test_hostile_forms_harm_nobody(name: str) -> None:
    """What is sent as the A1 form is read cell by cell, and has an answer within its limits too."""
    data = HOSTILE[name][1]()
    with unharmed(len(data)):
        answer = check(data, "xlsx", general_ask("illustrative-2023", date(2023, 5, 1)))

    assert answer.a1 is not None
    assert not answer.a1.complete


UNNOTICED = {
    "elements in elements",
    "cells far apart",
    "a page of 400 MB",
    "a giant picture inside",
}
"""Those at which nothing is found, since nothing in a look follows them that far."""


@pytest.mark.soak
@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_are_taken_apart_within_limits(name: str) -> None:
    """Handing out what is inside ends too, and is bounded."""
    extension, make = HOSTILE[name]
    data = make()
    with unharmed(len(data)):
        try:
            sizes = [sum(map(len, each.pieces())) for each in ProcessChecker().extract(*ask(data, extension))]
        except CheckFailed:
            sizes = []
    assert all(sizes)


def test_nothing_outside_is_fetched() -> None:
    """Entities, document types, templates, links and pictures that are elsewhere: a listener sees no connection."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        listener.settimeout(0.2)
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        head, entities = outside(listener.getsockname()[1]), "&a;&b;"
        template = (
            f'<Relationships><Relationship Id="r" Type="t/attachedTemplate" Target="{url}/t" TargetMode="External"/>'
        )
        parts: Mapping[str, bytes] = {"word/_rels/settings.xml.rels": f"{template}</Relationships>".encode()}
        link = b"<< /Type /Action /S /URI /URI (%s/p) /F (%s/f) >>" % (url.encode(), url.encode())
        files = {
            "docx": docx(parts, head=head, text=entities),
            "xlsx": xlsx({"xl/workbook.xml": f"<?xml version='1.0'?>{head}<workbook>{entities}</workbook>".encode()}),
            "pdf": pdf([link + b"\n"]).replace(b"/Parent 2 0 R", b"/Parent 2 0 R /AA << /O 4 0 R >>"),
        }
        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(check, files.values(), files))
        with pytest.raises(TimeoutError):
            listener.accept()

    assert [{"xml-entities", "external-template"}, {"xml-entities"}] == [
        {found.code for found in answer.findings} for answer in answers[:2]
    ]


def workbook() -> bytes:
    """Return a real workbook, as XlsxWriter makes it."""
    made = BytesIO()
    with xlsxwriter.Workbook(made, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Children")
        for row in range(300):
            sheet.write_row(row, 0, [f"AB{row:06d}", "2022-01-31", row])
    return made.getvalue()


def test_files_cut_short_anywhere_have_an_answer() -> None:
    """A workbook that ends at any twentieth of its length is answered, and none of the cuts passes for the whole."""
    data = workbook()
    with unharmed(len(data) * 21), ThreadPoolExecutor(2) as pool:
        cuts = [data[: len(data) * twentieth // 20] for twentieth in range(21)]
        answers = list(pool.map(check, cuts, ["xlsx"] * len(cuts)))

    assert ("xlsx", ()) == (answers[-1].kind, answers[-1].findings)
    assert [] == [len(cut) for cut, answer in zip(cuts[1:-1], answers[1:-1], strict=True) if not answer.findings]
