"""An A1 form with the case numbers of a real agency goes through the whole house, and comes out as it went in."""

import io
import random
import string
import zipfile
from dataclasses import replace

from portal.adapters.checker import ProcessChecker
from portal.db.checks import DocumentCheck
from portal.db.engine import writing
from portal.db.tables import Agency
from portal.domain.a1.recipe import Recipe
from portal.domain.a1.sample import make_sample
from portal.domain.checks import CheckState
from portal.formats.a1_workbook import workbook
from portal.services.check import check_document
from portal.services.hand_over import make_bundle
from portal.vault.checks import open_answer
from portal.vault.records import inspection_key
from schemas.a1 import load_a1
from schemas.a1_result import A1Result
from tests.services.looks import inspection_row, rows
from tests.world import World, upload

FORM = load_a1("illustrative-2023")


def a_form() -> bytes:
    """Return a workbook of 601 children: 600 have random numbers of six characters, the last one LEEDS-0012."""
    form, draw = make_sample(Recipe(FORM, 601, seed=6, raa_code="agency-a")), random.Random(6)
    children = form.tables["Children"].rows
    ids = {str(row["child_id"]): "".join(draw.choices(string.ascii_uppercase + string.digits, k=6)) for row in children}
    ids[str(children[-1]["child_id"])] = "LEEDS-0012"
    assert 601 == len(set(ids.values()))
    for name, column in (("Children", "child_id"), ("Support", "person_id")):
        for row in form.tables[name].rows:
            row[column] = ids.get(str(row[column]), row[column])
    return workbook(FORM, form)


def test_case_numbers_of_an_agency_cost_nothing(world: World) -> None:
    """The form is received, at most flagged, and byte for byte the same in the bundle; the agency's word clears it."""
    deps, data = replace(world.deps, checker=ProcessChecker()), a_form()

    def send(replaces: str = "") -> tuple[str, A1Result]:
        sent = upload(deps, world.leader.actor, world.a.inspection, "a1-form", "workbook", data, replaces=replaces)
        assert check_document(deps, sent.document) in (CheckState.clear, CheckState.flagged)
        [row] = rows(deps, DocumentCheck, DocumentCheck.document_id == sent.document)
        answer = open_answer(inspection_key(deps, inspection_row(deps, world.a.inspection)), row)
        assert answer is not None
        assert answer.a1 is not None
        return str(sent.document), answer.a1

    document, stopped = send()
    assert [("P04", "child_id", "L****")] == [
        (each.code, each.column, each.cells[0].value)
        for each in stopped.problems
        if each.severity == "STOP" and each.sheet == "Children"
    ]
    _bag, stream = make_bundle(deps, world.lead_inspector.actor, world.a.inspection)
    with zipfile.ZipFile(io.BytesIO(b"".join(stream))) as archive:
        [name] = [each for each in archive.namelist() if "/data/" in each]
        assert data == archive.read(name)
    assert ["flagged"] == [each.state for each in rows(deps, DocumentCheck)]

    with writing(deps.engine) as session:
        session.query(Agency).filter_by(code="agency-a").one().id_words = "LEEDS"
    _again, whole = send(document)
    assert (True, 601) == (whole.complete, whole.rows["Children"])
    assert not whole.count("STOP") + whole.count("ERROR")
