"""Holds, on the stewards' pages: those that stand, placing one, looking at it again, proposing to lift it."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, Refused
from portal.domain.holds import Terms
from portal.domain.roles import Permission
from portal.services.hold_list import Held, held_inspection, held_programme, hold_page, holds_page
from portal.services.holds import place_hold, place_programme_hold, review_hold
from portal.services.propose import propose_lifting
from portal.web.access import access, actor, deps, steward
from portal.web.forms import read_form
from portal.web.paging import day_typed, page_asked, paging
from portal.web.proposals import proposed_for
from schemas.retention import Hold
from schemas.texts import say

holds = Blueprint("holds", __name__, url_prefix="/stewards")
Page = str | tuple[str, int] | Response
Form = Mapping[str, str]
LOOKERS, KEEPERS = steward(Permission.approve), steward(Permission.manage_retention)
PLACERS = steward(Permission.manage_retention, confirm="hold")
LIFTERS = steward(Permission.propose)
LIFTERS_NOW = steward(Permission.propose, confirm="hold")
_PLACED = say("The hold is placed.")
_REVIEWED = say("The review is saved. The hold stands.")


@holds.get("/holds/")
@access(LOOKERS)
def standing() -> Page:
    """List the holds that stand, those to be reviewed first on top."""
    found = holds_page(deps(), actor(), page_asked())
    return render_template("holds/list.html", holds=_rows(found.rows), paging=paging(found))


def _rows(found: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- views of holds
    return [{**each, "href": url_for(".hold", hold=each["id"])} for each in found]


@holds.get("/holds/<uuid:hold>/")
@access(LOOKERS)
def hold(hold: UUID) -> Page:
    """Show one hold: what it is on, all that was said of it, and what can be done."""
    view = hold_page(deps(), actor(), hold)
    acts = view["keeps"] and not view["lifted_words"]
    return render_template(
        "holds/hold.html",
        view=view,
        review_href=url_for(".reviewing", hold=hold) if acts else None,
        lift_href=url_for(".lifting", hold=hold) if acts else None,
        banner=_banner(),
        back={"href": url_for(".standing"), "text": say("Back to the holds")},
    )


def _banner() -> dict[str, object] | None:
    done = request.args.get("done", "")
    if done == "reviewed":
        return {"text": _REVIEWED, "success": True}
    if done != "placed":
        return None
    return {"text": _PLACED, "success": True}


@holds.get("/inspections/<uuid:inspection>/hold")
@access(KEEPERS)
def on_inspection(inspection: UUID) -> Page:
    """Show the holds on an inspection, and ask for another."""
    return _place_inspection(inspection, {}, {})


def _place_inspection(inspection: UUID, values: Form, errors: Form) -> str:
    held = held_inspection(deps(), actor(), inspection)
    back = {"href": url_for("retention.due"), "text": say("Back to retention")}
    return _place(held, url_for(".hold_inspection", inspection=inspection), back, values, errors)


def _place(held: Held, action: str, back: Mapping[str, str], values: Form, errors: Form) -> str:
    return render_template(
        "holds/place.html",
        held=held,
        holds=_rows(held.holds),
        action=action,
        owners=_owners(held.stewards, values.get("owner") or str(actor().person)),
        values=values,
        errors=errors,
        back=back,
    )


def _owners(stewards: Any, chosen: str) -> list[dict[str, object]]:  # noqa: ANN401 -- ids and names
    return [{"value": str(each), "text": name, "selected": str(each) == chosen} for each, name in stewards]


@holds.post("/inspections/<uuid:inspection>/hold")
@access(PLACERS)
def hold_inspection(inspection: UUID) -> Page:
    """Place a hold on an inspection."""

    def placed(terms: Terms) -> str:
        return url_for(".hold", hold=place_hold(deps(), actor(), inspection, terms), done="placed")

    return _told(placed, partial(_place_inspection, inspection))


def _told(act: Callable[[Terms], str], again: Callable[[Form, Form], str]) -> Page:
    """Do what the form says and go where that leads; or ask `again`, with what was typed and all its faults."""
    form, errors = read_form(Hold)
    try:
        review_on = day_typed(form, "review", say("review date"))
        if not errors:
            return redirect(act(Terms(form["reason"], review_on, _owner(form))), 303)
    except Refused as refused:
        errors.setdefault(refused.field, str(refused))
    return again(form, errors), 422


def _owner(form: Form) -> UUID:
    try:
        return UUID(form["owner"])
    except ValueError:
        raise Refused(say("Choose the steward who answers for the hold"), "owner") from None


@holds.get("/programmes/<code>/hold")
@access(KEEPERS)
def on_programme(code: str) -> Page:
    """Show the holds on a whole programme, and ask for another."""
    return _place_programme(code, {}, {})


def _place_programme(code: str, values: Form, errors: Form) -> str:
    held = held_programme(deps(), actor(), code)
    back = {"href": url_for("registers.programme", code=code), "text": say("Back to the programme")}
    return _place(held, url_for(".hold_programme", code=code), back, values, errors)


@holds.post("/programmes/<code>/hold")
@access(PLACERS)
def hold_programme(code: str) -> Page:
    """Place a hold on a programme."""

    def placed(terms: Terms) -> str:
        found = place_programme_hold(deps(), actor(), code, terms)
        return url_for(".hold", hold=found.hold, done="placed")

    return _told(placed, partial(_place_programme, code))


@holds.get("/holds/<uuid:hold>/review")
@access(KEEPERS)
def reviewing(hold: UUID) -> Page:
    """Ask why a hold still stands, who answers for it, and when it is looked at next."""
    return _reviewing(hold, {}, {})


def _reviewing(hold: UUID, values: Form, errors: Form) -> str:
    view = _standing(hold)
    return render_template(
        "holds/review.html",
        view=view,
        action=url_for(".review", hold=hold),
        owners=_owners(view["stewards"], values.get("owner") or str(view["owner"])),
        values=values,
        errors=errors,
        back={"href": url_for(".hold", hold=hold), "text": say("Back to the hold")},
    )


def _standing(hold: UUID) -> dict[str, Any]:
    """Return a hold that stands. Raises NotFound, Conflict."""
    view = hold_page(deps(), actor(), hold)
    if view["lifted_words"]:
        raise Conflict(say("This hold was lifted already."))
    return view


@holds.post("/holds/<uuid:hold>/review")
@access(PLACERS)
def review(hold: UUID) -> Page:
    """Note that a hold was looked at again, and stands."""

    def reviewed(terms: Terms) -> str:
        review_hold(deps(), actor(), hold, terms)
        return url_for(".hold", hold=hold, done="reviewed")

    return _told(reviewed, partial(_reviewing, hold))


@holds.get("/holds/<uuid:hold>/lifting")
@access(LIFTERS)
def lifting(hold: UUID) -> Page:
    """Ask for the reason for which a hold is to be lifted."""
    return _lifting(hold, {}, {})


def _lifting(hold: UUID, values: Form, errors: Form) -> str:
    view = _standing(hold)
    return render_template(
        "holds/lift.html",
        view=view,
        action=url_for(".propose_to_lift", hold=hold),
        values=values,
        errors=errors,
        back={"href": url_for(".hold", hold=hold), "text": say("Back to the hold")},
    )


@holds.post("/holds/<uuid:hold>/lifting")
@access(LIFTERS_NOW)
def propose_to_lift(hold: UUID) -> Page:
    """Propose to lift a hold."""
    return proposed_for(partial(propose_lifting, deps(), actor(), hold), partial(_lifting, hold))
