"""A small form that came after its session had ended: its sender gets back what they typed, to send it once more.

Nothing of it is kept here. The form's own token goes back with it and no new one: it fits again once the same person
has signed in with the same browser, and never for anybody else (`services/arrivals.py`).
"""

from typing import Final

from flask import Response, make_response, render_template, request, url_for

from portal.web.bodies import declared_length
from portal.web.errors import wants_json
from portal.web.fences import is_ours

FORM_TYPE: Final = "application/x-www-form-urlencoded"
LONGEST: Final = 64 * 1024
_SECRET: Final = frozenset({"code", "confirm", "passkey", "assertion"})
"""Fields that no page shows again, with all whose name has "password" in it."""


def given_back() -> Response | None:
    """Return the page that gives back what was typed; None where there is nothing to give back, or a secret in it."""
    length = declared_length()
    if wants_json() or not is_ours():
        return None
    if request.mimetype != FORM_TYPE or length is None or not 0 < length <= LONGEST:
        return None
    request.max_content_length = LONGEST
    fields = list(request.form.items(multi=True))
    names = {name for name, _value in fields}
    if not names - {"csrf_token"} or any(name in _SECRET or "password" in name for name in names):
        return None
    page = render_template(
        "own/again.html", fields=fields, action=request.full_path.rstrip("?"), sign_in_href=url_for("account.enter")
    )
    return make_response(page, 401)
