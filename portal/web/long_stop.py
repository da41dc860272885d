"""The long-stop of a programme, for the data protection officer: shown, and set (R9)."""

from collections.abc import Mapping

from flask import Blueprint, redirect, render_template, url_for
from werkzeug.wrappers import Response

from portal.domain.errors import Conflict, Refused
from portal.domain.roles import Permission
from portal.domain.times import say_date
from portal.services.long_stop import long_stop_of, set_long_stop
from portal.web.access import access, actor, deps, steward
from portal.web.forms import read_form
from portal.web.paging import day_fields, day_typed
from schemas.long_stop import SetLongStop
from schemas.texts import say

long_stop = Blueprint("long_stop", __name__, url_prefix="/stewards")
Page = str | tuple[str, int] | Response
KEEPERS = steward(Permission.manage_retention)


@long_stop.get("/programmes/<code>/long-stop")
@access(KEEPERS)
def ask(code: str) -> Page:
    """Show the long-stop, and ask for another."""
    found = long_stop_of(deps(), actor(), code)
    return _page(code, day_fields(None if found.suggested else found.decides_on, "long_stop"), {})


@long_stop.post("/programmes/<code>/long-stop")
@access(KEEPERS)
def set_now(code: str) -> Page:
    """Set the long-stop."""
    form, errors = read_form(SetLongStop)
    if not errors:
        try:
            set_long_stop(deps(), actor(), code, day_typed(form, "long_stop", say("long-stop")))
            return redirect(url_for("registers.programme", code=code, saved=1), 303)
        except (Refused, Conflict) as refused:
            errors = {"long_stop_day": str(refused)}
    return _page(code, form, errors), 422


def _page(code: str, values: Mapping[str, str], errors: Mapping[str, str]) -> str:
    found = long_stop_of(deps(), actor(), code)
    return render_template(
        "steward/long_stop.html",
        code=code,
        long_stop=found,
        day_words=say_date(found.decides_on) if found.decides_on else None,
        action=url_for(".set_now", code=code),
        retention_href=url_for("retention.due"),
        values=values,
        errors=errors,
        back={"href": url_for("registers.programme", code=code), "text": say("Back to the programme")},
    )
