"""Headers of every answer: a strict content policy, and no caching of anything but static files."""

import secrets
from collections.abc import Mapping

from flask import Flask, Response, g, request

ALWAYS: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
DOWNLOAD_POLICY = "sandbox; default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
HSTS = "max-age=63072000; includeSubDomains"
STATIC = frozenset({"static", "branding.asset"})
FOREVER = "public, max-age=31536000, immutable"


def install(app: Flask, *, production: bool, branded: bool) -> None:
    """Put the headers on every answer of the app."""

    def put(response: Response) -> Response:
        for name, value in ALWAYS.items():
            response.headers.setdefault(name, value)
        response.headers.setdefault("Content-Security-Policy", page_policy(branded=branded))
        if production:
            response.headers["Strict-Transport-Security"] = HSTS
        static = request.endpoint in STATIC and response.status_code in (200, 304)
        # A static address that names its content (`?v=`) never shows anything else.
        response.headers["Cache-Control"] = (FOREVER if "v" in request.args else "no-cache") if static else "no-store"
        return response

    app.after_request(put)
    app.context_processor(lambda: {"csp_nonce": nonce()})


def nonce() -> str:
    """Return the nonce of this answer's scripts."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def page_policy(*, branded: bool) -> str:
    """Return the content policy of a page: nothing from elsewhere, nothing inline, nobody may frame it.

    Only the GOV.UK brand brings fonts and a manifest.
    """
    brand = "font-src 'self'; manifest-src 'self'; " if branded else ""
    return (
        f"default-src 'none'; script-src 'nonce-{nonce()}' 'self'; style-src 'self'; img-src 'self'; "
        f"{brand}connect-src 'self'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )
