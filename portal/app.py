"""The web application, made from its parts and settings."""

from flask import Flask
from werkzeug.datastructures import ImmutableDict

from portal.ports import Deps
from portal.settings import Settings
from portal.web import branding, errors, fences, guard, header, headers, navigation, templating, turns, warnings
from portal.web.a1_findings import a1_findings
from portal.web.a1_form import a1_form
from portal.web.a1_glance import a1_glance
from portal.web.access import PUBLIC, access
from portal.web.account import account
from portal.web.addresses import ShortNumber
from portal.web.agencies import agencies
from portal.web.announcing import announcing
from portal.web.api import api
from portal.web.at_once import AtOnce
from portal.web.bearer import PageSessions
from portal.web.bodies import PortalRequest
from portal.web.calendar_feeds import feeds
from portal.web.cancelling import cancelling
from portal.web.certificates import certificates
from portal.web.checks import checks
from portal.web.codes import codes
from portal.web.colleagues import colleagues
from portal.web.conduct import conduct
from portal.web.copies import copies
from portal.web.data_requests import data_requests
from portal.web.directory import directory
from portal.web.dpo_desk import desk
from portal.web.extras import extras
from portal.web.holds import holds
from portal.web.inspection_trail import inspection_trail
from portal.web.letters import letters
from portal.web.lists import lists
from portal.web.long_stop import long_stop
from portal.web.own import own
from portal.web.pages import pages
from portal.web.passkeys import passkeys
from portal.web.people import people
from portal.web.plans import plans
from portal.web.proposals import proposals
from portal.web.provider import provider
from portal.web.readings import readings
from portal.web.recalls import recalls
from portal.web.registers import registers
from portal.web.restoring import restoring
from portal.web.retention import retention
from portal.web.second import second
from portal.web.signing import signing
from portal.web.statements import statements
from portal.web.step_up import step_up
from portal.web.steward import steward
from portal.web.team import team
from portal.web.teams import teams
from portal.web.thread import thread
from portal.web.tokens import tokens
from portal.web.trail import trail
from portal.web.uploads import uploads


class PortalApp(Flask):
    """Flask, with requests that spool nothing."""

    request_class = PortalRequest
    # Here and not in `create_app`: Flask adds the static route while the app is made.
    default_config = ImmutableDict({**Flask.default_config, "PROVIDE_AUTOMATIC_OPTIONS": False})


def create_app(deps: Deps, settings: Settings) -> PortalApp:
    """Return the application over these parts."""
    app = PortalApp("portal.web")
    app.config.update(
        SECRET_KEY=settings.secret_key,
        DEBUG=settings.debug,
        SESSION_COOKIE_NAME="__Host-portal_session" if settings.production else "portal_session",
        SESSION_COOKIE_SECURE=settings.production,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_PATH="/",
        # A token lives as long as its session: a form that was open over lunch is no attack.
        WTF_CSRF_TIME_LIMIT=None,
    )
    app.session_interface = PageSessions()
    app.url_map.converters["int"] = ShortNumber
    app.extensions["portal"] = deps
    app.extensions["portal.uploads"] = turns.uploads(settings)
    app.extensions["portal.downloads"] = turns.downloads(settings)
    app.extensions["portal.unsent"] = turns.unsent()
    app.extensions["portal.aside"] = turns.Aside()
    app.extensions["portal.strangers"] = turns.strangers(settings)
    app.extensions["portal.checks"] = AtOnce(deps)
    app.extensions["portal.scripts"] = turns.scripts(settings)
    templating.install(app, deps.catalogue)
    errors.install(app)
    fences.install(app, settings)
    guard.install(app)
    header.install(app)
    navigation.install(app)
    warnings.install(app)
    headers.install(app, production=settings.production, branded=settings.brand == "govuk")
    for blueprint in (
        *(pages, account, directory, own, second, passkeys, step_up),
        *(provider, a1_form, lists, statements, recalls, signing, uploads, team, thread, extras, letters),
        *(announcing, conduct, cancelling, long_stop, steward, registers, agencies, retention, proposals, readings),
        *(colleagues, people, teams, codes, restoring),
        *(desk, feeds, data_requests),
        *(certificates, holds, tokens, api, trail, inspection_trail),
        *(plans, copies, checks, a1_glance, a1_findings),
    ):
        app.register_blueprint(blueprint)
    if settings.brand == "govuk":
        branding.install(app)
    access(PUBLIC)(app.view_functions["static"])
    return app
