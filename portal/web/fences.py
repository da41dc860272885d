"""What is asked of a request before anybody looks whose it is: the host that it names, and how a browser came to it.

The network address behind a proxy, which wrong tries are counted on, is worked out here too. Nothing else of what
proxies or senders say about themselves is ever used: links are made from the configuration alone (ASVS 4.1.3).
"""

from typing import Final

from flask import Flask, current_app, request

from portal.domain.browsers import Browser, name_browser
from portal.domain.networks import Fences, client_address, host_of, is_loopback
from portal.settings import Settings
from portal.web.errors import Unacceptable
from schemas.texts import say

DEVICE_SECONDS: Final = 365 * 24 * 3600
HERE: Final = frozenset({"same-origin", "none"})
"""What a browser says of a request that one of our pages made, or its user by hand."""
FILES: Final = frozenset(
    {
        "a1_findings.file",
        "a1_glance.file",
        "data_requests.account_json",
        "certificates.numbered_json",
        "letters.file",
        "provider.download",
        "statements.document_receipt",
        "statements.receipt_json",
        "steward.certificate_json",
        "team.bundle",
        "team.changes",
        "team.document",
        "team.item_bundle",
    }
)
"""Routes that answer with a file or JSON: no other site has a reason to lead there."""
OTHER_HOST = say("This service has another address. Open it from the link in your mail.")
OTHER_SITE = say("Another website asked for this. Open it from a page of this service.")


def install(app: Flask, settings: Settings) -> None:
    """Ask it of every request of the app; call it before anything else that looks at requests."""
    app.extensions["portal.fences"] = settings.fences
    app.config["PORTAL_DEVICE_COOKIE"] = "__Host-portal_device" if settings.production else "portal_device"
    app.before_request(_check_host)


def _fences() -> Fences:
    fences: Fences = current_app.extensions["portal.fences"]
    return fences


def _check_host() -> None:
    """Refuse a request that names another host; the health check from this machine may name any."""
    if host_of(request.environ.get("HTTP_HOST", "")) in _fences().trusted_hosts:
        return
    if request.endpoint != "pages.health" or not is_loopback(request.environ.get("REMOTE_ADDR", "")):
        raise Unacceptable(421, OTHER_HOST)


def the_browser() -> Browser:
    """Return what is known of the browser that made the request."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    return Browser(
        client_address(request.environ.get("REMOTE_ADDR", ""), forwarded, _fences().trusted_proxies),
        name_browser(request.headers.get("User-Agent", "")),
        request.cookies.get(current_app.config["PORTAL_DEVICE_COOKIE"], ""),
    )


def is_ours() -> bool:
    """Say whether one of our pages made the request, or its user by hand, as far as the browser says."""
    return request.headers.get("Sec-Fetch-Site", "none") in HERE


def check_reading() -> None:
    """Refuse to load what only those signed in may see as a part of anything, or on another site's behalf.

    A link in a mail or on another site may lead to a page, as a whole page (Fetch Metadata; ASVS 3.2.1, 3.5.8). A
    browser that says nothing of this is let through: cookies and headers keep it as safe as before.
    """
    said = request.headers
    whole = said.get("Sec-Fetch-Dest", "document") in ("document", "empty")
    leads_here = said.get("Sec-Fetch-Mode") == "navigate" and request.endpoint not in FILES
    if not whole or (not is_ours() and not leads_here):
        raise Unacceptable(403, OTHER_SITE)
