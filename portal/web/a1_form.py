"""The A1 form for whoever fills it in: what it asks for, the templates, and a check of it without sending.

Nothing that is checked here is kept: the body stays in memory, and no row, file or entry in the trail is made of it.
"""

from collections.abc import Mapping
from functools import lru_cache
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for

from portal.domain.a1.findings import rules_by_group
from portal.domain.a1.guide import guide
from portal.domain.errors import Interrupted, NotFound
from portal.domain.policy import MIB
from portal.formats.a1_csv import CSV, csv_templates
from portal.formats.a1_findings import FILES
from portal.formats.a1_workbook import XLSX, template
from portal.ports.checking import CheckFailed
from portal.services.a1_findings import findings_view
from portal.services.check_unsent import Unsent, agencies_to_choose, check_unsent
from portal.web.access import PUBLIC, SIGNED_IN, Rule, access, actor, deps, visitor
from portal.web.bodies import declared_length
from portal.web.downloads import disposition
from portal.web.errors import Unacceptable
from portal.web.forms import UNEXPECTED
from portal.web.headers import DOWNLOAD_POLICY
from portal.web.held import HeldFile, HeldForm, read_held_form
from portal.web.serving import PATIENCE
from portal.web.templating import say_size
from portal.web.turns import Aside, Turns
from portal.web.uploads import OVERHEAD
from schemas.a1 import Definition, load_a1
from schemas.checking import Answer
from schemas.texts import Catalogue, say

a1_form = Blueprint("a1_form", __name__, url_prefix="/a1-form")
Page = str | tuple[str, int] | Response
WORKBOOK = "workbook"
GENERAL = "none"
_FIELDS = {"csrf_token", "inspection", "answer"}
_AGAIN = say("We could not check the form just now. Nothing of it was kept. Try again in a minute.")
_BOTH = say("Choose either a workbook or CSV files, not both")
_NOTHING = say("Choose the workbook, or all three CSV files")
_NO_WORKBOOK = say("The workbook must be an Excel workbook, with a name that ends in .xlsx")
_NO_CSV = say("The file must be a CSV file, with a name that ends in .csv")
_EMPTY = say("The selected file is empty")
_WHOSE = say("Select whose form it is")


@a1_form.get("")
@access(PUBLIC)
def guidance() -> str:
    """Say what the form asks for, sheet by sheet, and how it is checked."""
    definition = _definition()
    found = visitor()
    return render_template(
        "a1/guidance.html",
        form=guide(definition),
        rules_href=url_for(".rules"),
        template_href=url_for(".template_file"),
        csv_hrefs=[(url_for(".csv_template", slot=sheet.slot), sheet.title) for sheet in definition.sheets],
        check_href=url_for(".check") if found else None,
        back={"href": url_for("pages.home"), "text": say("Back to your start page")}
        if found
        else {"href": url_for("pages.help"), "text": say("Back to help")},
    )


@a1_form.get("/rules")
@access(PUBLIC)
def rules() -> str:
    """Say by which rules a form is checked, and how to put right what they find."""
    definition = _definition()
    return render_template(
        "a1/rules.html",
        title=definition.title,
        rules=rules_by_group(definition),
        back={"href": url_for(".guidance"), "text": say("Back to the A1 form")},
    )


@a1_form.get("/template.xlsx")
@access(PUBLIC)
def template_file() -> Response:
    """Give the workbook to fill in."""
    return _file(_template(deps().policy.a1_definition, deps().catalogue), "a1-form.xlsx", XLSX)


@lru_cache(maxsize=2)
def _template(version: str, catalogue: Catalogue) -> bytes:
    """Return the workbook, made once: anybody may ask for it, and making it takes a while."""
    return template(load_a1(version), catalogue.of)


@a1_form.get("/<slot>.csv")
@access(PUBLIC)
def csv_template(slot: str) -> Response:
    """Give the CSV file to fill in for one sheet."""
    name = f"{slot}.csv"
    files = csv_templates(_definition())
    if name not in files:
        raise NotFound("The form has no such sheet.")
    return _file(files[name], name, CSV)


@a1_form.get("/check")
@access(SIGNED_IN)
def check() -> str:
    """Ask for a form to look at."""
    return _page({}, _suggested())


@a1_form.post("/check")
@access(Rule(streams=True))
def check_now() -> Page:
    """Look at a form that is in memory, and answer with what was found as a page or as a file."""
    request.environ[PATIENCE] = True
    length, most = declared_length(), _definition().limits.zipped_mb * MIB
    if length is None:
        raise Unacceptable(411)
    if length > most + OVERHEAD:
        return _page({WORKBOOK: _too_large(most)}, _suggested()), 413
    with _turns().take(actor().person):
        try:
            form = read_held_form()
        except Interrupted as cut:
            return _page({WORKBOOK: str(cut)}, _suggested()), 422
        if not (form.fields.keys() <= _FIELDS and form.files.keys() <= _file_fields()):
            raise Unacceptable(400, UNEXPECTED)
        chosen = form.fields.get("inspection", "")
        unsent, errors = _read(form)
        if sum(len(file.data) for file in form.files.values()) > most:
            return _page({WORKBOOK: _too_large(most)}, chosen), 413
        inspection, wrong = _whose(chosen)
        if errors or wrong:
            return _page({**wrong, **errors}, chosen), 422
        try:
            with _aside().take():
                answer = check_unsent(deps(), actor(), unsent, inspection)
        except CheckFailed:
            return _page({WORKBOOK: _AGAIN}, chosen), 503
    return _answer(answer, form.fields.get("answer", ""), chosen)


def _answer(answer: Answer, kind: str, chosen: str) -> Page:
    """Show what was found, or give it as a file: it is made of this one check, and was kept nowhere."""
    definition = _definition()
    if kind not in FILES:
        return _page({}, chosen, findings_view(answer, definition))
    make, mimetype = FILES[kind]
    return _file(make(answer, definition, deps().catalogue.of), f"a1-form-findings.{kind}", mimetype)


def _page(errors: Mapping[str, str], chosen: str, found: Mapping[str, object] | None = None) -> str:
    definition = _definition()
    return render_template(
        "a1/check.html",
        errors=dict(errors),
        found=found,
        sheets=[{"slot": sheet.slot, "title": sheet.title} for sheet in definition.sheets],
        agencies=agencies_to_choose(deps(), actor()),
        chosen=chosen,
        general=GENERAL,
        most_words=say_size(definition.limits.zipped_mb * MIB),
        illustrative=definition.illustrative,
        action=url_for(".check_now"),
        guidance_href=url_for(".guidance"),
        rules_href=url_for(".rules"),
        home_href=url_for("pages.home"),
        back={"href": url_for(".guidance"), "text": say("Back to the A1 form")},
    )


def _suggested() -> str:
    """Return the one inspection of whoever has one, to be chosen already."""
    mine = agencies_to_choose(deps(), actor())
    return str(mine[0]["id"]) if len(mine) == 1 else ("" if mine else GENERAL)


def _whose(chosen: str) -> tuple[UUID | None, dict[str, str]]:
    """Return the inspection that was chosen, None for none in particular, and what is wrong with the choice."""
    if chosen == GENERAL:
        return None, {}
    try:
        return UUID(chosen), {}
    except ValueError:
        return None, {"inspection": _WHOSE}


def _read(form: HeldForm) -> tuple[Unsent, dict[str, str]]:
    """Return the form that was chosen, and an error for each field that is not as it should be."""
    sheets = _definition().sheets
    workbook = form.files.get(WORKBOOK)
    tables = {sheet.code: form.files[sheet.slot] for sheet in sheets if sheet.slot in form.files}
    if workbook is not None and tables:
        return Unsent(()), {WORKBOOK: _BOTH}
    if workbook is not None:
        wrong = _wrong(workbook, ".xlsx", _NO_WORKBOOK)
        return Unsent((workbook.data,)), {WORKBOOK: wrong} if wrong else {}
    if not tables:
        return Unsent(()), {WORKBOOK: _NOTHING}
    errors: dict[str, str] = {
        sheet.slot: say("Choose a CSV file for {sheet} too", sheet=sheet.title)
        for sheet in sheets
        if sheet.code not in tables
    }
    for sheet in sheets:
        wrong = _wrong(tables[sheet.code], ".csv", _NO_CSV) if sheet.code in tables else ""
        errors |= {sheet.slot: wrong} if wrong else {}
    return Unsent(tuple(file.data for file in tables.values()), tuple(tables)), errors


def _wrong(file: HeldFile, ending: str, words: str) -> str:
    if not file.name.lower().endswith(ending):
        return words
    return "" if file.data else _EMPTY


def _file_fields() -> set[str]:
    return {WORKBOOK, *(sheet.slot for sheet in _definition().sheets)}


def _too_large(most: int) -> str:
    return say("The form must be smaller than {limit}. Nothing of it was kept.", limit=say_size(most))


def _definition() -> Definition:
    return load_a1(deps().policy.a1_definition)


def _turns() -> Turns:
    turns: Turns = current_app.extensions["portal.unsent"]
    return turns


def _aside() -> Aside:
    aside: Aside = current_app.extensions["portal.aside"]
    return aside


def _file(data: bytes, name: str, mimetype: str) -> Response:
    """Return a file that holds nothing about anybody, or what its reader has just sent."""
    response = Response(data, mimetype=mimetype)
    response.headers["Content-Disposition"] = disposition(name)
    response.headers["Content-Security-Policy"] = DOWNLOAD_POLICY
    return response
