"""Jinja as the pages use it: strict about our own variables, with the design system's macros and words for times."""

import hashlib
from collections.abc import Callable, Mapping, MutableMapping
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import flask
import flask.templating
from flask import Flask, current_app, render_template, url_for
from flask.sansio.app import App
from flask_wtf.csrf import generate_csrf
from jinja2 import (
    ChainableUndefined,
    ChoiceLoader,
    PackageLoader,
    PrefixLoader,
    StrictUndefined,
    Template,
    pass_context,
)
from jinja2.runtime import Context

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

    A page gets `csp_nonce`, `person`, `errors`, `values`, `banner`, `back` and `directory_sign_in_action` from the view
    or from a later context processor; where none gives them they are empty.
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
        "session_end": _session_end(app),
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
    for name in ("gettext", "ngettext"):
        app.jinja_env.globals[name] = _values_said(cast("Callable[..., str]", app.jinja_env.globals[name]), catalogue)
    app.context_processor(_defaults)


def _values_said(found: Callable[..., str], catalogue: Catalogue) -> Callable[..., str]:
    """Return a template's way to a message that says the texts among its values too: `finalize` never sees those."""

    @pass_context
    def said(context: Context, *messages: object, **values: object) -> str:
        given = {name: catalogue.of(value) if isinstance(value, Text) else value for name, value in values.items()}
        return found(context, *messages, **given)

    return said


def _session_end(app: Flask) -> Callable[[str], str]:
    """Return what gives every page of those signed in the warning that is the same for all of them, said once."""

    @lru_cache
    def session_end(stay_href: str) -> str:
        macros: Any = app.jinja_env.get_template("session_end.html").module
        said: str = macros.session_end(stay_href)  # markup, as macros are
        return said

    return session_end


def _defaults() -> dict[str, object]:
    nothing = {"csp_nonce": "", "person": None, "banner": None, "back": None, "directory_sign_in_action": None}
    return {**nothing, "navigation": [], "errors": {}, "values": {}, "late": None, "copies_asked": None}


def say_size(size: int) -> str:
    """Return a size in bytes as people write it, "1.2MB"; 1MB is 1024 x 1024 bytes, as in the limit they are told."""
    if size < KIB:
        return say_count(size, "{count} byte", "{count} bytes")
    if round(size / KIB, 1) < 1024:
        return say("{number}KB", number=_short(size / KIB))
    if round(size / MIB, 1) < 1024:
        return say("{number}MB", number=_short(size / MIB))
    return say("{number}GB", number=_short(size / (1024 * MIB)))


def _short(number: float) -> str:
    return f"{number:.0f}" if number >= 99.95 else f"{number:.1f}".removesuffix(".0")


def error_for(errors: Mapping[str, str], field: str) -> dict[str, str] | None:
    """Return the error message of a field as the design system's macros take it, or None."""
    return {"text": errors[field], "visuallyHiddenText": say("Error")} if field in errors else None


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
        say("There is a problem with what was sent"),
        say("We could not understand what your browser sent."),
        say("Go back, check what you entered and try again."),
    ),
    401: (
        say("You are not signed in"),
        say("You have to be signed in to do this, or you were signed out."),
        say("Sign in, then do it again. What you sent before is safe."),
    ),
    403: (
        say("You cannot do this"),
        say("Your role does not allow this."),
        say("Ask the leader of your agency, or the lead inspector, if you think that it should."),
    ),
    404: (
        say("Page not found"),
        say("There is no such page, or it is not one that you can see."),
        say("If you typed or pasted the address, check that it is whole. Otherwise start again from the home page."),
    ),
    405: (
        say("This page cannot be used that way"),
        say("The page does not take this kind of request."),
        say("Go back and use the links and buttons on the page."),
    ),
    409: (
        say("This cannot be done now"),
        say("It was done already, or things have changed since you opened the page."),
        say("Go back and load the page again to see how things stand now."),
    ),
    410: (
        say("This is gone"),
        say("What you asked for was disposed of, and cannot be read again."),
        say("If you need to know when and why, ask the data protection officer."),
    ),
    411: (
        say("The length of the upload was missing"),
        say("Your browser or network did not say how large the file is, so we could not take it."),
        say("Try another browser or network. In a script, send a Content-Length header."),
    ),
    413: (
        say("The file is too large"),
        say("What you sent is larger than this page takes, so none of it was kept."),
        say("Send a smaller file, or split it into several. What you sent before is safe."),
    ),
    415: (
        say("This kind of upload cannot be used"),
        say("The page does not take this type of content."),
        say("Go back and send it with the form on the page."),
    ),
    422: (
        say("There is a problem with what was sent"),
        say("Something in what you sent has to be mended."),
        say("Go back, check what you entered and try again."),
    ),
    429: (
        say("Too many tries"),
        say("There were too many tries in a short time."),
        say("Wait 15 minutes and try again."),
    ),
    500: (
        say("Sorry, there is a problem with the service"),
        say("Something went wrong on our side."),
        say("Try again in a few minutes. Everything that you have a receipt for is safe."),
    ),
    503: (
        say("Sorry, the service is unavailable"),
        say("The service cannot do this at the moment."),
        say("Try again in a few minutes. Everything that you have a receipt for is safe."),
    ),
}
"""Status -> title, what happened, what to do next."""


def error_page(status: int, message: str = "", lead: Mapping[str, str] | None = None) -> str:
    """Return the page for an HTTP status; `message`, where given, says what happened in place of the general words.

    It leads on to `lead` (href, text), else to the home page.
    """
    title, happened, to_do = ERROR_WORDS.get(status) or ERROR_WORDS[500 if status >= 500 else 400]
    to_do = "" if message else to_do
    return render_template("error.html", title=title, happened=message or happened, to_do=to_do, lead=lead)
