"""A steward's calendar of what is due when: its owner's page, and the address that calendars read."""

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.roles import Permission
from portal.formats.icalendar import MEDIA_TYPE
from portal.services.calendar_feeds import end_feed, feed_since, make_feed, read_feed
from portal.web.access import PUBLIC, access, actor, deps
from portal.web.access import steward as stewards_who_may
from portal.web.desk_links import desk_links
from portal.web.forms import read_form
from portal.web.turns import Turns
from schemas.requests import Nothing
from schemas.texts import say

feeds = Blueprint("feeds", __name__)
Page = str | AnyResponse
KEEPERS = stewards_who_may(Permission.manage_retention)
ENDED = say("The address works no more. Take the calendar out of your own as well.")


@feeds.get("/stewards/desk/calendar")
@access(KEEPERS)
def overview() -> Page:
    """Say whether there is an address, and what it shows; the address itself was shown once."""
    done = request.args.get("done") == "ended"
    return render_template(
        "dpo/calendar.html",
        desk=desk_links(),
        since_words=feed_since(deps(), actor()),
        make_href=url_for(".make"),
        end_href=url_for(".end"),
        banner={"text": ENDED, "success": True} if done else None,
    )


@feeds.post("/stewards/desk/calendar")
@access(KEEPERS)
def make() -> Page:
    """Make an address, in place of the one before, and show it this once."""
    read_form(Nothing)
    made = make_feed(deps(), actor())
    return render_template(
        "dpo/calendar_made.html",
        desk=desk_links(),
        address=deps().public_url + url_for(".feed", token=made.token),
        next_href=url_for(".overview"),
    )


@feeds.post("/stewards/desk/calendar/end")
@access(KEEPERS)
def end() -> Page:
    """End the address."""
    read_form(Nothing)
    end_feed(deps(), actor())
    return redirect(url_for(".overview", done="ended"), 303)


@feeds.get("/calendar/<token>.ics")
@access(PUBLIC)
def feed(token: str) -> Page:
    """Give the calendar to whoever has its address; few strangers at once may keep a thread."""
    turns: Turns = current_app.extensions["portal.strangers"]
    with turns.take(None):
        return Response(read_feed(deps(), token), content_type=MEDIA_TYPE)
