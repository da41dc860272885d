"""What takes two people, on the stewards' pages: what waits, one proposal to decide on, and proposing a disposal."""

from collections.abc import Callable, Mapping
from functools import partial
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, Refused
from portal.domain.proposals import Kind
from portal.domain.roles import Permission
from portal.services.decide import approve, refuse, withdraw
from portal.services.proposal_list import proposal_page, proposals_page
from portal.services.propose import propose_early_disposal
from portal.services.retention import standing_of
from portal.web.access import access, actor, deps, steward
from portal.web.forms import read_form
from portal.web.paging import page_asked, paging
from schemas.proposals import Decision, Reason
from schemas.requests import Nothing
from schemas.texts import say

proposals = Blueprint("proposals", __name__, url_prefix="/stewards")
Page = str | tuple[str, int] | Response
Form = Mapping[str, str]
_DONE = {
    "made": say("The proposal is made. Whoever can decide on it gets a mail. You get one when it is decided."),
    "approved": say("You have approved the proposal, and it is done."),
    "refused": say("You have refused the proposal. Nothing was changed."),
    "withdrawn": say("The proposal is withdrawn."),
}


@proposals.get("/proposals/")
@access(steward(Permission.approve))
def waiting() -> Page:
    """List the proposals, those that wait first."""
    found = proposals_page(deps(), actor(), page_asked())
    rows = [{**each, "href": url_for(".proposal", proposal=each["id"])} for each in found.rows]
    return render_template("proposals/list.html", proposals=rows, paging=paging(found))


@proposals.get("/proposals/<uuid:proposal>")
@access(steward(Permission.approve))
def proposal(proposal: UUID) -> Page:
    """Show one proposal, with its reason, to decide on."""
    return _proposal(proposal, {})


def _proposal(proposal: UUID, errors: Mapping[str, str]) -> str:
    view, done = proposal_page(deps(), actor(), proposal), _DONE.get(request.args.get("done", ""))
    reads = view["kind"] is Kind.break_glass and view["own"] and view["lasts"]
    return render_template(
        "proposals/proposal.html",
        view=view,
        action=url_for(".decide", proposal=proposal),
        withdraw_href=url_for(".take_back", proposal=proposal),
        read_href=url_for("readings.read", inspection=view["inspection"]) if reads else None,
        hold_href=url_for("holds.hold", hold=view["hold"]) if view["hold"] else None,
        errors=errors,
        banner={"text": done, "success": True} if done else None,
        back={"href": url_for(".waiting"), "text": say("Back to the proposals")},
    )


@proposals.post("/proposals/<uuid:proposal>/decision")
@access(steward(Permission.approve, confirm="approval"))
def decide(proposal: UUID) -> Page:
    """Approve or refuse what somebody else proposed."""
    form, errors = read_form(Decision)
    if not errors:
        try:
            (approve if form["decision"] == "approve" else refuse)(deps(), actor(), proposal)
            done = "approved" if form["decision"] == "approve" else "refused"
            return redirect(url_for(".proposal", proposal=proposal, done=done), 303)
        except Refused as refused:
            errors = {"decision": str(refused)}
    return _proposal(proposal, errors), 422


@proposals.post("/proposals/<uuid:proposal>/withdrawal")
@access(steward(Permission.approve))
def take_back(proposal: UUID) -> Page:
    """Withdraw one's own proposal."""
    read_form(Nothing)
    withdraw(deps(), actor(), proposal)
    return redirect(url_for(".proposal", proposal=proposal, done="withdrawn"), 303)


@proposals.get("/inspections/<uuid:inspection>/early-disposal")
@access(steward(Permission.propose))
def early(inspection: UUID) -> Page:
    """Ask for the reason for which an inspection is to be disposed of before it is due."""
    return _early(inspection, {}, {})


def _early(inspection: UUID, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    return render_template(
        "proposals/early.html",
        standing=standing_of(deps(), actor(), inspection),
        action=url_for(".propose_early", inspection=inspection),
        values=values,
        errors=errors,
        back={"href": url_for("retention.due"), "text": say("Back to retention")},
    )


@proposals.post("/inspections/<uuid:inspection>/early-disposal")
@access(steward(Permission.propose, confirm="disposal"))
def propose_early(inspection: UUID) -> Page:
    """Propose to dispose of an inspection before it is due."""
    return proposed_for(partial(propose_early_disposal, deps(), actor(), inspection), partial(_early, inspection))


def proposed_for(propose: Callable[[str], UUID], again: Callable[[Form, Form], str]) -> Page:
    """Propose for the reason in the form and show the proposal; or ask `again`, with what was typed and its faults."""
    form, errors = read_form(Reason)
    if not errors:
        try:
            made = propose(form["reason"])
            return redirect(url_for("proposals.proposal", proposal=made, done="made"), 303)
        except (Refused, Conflict) as refused:
            errors = {"reason": str(refused)}
    return again(form, errors), 422
