"""The plan of a disposal and its approval, and whether plans need one; for the data protection officer."""

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.certificate_words import say_rule
from portal.domain.errors import Conflict
from portal.domain.roles import Permission
from portal.domain.times import parse_iso, say_date, say_deadline, say_moment
from portal.services.plans import PlanPage, approve, plan_page, policy_page, set_policy
from portal.services.retention import standing_of
from portal.web.access import access, actor, deps, steward
from portal.web.forms import read_form
from portal.web.templating import say_size
from schemas.plans import ApprovalPolicy, Approve
from schemas.texts import say, say_count

plans = Blueprint("plans", __name__, url_prefix="/stewards")
Page = str | tuple[str, int] | Response
KEEPERS = steward(Permission.manage_retention)
DECIDERS = steward(Permission.manage_retention, confirm="disposal")
_APPROVED = say("The plan is approved. The service disposes of the inspection once it is due.")
_SAVED = say("It is saved how plans of this programme are approved.")


@plans.get("/inspections/<uuid:inspection>/plan")
@access(KEEPERS)
def plan(inspection: UUID) -> Page:
    """Show what a disposal will do, and who approved it; ask for the approval where it takes one."""
    return _plan(inspection, {})


def _plan(inspection: UUID, errors: Mapping[str, str]) -> str:
    view = plan_page(deps(), actor(), inspection)
    done = _APPROVED if request.args.get("done") == "approved" and view.approval else None
    return render_template(
        "plans/plan.html",
        view=view,
        rows=_rows(view) if view.plan else [],
        copies=_copies(view),
        action=url_for(".approve_now", inspection=inspection),
        policy_href=url_for(".policy", code=view.programme),
        certificate_href=url_for("steward.certificate", inspection=inspection) if view.certified else None,
        dispose_href=_dispose_href(view, inspection),
        errors=errors,
        banner={"text": done, "success": True} if done else None,
        back={"href": url_for("retention.due"), "text": say("Back to retention")},
    )


def _dispose_href(view: PlanPage, inspection: UUID) -> str | None:
    """Lead to where it can be disposed of now, if that is approved."""
    approved = view.plan is not None and view.current and (view.standing or view.approval is not None)
    if not approved or view.begun or not standing_of(deps(), actor(), inspection).disposable:
        return None
    return url_for("retention.disposal", inspection=inspection)


def _rows(view: PlanPage) -> list[tuple[str, str]]:
    said: dict[str, Any] = view.plan or {}
    published, due = said["published_on"], said["due_at"]
    return [
        (say("Rule"), say_rule(said["rule"])),
        (say("Final report published"), say_date(date.fromisoformat(published)) if published else say("Not published")),
        (say("Disposed of after"), say_deadline(parse_iso(due)) if due else say("Whoever decided it begins it")),
        (say("Documents"), f"{said['documents']:,}"),
        (say("Size of the documents"), say_size(said["bytes"])),
        (say("Receipts"), f"{said['receipts']:,}"),
        (say("Messages"), f"{said['messages']:,}"),
        (say("Approved"), _approved(view)),
        (say("SHA-256 of the plan"), view.digest),
    ]


def _approved(view: PlanPage) -> str:
    if view.approval is None:
        return say("By the programme’s policy, once it is due") if view.standing else say("Not yet")
    by, when = view.approval.approved_by, say_moment(view.approval.approved_at)
    if by == "policy:standing":
        return say("{when}, by the programme’s policy", when=when)
    if by.startswith("proposal:"):
        return say("{when}, by the decision of two people", when=when)
    if by == "operator":
        return say("{when}, by the operator at the command line", when=when)
    return say("{when}, by the person with the identifier {person}", when=when, person=by.removeprefix("person:"))


def _copies(view: PlanPage) -> str:
    """Say how many downloads there were, and of how many the copies are said to be deleted."""
    if not view.copies.downloads:
        return say("Nobody downloaded anything of this inspection.")
    return say(
        "{downloads}: {confirmed} confirmed as deleted, {outstanding} outstanding. {asked}",
        downloads=say_count(view.copies.downloads, "{count} download", "{count} downloads"),
        confirmed=view.copies.confirmed,
        outstanding=view.copies.outstanding,
        asked=say_count(view.copies.asked, "{count} person was asked.", "{count} people were asked."),
    )


@plans.post("/inspections/<uuid:inspection>/plan")
@access(DECIDERS)
def approve_now(inspection: UUID) -> Page:
    """Approve the plan that was read."""
    form, errors = read_form(Approve)
    refusal = plan_page(deps(), actor(), inspection).refusal
    if refusal:
        raise Conflict(refusal)
    if not errors:
        try:
            approve(deps(), actor(), inspection, form["plan"])
            return redirect(url_for(".plan", inspection=inspection, done="approved"), 303)
        except Conflict as conflict:
            errors = {"read": str(conflict)}
    return _plan(inspection, errors), 422


@plans.get("/programmes/<code>/approval")
@access(KEEPERS)
def policy(code: str) -> Page:
    """Ask whether a person has to approve each plan of a programme."""
    return _policy(code, {})


def _policy(code: str, errors: Mapping[str, str]) -> str:
    view = policy_page(deps(), actor(), code)
    return render_template(
        "plans/policy.html",
        view=view,
        action=url_for(".set_policy_now", code=code),
        errors=errors,
        banner={"text": _SAVED, "success": True} if request.args.get("done") == "saved" and not errors else None,
        back={"href": url_for("registers.programme", code=code), "text": say("Back to the programme")},
    )


@plans.post("/programmes/<code>/approval")
@access(DECIDERS)
def set_policy_now(code: str) -> Page:
    """Say whether a person has to approve each plan of a programme."""
    form, errors = read_form(ApprovalPolicy)
    if errors:
        return _policy(code, errors), 422
    set_policy(deps(), actor(), code, standing=form["approval"] == "standing")
    return redirect(url_for(".policy", code=code, done="saved"), 303)
