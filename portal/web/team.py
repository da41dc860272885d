"""The team's pages: its inspections, one inspection, and the downloads of all, one item, changes and documents."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for
from flask.blueprints import BlueprintSetupState

from portal.db.team_documents import Memory
from portal.db.team_queries import Filters
from portal.domain.errors import Conflict
from portal.domain.lifecycle import InspectionState
from portal.domain.roles import Permission
from portal.domain.teamwords import STATES
from portal.services.hand_over import download_document, make_bundle
from portal.services.team_desk import Page, team_list
from portal.services.team_inspection import inspection_page
from portal.vault.bundles import Scope
from portal.web.access import SIGNED_IN, access, actor, deps
from portal.web.downloads import attachment, with_size
from portal.web.errors import answer, status_of
from portal.web.templating import say_size
from schemas.texts import say, say_count

Address = dict[str, Any]
"""Parts of an address, as `url_for` takes them."""
team = Blueprint("team", __name__, url_prefix="/team")
LONGEST_CODE = 64
CHECK = say("See how it was checked, and what can be done")
ACTS = (
    ("a1_glance.page", say("The A1 form at a glance"), Permission.view_inspection),
    ("thread.read", say("Messages with the agency"), Permission.read_thread),
    ("extras.requests", say("Ask for something more"), Permission.ask_more),
    ("conduct.overview", say("Conduct this inspection"), Permission.close),
    ("colleagues.leader", say("Replace the leader"), Permission.replace_leader),
    ("restoring.people", say("Restore somebody’s access"), Permission.restore_access),
    ("letters.overview", say("Letters"), Permission.announce),
    ("tokens.overview", say("Tokens for scripts"), Permission.manage_tokens),
    ("readings.asked", say("Reading by stewards"), Permission.let_read),
    ("inspection_trail.entries", say("What happened in this inspection"), Permission.read_trail),
)
"""Where else the page leads; a link is shown once its route exists."""


@team.record
def _remember(state: BlueprintSetupState) -> None:
    policy = state.app.extensions["portal"].policy
    state.app.extensions["portal.team"] = Memory(scanner_needed=policy.scanner_needed)


@team.get("/")
@access(SIGNED_IN)
def inspections() -> str:
    """Show the inspections in whose team the person is, a page at a time."""
    asked = request.args
    state = asked.get("state", "")
    filters = Filters(
        state if state in set(InspectionState) else "",
        asked.get("programme", "").strip()[:LONGEST_CODE],
        "deadline" if asked.get("sort") == "deadline" else "newest",
    )
    found = team_list(deps(), actor(), filters, _page_asked())
    chosen = Address({key: value for key, value in vars(filters).items() if value and value != "newest"})
    codes = {each["programme"] for each in found.rows}
    hrefs = {code: url_for(".inspections", **chosen | {"programme": code}) for code in codes}
    rows = [
        {**each, "href": url_for(".inspection", inspection=each["id"]), "programme_href": hrefs[each["programme"]]}
        for each in found.rows
    ]
    return render_template(
        "team/inspections.html",
        inspections=rows,
        filters=filters,
        states=[{"value": str(state), "text": words} for state, words in STATES.items()],
        removable=_removable(chosen),
        sorts=[
            {"text": words, "href": url_for(".inspections", **chosen | {"sort": sort}), "current": filters.sort == sort}
            for sort, words in (("newest", say("Newest first")), ("deadline", say("Deadline")))
        ],
        count_words=_say_count(found),
        pages=_paging(found.number, found.last, found.more, **chosen),
    )


@team.get("/inspections/<uuid:inspection>/")
@access(Permission.view_inspection)
def inspection(inspection: UUID) -> str:
    """Show what was asked and what has come, and one page of the documents."""
    memory: Memory = current_app.extensions["portal.team"]
    item, here = request.args.get("item", ""), Address(inspection=inspection)
    view = inspection_page(deps(), actor(), inspection, memory, item=item, page=_page_asked())
    for each in view["items"]:
        each["show_href"] = url_for(".inspection", **here, item=each["code"]) + "#documents"
        each["download_href"] = url_for(".item_bundle", **here, item=each["code"])
    view["documents"] = [
        {
            **with_size(each),
            "download_href": None if each["withheld"] else url_for(".document", **here, document=each["id"]),
            "check_href": url_for("checks.look", **here, document=each["id"]),
        }
        for each in view["documents"]
    ]
    return render_template(
        "team/inspection.html",
        inspection=view,
        size_words=say_size(view["size"]),
        bundle_href=url_for(".bundle", **here) if view["count"] else None,
        changes_href=url_for(".changes", **here) if view["new"] and view["taken_words"] else None,
        all_href=url_for(".inspection", **here) + "#documents",
        acts=[
            {"href": url_for(endpoint, **here), "text": words}
            for endpoint, words, permission in ACTS
            if permission in view["allowed"] and endpoint in current_app.view_functions
        ],
        pages=_paging(
            view["page"],
            view["last"],
            view["page"] < view["last"],
            "documents",
            **here,
            **({"item": item} if item else {}),
        ),
        back={"href": url_for(".inspections"), "text": say("Back to your inspections")},
    )


@team.get("/inspections/<uuid:inspection>/bundle")
@access(Permission.download_bundle, confirm="bundle")
def bundle(inspection: UUID) -> Response:
    """Give everything as one zip."""
    return give_bundle(inspection, "all")


@team.get("/inspections/<uuid:inspection>/changes")
@access(Permission.download_bundle, confirm="bundle")
def changes(inspection: UUID) -> Response:
    """Give what came since the person last downloaded everything, or the changes, as one zip."""
    return give_bundle(inspection, "changes")


@team.get("/inspections/<uuid:inspection>/items/<item>/bundle")
@access(Permission.download_bundle, confirm="bundle")
def item_bundle(inspection: UUID, item: str) -> Response:
    """Give what was sent for one item as one zip."""
    return give_bundle(inspection, "item", item)


@team.get("/inspections/<uuid:inspection>/documents/<uuid:document>")
@access(Permission.download_document)
def document(inspection: UUID, document: UUID) -> Response:
    """Give one document; where it is withheld, lead to what was found in it."""
    try:
        found = download_document(deps(), actor(), inspection, document)
    except Conflict as withheld:
        href = url_for("checks.look", inspection=inspection, document=document)
        return answer(status_of(withheld), str(withheld), {"href": href, "text": CHECK})
    return attachment(found.chunks, name=found.name, size=found.size, mimetype="application/octet-stream")


def give_bundle(inspection: UUID, scope: Scope, item: str = "") -> Response:
    """Return the answer that streams all, one item or what changed as one zip. Raises as `make_bundle` does."""
    bag, chunks = make_bundle(deps(), actor(), inspection, scope, item)
    response = attachment(chunks, name=bag.filename, size=bag.length, mimetype="application/zip")
    response.set_etag(bag.etag)
    return response


def _page_asked() -> int:
    raw = request.args.get("page", "")
    return max(1, int(raw)) if raw.isascii() and raw.isdigit() and len(raw) <= 6 else 1


def _removable(chosen: Address) -> list[dict[str, str]]:
    """Return the filters that are set, each with the way to the list without it."""
    said = {
        "state": STATES[InspectionState(chosen["state"])] if "state" in chosen else "",
        "programme": say("Programme {code}", code=chosen.get("programme")),
    }
    return [
        {"text": words, "href": url_for(".inspections", **{key: chosen[key] for key in chosen if key != name})}
        for name, words in said.items()
        if name in chosen
    ]


def _say_count(found: Page) -> str:
    if found.many:
        return say("Page {page} of more than {count} inspections", page=found.number, count=f"{found.total - 1:,}")
    whole = say_count(found.total, "{count:,} inspection", "{count:,} inspections")
    if found.last == 1:
        return whole
    return say("{inspections}, page {page} of {pages}", inspections=whole, page=found.number, pages=found.last)


def _paging(number: int, last: int | None, more: bool, anchor: str = "", **address: Any) -> dict[str, Any] | None:  # noqa: ANN401
    """Return what the pagination component shows; None where all is on one page."""
    if number == 1 and not more:
        return None

    def link(page: int) -> dict[str, str]:
        href = url_for(str(request.endpoint), **address, page=page) + (f"#{anchor}" if anchor else "")
        words = say("{page} of {pages}", page=page, pages=last) if last else say("Page {page}", page=page)
        return {"href": href, "labelText": words}

    shown: dict[str, Any] = {"classes": "govuk-pagination--block"}
    if number > 1:
        shown["previous"] = link(number - 1)
    if more:
        shown["next"] = link(number + 1)
    return shown
