"""Retention, for the data protection officer: publication, what is due, disposal, the clock."""

from collections.abc import Mapping
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import ClockSuspect, Conflict, Refused
from portal.domain.proposals import TakesTwo
from portal.domain.registers import check_confirmation
from portal.domain.roles import Permission
from portal.domain.times import say_date, say_moment
from portal.services.deliver import deliver
from portal.services.dispose import begin_one, dispose
from portal.services.heartbeat import confirm_clock
from portal.services.programmes import programme_page
from portal.services.propose import propose_publication
from portal.services.publish import publish
from portal.services.retention import Standing, disposable, due_page, list_alarms
from portal.services.trail import checkpoint
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.forms import read_form
from portal.web.paging import day_fields, day_typed, page_asked, paging
from schemas.retention import ConfirmClock, Dispose, Publish
from schemas.texts import say

retention = Blueprint("retention", __name__, url_prefix="/stewards")
Page = str | tuple[str, int] | AnyResponse
KEEPERS = stewards_who_may(Permission.manage_retention)
_DONE = {
    "published": say("The publication date is saved. Nothing is disposed of for 14 days after an entry or a change."),
    "clock": say("The alarm is cleared."),
}


@retention.get("/retention/")
@access(KEEPERS)
def due() -> Page:
    """List what is not disposed of, and what would happen to it when."""
    found = due_page(deps(), actor(), page_asked())
    done = _DONE.get(request.args.get("done", ""))
    return render_template(
        "steward/retention.html",
        standings=[{"standing": each, **_links(each)} for each in found.rows],
        paging=paging(found),
        alarms=list_alarms(deps(), actor()),
        clock_href=url_for(".clock"),
        programmes_href=url_for("registers.programmes"),
        banner={"text": done, "success": True} if done else None,
    )


def _links(standing: Standing) -> dict[str, str | None]:
    inspection = standing.inspection
    return {
        "hold_href": None if standing.begun else url_for("holds.on_inspection", inspection=inspection),
        "dispose_href": url_for(".disposal", inspection=inspection) if standing.disposable else None,
        "early_href": url_for("proposals.early", inspection=inspection) if standing.may_go_early else None,
        "tokens_href": url_for("tokens.overview", inspection=inspection),
        "plan_href": url_for("plans.plan", inspection=inspection),
    }


@retention.get("/programmes/<code>/publication")
@access(KEEPERS)
def publication(code: str) -> Page:
    """Ask for the publication date of a programme's report."""
    row = programme_page(deps(), actor(), code).programme
    return _publication(code, day_fields(row.published_on, "published"), {})


def _publication(code: str, values: Mapping[str, str], errors: Mapping[str, str], *, asks: bool = False) -> str:
    row = programme_page(deps(), actor(), code).programme
    return render_template(
        "steward/publication.html",
        code=code,
        title=row.title,
        published_words=say_date(row.published_on) if row.published_on else None,
        retracted_words=say_date(row.retracted_on) if row.retracted_on else None,
        action=url_for(".publish_now", code=code),
        values=values,
        errors=errors,
        asks=asks,
        back={"href": url_for("registers.programme", code=code), "text": say("Back to the programme")},
    )


@retention.post("/programmes/<code>/publication")
@access(KEEPERS, confirm="publication")
def publish_now(code: str) -> Page:
    """Enter the publication date, which starts the retention clock; one that takes two people can be proposed."""
    form, errors = read_form(Publish)
    proposes = form.get("propose") == "yes"
    if not errors:
        try:
            day = day_typed(form, "published", say("publication date"))
            if proposes:
                proposal = propose_publication(deps(), actor(), code, day, form["reason"])
                return redirect(url_for("proposals.proposal", proposal=proposal, done="made"), 303)
            publish(deps(), actor(), code, day)
            return redirect(url_for(".due", done="published"), 303)
        except TakesTwo as two:
            proposes, errors = True, {"published_day": str(two)}
        except (Refused, Conflict) as refused:
            field = refused.field if isinstance(refused, Refused) and refused.field == "reason" else "published_day"
            errors = {field: str(refused)}
    return _publication(code, form, errors, asks=proposes), 422


@retention.get("/inspections/<uuid:inspection>/disposal")
@access(KEEPERS)
def disposal(inspection: UUID) -> Page:
    """Ask for the reference, typed, of an inspection that is to be disposed of."""
    return _disposal(inspection, {}, {})


def _disposal(inspection: UUID, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    standing = disposable(deps(), actor(), inspection)
    return render_template(
        "steward/dispose.html",
        standing=standing,
        action=url_for(".dispose_now", inspection=inspection),
        cancel_href=url_for(".due"),
        values=values,
        errors=errors,
        back={"href": url_for(".due"), "text": say("Back to retention")},
    )


@retention.post("/inspections/<uuid:inspection>/disposal")
@access(KEEPERS, confirm="disposal")
def dispose_now(inspection: UUID) -> Page:
    """Dispose of one inspection that is due, and lead to its certificate."""
    form, errors = read_form(Dispose)
    if not errors:
        try:
            check_confirmation(form["reference"], disposable(deps(), actor(), inspection).reference)
            begin_one(deps(), actor(), inspection)
            deliver(deps())  # now: with the disposal go the addresses of whoever has nothing else here
            dispose(deps(), actor(), inspection)
            checkpoint(deps(), at_once=True)
            return redirect(url_for("steward.certificate", inspection=inspection), 303)
        except (Refused, ClockSuspect) as refused:
            errors = {"reference": str(refused)}
    return _disposal(inspection, form, errors), 422


@retention.get("/clock")
@access(KEEPERS)
def clock() -> Page:
    """Show the clock and the alarm about it, and ask whether somebody has checked it."""
    return _clock({})


def _clock(errors: Mapping[str, str]) -> str:
    return render_template(
        "steward/clock.html",
        alarms=[each for each in list_alarms(deps(), actor()) if each["kind"] == "clock"],
        now_words=say_moment(deps().clock.now()),
        action=url_for(".confirm_clock_now"),
        errors=errors,
        back={"href": url_for(".due"), "text": say("Back to retention")},
    )


@retention.post("/clock")
@access(KEEPERS)
def confirm_clock_now() -> Page:
    """Clear the clock's alarm: a person has checked it (R13)."""
    _form, errors = read_form(ConfirmClock)
    if not errors:
        try:
            confirm_clock(deps(), actor())
            return redirect(url_for(".due", done="clock"), 303)
        except Conflict as conflict:
            errors = {"checked": str(conflict)}
    return _clock(errors), 422
