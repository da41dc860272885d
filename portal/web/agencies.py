"""Agencies with their dated member authorities, as an administrator keeps them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.errors import Conflict, NotFound, Refused
from portal.domain.roles import Permission
from portal.domain.times import say_date
from portal.services.registers import (
    AgencyPage,
    Member,
    add_agency,
    add_member,
    agency_page,
    correct_member,
    list_agencies,
    mark_voluntary,
    rename_agency,
    set_id_words,
)
from portal.web.access import access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.forms import read_form
from portal.web.paging import day_fields, day_typed, page_asked, paging
from schemas.registers import AddAgency, IdWords, MarkAgency, RenameAgency
from schemas.registers import Member as MemberForm
from schemas.texts import say

agencies = Blueprint("agencies", __name__, url_prefix="/stewards")
Page = str | tuple[str, int] | AnyResponse
KEEPERS = stewards_who_may(Permission.manage_registers)
_DONE = {
    "added": say("The agency is added."),
    "renamed": say("The new name is saved."),
    "worded": say("The words are saved."),
    "marked": say("Your answer is saved."),
    "member": say("The member authority is saved."),
}


@agencies.get("/agencies/")
@access(KEEPERS)
def agencies_list() -> Page:
    """List the agencies."""
    found = list_agencies(deps(), actor(), page_asked())
    rows = [
        {
            "name": each.name,
            "code": each.code,
            "href": url_for(".agency", code=each.code),
            "members": each.members,
            "voluntary": each.voluntary,
        }
        for each in found.rows
    ]
    return render_template(
        "steward/agencies.html", agencies=rows, paging=paging(found), add_href=url_for(".new_agency")
    )


@agencies.get("/new-agency")
@access(KEEPERS)
def new_agency() -> Page:
    """Ask for a new agency."""
    return _new_agency({}, {})


def _new_agency(values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "steward/agency_form.html",
        action=url_for(".add_agency_now"),
        values=values,
        errors=errors,
        back={"href": url_for(".agencies_list"), "text": say("Back to the agencies")},
    )


@agencies.post("/new-agency")
@access(KEEPERS)
def add_agency_now() -> Page:
    """Add an agency."""
    form, errors = read_form(AddAgency)
    if not errors:
        try:
            add_agency(deps(), actor(), form["code"], form["name"])
            return redirect(url_for(".agency", code=form["code"].strip(), added=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
        except Conflict as conflict:
            errors = {"code": str(conflict)}
    return _new_agency(form, errors), 422


@agencies.get("/agencies/<code>/")
@access(KEEPERS)
def agency(code: str) -> Page:
    """Show one agency with its members, and the forms that change it."""
    return _agency(code, {}, {})


def _agency(code: str, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    view: AgencyPage = agency_page(deps(), actor(), code)
    members = [
        {"authority": each.authority, "words": each.words, "days": _days_words(each), "now": each.now}
        | {"number": each.number}
        | {"href": _member_href(code, each.id)}
        for each in view.members
    ]
    done = next((words for name, words in _DONE.items() if name in request.args), None)
    return render_template(
        "steward/agency.html",
        agency=view,
        members=members,
        rename_href=url_for(".rename_now", code=code),
        mark_href=url_for(".mark_now", code=code),
        member_href=url_for(".add_member_now", code=code),
        words_href=url_for(".words_now", code=code),
        values={"words": view.id_words, "name": view.name, "voluntary": "yes" if view.voluntary else "no", **values},
        errors=errors,
        banner={"text": done, "success": True} if done else None,
        back={"href": url_for(".agencies_list"), "text": say("Back to the agencies")},
    )


def _days_words(member: Member) -> str:
    """Say the days where they stand alone; `Member.words` says them within a sentence."""
    return member.words if member.until_on else say("Since {day}", day=say_date(member.from_on))


def _member_href(code: str, member: UUID) -> str:
    return url_for(".member", code=code, member=member)


@agencies.post("/agencies/<code>/name")
@access(KEEPERS)
def rename_now(code: str) -> Page:
    """Give an agency another name."""
    form, errors = read_form(RenameAgency)
    if not errors:
        try:
            rename_agency(deps(), actor(), code, form["name"])
            return redirect(url_for(".agency", code=code, renamed=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _agency(code, form, errors), 422


@agencies.post("/agencies/<code>/words")
@access(KEEPERS)
def words_now(code: str) -> Page:
    """Set the words that begin an agency's case numbers."""
    form, errors = read_form(IdWords)
    if not errors:
        try:
            set_id_words(deps(), actor(), code, form["words"])
            return redirect(url_for(".agency", code=code, worded=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _agency(code, form, errors), 422


@agencies.post("/agencies/<code>/voluntary")
@access(KEEPERS)
def mark_now(code: str) -> Page:
    """Say whether an agency is registered as a voluntary adoption agency."""
    form, errors = read_form(MarkAgency)
    if errors:
        return _agency(code, form, errors), 422
    mark_voluntary(deps(), actor(), code, voluntary=form["voluntary"] == "yes")
    return redirect(url_for(".agency", code=code, marked=1), 303)


@agencies.post("/agencies/<code>/members")
@access(KEEPERS)
def add_member_now(code: str) -> Page:
    """Add a member authority."""
    form, errors = read_form(MemberForm)
    if not errors:
        try:
            add_member(deps(), actor(), code, form["authority"], *_days(form), number=form["number"])
            return redirect(url_for(".agency", code=code, member=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _agency(code, form, errors), 422


def _days(form: Mapping[str, str]) -> tuple[Any, Any]:
    first = day_typed(form, "from", say("first day of the membership"))
    return first, day_typed(form, "until", say("last day of the membership"))


def _found(code: str, member: UUID) -> tuple[AgencyPage, Member]:
    """Return a membership with its agency. Raises NotFound."""
    view = agency_page(deps(), actor(), code)
    found = next((each for each in view.members if each.id == member), None)
    if found is None:
        raise NotFound(say("There is no such membership."))
    return view, found


@agencies.get("/agencies/<code>/members/<uuid:member>")
@access(KEEPERS)
def member(code: str, member: UUID) -> Page:
    """Ask what to correct in a membership, or for its last day."""
    _view, found = _found(code, member)
    days = day_fields(found.from_on, "from") | day_fields(found.until_on, "until")
    return _member_form(code, member, {"authority": found.authority, "number": found.number, **days}, {})


def _member_form(code: str, member: UUID, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    view, found = _found(code, member)
    return render_template(
        "steward/member.html",
        agency=view.name,
        authority=found.authority,
        action=url_for(".correct_member_now", code=code, member=member),
        values=values,
        errors=errors,
        back={"href": url_for(".agency", code=code), "text": say("Back to {agency}", agency=view.name)},
    )


@agencies.post("/agencies/<code>/members/<uuid:member>")
@access(KEEPERS)
def correct_member_now(code: str, member: UUID) -> Page:
    """Correct or end a membership."""
    form, errors = read_form(MemberForm)
    if not errors:
        try:
            days, number = _days(form), form["number"]
            correct_member(deps(), actor(), code, member, form["authority"], *days, number=number)
            return redirect(url_for(".agency", code=code, member=1), 303)
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return _member_form(code, member, form, errors), 422
