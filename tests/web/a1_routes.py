"""Routes of the A1 form's own pages: addresses, requests, and what each role gets."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from werkzeug.test import TestResponse

from portal.db.checks import DocumentCheck
from portal.db.engine import writing
from portal.db.tables import Document, Inspection
from portal.domain.a1.rules import RULES
from portal.domain.checks import CheckState
from portal.vault.checks import open_answer, seal_answer
from portal.vault.records import inspection_key
from schemas.a1 import load_a1
from schemas.a1_glance import Glance
from schemas.a1_result import A1Result, Cell, Problem
from schemas.checking import Answer
from tests.web.clients import BOUNDARY, Visit, token
from tests.world import World

A1_CHECK = "/a1-form/check"
_FORM = load_a1("illustrative-2023")
_COLUMNS = [column for sheet in _FORM.sheets for column in sheet.columns]
A1_DATA = frozenset(
    {
        *(sheet.code for sheet in _FORM.sheets),
        *(column.name for column in _COLUMNS),
        *(code for column in _COLUMNS for code in column.codes),
        *(cell.cell for cell in _FORM.cover),
        *RULES,
        _FORM.template_id,
        ".xlsx",
    }
)
"""What stays as it is in any language: names of sheets, columns, cells and endings, and codes of values and rules."""
WRONG = A1Result(
    definition="illustrative-2023",
    complete=True,
    rows={"Children": 40},
    problems=(Problem("F03", "ERROR", "Children", "placed_date", "Q", 1, (Cell(17, "31/02/2023", "C-17"),)),),
)
COUNTED = Glance("illustrative-2023", {"Children": {"301": 40}}, {"PLACED": 40}, ())


def a1_body(visit: Visit, files: dict[str, tuple[str, bytes]], **fields: str) -> bytes:
    """Return the body of the form that checks: the token, the fields, then the files by field, each name and bytes."""
    parts = [
        b'--%s\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
        % (BOUNDARY.encode(), name.encode(), value.encode())
        for name, value in {"csrf_token": token(visit.app), "inspection": "none", **fields}.items()
    ]
    parts += [
        b'--%s\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n'
        % (BOUNDARY.encode(), field.encode(), name.encode(), data)
        for field, (name, data) in files.items()
    ]
    return b"".join(parts) + b"--%s--\r\n" % BOUNDARY.encode()


def check_a1(visit: Visit, files: dict[str, tuple[str, bytes]], **fields: str) -> TestResponse:
    """Send a form to be checked."""
    data = a1_body(visit, files, **fields)
    return visit.client.post(A1_CHECK, data=data, content_type=f"multipart/form-data; boundary={BOUNDARY}")


def checked_form(world: World) -> UUID:
    """Return the A1 form of inspection A, checked: it has an error to explain, and was counted.

    What was found is laid down, whatever looks into files here: what is sent in these worlds is no workbook.
    """
    answer = Answer(kind="xlsx", a1=WRONG, glance=COUNTED)
    with writing(world.deps.engine) as session:
        sent = select(Document.id).where(
            Document.inspection_id == world.a.inspection, Document.slot == "workbook", Document.state == "received"
        )
        row = session.get_one(DocumentCheck, session.scalars(sent).one())
        key = inspection_key(world.deps, session.get_one(Inspection, row.inspection_id))
        if open_answer(key, row) != answer:
            row.sealed_result = seal_answer(key, row.inspection_id, row.document_id, answer)
            row.state, row.checked_at, row.next_try_at = CheckState.flagged, world.deps.clock.now(), None
        return row.document_id


A1_PATHS = {
    "a1_findings.look": "{i}/documents/{p.form}/findings",
    "a1_findings.file": "{i}/documents/{p.form}/findings/findings.csv",
    "a1_glance.page": "{t}/a1-form/",
    "a1_glance.file": "/team/inspections/{p.counted}/a1-form/glance.csv",
    "a1_form.guidance": "/a1-form",
    "a1_form.rules": "/a1-form/rules",
    "a1_form.template_file": "/a1-form/template.xlsx",
    "a1_form.csv_template": "/a1-form/children.csv",
    "a1_form.check": A1_CHECK,
}
A1_CHANGES: dict[str, Any] = {
    "a1_findings.explain": lambda place, visit: visit.post(
        place.path("{i}/documents/{p.form}/findings"), reason="The date is not known."
    ),
    "a1_form.check_now": lambda _place, visit: check_a1(visit, {"workbook": ("form.xlsx", b"PK\x03\x04")}),
}
A1_EXPECTED = {
    "a1_findings.look": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "a1_findings.file": (303, 200, 200, 404, 200, 200, 200, 403, 403),
    "a1_findings.explain": (401, 303, 303, 404, 403, 403, 403, 403, 403),
    "a1_glance.page": (303, 403, 403, 404, 200, 200, 200, 403, 403),
    "a1_glance.file": (303, 403, 403, 404, 200, 200, 200, 403, 403),
    "a1_form.guidance": (200,) * 9,
    "a1_form.rules": (200,) * 9,
    "a1_form.template_file": (200,) * 9,
    "a1_form.csv_template": (200,) * 9,
    "a1_form.check": (303, *(200,) * 8),
    "a1_form.check_now": (401, *(200,) * 8),
}
"""In the order of `tests.web.routes.ROLES`."""
