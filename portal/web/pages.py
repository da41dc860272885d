"""The home page, which leads each person to their own list, the health check, and the pages that anyone may read."""

from datetime import timedelta

from flask import Blueprint, Response, current_app, jsonify, redirect, render_template, url_for
from werkzeug.wrappers import Response as AnyResponse

from portal.domain.times import iso, london_date, london_midnight
from portal.services.overview import my_inspections
from portal.vault.signatures import fingerprint
from portal.web.access import PUBLIC, access, deps, visitor
from portal.web.templating import say_size

pages = Blueprint("pages", __name__)
CONTACT_GOOD_FOR = timedelta(days=180)
"""RFC 9116 §2.5.5: a security.txt that holds for a year or longer is likely to be out of date."""


@pages.get("/")
@access(PUBLIC)
def home() -> str | AnyResponse:
    """Lead to the only place there is for this person, or let them choose."""
    found = visitor()
    if found is None:
        return redirect(url_for("account.enter"), 303)
    mine = my_inspections(deps(), found.who.actor)
    if not mine and None in found.who.roles:
        return redirect(url_for("steward.overview"), 303)
    if len(mine) > 1 and all(each["team"] for each in mine):
        return redirect(url_for("team.inspections"), 303)
    for each in mine:
        page = "team.inspection" if each["team"] else "provider.task_list"
        each["href"] = url_for(page, inspection=each["id"])
    if len(mine) == 1:
        return redirect(mine[0]["href"], 303)
    return render_template("choose.html", inspections=mine)


@pages.get("/health")
@access(PUBLIC)
def health() -> Response:
    """Say that the service answers, and what its clock says."""
    return jsonify(ok=True, time=iso(deps().clock.now()))


@pages.get("/help")
@access(PUBLIC)
def help() -> str:  # noqa: A001 -- the endpoint's name
    """Say what the service is for, and what to do when something goes wrong."""
    policy = deps().policy
    return _public(
        "help",
        largest=say_size(policy.max_file_bytes),
        invitation_days=policy.invitation_life // timedelta(days=1),
        genuine_href=url_for(".genuine"),
        a1_href=url_for("a1_form.guidance"),
    )


@pages.get("/help/genuine")
@access(PUBLIC)
def genuine() -> str:
    """Say how to tell the service, its mails and its receipts from imitations."""
    keys = deps().signer.public_keys()
    fingerprints = [{"key_id": key_id, "words": fingerprint(keys[key_id])} for key_id in sorted(keys)]
    keys_href = url_for("signing.keys") if "signing.keys" in current_app.view_functions else None
    return _public("genuine", public_url=deps().public_url, fingerprints=fingerprints, keys_href=keys_href)


@pages.get("/accessibility")
@access(PUBLIC)
def accessibility() -> str:
    """Say how accessible the service is, how that was tested, and what is known to be amiss."""
    policy = deps().policy
    return _public("accessibility", idle_hours=_hours(policy.session_idle), life_hours=_hours(policy.session_life))


@pages.get("/privacy")
@access(PUBLIC)
def privacy() -> str:
    """Say who uses which data, for what, how long, and what rights people have (§63 to §66)."""
    policy = deps().policy
    return _public(
        "privacy",
        backup_days=policy.key_backup_days,
        database_backup_days=policy.database_backup_days,
        trail_years=policy.trail_life // timedelta(days=365),
        requests_href=url_for("data_requests.public"),
        cookies_href=url_for(".cookies"),
    )


@pages.get("/cookies")
@access(PUBLIC)
def cookies() -> str:
    """Name every cookie that the service sets."""
    policy = deps().policy
    return _public(
        "cookies",
        cookie=current_app.config["SESSION_COOKIE_NAME"],
        device_cookie=current_app.config["PORTAL_DEVICE_COOKIE"],
        idle_hours=_hours(policy.session_idle),
        life_hours=_hours(policy.session_life),
    )


@pages.get("/.well-known/security.txt")
@access(PUBLIC)
def security_contact() -> Response:
    """Say to machines and researchers whom to tell of a weakness, and until when that holds (RFC 9116)."""
    expires = london_midnight(london_date(deps().clock.now()) + CONTACT_GOOD_FOR)
    lines = (
        f"Contact: mailto:{deps().policy.owner.support}",
        f"Expires: {iso(expires)}",
        "Preferred-Languages: en",
        f"Canonical: {deps().public_url}{url_for('.security_contact')}",
    )
    return Response("".join(f"{line}\n" for line in lines), mimetype="text/plain")


def _public(name: str, **context: object) -> str:
    """Return a page for anyone; whoever is signed in stays visibly so."""
    visitor()
    return render_template(f"pages/{name}.html", owner=deps().policy.owner, **context)


def _hours(length: timedelta) -> int:
    return length // timedelta(hours=1)
