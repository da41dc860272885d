"""The A1 form's own pages: what it asks for, and a check of a form that is sent nowhere and kept nowhere."""

import csv
import io
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import date
from uuid import uuid4

import pytest
from flask import current_app
from openpyxl import load_workbook

from portal.domain.a1.faults import plant
from portal.domain.a1.recipe import Recipe
from portal.domain.a1.sample import make_sample
from portal.domain.errors import Interrupted
from portal.domain.policy import MIB
from portal.formats.a1_csv import csv_files
from portal.formats.a1_workbook import workbook
from portal.services.registers import add_member
from portal.web.held import in_time
from portal.web.turns import Aside
from portal.wiring import make_checker
from schemas.a1 import load_a1
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import Answer
from tests.web.a1_routes import A1_CHECK, a1_body, check_a1
from tests.web.clients import BOUNDARY, Visit, make_app, sign_in, words
from tests.web.routes import Place, make_place
from tests.web.test_safe_methods import everything, trail
from tests.world import World

FORM = load_a1("illustrative-2023")
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"
NAME = "Emma-canary.xlsx"
CANARY = "a-canary-of-the-a1-form"
BOOK = {"workbook": (NAME, b"PK\x03\x04" + CANARY.encode())}


def made(*faults: str) -> bytes:
    """Return a made-up workbook of 14 rows a sheet."""
    recipe = Recipe(FORM, 14, 3, raa_code="agency-a")
    return workbook(FORM, plant(make_sample(recipe), recipe, faults))


@pytest.fixture
def leader(world: World) -> Visit:
    """The leader of agency A, signed in; what looks into files is a stand-in."""
    app = make_app(world.deps)
    return Visit(app, sign_in(app, world.deps, world.leader.id))


def test_the_guidance_page_is_for_anyone(world: World) -> None:
    """Whoever comes reads what each column asks for and each rule, and gets the templates; it says illustrative."""
    app = make_app(world.deps)
    stranger = Visit(app, app.test_client())
    page = stranger.get("/a1-form")
    said = words(page)
    for sheet in FORM.sheets:
        for column in sheet.columns:
            assert f'id="{sheet.slot}-{column.name}"' in page.text
    for phrase in ("This form is illustrative", "Gypsy or Roma", "If the child is matched or placed"):
        assert phrase in said
    assert 'href="/a1-form/rules"' in page.text
    assert "R04" in words(stranger.get("/a1-form/rules"))
    assert A1_CHECK not in page.text
    assert "Children" in load_workbook(io.BytesIO(stranger.get("/a1-form/template.xlsx").data)).sheetnames
    file = stranger.get("/a1-form/support.csv")
    assert (b"\xef\xbb\xbfsupport_id,", "attachment") == (
        file.data[:14],
        file.headers["Content-Disposition"].partition(";")[0],
    )
    assert 404 == stranger.get("/a1-form/cover.csv").status_code
    assert 'href="/a1-form"' in stranger.get("/help").text
    assert A1_CHECK in Visit(app, sign_in(app, world.deps, world.dpo.id)).get("/a1-form").text
    leader = Visit(app, sign_in(app, world.deps, world.leader.id))
    hrefs = [leader.get(f"/inspections/{world.a.inspection}/items/{item}").text for item in ("a1-form", "link-staff")]
    assert [True, False] == ['href="/a1-form/check"' in page for page in hrefs]


def test_a_form_is_checked_by_the_rules(world: World) -> None:
    """A workbook goes through the checker itself, against the inspection that was chosen, and each fault is shown."""
    deps = replace(world.deps, checker=make_checker())
    add_member(deps, world.administrator.actor, "agency-a", "Northmoor", date(2018, 4, 1))
    app = make_app(deps)
    leader = Visit(app, sign_in(app, deps, world.leader.id))
    asked = leader.get(A1_CHECK).text
    assert f'value="{world.a.inspection}" checked' in asked
    assert str(world.b.inspection) not in asked
    book = {"workbook": ("Form.XLSX", made("F02", "D01"))}
    page = check_a1(leader, book, inspection=str(world.a.inspection))
    said = words(page)
    assert 200 == page.status_code
    for phrase in (
        "3 errors",
        "Children, column E (ethnicity)",
        "Children!E2: X",
        "WBRI: White British",
        "Support!A3: also in row 2",
    ):
        assert phrase in said
    assert "nothing of the form was kept" in said
    recipe = Recipe(FORM, 14, 3)
    trio = csv_files(FORM, plant(make_sample(recipe), recipe, ("R08",)))
    tables = {name.removesuffix(".csv"): (name, data) for name, data in trio.items()}
    file = check_a1(leader, tables, answer="csv")
    lines = list(csv.reader(io.StringIO(file.data.decode("utf-8-sig"), newline="")))
    assert ["Error", "R08", "Children"] == lines[1][:3]


def test_what_it_is_asked_against(world: World, leader: Visit) -> None:
    """An inspection gives its agency and period; anyone else's is not there; without one nothing of it is asked."""
    asked = world.fakes.checker.asked
    assert 200 == check_a1(leader, BOOK, inspection=str(world.a.inspection)).status_code
    assert ("agency-a", ("2022-10-01", "2023-09-30")) == (asked[-1].a1.raa_code, asked[-1].a1.period)  # type: ignore[union-attr]
    assert 200 == check_a1(leader, BOOK).status_code
    assert ("", {}, "2023-10-09") == (asked[-1].a1.raa_code, asked[-1].a1.authorities, asked[-1].a1.today)  # type: ignore[union-attr]
    count = len(asked)
    assert 404 == check_a1(leader, BOOK, inspection=str(world.b.inspection)).status_code
    assert 422 == check_a1(leader, BOOK, inspection="").status_code
    assert count == len(asked)


@pytest.fixture
def place(world: World) -> Place:
    """A world in which all was sent and declared."""
    return make_place(world)


def test_nothing_of_a_checked_form_is_kept(
    place: Place, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tables, store, keys, mails and trail are as they were, and no file was made, whatever the check found."""
    problem = Problem("F02", "ERROR", "Children", "sex", "D", 1, (Cell(2, CANARY),))
    place.world.fakes.checker.answer = Answer("xlsx", a1=A1Result(FORM.version, True, {"Children": 1}, (problem,)))
    leader = place.visit("leader")
    before, told, scratch = everything(place), trail(place), tmp_path_factory.mktemp("scratch")
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    for answer in ("page", "xlsx", "csv"):
        page = check_a1(leader, BOOK, inspection=str(place.inspection), answer=answer)
        assert 200 == page.status_code
        assert answer == "xlsx" or CANARY in page.text
    place.world.fakes.checker.failure = "died"
    assert 503 == check_a1(leader, BOOK).status_code
    assert (before, told) == (everything(place), trail(place))
    assert [] == [path for path in scratch.rglob("*") if path.is_file()]


def wrong(leader: Visit) -> Iterator[tuple[int, str, object]]:
    """Yield what is refused: the status, the sentence, and the answer."""
    files = {"children": ("children.csv", b"a"), "adopters": ("adopters.csv", b"a")}
    yield 422, "Choose the workbook, or all three CSV files", check_a1(leader, {})
    yield 422, "Choose the workbook, or all three CSV files", check_a1(leader, {"workbook": ("", b"")})
    yield 422, "Choose either a workbook or CSV files, not both", check_a1(leader, {**BOOK, **files})
    yield 422, "Choose a CSV file for Children too", check_a1(leader, {"support": ("support.csv", b"a")})
    yield 422, "Choose a CSV file for Support too", check_a1(leader, files)
    yield 422, "must be a CSV file", check_a1(leader, {**files, "support": ("support.xlsx", b"a")})
    yield 422, "must be an Excel workbook", check_a1(leader, {"workbook": ("form.pdf", b"%PDF")})
    yield 422, "The selected file is empty", check_a1(leader, {"workbook": ("form.xlsx", b"")})
    yield 422, "Select whose form it is", check_a1(leader, BOOK, inspection="x")
    yield 413, "must be smaller than 10MB", check_a1(leader, {"workbook": ("form.xlsx", bytes(10 * MIB + 1))})
    yield 413, "must be smaller than 10MB", check_a1(leader, {"workbook": ("form.xlsx", bytes(11 * MIB))})
    said, length = a1_body(leader, BOOK), {"CONTENT_LENGTH": str(11 * MIB)}
    told = leader.client.post(A1_CHECK, data=said, content_type=MULTIPART, environ_overrides=length)
    yield 413, "must be smaller than 10MB", told  # before a byte of it is held
    cut = a1_body(leader, BOOK)[:-20]
    yield 422, "before the whole file had arrived", leader.client.post(A1_CHECK, data=cut, content_type=MULTIPART)
    yield 415, "", leader.client.post(A1_CHECK, data=b"{}", content_type="application/json")
    yield 400, "did not ask for", check_a1(leader, {**BOOK, "other": ("form.xlsx", b"x")})
    yield 400, "did not ask for", check_a1(leader, BOOK, other="x")
    yield 413, "One of the fields is too long", check_a1(leader, BOOK, inspection="x" * 9_000)
    body = a1_body(leader, BOOK)
    yield 400, "", leader.client.post(A1_CHECK, data=body.replace(b"csrf_token", b"csrf_tokem"), content_type=MULTIPART)
    first = body[body.index(b'name="workbook"') - 80 :]
    start = first[first.index(b"--" + BOUNDARY.encode()) :]
    yield 400, "", leader.client.post(A1_CHECK, data=start, content_type=MULTIPART)
    yield 400, "", leader.client.post(A1_CHECK, data=body.replace(b"\r\n", b"\n"), content_type=MULTIPART)


def test_what_is_refused(world: World, leader: Visit) -> None:
    """Whatever is wrong with what was sent is said in a sentence with its status, and nothing reaches the checker."""
    answers = [(status, said, page) for status, said, page in wrong(leader)]
    assert [status for status, _, _ in answers] == [page.status_code for _, _, page in answers]  # type: ignore[attr-defined]
    assert [] == [said for _, said, page in answers if said not in words(page)]  # type: ignore[arg-type]
    assert [] == world.fakes.checker.asked


def test_a_checker_that_gives_no_answer(world: World, leader: Visit) -> None:
    """A crash, a time-out or a full house is a sentence and 503, and the choice that was made is kept."""
    world.fakes.checker.failure = "time-out"
    page = check_a1(leader, BOOK, inspection=str(world.a.inspection))
    assert 503 == page.status_code
    assert "We could not check the form just now. Nothing of it was kept." in words(page)
    assert f'value="{world.a.inspection}" checked' in page.text


def test_one_form_is_looked_at_at_a_time(world: World, leader: Visit) -> None:
    """Whoever checks forms without sending them leaves a turn to those who send: the next waits, and not for ever."""
    leader.app.extensions["portal.aside"] = aside = Aside(patience=0)
    with aside.take():
        page = check_a1(leader, BOOK)
    assert 503 == page.status_code
    assert "We could not check the form just now. Nothing of it was kept." in words(page)
    assert [] == world.fakes.checker.asked
    assert [200, 200] == [check_a1(leader, BOOK).status_code for _ in range(2)]


def test_a_person_checks_one_form_at_a_time(world: World, leader: Visit) -> None:
    """While one form of somebody is held, their next one waits for it (429), and a full house is 503."""
    with leader.app.app_context():
        turns = current_app.extensions["portal.unsent"]
    with turns.take(world.leader.id):
        assert 429 == check_a1(leader, BOOK).status_code
        with ExitStack() as others:
            for _ in range(7):
                others.enter_context(turns.take(uuid4()))
            other = Visit(leader.app, sign_in(leader.app, world.deps, world.contributor.id))
            assert 503 == check_a1(other, BOOK).status_code
    assert 200 == check_a1(leader, BOOK).status_code


def test_a_slow_sender_keeps_no_place() -> None:
    """Whoever takes longer than two minutes is told to send the form, for which there is time."""
    now = [0.0]

    def slow() -> Iterator[bytes]:
        for now[0] in (0.0, 119.0, 121.0):
            yield b"x"

    came = in_time(slow(), lambda: now[0])
    assert [b"x", b"x"] == [next(came), next(came)]
    with pytest.raises(Interrupted, match="two minutes"):
        next(came)
