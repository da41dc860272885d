"""What each person was asked to delete, and their word that they did; for whoever is signed in."""

from uuid import UUID

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from portal.domain.times import say_deadline, say_moment
from portal.services.copies import Notice, confirm_copies, my_copies
from portal.web.access import SIGNED_IN, access, actor, deps
from portal.web.forms import read_form
from schemas.plans import ConfirmCopies
from schemas.texts import say

copies = Blueprint("copies", __name__, url_prefix="/copies")
_THANKS = say("Thank you. It is recorded that you deleted your copies.")


@copies.get("/")
@access(SIGNED_IN)
def mine() -> str:
    """List what the person was asked to delete, and ask for their word."""
    notices = [
        {"notice": each, "words": _words(each), "action": url_for(".confirm", notice=each.id)}
        for each in my_copies(deps(), actor())
    ]
    done = request.args.get("done") == "confirmed"
    return render_template(
        "copies/mine.html",
        notices=notices,
        banner={"text": _THANKS, "success": True} if done else None,
        back={"href": url_for("pages.home"), "text": say("Back")},
    )


def _words(notice: Notice) -> str:
    """Say how it stands with one inspection's copies."""
    if notice.confirmed_at is not None:
        return say("You confirmed on {when} that you deleted them.", when=say_moment(notice.confirmed_at))
    if notice.waits:
        return say("You do not have to delete them now: the inspection is kept for the time being.")
    if notice.gone:
        return say("The service has disposed of the inspection. Delete your copies now.")
    if notice.due_at is not None and notice.due_at > deps().clock.now():
        return say("Delete them by {deadline}.", deadline=say_deadline(notice.due_at))
    return say("Delete them now.")


@copies.post("/<uuid:notice>")
@access(SIGNED_IN)
def confirm(notice: UUID) -> Response:
    """Take their word that they deleted their copies."""
    read_form(ConfirmCopies)
    confirm_copies(deps(), actor(), notice)
    return redirect(url_for(".mine", done="confirmed"), 303)
