"""The thread of an inspection: one page for both sides, who see the same."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Refused
from portal.domain.roles import Permission
from portal.domain.thread import Side
from portal.services.thread import close_question, thread_page, write
from portal.web.access import access, actor, deps
from portal.web.forms import read_form
from portal.web.paging import page_asked
from schemas.requests import Nothing
from schemas.texts import say
from schemas.thread import AnswerQuestion, WriteMessage

thread = Blueprint("thread", __name__, url_prefix="/inspections/<uuid:inspection>/messages")
Page = str | tuple[str, int] | Response
WRITTEN = say("Your message is sent. The other side is told by email that there is one.")


@thread.get("/")
@access(Permission.read_thread)
def read(inspection: UUID) -> Page:
    """Show the thread, newest message first."""
    return _show(inspection, {}, {})


@thread.post("/")
@access(Permission.write_message)
def send(inspection: UUID) -> Page:
    """Write a message or ask a question."""
    form, errors = read_form(WriteMessage)
    if not errors:
        try:
            write(deps(), actor(), inspection, form["words"], item=form["item"], asks=form["asks"] == "yes")
        except Refused as refused:
            errors = {refused.field: str(refused)}
    return (_show(inspection, form, errors), 422) if errors else _sent(inspection)


@thread.post("/answers")
@access(Permission.write_message)
def answer(inspection: UUID) -> Page:
    """Answer a question of the other side."""
    form, errors = read_form(AnswerQuestion)
    field = f"answer-{form.get('question')}"
    if not errors:
        try:
            write(deps(), actor(), inspection, form["words"], answers=form["question"])
        except Refused as refused:
            errors = {refused.field: str(refused)}
    if errors:
        return _show(inspection, {field: form.get("words", "")}, {field: next(iter(errors.values()))}), 422
    return _sent(inspection)


@thread.post("/<uuid:message>/close")
@access(Permission.write_message)
def close(inspection: UUID, message: UUID) -> Page:
    """Close a question that one's own side asked."""
    read_form(Nothing)
    close_question(deps(), actor(), inspection, message)
    return redirect(url_for(".read", inspection=inspection), 303)


def _sent(inspection: UUID) -> Response:
    return redirect(url_for(".read", inspection=inspection, sent=1), 303)


def _show(inspection: UUID, values: Mapping[str, Any], errors: Mapping[str, str]) -> str:
    view = thread_page(deps(), actor(), inspection, page_asked())
    for message in view["messages"]:
        message["close_href"] = url_for(".close", inspection=inspection, message=message["id"])
    number, pages = view["page"], view["pages"]
    home = "provider.task_list" if view["side"] is Side.agency else "team.inspection"
    return render_template(
        "thread/thread.html",
        thread=view,
        write_href=url_for(".send", inspection=inspection),
        answer_href=url_for(".answer", inspection=inspection),
        newer_href=url_for(".read", inspection=inspection, page=number - 1) if number > 1 else None,
        older_href=url_for(".read", inspection=inspection, page=number + 1) if number < pages else None,
        banner={"text": WRITTEN, "success": True} if "sent" in request.args else None,
        back={"href": url_for(home, inspection=inspection), "text": say("Back to the inspection")},
        values=values,
        errors=errors,
    )
