"""Programmes and proclaimed bank holidays, as an administrator keeps them; who sees programmes is asked below."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.deadline import DeadlinePolicy
from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.form_registers import check_data_period
from portal.domain.lifecycle import InspectionState, readable
from portal.domain.registers import POLICY_WORDS, STATE_WORDS, check_window
from portal.domain.roles import Permission
from portal.domain.times import say_date, say_deadline, say_moment
from portal.services.holidays import Effect, add_holiday, holiday_effect, list_holidays, remove_holiday, year_of
from portal.services.programmes import ProgrammePage, add_programme, edit_programme, programme_page, programmes_page
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.forms import read_form
from portal.web.navigation import stands_for
from portal.web.paging import day_fields, day_typed, page_asked, paging
from schemas.definitions import checklist_versions
from schemas.registers import AddHoliday, AddProgramme, EditProgramme
from schemas.requests import Nothing
from schemas.texts import say

registers = Blueprint("registers", __name__, url_prefix="/stewards")
Page = str | tuple[str, int] | AnyResponse
_DONE = {"added": say("The programme is added."), "saved": say("Your changes are saved.")}
_HOLIDAY_DONE = {"added": say("The bank holiday is added."), "removed": say("The bank holiday is removed.")}


@registers.get("/programmes/")
@access(stewards_who_may(Permission.list_inspections))
def programmes() -> Page:
    """List the programmes."""
    found = programmes_page(deps(), actor(), page_asked())
    rows = [
        {
            "title": each.title,
            "code": each.code,
            "href": url_for(".programme", code=each.code),
            "window_words": _window_words(each.window_from, each.window_until),
            "published_words": say_date(each.published_on) if each.published_on else say("Not yet"),
        }
        for each in found.rows
    ]
    add = url_for(".new_programme") if stands_for(Permission.manage_programmes) else None
    return render_template("steward/programmes.html", programmes=rows, paging=paging(found), add_href=add)


def _window_words(first: date | None, last: date | None) -> str:
    return _days_words(first, last) if first and last else say("None")


def _days_words(first: date, last: date) -> str:
    return say("{first} to {last}", first=say_date(first), last=say_date(last))


@registers.get("/programmes/<code>/")
@access(stewards_who_may(Permission.list_inspections))
def programme(code: str) -> Page:
    """Show one programme with its inspections: no documents, no names of files."""
    view = programme_page(deps(), actor(), code, page_asked())
    row = view.programme
    return render_template(
        "steward/programme.html",
        programme=_programme_view(view),
        paging=paging(view.inspections),
        edit_href=url_for(".programme_form", code=code) if view.may_manage else None,
        publication_href=url_for("retention.publication", code=code) if view.may_retain else None,
        hold_href=url_for("holds.on_programme", code=code) if view.may_retain else None,
        approval_href=url_for("plans.policy", code=code) if view.may_retain else None,
        long_stop_href=url_for("long_stop.ask", code=code) if view.may_retain and not row.published_on else None,
        banner=_banner(_DONE),
        back={"href": url_for(".programmes"), "text": say("Back to the programmes")},
    )


def _banner(words: Mapping[str, str]) -> dict[str, object] | None:
    said = next((sentence for name, sentence in words.items() if name in request.args), None)
    return {"text": said, "success": True} if said else None


def _programme_view(view: ProgrammePage) -> dict[str, Any]:
    row = view.programme
    return {
        "title": row.title,
        "code": row.code,
        "policy_words": POLICY_WORDS[DeadlinePolicy(row.deadline_policy)],
        "checklist": row.checklist_version,
        "window_words": _window_words(row.window_from, row.window_until),
        "data_words": _days_words(row.data_from, row.data_until) if row.data_from and row.data_until else None,
        "published_words": say_date(row.published_on) if row.published_on else say("Not yet"),
        "held": row.held,
        "warnings": view.warnings,
        "inspections": [
            {
                "reference": each.reference,
                "agency": each.agency.name,
                "state_words": _state_words(
                    InspectionState(each.state), held=each.held, cancelled=each.cancelled_at is not None
                ),
                "announced_words": say_moment(each.announced_at),
                "deadline_words": say_deadline(each.deadline_at),
                "on_site_words": _days_words(each.starts_on, each.last_day_on),
                "read_href": _read_href(each.id, InspectionState(each.state)),
            }
            for each in view.inspections.rows
        ],
    }


def _read_href(inspection: UUID, state: InspectionState) -> str | None:
    """Return where a steward asks to read an inspection, as long as it can be read."""
    return url_for("readings.asking", inspection=inspection) if readable(state) else None


def _state_words(state: InspectionState, *, held: bool, cancelled: bool) -> str:
    words = say("Cancelled") if cancelled and readable(state) else STATE_WORDS[state]
    return say("{state}, held", state=words) if held else words


@registers.get("/new-programme")
@access(stewards_who_may(Permission.manage_programmes))
def new_programme() -> Page:
    """Ask for a new programme."""
    return _programme_form({"policy": "next_day"}, {})


@registers.post("/new-programme")
@access(stewards_who_may(Permission.manage_programmes))
def add_programme_now() -> Page:
    """Add a programme."""
    form, errors = read_form(AddProgramme)
    if not errors:
        try:
            policy = DeadlinePolicy(form["policy"])
            newest = checklist_versions()[-1]
            add_programme(
                deps(), actor(), form["code"], form["title"], policy, newest, _window_typed(form), _data_typed(form)
            )
            return redirect(url_for(".programme", code=form["code"], added=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
        except Conflict as conflict:
            errors = {"code": str(conflict)}
    return _programme_form(form, errors), 422


def _window_typed(form: Mapping[str, str]) -> tuple[date, date] | None:
    first = day_typed(form, "from", say("first day of the window"))
    return check_window(first, day_typed(form, "until", say("last day of the window")))


def _data_typed(form: Mapping[str, str]) -> tuple[date, date] | None:
    first = day_typed(form, "data_from", say("first day of the A1 form"))
    return check_data_period(first, day_typed(form, "data_until", say("last day of the A1 form")))


def _programme_form(values: Mapping[str, str], errors: Mapping[str, str], view: ProgrammePage | None = None) -> str:
    code = view.programme.code if view else ""
    here = url_for(".programme", code=code) if view else url_for(".programmes")
    return render_template(
        "steward/programme_form.html",
        code=code,
        policies=[{"value": policy.value, "text": text} for policy, text in POLICY_WORDS.items()],
        policy_words=POLICY_WORDS[DeadlinePolicy(view.programme.deadline_policy)] if view and view.announced else None,
        action=url_for(".change_programme", code=code) if view else url_for(".add_programme_now"),
        values=values,
        errors=errors,
        back={"href": here, "text": say("Back to the programme") if view else say("Back to the programmes")},
    )


@registers.get("/programmes/<code>/edit")
@access(stewards_who_may(Permission.manage_programmes))
def programme_form(code: str) -> Page:
    """Ask what to change in a programme."""
    view = programme_page(deps(), actor(), code)
    row = view.programme
    days = day_fields(row.window_from, "from") | day_fields(row.window_until, "until")
    days |= day_fields(row.data_from, "data_from") | day_fields(row.data_until, "data_until")
    return _programme_form({"title": row.title, "policy": row.deadline_policy, **days}, {}, view)


@registers.post("/programmes/<code>/edit")
@access(stewards_who_may(Permission.manage_programmes))
def change_programme(code: str) -> Page:
    """Change a programme's title, window and, before its first announcement, policy."""
    form, errors = read_form(EditProgramme)
    if not errors:
        try:
            policy = DeadlinePolicy(form["policy"])
            edit_programme(deps(), actor(), code, form["title"], policy, _window_typed(form), _data_typed(form))
            return redirect(url_for(".programme", code=code, saved=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _programme_form(form, errors, programme_page(deps(), actor(), code)), 422


@registers.get("/holidays/")
@access(stewards_who_may(Permission.manage_registers))
def holidays() -> Page:
    """List the bank holidays of a year, with a form for a proclaimed one."""
    return _holidays({}, {})


def _holidays(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    year = year_of(deps(), request.args.get("year", ""))
    rows = [
        {
            "words": say_date(each.on),
            "title": each.title,
            "href": url_for(".holiday", day=each.on.isoformat()) if each.added else None,
        }
        for each in list_holidays(deps(), actor(), year)
    ]
    around = [near for near in (year - 1, year + 1) if year_of(deps(), str(near)) == near]
    return render_template(
        "steward/holidays.html",
        year=year,
        holidays=rows,
        last_year=deps().holidays.last_year,
        years=[{"year": near, "href": url_for(".holidays", year=near)} for near in around],
        action=url_for(".add_holiday_now"),
        values=values,
        errors=errors,
        banner=_banner(_HOLIDAY_DONE),
    )


@registers.post("/holidays/")
@access(stewards_who_may(Permission.manage_registers))
def add_holiday_now() -> Page:
    """Add a proclaimed bank holiday, and lead to the inspections that it concerns."""
    form, errors = read_form(AddHoliday)
    if not errors:
        try:
            made = add_holiday(deps(), actor(), day_typed(form, "day", say("date of the bank holiday")), form["title"])
            return redirect(url_for(".holiday", day=made.holiday.on.isoformat(), added=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
        except Conflict as conflict:
            errors = {"day_day": str(conflict)}
    return _holidays(form, errors), 422


def _day(raw: str) -> date:
    """Return the day that an address names. Raises NotFound."""
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise NotFound(say("There is no such day.")) from None


@registers.get("/holidays/<day>/")
@access(stewards_who_may(Permission.manage_registers))
def holiday(day: str) -> Page:
    """Show an added bank holiday and the inspections whose dates it would have put later."""
    effect: Effect = holiday_effect(deps(), actor(), _day(day))
    return render_template(
        "steward/holiday.html",
        day_words=say_date(effect.holiday.on),
        title=effect.holiday.title,
        moved=effect.moved,
        more=effect.more,
        remove_href=url_for(".remove_holiday_now", day=day) if effect.holiday.removable else None,
        banner=_banner(_HOLIDAY_DONE),
        back={"href": url_for(".holidays", year=effect.holiday.on.year), "text": say("Back to the bank holidays")},
    )


@registers.post("/holidays/<day>/remove")
@access(stewards_who_may(Permission.manage_registers))
def remove_holiday_now(day: str) -> Page:
    """Remove a bank holiday that lies ahead."""
    read_form(Nothing)
    on = _day(day)
    remove_holiday(deps(), actor(), on)
    return redirect(url_for(".holidays", year=on.year, removed=1), 303)
