"""Jinja as the pages use it: strict about our own variables, with the design system's macros and words for times."""

import hashlib
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import flask
import flask.templating
from flask import Flask, current_app, render_template, url_for
from flask.sansio.app import App
from flask_wtf.csrf import generate_csrf
from jinja2 import ChainableUndefined, ChoiceLoader, PackageLoader, PrefixLoader, StrictUndefined, Template

from portal.domain.policy import KIB, MIB
from portal.domain.times import say_deadline, say_moment
from schemas.texts import Catalogue, Text, say, say_count

SERVICE_NAME = say("Send pre-inspection information")
VENDOR = "govuk_frontend_jinja"
FOOTER = {
    "pages.help": say("Help"),
    "pages.genuine": say("Check that this service is genuine"),
    "pages.accessibility": say("Accessibility"),
    "pages.privacy": say("Privacy"),
    "pages.cookies": say("Cookies"),
}
"""Endpoint -> words; a link is shown once its route exists."""


class Environment(flask.templating.Environment):
    """Strict for our own templates; the design system's leave parameters out on purpose and get a lenient twin."""

    def __init__(self, app: App, **options: Any) -> None:  # noqa: ANN401
        super().__init__(app, **options)
        self._vendor: Environment | None = None
        self._vendor = self.overlay(undefined=ChainableUndefined)

    def get_template(
        self,
        name: str | Template,
        parent: str | None = None,
        globals: MutableMapping[str, Any] | None = None,  # noqa: A002
    ) -> Template:
        """Return the template, compiled by the environment that it belongs to."""
        if self._vendor is not None and isinstance(name, str) and name.startswith(f"{VENDOR}/"):
            return self._vendor.get_template(name, parent, globals)
        return super().get_template(name, parent, globals)


def install(app: Flask, catalogue: Catalogue) -> None:
    """Set `app` up for our templates; call it before anything else touches `app.jinja_env`.

    Whatever a page shows is said by the catalogue: words of templates by the i18n extension, a `Text` on its way out.

    A page gets `csp_nonce`, `person`, `errors`, `values`, `banner` and `back` from the view or from a later context
    processor; where none gives them they are empty.
    """
    app.jinja_environment = Environment
    app.jinja_options = {
        "undefined": StrictUndefined,
        "trim_blocks": True,
        "lstrip_blocks": True,
        "extensions": ["jinja2.ext.do", "jinja2.ext.i18n"],
        "finalize": lambda value: catalogue.of(value) if isinstance(value, Text) else value,
    }
    app.jinja_loader = ChoiceLoader([PackageLoader("portal.web"), PrefixLoader({VENDOR: PackageLoader(VENDOR)})])
    app.jinja_env.filters.update(say_deadline=say_deadline, say_moment=say_moment, filesize=say_size)
    names: Mapping[str, Callable[..., object] | str] = {
        "csrf_token": generate_csrf,
        "error_for": error_for,
        "footer_links": footer_links,
        "static_url": static_url,
        "service_name": SERVICE_NAME,
        "brand": "plain",
        "language": catalogue.language,
    }
    app.jinja_env.policies["ext.i18n.trimmed"] = True
    app.jinja_env.globals.update(names)
    # The extension adds this method to the environment.
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        catalogue.gettext, catalogue.ngettext, newstyle=True
    )
    app.context_processor(_defaults)


def _defaults() -> dict[str, object]:
    nothing = {"csp_nonce": "", "person": None, "banner": None, "back": None}
    return {**nothing, "navigation": [], "errors": {}, "values": {}}


def say_size(size: int) -> str:
    """Return a size in bytes as people write it, "1.2MB"; 1MB is 1024 x 1024 bytes, as in the limit they are told."""
    if size < KIB:
        return say_count(size, "{count} byte", "{count} bytes")
    for unit, name in ((KIB, "KB"), (MIB, "MB")):
        if round(size / unit, 1) < 1024:
            return _short(size / unit) + name
    return _short(size / (1024 * MIB)) + "GB"


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 99.95 else f"{number:.1f}".removesuffix(".0")


def error_for(errors: Mapping[str, str], field: str) -> dict[str, str] | None:
    """Return the error message of a field as the design system's macros take it, or None."""
    return {"text": errors[field]} if field in errors else None


@lru_cache
def content_digest(path: Path) -> str:
    """Return what the address of a file that we serve names its content by."""
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def static_url(name: str) -> str:
    """Return the address of a file below `static/`, which changes with its content so that browsers may keep it."""
    return url_for("static", filename=name, v=content_digest(Path(str(current_app.static_folder)) / name))


def footer_links() -> list[dict[str, str]]:
    """Return the footer's links as `{href, text}`, those whose page exists."""
    return [
        {"href": url_for(name), "text": text} for name, text in FOOTER.items() if name in current_app.view_functions
    ]


ERROR_WORDS: Mapping[int, tuple[str, str, str]] = {
    400: (
        "There is a problem with what was sent",
        "We could not understand what your browser sent.",
        "Go back, check what you entered and try again.",
    ),
    401: (
        "You are not signed in",
        "You have to be signed in to do this, or you were signed out.",
        "Sign in, then do it again. What you sent before is safe.",
    ),
    403: (
        "You cannot do this",
        "Your role does not allow this.",
        "Ask the leader of your agency, or the lead inspector, if you think that it should.",
    ),
    404: (
        "Page not found",
        "There is no such page, or it is not one that you can see.",
        "If you typed or pasted the address, check that it is whole. Otherwise start again from the home page.",
    ),
    405: (
        "This page cannot be used that way",
        "The page does not take this kind of request.",
        "Go back and use the links and buttons on the page.",
    ),
    409: (
        "This cannot be done now",
        "It was done already, or things have changed since you opened the page.",
        "Go back and load the page again to see how things stand now.",
    ),
    410: (
        "This is gone",
        "What you asked for was disposed of, and cannot be read again.",
        "If you need to know when and why, ask the data protection officer.",
    ),
    411: (
        "The length of the upload was missing",
        "Your browser or network did not say how large the file is, so we could not take it.",
        "Try another browser or network. In a script, send a Content-Length header.",
    ),
    413: (
        "The file is too large",
        "What you sent is larger than this page takes, so none of it was kept.",
        "Send a smaller file, or split it into several. What you sent before is safe.",
    ),
    415: (
        "This kind of upload cannot be used",
        "The page does not take this type of content.",
        "Go back and send it with the form on the page.",
    ),
    422: (
        "There is a problem with what was sent",
        "Something in what you sent has to be mended.",
        "Go back, check what you entered and try again.",
    ),
    429: (
        "Too many tries",
        "There were too many tries in a short time.",
        "Wait 15 minutes and try again.",
    ),
    500: (
        "Sorry, there is a problem with the service",
        "Something went wrong on our side.",
        "Try again in a few minutes. Everything that you have a receipt for is safe.",
    ),
    503: (
        "Sorry, the service is unavailable",
        "The service cannot do this at the moment.",
        "Try again in a few minutes. Everything that you have a receipt for is safe.",
    ),
}
"""Status -> title, what happened, what to do next."""


def error_page(status: int, message: str = "") -> str:
    """Return the page for an HTTP status; `message`, where given, says what happened in place of the general words."""
    title, happened, to_do = ERROR_WORDS.get(status) or ERROR_WORDS[500 if status >= 500 else 400]
    return render_template("error.html", title=title, happened=message or happened, to_do="" if message else to_do)
